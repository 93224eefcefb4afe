"""The readers over real files: what each yields, and what it refuses."""

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from corridor.errors import PathError, TrackError
from corridor.instant import parse_instant
from corridor.tracks import read_fixes, read_path

pytestmark = pytest.mark.data

# fixes, devices
TRACES = {
    "buses.parquet": (9_753, 14),
    "commuter.parquet": (108_607, 1),
    "cabs.parquet": (110_714, 5),
    "seals_ellipses.parquet": (27_547, 3),
    "icebergs.parquet": (320_847, 305),
    "aircraft.parquet": (909_441, 1_177),
    "evergiven_ais.csv.gz": (22_287, 256),
    "google_accuracy.csv": (416, 1),
    "limerick_304.gpx": (2_144, 1),
}

# of tkrajina/gpxpy: fixes, or why there is none
GPX = {
    "Mojstrovka.gpx": "is before 1970",
    "around-visnjan-with-car.gpx": 104,
    "cerknicko-jezero-no-creator.gpx": 296,
    "cerknicko-jezero-with-elevations-zero.gpx": 296,
    "cerknicko-jezero-without-elevations.gpx": 295,
    "cerknicko-jezero.gpx": 296,
    "cerknicko-without-times.gpx": 5,
    "custom_schema_locations.gpx": "no recorded point",
    "default_schema_locations.gpx": "no recorded point",
    "first_and_last_elevation.gpx": 10,
    "gpx-with-node-with-comments.gpx": 1,
    "gpx1.0_with_all_fields.gpx": "has no zone",
    "gpx1.1_with_all_fields.gpx": "has no zone",
    "gpx1.1_with_extensions.gpx": "only 1 waypoint",
    "gpx1.1_with_extensions_without_namespaces.gpx": "only 1 waypoint",
    "gpx_with_garmin_extension.gpx": "only 1 waypoint",
    "korita-zbevnica.gpx": 513,
    "route.gpx": "only 55 route points",
    "track-with-empty-segment.gpx": 9,
    "track-with-extremes.gpx": "no column for time",
    "track-with-less-sec-time.gpx": 2,
    "track-with-small-floats.gpx": "no column for time",
    "track_with_dilution_errors.gpx": "no column for time",
    "track_with_speed.gpx": 3,
    "unicode.gpx": "only 6 waypoints",
    "unicode2.gpx": "no recorded point",
    "unicode_with_bom.gpx": "only 1 waypoint",
    "unicode_with_bom_noencoding.gpx": "only 1 waypoint",
}


@pytest.mark.parametrize(("name", "held"), TRACES.items())
def test_every_fix_of_a_real_trace_is_read(shared_data: Path, name: str, held: tuple[int, int]) -> None:
    track = read_fixes(shared_data / "traces" / name)
    assert (len(track.batch), len(track.batch.devices), track.refused_count) == (*held, 0)


@pytest.mark.parametrize(("name", "held"), GPX.items())
def test_gpx_that_readers_stumble_over_is_read_or_refused_with_the_reason(
    shared_data: Path, name: str, held: int | str
) -> None:
    file = shared_data / "traces" / "gpx_edge" / name
    if isinstance(held, int):
        assert len(read_fixes(file).batch) == held
    else:
        with pytest.raises(TrackError, match=held):
            read_fixes(file)


def test_the_table_of_gpx_files_is_complete(shared_data: Path) -> None:
    assert {file.name for file in (shared_data / "traces" / "gpx_edge").iterdir()} == GPX.keys()


@pytest.mark.parametrize("name", ["liverpool_bus14.csv", "posmo_accuracy.csv"])
def test_local_times_are_refused_until_their_zone_is_given(shared_data: Path, name: str) -> None:
    file = shared_data / "traces" / name
    with pytest.raises(TrackError, match=f"{name}: none of .* has no zone; .*naive_zone"):
        read_fixes(file)
    assert read_fixes(file, naive_zone=ZoneInfo("Europe/London")).refused_count == 0


def test_the_buses_of_liverpool_are_the_vehicles_not_the_rows(shared_data: Path) -> None:
    track = read_fixes(
        shared_data / "traces" / "liverpool_bus14.csv",
        naive_zone=ZoneInfo("Europe/London"),
        where={"trip_id": "1091"},
    )
    assert track.columns["device_id"] == "vehicle_id"
    assert track.batch.devices == ("4716",)


def test_a_date_of_the_year_2301_is_read_and_left_to_the_rules(shared_data: Path) -> None:
    batch = read_fixes(shared_data / "traces" / "icebergs.parquet").batch
    assert batch.time.max() > parse_instant("2300-01-01T00:00:00Z")


def test_an_accuracy_of_a_phone_is_scaled_and_its_zero_is_unknown(shared_data: Path) -> None:
    batch = read_fixes(shared_data / "traces" / "google_accuracy.csv").batch
    assert batch.accuracy_m[0] == pytest.approx(20 * 1.621)
    posmo = read_fixes(shared_data / "traces" / "posmo_accuracy.csv", naive_zone=ZoneInfo("UTC")).batch
    assert np.isnan(posmo.accuracy_m[0])


def test_the_planned_paths_of_buses_are_chosen_by_name(shared_data: Path) -> None:
    file = shared_data / "traces" / "buses_paths.geojson"
    with pytest.raises(PathError, match="it holds 4 lines; choose one as FILE#NAME: 'D40:06', 'D40:52'"):
        read_path(file)
    assert len(read_path(f"{file}#D40:06").lon) == 966
