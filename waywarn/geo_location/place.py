"""One row of a `geo_location` table as a fix, or why it is none. Pure; fetching rows is ``source.py``.

What wrote such tables was careless about types: numbers stand as texts, times as DATETIME without a zone
(UTC, as the column's name says), as text, or as seconds since 1970.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from corridor import Fix
from corridor.errors import FixError, InstantError
from corridor.fix import LIMITS
from corridor.instant import parse_instant, utc_seconds

COLUMNS = (
    "id",
    "insert_time",
    "username",
    "device_id",
    "gps_type",
    "gps_latitude",
    "gps_longitude",
    "gps_altitude",
    "gps_precision",
    "gps_utctimestamp",
)
MAX_NAME = 64  # as a device's name in the configuration
MAX_SHAPE = 40  # the longest, Ellipsoid, has 9
MAX_SAID = 60  # of a value that is shown


class Refused(StrEnum):
    """Why a row is not imported."""

    NO_DEVICE = "no device_id and no username"
    NO_PLACE = "latitude or longitude missing, or no numbers"
    NO_TIME = "gps_utctimestamp missing, or no time"
    NO_INSERT_TIME = "insert_time outside 1970 to 9999, or no time"
    OUT_OF_RANGE = "a number out of its range"
    UNKNOWN_DEVICE = "of no device that is known here"
    PAST_RETENTION = "past its retention"
    KNOWN = "already there"


class Refusal(NamedTuple):
    """Why a row is not imported, and the value at fault as it stands."""

    reason: Refused
    said: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """A row that is a fix.

    Parameters
    ----------
    fix
        Where and when; its device is the row's device_id, or its username where it has none.
    username
        The SIP user that had published it; empty where unknown.
    shape
        The row's gps_type.
    inserted_at
        When the row was written, UTC seconds; None where it does not say.
    """

    fix: Fix
    username: str
    shape: str
    inserted_at: float | None


def read_row(row: Mapping[str, object]) -> Located | Refusal:
    """Read a row, by the names of `COLUMNS`.

    Examples
    --------
    >>> read_row({"username": "anna", "gps_latitude": "48,2", "gps_longitude": 16.3}).said
    "'48,2', 16.3"
    """
    username = _text(row.get("username"))
    device = _text(row.get("device_id")) or username
    if not device:
        return Refusal(Refused.NO_DEVICE)
    lat, lon = _number(row.get("gps_latitude")), _number(row.get("gps_longitude"))
    if lat is None or lon is None:
        return Refusal(Refused.NO_PLACE, _said(row, "gps_latitude", "gps_longitude"))
    time = _seconds(row.get("gps_utctimestamp"))
    if time is None:
        return Refusal(Refused.NO_TIME, _said(row, "gps_utctimestamp"))
    inserted_at = _seconds(row.get("insert_time"))
    if _text(row.get("insert_time")) and not _is_time(inserted_at):
        return Refusal(Refused.NO_INSERT_TIME, _said(row, "insert_time"))
    precision = _number(row.get("gps_precision"))
    try:
        fix = Fix(
            device[:MAX_NAME],
            time,
            lon,
            lat,
            altitude_m=_number(row.get("gps_altitude")),
            accuracy_m=precision or None,  # 0 stands for "not said": no receiver is exact
        )
    except FixError as error:
        return Refusal(Refused.OUT_OF_RANGE, str(error))
    return Located(fix, username, _text(row.get("gps_type"))[:MAX_SHAPE], inserted_at)


def _said(row: Mapping[str, object], *names: str) -> str:
    return ", ".join(repr(row.get(name))[:MAX_SAID] for name in names)


def _text(value: object) -> str:
    text = "" if value is None else str(value).strip()
    return text if text.isprintable() else ""


def _number(value: object) -> float | None:
    """Read a number however it stands; NaN stays one, for the fix to refuse."""
    try:
        return None if value is None or str(value).strip() == "" else float(str(value))
    except ValueError:
        return None


def _is_time(time: float | None) -> bool:
    low, high = LIMITS["time"]
    return time is not None and low <= time <= high


def _seconds(value: object) -> float | None:
    """Read an instant however it stands, without a zone in UTC."""
    if isinstance(value, datetime):
        return utc_seconds(value if value.tzinfo else value.replace(tzinfo=UTC))
    number = _number(value)
    if number is not None:
        return number
    try:
        return None if value is None else parse_instant(str(value), naive_zone=UTC)
    except InstantError:
        return None
