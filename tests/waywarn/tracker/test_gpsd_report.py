"""What gpsd says, to fixes."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.fix import Fix
from waywarn.tracker.gpsd import GpsdAddress, SourceError
from waywarn.tracker.gpsd_report import ReportError, fix_of_report, watch

TPV = {
    "class": "TPV", "device": "/dev/pts/1", "mode": 3, "time": "2026-03-02T07:40:00.500Z", "ept": 0.005,
    "lat": 48.2, "lon": 16.37, "altHAE": 230.5, "altMSL": 187.0, "epx": 3.0, "epy": 4.0, "epv": 9.0,
    "track": 90.5, "speed": 1.4, "eph": 7.5,
}  # fmt: skip


def read(**changes: object) -> Fix | None:
    report = {name: value for name, value in (TPV | changes).items() if value is not None}
    return fix_of_report(json.dumps(report).encode(), "anna")


def test_a_position_is_read_whole() -> None:
    assert read() == Fix("anna", 1772437200.5, 16.37, 48.2, 230.5, 7.5, 1.4, 90.5, "GPS")


def test_without_a_horizontal_error_those_of_both_axes_stand_for_it() -> None:
    fix = read(eph=None)
    assert fix is not None
    assert fix.accuracy_m == 5.0
    fix = read(eph=None, epx=None)
    assert fix is not None
    assert fix.accuracy_m is None


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": 1},
        {"mode": 0},
        {"mode": None},
        {"lat": None},
        {"time": None},
        {"class": "SKY"},
        {"mode": True},
    ],
)
def test_what_is_no_position_is_none(changes: dict[str, object]) -> None:
    assert read(**changes) is None


@pytest.mark.parametrize(
    "changes", [{"lat": 95}, {"lon": "x"}, {"time": "noon"}, {"time": 5}, {"track": 361}]
)
def test_a_position_that_cannot_be_is_an_error(changes: dict[str, object]) -> None:
    with pytest.raises(ReportError):
        read(**changes)


@given(
    st.one_of(
        st.binary(max_size=200),
        st.dictionaries(
            st.sampled_from(sorted(TPV)),
            st.one_of(st.just("TPV"), st.integers(), st.floats(), st.text(), st.none()),
        ).map(lambda report: json.dumps({"class": "TPV", "mode": 3, **report}).encode()),
    )
)
def test_whatever_comes_is_a_fix_or_none_or_the_one_error(line: bytes) -> None:
    with contextlib.suppress(ReportError):
        assert isinstance(fix_of_report(line, "anna"), Fix | None)


def test_addresses() -> None:
    assert GpsdAddress.parse("gpsd:") == GpsdAddress()
    assert GpsdAddress.parse("gpsd://[::1]:3000") == GpsdAddress("::1", 3000)
    assert GpsdAddress.parse("gpsd://pi/dev/ttyUSB0") == GpsdAddress("pi", 2947, "/dev/ttyUSB0")
    for wrong in ("gpsd:x", "gpsd://", "gpsd://a:0", "gpsd://a:70000", "gps:"):
        with pytest.raises(SourceError, match="names no gpsd"):
            GpsdAddress.parse(wrong)
    assert watch(None) == b'?WATCH={"enable":true,"json":true}\n'
    assert watch("/dev/x") == b'?WATCH={"enable":true,"json":true,"device":"/dev/x"}\n'
