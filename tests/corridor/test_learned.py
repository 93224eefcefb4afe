"""What was learned, written as GeoJSON and read again: all of it, and the main path alone."""

import json
from pathlib import Path

import numpy as np
import pytest

from corridor import Learned, PathError, TrackError, learn, read_fixes, read_learned
from corridor import Path as Way
from tests.corridor.test_learning import LOWER_M, UPPER_M
from tests.corridor.trips import several


@pytest.fixture(scope="module")
def learned() -> Learned:
    return learn(several(LOWER_M, range(4)) + several(UPPER_M, [50, 51]), name="to school")


@pytest.fixture
def file(learned: Learned, tmp_path: Path) -> Path:
    file = tmp_path / "way.geojson"
    file.write_text(json.dumps(learned.to_geojson(recorded_from="six trips")))
    return file


def test_all_corridors_are_read_again(learned: Learned, file: Path) -> None:
    again = read_learned(file)
    assert again.trip_counts == learned.trip_counts == (6, 2)
    for one, other in zip(learned.corridors, again.corridors, strict=True):
        assert one.path.name == other.path.name
        np.testing.assert_allclose(other.path.lon, one.path.lon, atol=6e-8)
        assert one.path.elapsed_s is not None
        assert other.path.elapsed_s is not None
        np.testing.assert_allclose(other.path.elapsed_s, one.path.elapsed_s, atol=0.051)
        assert (other.terms.right_m >= one.terms.right_m).all()  # a width is rounded up
        np.testing.assert_allclose(other.terms.right_m, one.terms.right_m, atol=0.101)


def test_a_path_of_the_file_is_the_main_one(learned: Learned, file: Path) -> None:
    path = Way.from_file(file)
    assert path.length_m == pytest.approx(learned.main.length_m, abs=0.1)
    assert path.elapsed_s is not None
    other = Way.from_file(f"{file}#to school, way 2")
    assert other.length_m == pytest.approx(learned.corridors[1].length_m, abs=0.1)


def test_main_comes_first_wherever_it_stands_in_the_file(learned: Learned, file: Path) -> None:
    document = json.loads(file.read_text())
    document["features"].reverse()
    file.write_text(json.dumps(document))
    assert read_learned(file).main.path.name == "to school"
    assert Way.from_file(file).length_m == pytest.approx(learned.main.length_m, abs=0.1)


def test_what_is_more_to_say_stands_with_the_main_path(file: Path) -> None:
    main, other = (feature["properties"] for feature in json.loads(file.read_text())["features"])
    assert (main["role"], main["trips"], main["recorded_from"]) == ("main", 6, "six trips")
    assert (other["role"], other["trips"]) == ("alternative", 2)
    assert "recorded_from" not in other


def test_a_file_of_paths_is_no_recording(file: Path) -> None:
    with pytest.raises(TrackError, match="no recorded point"):
        read_fixes(file)


@pytest.mark.parametrize("widths", [None, [], [30.0], ["wide"] * 9, "30", {"all": 30}])
def test_a_line_without_widths_was_not_learned(file: Path, widths: object) -> None:
    document = json.loads(file.read_text())
    document["features"][1]["properties"]["half_width_m"] = widths
    file.write_text(json.dumps(document))
    with pytest.raises(PathError, match="line 'to school, way 2' has no half_width_m at each vertex"):
        read_learned(file)
    assert Way.from_file(file).length_m > 0


def test_a_width_that_cannot_be_names_its_vertex(file: Path) -> None:
    document = json.loads(file.read_text())
    document["features"][0]["properties"]["half_width_m"][3] = -5.0
    file.write_text(json.dumps(document))
    with pytest.raises(PathError, match=r"half_width_m -5\.0 at vertex 3"):
        read_learned(file)


@pytest.mark.parametrize(
    ("text", "said"), [("", "it is empty"), ("{}", "not GeoJSON"), ("[1]", "not GeoJSON")]
)
def test_what_cannot_be_read_is_an_error_that_names_the_file(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "way.geojson"
    file.write_text(text)
    with pytest.raises(PathError, match=said) as caught:
        read_learned(file)
    assert str(file) in str(caught.value)
    with pytest.raises(PathError, match="cannot be read"):
        read_learned(tmp_path / "nowhere.geojson")
