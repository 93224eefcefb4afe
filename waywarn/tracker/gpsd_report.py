"""What gpsd says in its JSON protocol, one object a line, to fixes.

The connection is ``gpsd.py``. Source: gpsd_json(5), protocol 3.x.
"""

import json
import math

from corridor.errors import FixError, InstantError
from corridor.fix import Fix
from corridor.instant import parse_instant

MAX_LINE_BYTES = 65_536  # gpsd's own longest is 10,240 (GPS_JSON_RESPONSE_MAX); a long SKY is 5,000
WATCH = b'?WATCH={"enable":true,"json":true}'
_LEAST_MODE = 2  # 0 and 1: no fix; 2: longitude and latitude; 3: altitude too


class ReportError(ValueError):
    """A line that gpsd cannot have meant; the text says what is wrong with it."""


def watch(device: str | None) -> bytes:
    """Write the request that starts the reports, of one receiver or of all."""
    if device is None:
        return WATCH + b"\n"
    return b'?WATCH={"enable":true,"json":true,"device":%s}\n' % json.dumps(device).encode()


def fix_of_report(line: bytes, device_id: str) -> Fix | None:
    """Read a line of gpsd; None where it is no position.

    gpsd states its errors as 95 % (its own error model multiplies dilution by a range error of 15 m at
    95 %, gpsd(8)), as an accuracy here is. Where it gives no ``eph``, the hypotenuse of ``epx`` and ``epy``
    holds at least as much.

    Raises
    ------
    ReportError
        It is no JSON object, or a position that no device can be at.

    Examples
    --------
    >>> line = b'{"class":"TPV","mode":2,"time":"2026-03-02T07:40:00.000Z","lat":48.2,"lon":16.4,"eph":9.5}'
    >>> fix_of_report(line, "anna").accuracy_m
    9.5
    """
    try:
        report = json.loads(line)
    except (ValueError, RecursionError):
        raise ReportError(f"no JSON: {line[:60]!r}") from None
    if not isinstance(report, dict):
        raise ReportError(f"no JSON object: {line[:60]!r}")
    if report.get("class") != "TPV" or not _is_fix(report.get("mode")):
        return None
    if "time" not in report or "lon" not in report or "lat" not in report:
        return None  # a receiver that has not learned the time yet
    try:
        return Fix(
            device_id,
            parse_instant(str(report["time"])),
            report["lon"],
            report["lat"],
            altitude_m=_number(report, "altHAE"),
            accuracy_m=_accuracy(report),
            speed_mps=_number(report, "speed"),
            course_deg=_number(report, "track"),
            method="GPS",
        )
    except (FixError, InstantError) as error:
        raise ReportError(str(error)) from None


def _is_fix(mode: object) -> bool:
    return isinstance(mode, int) and not isinstance(mode, bool) and mode >= _LEAST_MODE


def _accuracy(report: dict[str, object]) -> float | None:
    stated = _number(report, "eph")
    if stated is not None:
        return stated
    east, north = _number(report, "epx"), _number(report, "epy")
    return None if east is None or north is None else math.hypot(east, north)


def _number(report: dict[str, object], name: str) -> float | None:
    """Give a number that is stated; what is beside the place does not make the place worthless."""
    value = report.get(name)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number else None  # type: ignore[arg-type] # a number: asked the line before
