"""CSV and Parquet files of fixes: good rows kept, bad ones refused with their line and reason."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corridor.errors import TrackError
from corridor.tracks import Track, read_fixes
from corridor.tracks import table as table_module
from corridor.tracks.track import MAX_REFUSALS

HEADER = "device_id,time,lon,lat"
ROW = "anna,2026-01-01T08:00:00Z,16.37,48.2"


def _read(folder: Path, text: str | bytes, **options: object) -> Track:
    file = folder / "walk.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_fixes(file, **options)  # type: ignore[arg-type]  # options are passed on as given


def test_a_plain_file_becomes_a_batch(tmp_path: Path) -> None:
    track = _read(tmp_path, f"{HEADER},accuracy_m\n{ROW},12.5\n{ROW.replace('anna', 'ben')},\n")
    assert track.batch.devices == ("anna", "ben")
    assert track.batch.fix(0).accuracy_m == 12.5
    assert track.batch.fix(1).accuracy_m is None
    assert track.batch.fix(1).lon == 16.37
    assert (track.refused, track.refused_count) == ((), 0)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_delimiter_byte_order_mark_and_line_ends_do_not_matter(
    tmp_path: Path, delimiter: str, mark: str, newline: str
) -> None:
    text = mark + newline.join([HEADER, ROW, ROW, ""]).replace(",", delimiter)
    track = _read(tmp_path, text)
    assert len(track.batch) == 2
    assert track.batch.devices == ("anna",)


def test_quoted_values_may_hold_the_delimiter_and_line_breaks(tmp_path: Path) -> None:
    text = f'note,{HEADER}\n"a, b\nc",{ROW}\nplain,{ROW.replace("48.2", "98.2")}\n'
    track = _read(tmp_path, text)
    assert len(track.batch) == 1
    assert [(refusal.row, refusal.reason) for refusal in track.refused] == [
        (4, "latitude 98.2 is outside [-90, 90]")
    ]


def test_a_decimal_comma_is_read_where_the_delimiter_is_another(tmp_path: Path) -> None:
    track = _read(tmp_path, "time;lon;lat\n2026-01-01T08:00:00Z;16,37;-48,2\n")
    assert (track.batch.lon[0], track.batch.lat[0]) == (16.37, -48.2)


BAD_ROWS = {
    "anna,2026-01-01T08:00:00Z,16.37,95": "latitude 95.0 is outside [-90, 90]",
    "anna,2026-01-01T08:00:00Z,nan,48": "longitude is nan; a finite number is needed",
    "anna,2026-01-01T08:00:00Z,,48": "lon is missing",
    "anna,2026-01-01T08:00:00Z,east,48": "lon 'east' is not a number",
    "anna,2026-01-01T08:00:00Z,1e999,48": "longitude is inf; a finite number is needed",
    "anna,2026-01-01 08:00:00,16.37,48": "time '2026-01-01 08:00:00' has no zone",
    "anna,2026-02-30T08:00:00Z,16.37,48": "does not exist",
    "anna,1901-01-01T08:00:00Z,16.37,48": "is before 1970 or after 9999",
    "anna,yesterday,16.37,48": "time 'yesterday' is not RFC 3339",
    "anna,,16.37,48": "time is missing",
    ",2026-01-01T08:00:00Z,16.37,48": "device_id is empty",
    "anna,2026-01-01T08:00:00Z,16.37": "it has 3 columns, the header 4",
}


@pytest.mark.parametrize(("bad", "reason"), BAD_ROWS.items())
def test_a_bad_row_is_refused_by_its_line_and_the_others_are_kept(
    tmp_path: Path, bad: str, reason: str
) -> None:
    track = _read(tmp_path, "\n".join([HEADER, ROW, "", bad, ROW]))
    assert len(track.batch) == 2
    (refusal,) = track.refused
    assert refusal.row == 4
    assert reason in refusal.reason


def test_naive_times_are_read_when_their_zone_is_given(tmp_path: Path) -> None:
    text = "time,lon,lat\n2026-07-01 12:00:00,16.37,48.2\n"
    track = _read(tmp_path, text, naive_zone=ZoneInfo("Europe/Vienna"))
    assert track.batch.time[0] == datetime(2026, 7, 1, 10, tzinfo=UTC).timestamp()


def test_a_file_of_bad_rows_alone_is_an_error_that_names_it_and_the_first(tmp_path: Path) -> None:
    with pytest.raises(TrackError, match=r"walk\.csv: none of 2 rows is usable; row 2: .*no zone"):
        _read(tmp_path, "time,lon,lat\n2026-07-01 12:00:00,16.37,48.2\n2026-07-01 12:00:01,16.37,48.2\n")


def test_refused_rows_beyond_the_limit_are_still_counted(tmp_path: Path) -> None:
    text = "\n".join([HEADER, ROW, *["anna,,1,2"] * (MAX_REFUSALS + 5)])
    track = _read(tmp_path, text)
    assert len(track.refused) == MAX_REFUSALS
    assert track.refused_count == MAX_REFUSALS + 5


def test_the_file_names_the_device_where_no_column_does(tmp_path: Path) -> None:
    text = "time,lon,lat\n2026-07-01 12:00:00Z,16.37,48.2\n"
    assert _read(tmp_path, text).batch.devices == ("walk",)
    assert _read(tmp_path, text, default_device="ben").batch.devices == ("ben",)


def test_units_and_unknowns_of_phones_are_turned(tmp_path: Path) -> None:
    header = "time,lon,lat,accuracy,speed_kmh,course"
    text = f"{header}\n2026-01-01T08:00:00Z,1,2,10,36,-1\n2026-01-01T08:00:01Z,1,2,0,,90\n"
    track = _read(tmp_path, text)
    np.testing.assert_allclose(track.batch.accuracy_m, [16.21, np.nan])
    np.testing.assert_allclose(track.batch.speed_mps, [10, np.nan])
    np.testing.assert_allclose(track.batch.course_deg, [np.nan, 90])
    assert track.columns["speed_mps"] == "speed_kmh (km/h)"
    assert "68 %" in track.columns["accuracy_m"]


def test_courses_to_both_sides_of_north_are_turned(tmp_path: Path) -> None:
    rows = "".join(
        f"2026-01-01T08:00:0{second}Z,1,2,{course}\n" for second, course in enumerate((-47, -1, 90))
    )
    track = _read(tmp_path, f"time,lon,lat,heading\n{rows}")
    np.testing.assert_allclose(track.batch.course_deg, [313, 359, 90])


def test_rows_are_selected_by_any_column(tmp_path: Path) -> None:
    text = f"{HEADER},Trip ID\n{ROW},7\n{ROW},8\n{ROW},7\n"
    assert len(_read(tmp_path, text, where={"trip_id": "7"}).batch) == 2
    with pytest.raises(TrackError, match="none of 3 rows has trip_id = '9'"):
        _read(tmp_path, text, where={"trip_id": "9"})
    with pytest.raises(TrackError, match=r"no column 'route' to select by; the file has .*'Trip ID'"):
        _read(tmp_path, text, where={"route": "9"})


BAD_FILES = {
    b"": "it is empty",
    b"\n\n": "it is empty",
    b"device_id,time,lon\nanna,x,1\n": "no column for lat",
    HEADER.encode(): "it holds no row",
    b"\x00\xff\xfe\x81\n1,2": "not UTF-8",
    b"PAR1 and then nothing": "not a Parquet file",
    b"PK\x03\x04rest": "ZIP archive",
    b"\x1f\x8bnot gzip": "cannot be read",
    b"device_id,time,lon,lat\n\xff,2026-01-01T08:00:00Z,1,2\n": "not UTF-8 text",
}


@pytest.mark.parametrize(("data", "reason"), BAD_FILES.items())
def test_an_unreadable_file_is_an_error_that_names_it(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(TrackError, match=reason) as caught:
        _read(tmp_path, data)
    assert str(caught.value).startswith(str(tmp_path / "walk.csv"))


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(TrackError, match=r"nowhere\.csv: it cannot be read: No such file"):
        read_fixes(tmp_path / "nowhere.csv")


def test_a_gzipped_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "walk.csv.gz").write_bytes(gzip.compress(f"time,lon,lat\n{ROW[5:]}\n".encode()))
    assert read_fixes(tmp_path / "walk.csv.gz").batch.devices == ("walk",)


def test_a_parquet_file_becomes_a_batch(tmp_path: Path) -> None:
    times = [datetime(2026, 1, 1, 8, tzinfo=UTC), datetime(2026, 1, 1, 9, tzinfo=UTC), None]
    columns = {
        "device": pa.array(["anna", "ben", "ben"]).dictionary_encode(),
        "timestamp": pa.array(times, pa.timestamp("ms", tz="Europe/Vienna")),
        "x": pa.array([16.37, 16.38, 16.39], pa.float32()),
        "y": pa.array([48, 48, 48]),
        "trip": pa.array([1, 2, 2]),
    }
    pq.write_table(pa.table(columns), tmp_path / "walk.parquet")
    track = read_fixes(tmp_path / "walk.parquet")
    assert track.batch.devices == ("anna", "ben")
    np.testing.assert_array_equal(track.batch.time, [1767254400.0, 1767258000.0])
    assert [(refusal.row, refusal.reason) for refusal in track.refused] == [(3, "time is missing")]
    assert track.columns["time"] == "timestamp"
    assert read_fixes(tmp_path / "walk.parquet", where={"trip": "2"}).batch.devices == ("ben",)


@pytest.mark.parametrize("kind", ["texts", "codes"])
def test_names_are_counted_by_their_first_row(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "named.parquet"
    names = pa.array(["z", " a", "unused", "", None, "a ", "z", "b"])
    column = names.dictionary_encode() if kind == "codes" else names
    places = {
        "time": [1767254400.0 + at for at in range(8)],
        "lon": [16.0] * 8,
        "lat": [48.0, 48.0, 99.0, *[48.0] * 5],
    }
    pq.write_table(pa.table({"device_id": column, **places}), file)
    track = read_fixes(file)
    assert track.batch.devices == ("z", "a", "b")
    assert track.batch.device.tolist() == [0, 1, 1, 0, 2]
    assert [(each.row, each.reason) for each in track.refused[1:]] == [
        (4, "device_id is empty"),
        (5, "device_id is empty"),
    ]


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_module, "MAX_UNPACKED_BYTES", 1 << 20)
    count = 50_000
    columns = {
        "time": [1767254400] * count,
        "lon": [1.0] * count,
        "lat": [2.0] * count,
        "id": ["a" * 99] * count,
    }
    pq.write_table(pa.table(columns), tmp_path / "walk.parquet")
    assert (tmp_path / "walk.parquet").stat().st_size < 100_000
    with pytest.raises(TrackError, match="it unpacks to over 1048576 bytes"):
        read_fixes(tmp_path / "walk.parquet")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_file_of_too_many_rows_is_refused(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_module, "MAX_ROWS", 2)
    file = tmp_path / f"walk.{suffix}"
    if suffix == "csv":
        file.write_text("\n".join([HEADER, ROW, ROW, ROW]))
    else:
        pq.write_table(pa.table({"time": [1767254400] * 3, "lon": [1.0] * 3, "lat": [2.0] * 3}), file)
    with pytest.raises(TrackError, match="3 rows; more than 2 are not read"):
        read_fixes(file)


def test_a_column_of_trips_takes_the_place_of_the_device(tmp_path: Path) -> None:
    file = tmp_path / "buses.csv"
    file.write_text(
        "vehicle_id,Trip,time,lon,lat\n7,a,2026-01-01T00:00:00Z,1,2\n7,b,2026-01-01T00:01:00Z,1,2\n"
    )
    track = read_fixes(file, device_column="trip")
    assert track.batch.devices == ("a", "b")
    assert read_fixes(file).batch.devices == ("7",)
    with pytest.raises(TrackError, match="no column 'tour'"):
        read_fixes(file, device_column="tour")
