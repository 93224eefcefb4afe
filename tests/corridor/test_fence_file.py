"""Fences from GeoJSON, KML and WKT; what is wrong with a file is said, and what could be done about it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corridor import Fence, FenceError, read_fences
from corridor.fence_repair import repair_fences

SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
HOLE = [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6], [0.4, 0.4]]
SWAPPED = "longitude and latitude of the ring change places"
SPLIT = "it is split and joined into parts that do not cross"
BOW_TIE = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def written(folder: Path, content: Any, name: str = "places.json") -> Path:
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def test_a_feature_collection_gives_a_fence_a_feature(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [16, 48, 200]}
    content = {
        "type": "FeatureCollection",
        "features": [
            feature(polygon(SQUARE, HOLE), name="yard"),
            feature(point, radius_m=50),
            feature(polygon(SQUARE)),
        ],
    }
    fences = read_fences(written(tmp_path, content))
    assert [fence.name for fence in fences] == ["yard", "places 2", "places 3"]
    assert [fence.contains(0.5, 0.5) for fence in fences] == [False, False, True]
    assert fences[1].distance_m(16.0, 48.0) == -50
    assert [Fence.from_geojson(fence.to_geojson()).fingerprint for fence in fences] == [
        f.fingerprint for f in fences
    ]


def test_kml_placemarks_are_fences(tmp_path: Path) -> None:
    text = """<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>yard</name><Polygon>
    <innerBoundaryIs><LinearRing>
    <coordinates>.4,.4 .6,.4 .6,.6 .4,.6 .4,.4</coordinates></LinearRing></innerBoundaryIs>
    <outerBoundaryIs><LinearRing>
    <coordinates>0,0,5 1,0,5 1,1,5 0,1,5 0,0,5</coordinates></LinearRing></outerBoundaryIs>
    </Polygon></Placemark><Placemark>
    <ExtendedData><Data name="radius_m"><value>50</value></Data></ExtendedData>
    <Point><coordinates>16,48</coordinates></Point></Placemark></Document></kml>"""
    yard, place = read_fences(written(tmp_path, text, "a.kml"))
    assert (yard.name, yard.contains(0.5, 0.5), yard.contains(0.3, 0.3)) == ("yard", False, True)
    assert place.distance_m(16.0, 48.0) == -50


def test_well_known_text_is_one_fence_a_geometry(tmp_path: Path) -> None:
    text = "POLYGON((0 0, 1 0,\n 1 1, 0 0))\nMULTIPOLYGON(((2 2, 3 2, 3 3, 2 2)), ((5 5, 6 5, 6 6, 5 5)))\n"
    one, two = read_fences(written(tmp_path, text, "a.wkt"))
    assert one.contains(0.5, 0.2)
    assert two.contains([2.5, 5.5, 4.0], [2.2, 5.2, 4.0]).tolist() == [True, True, False]
    assert Fence.from_wkt("POLYGON Z((0 0 9, 1 0 9, 1 1 9, 0 0 9))", name="z").contains(0.5, 0.2)


def test_what_a_file_cuts_at_the_antimeridian_is_joined() -> None:
    west = [[170, 0], [180, 0], [180, 10], [170, 10], [170, 0]]
    east = [[-180, 0], [-170, 0], [-170, 10], [-180, 10], [-180, 0]]
    fence = Fence.multipolygon([[west], [east]])
    whole = Fence.polygon([[[170, 0], [-170, 0], [-170, 10], [170, 10], [170, 0]]])
    assert fence.distance_m(180.0, 5.0) == pytest.approx(whole.distance_m(180.0, 5.0), abs=1e-3)
    assert fence.distance_m(-180.0, 5.0) < -500_000


def test_a_continent_round_the_pole_has_no_edge_along_the_antimeridian() -> None:
    coast = [[lon, -70] for lon in range(-180, 181, 10)]
    ring = [*coast, [180, -90], [-180, -90], [-180, -70]]
    fence = Fence.polygon([ring])
    assert fence.contains([0, 180, -180], [-90, -80, -71]).all()
    assert fence.distance_m(180.0, -80.0) == pytest.approx(-1_116_000, rel=0.01)
    assert not fence.contains(180.0, -69.0)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("", "it is empty"),
        ("POLYGON EMPTY", "it is an empty polygon"),
        ("POLYGON((0 0, 1 0, 1 1))", "not closed"),
        ("LINESTRING(0 0, 1 1)", "a LineString"),
        ("POLYGON((" + "(" * 100, "nests deeper than 64"),
        ("hello", "not well-known text"),
        ("{", "it is not JSON"),
        ({"type": "FeatureCollection", "features": []}, "it holds no fence"),
        (feature({"type": "Point", "coordinates": [1, 2]}), "Point without the property radius_m"),
        (feature({"type": "Point", "coordinates": [1, 2]}, radius_m=0), "radius_m 0.0 is not a positive"),
        (feature({"type": "Point", "coordinates": []}, radius_m=9), "must be numbers"),
        (feature({"type": "Point", "coordinates": [[1, 2], [3, 4]]}, radius_m=[5, 6]), "must be numbers"),
        ("CURVEPOLYGON((0 0, 1 0, 1 1, 0 0))", "has curves"),
        ("POLYGON((0 0, 1 0, 1 1, 0 0))\0", "null character"),
        (polygon(BOW_TIE), "it: crosses or touches itself near 0.5, 0.5"),
        (polygon(), "it: is an empty polygon"),
        (polygon(SQUARE[:4]), "it: is not closed: vertex 3 is not vertex 0"),
        (polygon([[48, 16], [48, 116], [47, 116], [48, 16]]), "it: vertex 1: latitude 116.0 .* swapped"),
        (polygon(SQUARE, [[x + 5, y] for x, y in HOLE]), "it: has a hole outside its exterior near"),
        (polygon([["a", 1], [2, 2], [3, 3]]), "not longitudes and latitudes"),
        (feature(polygon(BOW_TIE), name="yard"), 'it "yard": crosses'),
        ("<kml><Placemark><Polygon/></Placemark></kml>", 'placemark 1 "bad 1": is an empty polygon'),
        ("<kml>", "XML is malformed"),
    ],
)
def test_a_bad_file_is_refused_with_the_feature_and_the_vertex(
    tmp_path: Path, content: Any, text: str
) -> None:
    with pytest.raises(FenceError, match=f"bad: .*{text}"):
        read_fences(written(tmp_path, content, "bad"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FenceError, match="absent: it cannot be read"):
        read_fences(tmp_path / "absent")


@pytest.mark.parametrize(
    ("content", "inside", "words"),
    [
        (polygon(SQUARE), (0.5, 0.5), []),
        (polygon(SQUARE[:4]), (0.5, 0.5), ["it: vertex 3 is not vertex 0; the ring is closed"]),
        (
            "POLYGON((0 0, 1 0, 1 1))",
            (0.5, 0.2),
            ["it: it has a ring that is not closed; the ring is closed"],
        ),
        (
            polygon([[48, 16], [48, 116], [47, 116], [48, 16]]),
            (100.0, 47.5),
            [f"it vertex 1: latitude 116.0 is outside [-90, 90]; {SWAPPED}"],
        ),
        (
            polygon(BOW_TIE),
            (0.9, 0.5),
            [f"it: crosses or touches itself near 0.5, 0.5; {SPLIT}"],
        ),
        (
            polygon([[0, 0], [1, 0], [None, 3], [1, 1], [0, 0]]),
            (0.5, 0.2),
            ["it vertex 2: nan, nan is no place; it is left out"],
        ),
    ],
)
def test_repair_says_what_it_does(
    tmp_path: Path, content: Any, inside: tuple[float, float], words: list[str]
) -> None:
    (fence,), repairs = repair_fences(written(tmp_path, content))
    assert fence.contains(*inside)
    assert [str(repair) for repair in repairs] == words


def test_repair_leaves_out_what_cannot_be_and_says_so(tmp_path: Path) -> None:
    bad = feature({"type": "Point", "coordinates": [1, 2]}, radius_m=-1, name="well")
    content = {"type": "FeatureCollection", "features": [bad, feature(polygon(SQUARE))]}
    fences, (repair,) = repair_fences(written(tmp_path, content))
    assert len(fences) == 1
    assert str(repair) == 'feature 1 "well": radius_m -1.0 is not a positive number of metres; it is left out'


def test_a_name_can_be_written_wherever_it_goes() -> None:
    content = '{"type": "Feature", "properties": {"name": "a\\ud800b\\ud83d\\ude00"}, "geometry": %s}'
    assert Fence.from_geojson(content % json.dumps(polygon(SQUARE))).name == "a\ufffdb\U0001f600"


KEYS = st.sampled_from(
    ["type", "features", "geometry", "geometries", "coordinates", "properties", "radius_m"]
)
KINDS = st.sampled_from(
    ["FeatureCollection", "Feature", "GeometryCollection", "Polygon", "MultiPolygon", "Point"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | KINDS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner | KINDS, max_size=4),
    max_leaves=30,
)
RINGS = st.lists(
    st.lists(st.lists(st.integers(-200, 200) | st.floats(), min_size=1, max_size=3), max_size=6), max_size=3
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(KEYS, VALUES, max_size=4)
    | RINGS.map(lambda rings: polygon(*rings))
    | st.lists(RINGS, max_size=3).map(lambda parts: {"type": "MultiPolygon", "coordinates": parts})
)
def test_whatever_the_json_it_is_fences_or_the_declared_error(
    tmp_path: Path, content: dict[str, Any]
) -> None:
    file = written(tmp_path, content)
    for read in (read_fences, repair_fences):
        try:
            read(file)
        except FenceError as error:
            said = str(error)
        else:
            continue
        assert said.startswith("places.json: ")
