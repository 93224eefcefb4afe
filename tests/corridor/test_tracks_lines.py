"""GPX, KML and GeoJSON: recorded points as fixes, one line as a path."""

import json
from pathlib import Path

import numpy as np
import pytest

from corridor.errors import PathError, TrackError
from corridor.tracks import PathVertices, Track, read_fixes, read_path

GPX = """<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1">
<wpt lat="1" lon="2"><name>home</name></wpt>{}</gpx>"""
TRACK = """<trk><name>school</name><trkseg>
<trkpt lat="48.2" lon="16.3"><ele>200</ele><time>2026-01-01T08:00:00Z</time>
<extensions><x><speed>1.5</speed><hdop>9</hdop></x></extensions></trkpt>
<trkpt lat="48.3" lon="16.3"><time>2026-01-01T08:00:10Z</time></trkpt></trkseg>
<trkseg><trkpt lat="48.4" lon="16.3"><time>2026-01-01T08:00:20Z</time></trkpt></trkseg></trk>"""
ROUTE = '<rte><name>plan</name><rtept lat="1" lon="2"/><rtept lat="3" lon="4"/></rte>'


def _fixes(folder: Path, text: str, **options: object) -> Track:
    (folder / "drawn").write_text(text, encoding="utf-8")
    return read_fixes(folder / "drawn", **options)  # type: ignore[arg-type]  # passed on as given


def _path(folder: Path, text: str, name: str = "") -> PathVertices:
    (folder / "drawn").write_text(text, encoding="utf-8")
    return read_path(f"{folder / 'drawn'}{name}")


def test_a_gpx_track_is_a_recording(tmp_path: Path) -> None:
    track = _fixes(tmp_path, GPX.format(TRACK))
    assert track.batch.devices == ("drawn",)
    np.testing.assert_array_equal(track.batch.lat, [48.2, 48.3, 48.4])
    first = track.batch.fix(0)
    assert (first.altitude_m, first.speed_mps, first.accuracy_m) == (200.0, 1.5, None)


def test_a_gpx_track_is_chosen_by_its_name(tmp_path: Path) -> None:
    text = GPX.format(TRACK + TRACK.replace("school", "back"))
    assert len(_fixes(tmp_path, text).batch) == 6
    assert len(_fixes(tmp_path, text, where={"name": "back"}).batch) == 3


def test_the_segments_of_a_gpx_track_are_one_path_with_times(tmp_path: Path) -> None:
    vertices = _path(tmp_path, GPX.format(TRACK))
    np.testing.assert_array_equal(vertices.lat, [48.2, 48.3, 48.4])
    assert vertices.time is not None
    np.testing.assert_array_equal(np.diff(vertices.time), [10, 10])
    assert vertices.name == "school"


def test_a_gpx_route_is_a_path_but_no_recording(tmp_path: Path) -> None:
    vertices = _path(tmp_path, GPX.format(ROUTE))
    np.testing.assert_array_equal(vertices.lon, [2, 4])
    assert vertices.time is None
    with pytest.raises(TrackError, match="no recorded point, only 1 waypoint and 2 route points"):
        _fixes(tmp_path, GPX.format(ROUTE))


def test_gpx_without_a_namespace_is_read(tmp_path: Path) -> None:
    text = GPX.format(TRACK).replace(' xmlns="http://www.topografix.com/GPX/1/1"', "")
    assert len(_fixes(tmp_path, text).batch) == 3


def test_several_lines_are_listed_and_one_is_chosen_by_name_or_number(tmp_path: Path) -> None:
    text = GPX.format(TRACK + ROUTE + ROUTE.replace("plan", ""))
    with pytest.raises(PathError, match=r"drawn: it holds 3 lines; .*FILE#NAME: 'school', 'plan', '3'"):
        _path(tmp_path, text)
    assert len(_path(tmp_path, text, "#plan").lon) == 2
    assert len(_path(tmp_path, text, "#3").lon) == 2
    with pytest.raises(PathError, match=r"no line is called 'x'; there are: 'school'"):
        _path(tmp_path, text, "#x")


def test_a_file_whose_own_name_holds_the_sign_is_found(tmp_path: Path) -> None:
    (tmp_path / "a#b").write_text(GPX.format(ROUTE + TRACK))
    assert read_path(tmp_path / "a#b#plan").name == "plan"


def test_a_vertex_that_is_no_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(PathError, match=r"drawn: vertex 2: latitude 93.0 is outside"):
        _path(tmp_path, GPX.format(ROUTE.replace('lat="3"', 'lat="93"')))
    with pytest.raises(PathError, match=r"drawn: vertex 1: lon 'two' is not a number"):
        _path(tmp_path, GPX.format(ROUTE.replace('lon="2"', 'lon="two"')))


KML = """<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document>
<Placemark><name>{}</name>{}</Placemark></Document></kml>"""
KML_TRACK = """<gx:MultiTrack><gx:Track><when>2026-01-01T08:00:00Z</when><when>2026-01-01T08:00:10Z</when>
<gx:coord>16.3 48.2 200</gx:coord><gx:coord/><gx:angles>90 0 0</gx:angles></gx:Track>
<gx:Track><when>2026-01-01T08:01:00Z</when><gx:coord>16.3 48.3 0</gx:coord></gx:Track></gx:MultiTrack>"""


def test_a_kml_track_is_a_recording_and_its_empty_places_are_refused(tmp_path: Path) -> None:
    track = _fixes(tmp_path, KML.format("way", KML_TRACK))
    np.testing.assert_array_equal(track.batch.lat, [48.2, 48.3])
    assert (track.batch.fix(0).altitude_m, track.batch.fix(0).course_deg) == (200.0, 90.0)
    assert [(refusal.row, refusal.reason) for refusal in track.refused] == [(2, "lon is missing")]


def test_a_kml_line_is_a_path(tmp_path: Path) -> None:
    line = "<LineString><coordinates>16.3,48.2,0\n 16.4,48.2 </coordinates></LineString>"
    vertices = _path(tmp_path, KML.format("way", line))
    np.testing.assert_array_equal(vertices.lon, [16.3, 16.4])
    assert vertices.name == "way"


def test_a_kml_point_is_a_fix_if_it_has_a_time(tmp_path: Path) -> None:
    point = "<Point><coordinates>16.3,48.2</coordinates></Point>"
    stamp = "<TimeStamp><when>2026-01-01T08:00:00Z</when></TimeStamp>"
    assert _fixes(tmp_path, KML.format("here", stamp + point)).batch.lon[0] == 16.3
    with pytest.raises(TrackError, match="no recorded point, only 1 points or areas without a time"):
        _fixes(tmp_path, KML.format("here", point))


def _feature(kind: str, coordinates: object, **properties: object) -> dict[str, object]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _collection(*features: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


def test_geojson_points_are_fixes_with_their_properties(tmp_path: Path) -> None:
    text = _collection(
        _feature("Point", [16.3, 48.2, 200], device="anna", timestamp="2026-01-01T08:00:00Z", speed=2),
        _feature("Point", [16.3, True], device="anna", timestamp="2026-01-01T08:00:00Z"),
        None,
        {"type": "Feature", "properties": None, "geometry": None},
    )
    track = _fixes(tmp_path, text)
    fix = track.batch.fix(0)
    assert (fix.device_id, fix.altitude_m, fix.speed_mps) == ("anna", 200.0, 2.0)
    assert track.refused[0].reason == "lat is missing"


def test_a_geojson_line_with_times_is_a_recording_and_a_path(tmp_path: Path) -> None:
    times = ["2026-01-01T08:00:00Z", "2026-01-01T08:00:10Z"]
    text = json.dumps(_feature("LineString", [[16.3, 48.2], [16.4, 48.2]], coordTimes=times, name="way"))
    assert len(_fixes(tmp_path, text).batch) == 2
    vertices = _path(tmp_path, text)
    assert vertices.time is not None
    np.testing.assert_array_equal(np.diff(vertices.time), [10])


def test_a_recorded_path_keeps_its_seconds_since_the_start(tmp_path: Path) -> None:
    text = json.dumps(_feature("LineString", [[16.3, 48.2], [16.4, 48.2]], elapsed_s=[0, 12.5]))
    vertices = _path(tmp_path, text)
    assert vertices.time is not None
    np.testing.assert_array_equal(vertices.time, [0, 12.5])


def test_a_bare_geometry_is_a_path(tmp_path: Path) -> None:
    assert len(_path(tmp_path, json.dumps({"type": "LineString", "coordinates": [[1, 2], [3, 4]]})).lon) == 2


def test_parts_of_a_geojson_line_are_joined_only_where_they_meet(tmp_path: Path) -> None:
    meeting = [[[1, 2], [3, 4]], [[3, 4], [5, 6]]]
    np.testing.assert_array_equal(
        _path(tmp_path, json.dumps(_feature("MultiLineString", meeting))).lon, [1, 3, 5]
    )
    apart = [[[1, 2], [3, 4]], [[3.1, 4], [5, 6]]]
    with pytest.raises(PathError, match=r"2 lines.*'way \(part 1\)', 'way \(part 2\)'"):
        _path(tmp_path, json.dumps(_feature("MultiLineString", apart, name="way")))


def test_a_line_cut_at_the_antimeridian_is_joined(tmp_path: Path) -> None:
    cut = [[[179.9, 2], [180, 2]], [[-180, 2], [-179.9, 2]]]
    np.testing.assert_array_equal(
        _path(tmp_path, json.dumps(_feature("MultiLineString", cut))).lon, [179.9, 180, -179.9]
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "it is not JSON"),
        ("[1]", "not GeoJSON"),
        ('{"type": 1}', "not GeoJSON"),
        ('{"type": "FeatureCollection", "features": 3}', "it holds no line"),
        ('{"type":"Feature","geometry":' * 40 + "null" + "}" * 40, "it holds no line"),
        ("[" * 200_000, "it is not JSON"),
        ("<svg/>", "its root element is <svg>"),
        ("<gpx><trk>", "XML is malformed"),
        ("<!DOCTYPE gpx><gpx/>", "DOCTYPE"),
        ("lon,lat\n", "it holds no row"),
        ("lon,lat\n1,2\n3,x\n", "vertex 2: lat 'x' is not a number"),
        ("lon,lat\n1,2\n3\n", "row 3: it has 1 columns"),
        ("lon,lat,device\n1,2,a\n3,4,b\n", "it holds 2 lines; choose one as FILE#NAME: 'a', 'b'"),
    ],
)
def test_a_file_without_a_path_is_an_error_that_names_it(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(PathError, match=reason) as caught:
        _path(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "drawn"))


def test_a_table_is_a_path_in_the_order_of_its_rows(tmp_path: Path) -> None:
    rows = ("1,2,a,2026-01-01 08:00:00", "9,9,b,2026-01-01 08:00:00", "3,4,a,2026-01-01 08:00:10")
    text = "\n".join(("lon,lat,device,time", *rows))
    vertices = _path(tmp_path, text, "#a")
    np.testing.assert_array_equal(vertices.lon, [1, 3])
    assert vertices.time is not None
    np.testing.assert_array_equal(np.diff(vertices.time), [10])
