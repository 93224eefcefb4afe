"""Instants: UTC seconds inside, RFC 3339 outside.

Calendars and time zones of rules live in ``rules/window.py``; nothing here reads a clock.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from corridor.errors import InstantError

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?\s*(Z|[+-]\d\d:?\d\d|\bUTC)?", re.ASCII
)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (in UTC: the zone is written behind it)


def utc_seconds(when: datetime) -> float:
    """Turn an aware datetime into seconds since 1970-01-01T00:00:00Z.

    Raises
    ------
    InstantError
        `when` is naive: nobody can know which instant it is.

    Examples
    --------
    >>> utc_seconds(datetime(2026, 1, 1, tzinfo=UTC))
    1767225600.0
    """
    if when.tzinfo is None:
        raise InstantError(f"time {when.isoformat()} has no zone; give it one (for example +00:00)")
    return when.timestamp()


def parse_instant(text: str, *, naive_zone: tzinfo | None = None) -> float:
    """Read an RFC 3339 instant as UTC seconds.

    A blank instead of ``T``, a comma as decimal sign and ``+0100`` are read too; a leap second
    (``:60``) is the second after ``:59``.

    Parameters
    ----------
    text
        For example ``2026-11-23T07:40:00.5+01:00``.
    naive_zone
        The zone of a text that names none; without it such a text is refused.

    Returns
    -------
    float
        Seconds since 1970-01-01T00:00:00Z.

    Raises
    ------
    InstantError
        The text is no instant, or names no zone and `naive_zone` is not given.

    Examples
    --------
    >>> parse_instant("1970-01-01T01:00:00.25+01:00")
    0.25
    """
    match = _RFC3339.fullmatch(text.strip())
    if match is None:
        raise InstantError(f"time {text[:60]!r} is not RFC 3339 (for example 2026-11-23T07:40:00Z)")
    *parts, fraction, zone = match.groups()
    year, month, day, hour, minute, second = map(int, parts)
    leap = second == 60  # RFC 3339, 5.7
    try:
        named_zone = _zone(zone) or naive_zone
        seconds = utc_seconds(
            datetime(year, month, day, hour, minute, 59 if leap else second, tzinfo=named_zone)
        )
    except InstantError:
        raise InstantError(f"time {text!r} has no zone; write it with Z or an offset") from None
    except (ValueError, OverflowError) as error:
        raise InstantError(f"time {text!r} does not exist: {error}") from None
    return seconds + leap + (float(f"0.{fraction}") if fraction else 0.0)


def format_instant(seconds: float) -> str:
    """Write UTC seconds as RFC 3339 with ``Z``; milliseconds only where there are any.

    Examples
    --------
    >>> format_instant(0.25), format_instant(60.0)
    ('1970-01-01T00:00:00.250Z', '1970-01-01T00:01:00Z')
    """
    milliseconds = round(seconds * 1000)
    when = _EPOCH + timedelta(milliseconds=milliseconds)
    spec = "milliseconds" if milliseconds % 1000 else "seconds"
    return f"{when.isoformat(timespec=spec)}Z"


def _zone(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text in {"Z", "UTC"}:
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))
