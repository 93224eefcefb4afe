"""Whatever the bytes, reading gives a track, a path, or the one declared error."""

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corridor.errors import PathError, TrackError
from corridor.tracks import read_fixes, read_path

MANY = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # the file is written anew each time


def _parquet() -> bytes:
    sink = io.BytesIO()
    columns = {"time": pa.array([1767254400] * 9), "lon": [1.0] * 9, "lat": [2.0] * 9, "device": ["a"] * 9}
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


SEEDS = {
    "csv": b'device,time,lon,lat\n"a",2026-01-01T08:00:00Z,16.3,48.2\nb,2026-01-01T08:00:01Z,"16,3",48.2\n',
    "gpx": b'<gpx><trk><trkseg><trkpt lat="1" lon="2"><time>2026-01-01T08:00:00Z</time></trkpt></trkseg>'
    b"</trk></gpx>",
    "kml": b"<kml><Placemark><Track><when>2026-01-01T08:00:00Z</when><coord>1 2 3</coord></Track>"
    b"</Placemark></kml>",
    "geojson": json.dumps(
        {
            "type": "Feature",
            "properties": {"coordTimes": ["2026-01-01T08:00:00Z", 1767254400], "name": "\ud800"},
            "geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]},
        }
    ).encode(),
    "parquet": _parquet(),
}
JSON_KEYS = ("type", "features", "geometry", "geometries", "coordinates", "properties", "coordTimes", "time")
JSON_TYPES = ("FeatureCollection", "Feature", "GeometryCollection", "LineString", "MultiLineString", "Point")
JSON_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(("x", "2026-01-01T08:00Z"))
)
JSON_VALUES = st.recursive(
    JSON_LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(JSON_KEYS), inner | st.sampled_from(JSON_TYPES), max_size=4)
    ),
    max_leaves=30,
)


def _read(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    try:
        track = read_fixes(file)
        assert len(track.batch) > 0
    except TrackError as error:
        assert str(error).startswith(str(file))  # noqa: PT017 (either outcome is right)
    try:
        assert len(read_path(file).lon) >= 0
    except PathError as error:
        assert str(error).startswith(str(file))  # noqa: PT017 (either outcome is right)


@MANY
@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    _read(tmp_path / "any", data)


@pytest.mark.parametrize("kind", SEEDS)
@MANY
@given(edits=st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 5), st.binary(max_size=4)), max_size=4))
def test_a_damaged_file_is_read_or_refused(
    tmp_path: Path, kind: str, edits: list[tuple[int, int, bytes]]
) -> None:
    data = bytearray(SEEDS[kind])
    for position, removed, added in edits:
        start = position % (len(data) + 1)
        data[start : start + removed] = added
    _read(tmp_path / kind, bytes(data))


@MANY
@given(value=JSON_VALUES)
def test_any_json_is_read_or_refused(tmp_path: Path, value: object) -> None:
    _read(tmp_path / "any.geojson", json.dumps(value).encode())


@MANY
@given(
    rows=st.lists(st.lists(st.text(max_size=8) | st.sampled_from(["1", "2026-01-01T08:00:00Z"]), max_size=5)),
    delimiter=st.sampled_from(",;\t"),
)
def test_any_table_under_a_good_header_is_read_or_refused(
    tmp_path: Path, rows: list[list[str]], delimiter: str
) -> None:
    lines = [["device", "time", "lon", "lat"], *rows]
    _read(tmp_path / "any.csv", "\n".join(delimiter.join(row) for row in lines).encode())
