"""Local times as instants: what a minute of a local day is in UTC, also on the days on which clocks change.

Which minutes matter is ``window.py``.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from rules.errors import WindowError


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """Give a time zone.

    Raises
    ------
    WindowError
        Nobody knows it.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found; not a key; a folder of zones
        raise WindowError(
            f'time zone "{name}" is not known; give an IANA name, for example Europe/Vienna'
        ) from None


def instant_of(day: date, minute: int, zone: ZoneInfo, *, last: bool) -> float:
    """Give the instant of a local minute: of two the first or the last, and the end of the gap if skipped."""
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    early, late = (local.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
    if early <= late:
        return late if last else early
    return _shift_between(late, early, zone)  # in a gap, fold 0 is the later one (PEP 495)


def _shift_between(low: float, high: float, zone: ZoneInfo) -> float:
    """Find, to the second, the instant at which a zone's offset changes between two instants."""
    before = datetime.fromtimestamp(low, UTC).astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, UTC).astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
