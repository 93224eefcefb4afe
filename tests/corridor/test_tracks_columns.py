"""Which spellings of columns are taken for what, and in which unit."""

import math

import pytest

from corridor.errors import TrackError
from corridor.tracks.columns import PHONE_TO_95, SPELLINGS, recognise, unit_of


@pytest.mark.parametrize(("quantity", "spellings"), SPELLINGS.items())
def test_every_spelling_is_recognised_whatever_its_case(quantity: str, spellings: tuple[str, ...]) -> None:
    for spelling in spellings:
        written = spelling.title().replace("_", " ")
        assert recognise([written])[quantity] == written


def test_no_spelling_means_two_things() -> None:
    every = [spelling for spellings in SPELLINGS.values() for spelling in spellings]
    assert len(every) == len(set(every))


def test_a_vehicle_is_the_device_and_a_bare_id_is_the_number_of_the_row() -> None:
    assert recognise(["id", "vehicle_id"]) == {"device_id": "vehicle_id"}
    assert recognise(["id"]) == {"device_id": "id"}


def test_a_dilution_is_no_accuracy() -> None:
    assert recognise(["hdop", "pdop"]) == {}


def test_a_missing_column_is_named_with_what_there_is() -> None:
    with pytest.raises(TrackError, match=r"no column for lat .*latitude.*the file has 'time', 'lon'"):
        recognise(["time", "lon"], required=("time", "lon", "lat"))


def test_a_column_that_occurs_twice_is_refused() -> None:
    with pytest.raises(TrackError, match="'lat' occurs 2 times"):
        recognise(["lat", "LAT"])


def test_the_phones_accuracy_is_scaled_to_95_percent() -> None:
    assert unit_of("Accuracy").factor == PHONE_TO_95
    assert unit_of("accuracy_m").factor == 1.0
    assert math.isclose(PHONE_TO_95, math.sqrt(math.log(0.05) / math.log(0.32)), rel_tol=1e-3)
