"""Column names: which spellings are taken for which quantity of a fix, and in which unit they are.

What is in the columns is read by ``numbers.py`` and ``times.py``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corridor.errors import TrackError

# The radius that holds 68 % is what Android and iOS call accuracy; ours holds 95 %. Normal about
# the fix in two dimensions, sqrt(ln 0.05 / ln 0.32) of it (RFC 7459, 5.2 scales the same way).
PHONE_TO_95 = 1.621

# In order of preference: a file may hold several. A bare `id` is often the number of the row.
SPELLINGS: dict[str, tuple[str, ...]] = {
    "device_id": (
        "device_id", "device", "deviceid", "vehicle_id", "vehicle", "user_id", "user", "uid", "unit_id",
        "tracker_id", "mmsi", "imei", "individual_local_identifier", "id",
    ),
    "time": (
        "time", "timestamp", "tracked_at", "datetime", "date_time", "time_utc", "utc", "recorded_at",
        "fix_time", "fixtime", "location_timestamp", "when", "t",
    ),
    "lon": ("lon", "lng", "long", "longitude", "position_longitude", "location_long", "x"),
    "lat": ("lat", "latitude", "position_latitude", "location_lat", "y"),
    "altitude_m": ("altitude_m", "altitude", "alt", "elevation", "elevation_m", "ele", "height_m"),
    "accuracy_m": ("accuracy_m", "accuracy", "horizontal_accuracy", "acc"),
    "speed_mps": (
        "speed_mps", "speed_ms", "speed", "position_speed", "speed_kmh", "speed_kph", "speed_knots",
    ),
    "course_deg": (
        "course_deg", "course", "bearing", "heading", "track_deg", "position_bearing", "cog",
    ),
    "method": ("method",),
}  # fmt: skip
# hdop is no accuracy: a factor without a unit, and without the receiver's own error it says nothing.

REQUIRED_COLUMNS = ("time", "lon", "lat")


@dataclass(frozen=True, slots=True)
class Unit:
    """How a spelling's numbers become ours, and the words that say so."""

    factor: float
    words: str
    zero_is_unknown: bool = False


_PHONE_ACCURACY = Unit(PHONE_TO_95, "68 %, times 1.621; 0 taken as not stated", zero_is_unknown=True)
UNITS: dict[str, Unit] = {
    "accuracy": _PHONE_ACCURACY,
    "horizontal_accuracy": _PHONE_ACCURACY,
    "acc": _PHONE_ACCURACY,
    "speed_kmh": Unit(1 / 3.6, "km/h"),
    "speed_kph": Unit(1 / 3.6, "km/h"),
    "speed_knots": Unit(1852 / 3600, "knots"),
}
_PLAIN = Unit(1.0, "")


def recognise(names: Sequence[str], *, required: Sequence[str] = ()) -> dict[str, str]:
    """Find the columns of a fix among the names of a file's columns.

    Parameters
    ----------
    names
        As the file spells them; case, and blank, ``-`` or ``.`` for ``_``, do not matter.
    required
        Quantities without which the file is of no use.

    Returns
    -------
    dict
        Quantity to the file's own spelling.

    Raises
    ------
    TrackError
        A required quantity has no column, or one spelling occurs twice.

    Examples
    --------
    >>> recognise(["id", "vehicle_id", "Timestamp", "Latitude", "lng"])
    {'device_id': 'vehicle_id', 'time': 'Timestamp', 'lon': 'lng', 'lat': 'Latitude'}
    """
    by_key: dict[str, list[str]] = {}
    for name in names:
        by_key.setdefault(_key(name), []).append(name)
    found: dict[str, str] = {}
    for quantity, spellings in SPELLINGS.items():
        spelling = next((each for each in spellings if each in by_key), None)
        if spelling is None:
            continue
        if len(by_key[spelling]) > 1:
            raise TrackError(f"column {spelling!r} occurs {len(by_key[spelling])} times")
        found[quantity] = by_key[spelling][0]
    for quantity in required:
        if quantity not in found:
            raise TrackError(
                f"no column for {quantity} (read: {', '.join(SPELLINGS[quantity])}); "
                f"the file has {_listed(names)}"
            )
    return found


def unit_of(spelling: str) -> Unit:
    """Give the unit that a column's spelling implies."""
    return UNITS.get(_key(spelling), _PLAIN)


def find_column(name: str, names: Sequence[str]) -> str:
    """Give the column that is called exactly `name`, or the only one that differs in case alone.

    Raises
    ------
    TrackError
        There is none; the text lists what there is.
    """
    if name in names:
        return name
    alike = [each for each in names if _key(each) == _key(name)]
    if len(alike) != 1:
        raise TrackError(f"no column {name!r} to select by; the file has {_listed(names)}")
    return alike[0]


def _key(name: str) -> str:
    return re.sub(r"[\s.\-]+", "_", name.strip().lower())


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:40]) for name in names[:30]) or "no column"
    return shown + (f" and {len(names) - 30} more" if len(names) > 30 else "")
