"""Many fixes as columns, validated once; the only form in which the rooms hand fixes on.

One fix is a batch of one. Reading files into batches is ``tracks/``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Self

import numpy as np
import numpy.typing as npt

from corridor.errors import FixError
from corridor.fix import LIMITS, REQUIRED, Fix, check_number

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]

_numbers = attrgetter(*LIMITS)
OPTIONAL = tuple(name for name in LIMITS if name not in REQUIRED)
NOT_STATED = -1


@dataclass(frozen=True, slots=True, eq=False)
class FixBatch:
    """Columns of N fixes in order of arrival.

    Names are coded: row i belongs to ``devices[device[i]]`` and was measured by
    ``methods[method[i]]``, or by a method not stated where the code is -1. A number that was not
    stated is NaN in the optional columns; the required ones are always finite and in range.

    Make one by `from_fixes` or `from_columns`; both refuse a bad row by its number and value.
    """

    devices: tuple[str, ...]
    device: Codes  # (N,)
    time: Floats  # (N,) UTC seconds
    lon: Floats  # (N,)
    lat: Floats  # (N,)
    altitude_m: Floats  # (N,) NaN: not stated
    accuracy_m: Floats  # (N,) NaN: not stated
    speed_mps: Floats  # (N,) NaN: not stated
    course_deg: Floats  # (N,) NaN: not stated
    methods: tuple[str, ...]
    method: Codes  # (N,) -1: not stated

    @classmethod
    def from_fixes(cls, fixes: Iterable[Fix]) -> Self:
        """Gather fixes, which are valid already, into columns."""
        rows = tuple(fixes)
        devices, device = _encode([fix.device_id for fix in rows])
        methods, method = _encode([fix.method for fix in rows])
        numbers = np.array([_numbers(fix) for fix in rows], dtype=np.float64)  # None becomes NaN
        time, lon, lat, *optional = np.ascontiguousarray(numbers.reshape(-1, len(LIMITS)).T)
        altitude_m, accuracy_m, speed_mps, course_deg = optional
        return cls(
            devices, device, time, lon, lat, altitude_m, accuracy_m, speed_mps, course_deg, methods, method
        )

    @classmethod
    def from_columns(
        cls,
        device_id: Sequence[str],
        time: npt.ArrayLike,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        *,
        method: Sequence[str | None] | None = None,
        **optional: npt.ArrayLike,
    ) -> Self:
        """Make a batch from sequences of one length.

        Parameters
        ----------
        device_id
            (N,) names.
        time, lon, lat
            (N,) UTC seconds and degrees.
        method
            (N,) method tokens, None where not stated.
        **optional
            (N,) ``altitude_m``, ``accuracy_m``, ``speed_mps``, ``course_deg``; NaN where not stated.

        Raises
        ------
        FixError
            A column of another length, a name that is none of the above, or the first bad row:
            ``row 3: latitude 95.0 is outside [-90, 90]``.
        """
        if unknown := sorted(set(optional) - set(OPTIONAL)):
            raise FixError(f"column {unknown[0]!r} is not one of {', '.join(OPTIONAL)}")
        count = len(device_id)
        given = {"time": time, "lon": lon, "lat": lat, **optional}
        columns = {name: _column(name, given.get(name), count) for name in LIMITS}
        for row in np.flatnonzero(~valid_rows(columns)):
            _refuse_row(columns, int(row))
        devices, device = _encode(device_id)
        if "" in devices:
            raise FixError("a fix needs a device_id; one is empty")
        methods, method_code = _encode(method if method is not None else [None] * count)
        return cls(devices=devices, device=device, methods=methods, method=method_code, **columns)

    def __len__(self) -> int:
        return len(self.time)

    def __iter__(self) -> Iterator[Fix]:
        return (self.fix(row) for row in range(len(self)))

    def fix(self, row: int) -> Fix:
        """Give one row as a `Fix`."""
        optional = {name: _stated(float(getattr(self, name)[row])) for name in OPTIONAL}
        code = int(self.method[row])
        return Fix(
            self.devices[self.device[row]],
            float(self.time[row]),
            float(self.lon[row]),
            float(self.lat[row]),
            **optional,
            method=None if code == NOT_STATED else self.methods[code],
        )

    def take(self, rows: npt.ArrayLike) -> "FixBatch":
        """Give the rows that an index or mask array selects, in its order."""
        index = np.asarray(rows)
        columns = {name: getattr(self, name)[index] for name in LIMITS}
        return FixBatch(
            devices=self.devices,
            device=self.device[index],
            methods=self.methods,
            method=self.method[index],
            **columns,
        )


def valid_rows(columns: dict[str, Floats]) -> npt.NDArray[np.bool_]:
    """Tell which rows hold only numbers that a fix can have; (N,) from columns named as in `LIMITS`."""
    good = np.ones(len(columns["time"]), dtype=bool)
    for name, (low, high) in LIMITS.items():
        column = columns[name]
        inside = (column >= low) & (column <= high)  # NaN compares false
        good &= inside if name in REQUIRED else inside | np.isnan(column)
    return good


def _column(name: str, values: npt.ArrayLike | None, count: int) -> Floats:
    if values is None:
        return np.full(count, np.nan)
    column = np.ascontiguousarray(values, dtype=np.float64)
    if column.shape != (count,):
        raise FixError(f"column {name} has shape {column.shape}; {count} device ids need ({count},)")
    return column


def _refuse_row(columns: dict[str, Floats], row: int) -> None:
    for name in LIMITS:
        value = float(columns[name][row])
        if name in REQUIRED or not np.isnan(value):
            try:
                check_number(name, value)
            except FixError as error:
                raise FixError(f"row {row}: {error}") from None


def _encode(names: Sequence[str | None]) -> tuple[tuple[str, ...], Codes]:
    codes: dict[str, int] = {}
    column = [NOT_STATED if name is None else codes.setdefault(name, len(codes)) for name in names]
    return tuple(codes), np.array(column, dtype=np.int32)


def _stated(value: float) -> float | None:
    return None if np.isnan(value) else value
