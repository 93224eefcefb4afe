"""Columns of times to UTC seconds: RFC 3339 texts, time stamps, numbers since 1970. No object per row.

One text is read by ``corridor/instant.py``; a test holds both to the same answers.
"""

from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corridor.errors import TrackError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_PATTERN = (
    r"^\s*(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[T ](?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
    r"(?:[.,](?P<fraction>\d+))?\s*(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?\s*$"
)
_NUMBER = r"^\s*\d{1,19}(?:\.\d+)?\s*$"

# Seconds since 1970 of any tracker: from 1973, which no such file predates, to the year 5138. In
# milliseconds and finer the same span does not overlap, so the size of the numbers tells the unit.
_FIRST_EPOCH = 1e8
_UNITS = ((1e11, 1.0, "seconds"), (1e14, 1e-3, "milliseconds"), (1e17, 1e-6, "microseconds"),
          (1e20, 1e-9, "nanoseconds"))  # fmt: skip


def utc_column(column: pa.Array, naive_zone: tzinfo | None) -> tuple[Floats, str]:
    """Turn a column of times into seconds since 1970-01-01T00:00:00Z.

    Parameters
    ----------
    column
        (N,) texts, time stamps or numbers.
    naive_zone
        The zone of times that name none; without it they are not read.

    Returns
    -------
    seconds
        (N,) NaN where the time is missing or cannot be read.
    words
        How the numbers were understood, or empty.

    Raises
    ------
    TrackError
        The column's type holds no instants, or its numbers are not since 1970.
    """
    kind = column.type
    if pa.types.is_timestamp(kind):
        seconds = _from_stamps(column)
        return (seconds if kind.tz else _localised(seconds, naive_zone)), ""
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _from_numbers(pc.cast(column, pa.float64(), safe=False))
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise TrackError(f"a column of type {kind} holds no instants; times, texts or numbers are needed")
    numeric = pc.match_substring_regex(column, _NUMBER)
    if 2 * (pc.sum(numeric).as_py() or 0) > len(column):
        texts = pc.if_else(numeric, pc.utf8_trim_whitespace(column), None)
        return _from_numbers(pc.cast(texts, pa.float64()))
    return _from_texts(column, naive_zone), ""


def _from_stamps(column: pa.Array) -> Floats:
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[column.type.unit]
    ticks = pc.cast(column, pa.int64())
    ticks = np.asarray(pc.fill_null(ticks, 0) if column.null_count else ticks)
    # whole seconds and the rest apart: a tick count of nanoseconds does not fit a float
    whole, rest = np.divmod(ticks, per_second)
    seconds: Floats = whole + rest / per_second
    if column.null_count:
        seconds[np.asarray(pc.is_null(column))] = np.nan
    return seconds


def _from_numbers(column: pa.Array) -> tuple[Floats, str]:
    numbers = np.array(pc.fill_null(column, np.nan), dtype=np.float64)
    finite = numbers[np.isfinite(numbers)]
    if not len(finite):
        return numbers, ""
    typical = float(np.median(finite))
    if typical < _FIRST_EPOCH:
        raise TrackError(f"times such as {typical:g} are not counted since 1970; absolute times are needed")
    for limit, factor, unit in _UNITS:
        if typical < limit:
            return numbers * factor, f"{unit} since 1970"
    raise TrackError(f"times such as {typical:g} are beyond nanoseconds since 1970")


def _from_texts(column: pa.Array, naive_zone: tzinfo | None) -> Floats:
    parts = pc.extract_regex(column, _PATTERN)
    month, day, hour, minute, second = (
        _whole(parts, name) for name in ("month", "day", "hour", "minute", "second")
    )
    year = _whole(parts, "year")
    months = ((year - 1970) * 12 + (month - 1)).astype("datetime64[M]")
    first_day = months.astype("datetime64[D]")
    days_in_month = ((months + 1).astype("datetime64[D]") - first_day).astype(np.int64)
    exists = np.asarray(pc.is_valid(parts)) & (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    exists &= (day <= days_in_month) & (hour <= 23) & (minute <= 59) & (second <= 60)
    clock = (first_day.astype(np.int64) + day - 1) * 86400.0 + hour * 3600 + minute * 60 + second
    offset, named = _offsets(parts)
    seconds = np.where(
        named, clock - offset, _localised(np.where(exists & ~named, clock, np.nan), naive_zone)
    )
    return np.where(exists, seconds, np.nan) + _fraction(parts)


def _whole(parts: pa.StructArray, name: str) -> Ints:
    texts = pc.fill_null(pc.struct_field(parts, name), "0")
    return np.array(pc.cast(texts, pa.int64()))


def _fraction(parts: pa.StructArray) -> Floats:
    digits = pc.fill_null(pc.struct_field(parts, "fraction"), "")
    if pc.max(pc.binary_length(digits)).as_py() in {None, 0}:
        return np.zeros(len(digits))
    zero = pa.scalar("0.", digits.type)
    return np.array(
        pc.cast(pc.binary_join_element_wise(zero, digits, pa.scalar("", digits.type)), pa.float64())
    )


def _offsets(parts: pa.StructArray) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Give the seconds east of UTC that each text names, NaN if there is no such zone, and which name one."""
    zones = pc.fill_null(pc.struct_field(parts, "zone"), "").dictionary_encode()
    texts = zones.dictionary.to_pylist()  # a handful
    offset = np.array([_zone_seconds(text) for text in texts], dtype=np.float64)
    named = np.array([text != "" for text in texts], dtype=bool)
    codes = np.asarray(zones.indices)
    return (offset[codes], named[codes]) if texts else (np.zeros(0), np.zeros(0, dtype=bool))


def _zone_seconds(text: str) -> float:
    if text in {"", "Z", "UTC"}:
        return 0.0
    seconds = int(text[1:3]) * 3600 + int(text[-2:]) * 60
    return np.nan if seconds >= 86400 else float(-seconds if text[0] == "-" else seconds)


def _localised(clock: Floats, zone: tzinfo | None) -> Floats:
    """Take wall-clock seconds as local to `zone`; offsets are asked for once a distinct minute."""
    if zone is None or not np.isfinite(clock).any():
        return np.full(len(clock), np.nan)
    usable = np.isfinite(clock)
    minutes, where = np.unique(np.floor_divide(clock[usable], 60), return_inverse=True)
    seconds = np.full(len(clock), np.nan)
    seconds[usable] = clock[usable] - np.array([_offset_at(minute, zone) for minute in minutes])[where]
    return seconds


def _offset_at(minute: float, zone: tzinfo) -> float:
    try:
        wall = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
        offset = wall.replace(tzinfo=zone).utcoffset()
    except (OverflowError, ValueError):
        return np.nan
    return np.nan if offset is None else offset.total_seconds()
