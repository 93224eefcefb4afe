"""From a file's own columns to a `Track`: quantities recognised, units turned, bad rows refused.

Every reader ends here, whatever its format; what the columns hold is read by ``numbers.py`` and ``times.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corridor.batch import NOT_STATED, FixBatch, valid_rows
from corridor.errors import FixError, InstantError, TrackError
from corridor.fix import LIMITS, check_number
from corridor.instant import parse_instant
from corridor.tracks.columns import REQUIRED_COLUMNS, find_column, recognise, unit_of
from corridor.tracks.numbers import Flags, Floats, name_codes, number_column, text_column
from corridor.tracks.times import utc_column
from corridor.tracks.track import MAX_REFUSALS, Refusal, Track

_NO_ZONE = "has no zone; write it with Z or an offset, or say which zone such times are in (naive_zone)"


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """Columns as the file spells and writes them.

    Parameters
    ----------
    columns
        Spelling to (N,) values.
    rows
        (N,) the number under which a person finds each row in the file.
    misread, misread_count
        Rows that could not even be cut into columns.
    """

    columns: dict[str, pa.Array]
    rows: npt.NDArray[np.int64]
    misread: tuple[Refusal, ...] = ()
    misread_count: int = 0


def select(raw: RawTable, where: Mapping[str, str]) -> RawTable:
    """Keep the rows in which every named column equals the given text.

    Raises
    ------
    TrackError
        A column is not there, or no row is left.
    """
    if not where:
        return raw
    keep = np.ones(len(raw.rows), dtype=bool)
    for name, wanted in where.items():
        texts = text_column(raw.columns[find_column(name, list(raw.columns))])
        keep &= np.asarray(pc.fill_null(pc.equal(texts, wanted.strip()), False))  # noqa: FBT003 (their signature)
    if not keep.any():
        wish = " and ".join(f"{name} = {value!r}" for name, value in where.items())
        raise TrackError(f"none of {len(keep)} rows has {wish}")
    columns = {name: column.filter(pa.array(keep)) for name, column in raw.columns.items()}
    return RawTable(columns, raw.rows[keep], raw.misread, raw.misread_count)


def settle(raw: RawTable, *, naive_zone: tzinfo | None, default_device: str) -> Track:
    """Turn a file's columns into fixes.

    Parameters
    ----------
    raw
        What the file holds.
    naive_zone
        The zone of times that name none.
    default_device
        The device of a file that has no column for it.

    Raises
    ------
    TrackError
        A needed column is absent or of a useless type, or no row is good.
    """
    found = recognise(list(raw.columns), required=REQUIRED_COLUMNS)
    reading = _Reading(raw, found, naive_zone)
    devices, device = reading.names("device_id", default_device)
    methods, method = reading.names("method", None)
    bad = ~reading.good() | (device == NOT_STATED)
    if bad.all():
        raise TrackError(_nothing_good(reading, raw, device))
    count = int(bad.sum()) + raw.misread_count
    first = np.flatnonzero(bad)[:MAX_REFUSALS]
    refused = [Refusal(int(raw.rows[row]), reading.reason(int(row), device)) for row in first]
    batch = FixBatch(devices=devices, device=device, methods=methods, method=method, **reading.columns)
    return Track(
        batch=_without_absent_devices(batch.take(~bad)) if bad.any() else batch,
        refused=tuple(sorted([*refused, *raw.misread], key=_by_row)[:MAX_REFUSALS]),
        columns=reading.words,
        refused_count=count,
    )


class _Reading:
    """The numbers of a fix, read once from the raw columns, and why a row cannot be one."""

    def __init__(self, raw: RawTable, found: dict[str, str], naive_zone: tzinfo | None) -> None:
        self._raw = raw
        self._found = found
        self._naive_zone = naive_zone
        self._unreadable: dict[str, Flags] = {}
        self.words: dict[str, str] = {}
        self.columns: dict[str, Floats] = {name: self._numbers(name) for name in LIMITS}

    def names(self, quantity: str, default: str | None) -> tuple[tuple[str, ...], npt.NDArray[np.int32]]:
        count = len(self._raw.rows)
        if quantity in self._found:
            self.words[quantity] = self._found[quantity]
            return name_codes(self._raw.columns[self._found[quantity]])
        if default is None:
            return (), np.full(count, NOT_STATED, dtype=np.int32)
        self.words[quantity] = f"none in the file; taken as {default!r}"
        return (default,), np.zeros(count, dtype=np.int32)

    def good(self) -> Flags:
        good = valid_rows(self.columns)
        for unreadable in self._unreadable.values():
            good &= ~unreadable
        return good

    def reason(self, row: int, device: npt.NDArray[np.int32]) -> str:
        if device[row] == NOT_STATED:
            return "device_id is empty"
        return next(filter(None, (self._fault(name, row) for name in LIMITS)), "it is no fix")

    def _numbers(self, name: str) -> Floats:
        if name not in self._found:
            return np.full(len(self._raw.rows), np.nan)
        spelling = self._found[name]
        if name == "time":
            numbers, words = utc_column(self._raw.columns[spelling], self._naive_zone)
        else:
            numbers, self._unreadable[name] = number_column(self._raw.columns[spelling])
            words = _turn_unit(name, spelling, numbers)
        self.words[name] = f"{spelling} ({words})" if words else spelling
        return numbers

    def _fault(self, name: str, row: int) -> str | None:
        if name not in self._found:
            return None
        value = float(self.columns[name][row])
        text = _cell(self._raw.columns[self._found[name]], row)
        if name in REQUIRED_COLUMNS and not text.strip():
            return f"{name} is missing"
        if name == "time":
            return _time_fault(text, value, self._naive_zone)
        if self._unreadable[name][row]:
            return f"{name} {text[:60]!r} is not a number"
        return None if np.isnan(value) and name not in REQUIRED_COLUMNS else _number_fault(name, value)


def _turn_unit(name: str, spelling: str, numbers: Floats) -> str:
    unit = unit_of(spelling)
    if unit.zero_is_unknown:
        numbers[numbers == 0.0] = np.nan
    if name == "course_deg" and np.nanmin(numbers, initial=0.0) < -1.0:
        numbers[(numbers >= -180.0) & (numbers < 0.0)] += 360.0  # a source that counts to both sides of north
    elif name in {"speed_mps", "course_deg"}:
        numbers[numbers == -1.0] = np.nan  # Apple's way to say that it does not know
    numbers *= unit.factor
    return unit.words


def _number_fault(name: str, value: float) -> str | None:
    try:
        check_number(name, value)
    except FixError as error:
        return str(error)
    return None


def _time_fault(text: str, seconds: float, naive_zone: tzinfo | None) -> str | None:
    low, high = LIMITS["time"]
    if low <= seconds <= high:
        return None
    if np.isfinite(seconds):
        return f"time {text[:60]!r} is before 1970 or after 9999"
    try:
        parse_instant(text, naive_zone=naive_zone)
    except InstantError as error:
        return str(error) if "no zone" not in str(error) else f"time {text[:60]!r} {_NO_ZONE}"
    return f"time {text[:60]!r} is written unlike the others of its column"


def _cell(column: pa.Array, row: int) -> str:
    text = column[row].cast(pa.large_string()).as_py() if not pa.types.is_null(column.type) else None
    return "" if text is None else str(text)


def _nothing_good(reading: _Reading, raw: RawTable, device: npt.NDArray[np.int32]) -> str:
    count = len(raw.rows) + raw.misread_count
    if not count:
        return "it holds no row"
    first = raw.misread[0] if raw.misread else Refusal(int(raw.rows[0]), reading.reason(0, device))
    return f"none of {count} rows is usable; row {first.row}: {first.reason}"


def _without_absent_devices(batch: FixBatch) -> FixBatch:
    used = np.flatnonzero(np.bincount(batch.device, minlength=len(batch.devices)))
    rank = np.empty(len(batch.devices), dtype=np.int32)
    rank[used] = np.arange(len(used))
    columns = {name: getattr(batch, name) for name in LIMITS}
    return FixBatch(
        devices=tuple(batch.devices[code] for code in used),
        device=rank[batch.device],
        methods=batch.methods,
        method=batch.method,
        **cast("dict[str, Floats]", columns),
    )


def _by_row(refusal: Refusal) -> int:
    return refusal.row
