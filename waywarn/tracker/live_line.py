"""Fixes that come line by line: one JSON object a line, or CSV with its header first.

Spellings and units are those of recorded files, ``corridor/tracks/columns.py``. Where the lines come from is
``source.py``.
"""

import csv
import json
import math
from collections.abc import Mapping

from corridor.errors import FixError, InstantError, TrackError
from corridor.fix import Fix
from corridor.instant import parse_instant
from corridor.tracks.columns import REQUIRED_COLUMNS, recognise, unit_of

MAX_LINE_BYTES = 16_384  # a fix is 200; a line that never ends must not fill the memory
_NUMBERS = ("lon", "lat", "altitude_m", "accuracy_m", "speed_mps", "course_deg")
_NOT_STATED = frozenset({"", "nan", "null", "none", "na", "n/a"})
# seconds since 1970, or milli-, micro-, nanoseconds: their ranges do not meet (``corridor/tracks/times.py``)
_EPOCH_UNITS = ((1e11, 1.0), (1e14, 1e-3), (1e17, 1e-6), (1e20, 1e-9))


class LineError(ValueError):
    """A line that is no fix; the text says why."""


class LineReader:
    """Reads lines as they come; the first tells whether they are CSV.

    Parameters
    ----------
    device_id
        The device of a line that names none.

    Examples
    --------
    >>> lines = LineReader("anna")
    >>> lines.read(b"time,lon,lat,accuracy_m")
    >>> lines.read(b"2026-03-02T07:40:00Z,16.4,48.2,8").accuracy_m
    8.0
    >>> lines.read(b'{"t": 1772437201, "lng": 16.4, "lat": 48.2}').time
    1772437201.0
    """

    def __init__(self, device_id: str) -> None:
        self._device_id = device_id
        self._header: list[str] | None = None

    def read(self, line: bytes) -> Fix | None:
        """Read a line; None for an empty one and a header.

        Raises
        ------
        LineError
            It is neither fix nor header.
        """
        text = line.decode("utf-8", "replace").strip().removeprefix("\ufeff")
        if not text or text.startswith("#"):
            return None
        try:
            return self._from_json(text) if text.startswith("{") else self._from_csv(text)
        except (TrackError, FixError, InstantError) as error:
            raise LineError(str(error)) from None

    def _from_json(self, text: str) -> Fix:
        try:
            stated = json.loads(text)
        except (ValueError, RecursionError):
            raise LineError(f"no JSON: {text[:60]!r}") from None
        return self._fix({str(name): value for name, value in stated.items()})

    def _from_csv(self, text: str) -> Fix | None:
        try:
            values = next(csv.reader([text]), [])
        except csv.Error as error:
            raise LineError(f"no CSV ({error}): {text[:60]!r}") from None
        if self._header is None:
            recognise(values, required=REQUIRED_COLUMNS)
            self._header = values
            return None
        if values == self._header:
            return None  # another recorder was attached
        if len(values) > len(self._header):
            raise LineError(f"{len(values)} values under {len(self._header)} columns: {text[:60]!r}")
        return self._fix(dict(zip(self._header, values, strict=False)))

    def _fix(self, stated: Mapping[str, object]) -> Fix:
        columns = recognise(list(stated), required=REQUIRED_COLUMNS)
        numbers = {name: _number(columns[name], stated) for name in _NUMBERS if name in columns}
        if numbers["lon"] is None or numbers["lat"] is None:
            raise LineError("longitude or latitude is not stated")
        return Fix(
            _text(columns, stated, "device_id") or self._device_id,
            _time(stated[columns["time"]]),
            method=_text(columns, stated, "method"),
            **numbers,  # type: ignore[arg-type] # lon and lat are numbers: asked above
        )


def _number(column: str, stated: Mapping[str, object]) -> float | None:
    value, unit = stated[column], unit_of(column)
    if value is None or (isinstance(value, str) and value.strip().lower() in _NOT_STATED):
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise LineError(f"{column} {str(value)[:40]!r} is not a number")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise LineError(f"{column} {str(value)[:40]!r} is not a number") from None
    return None if unit.zero_is_unknown and number == 0 else number * unit.factor


def _time(value: object) -> float:
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return parse_instant(value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _EPOCH_UNITS[-1][0]:
        number = float(value)
    else:
        raise LineError(f"time {str(value)[:40]!r} is no instant")
    for limit, factor in _EPOCH_UNITS:
        if math.isfinite(number) and abs(number) < limit:
            return number * factor
    raise LineError(f"time {str(value)[:40]!r} is no instant since 1970")


def _text(columns: Mapping[str, str], stated: Mapping[str, object], name: str) -> str | None:
    value = stated.get(columns.get(name, ""))
    return str(value).strip()[:200] or None if isinstance(value, (str, int)) else None
