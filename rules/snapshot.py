"""The rows of an engine as one value: what is saved with the fixes and restored at start, checked.

What the rows are is ``state.py`` and ``watch/row.py``; keeping them is the application's.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np

from rules.errors import StateError
from rules.state import (
    DEVICE_STATE,
    HELD,
    MEMBER,
    RULE_STATE,
    SAVED,
    Rows,
    fresh_device_rows,
    fresh_rule_rows,
)
from rules.table import ALARM_PHASES, Phase
from rules.watch.row import WATCH_STATE, fresh_watch_rows

_HEAD = np.dtype([("episodes", "<u4"), ("phase", "u1")])

_DTYPES = (DEVICE_STATE, RULE_STATE, SAVED, MEMBER, WATCH_STATE)
LAYOUT = hashlib.sha256("".join(str(dtype.descr) for dtype in _DTYPES).encode()).hexdigest()[:12]
"""Short hash of the dtypes: rows that were saved under another one are not restored."""


class RuleKey(NamedTuple):
    """Whose row it is, and under which geometry."""

    rule: str
    device: str
    fingerprint: str


FURTHER_PATH = "\x1f"
"""Stands between a rule's name and the number of a further path of it, in the key of that path's row."""


def of_path(rule: str, path: int) -> str:
    """Give the name by which the row of one of a rule's paths is known; that of the first is the rule's."""
    return f"{rule}{FURTHER_PATH}{path}" if path else rule


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Rows of devices and rules with their names; all of an engine's, or those that a step changed."""

    devices: tuple[str, ...]
    device_rows: Rows  # (D,) of DEVICE_STATE
    rules: tuple[RuleKey, ...]
    rule_rows: Rows  # (R,) of RULE_STATE
    memberships: tuple[RuleKey, ...] = ()
    membership_rows: tuple[bytes, ...] = ()  # where a device stands to the fences of a rule
    watches: tuple[RuleKey, ...] = ()
    watch_rows: Rows = field(default_factory=lambda: fresh_watch_rows(0))  # (W,) of WATCH_STATE
    marked: tuple[str, ...] = ()  # devices
    marks: tuple[bytes, ...] = ()  # where they stood before the fixes of their tails
    layout: str = LAYOUT

    @classmethod
    def from_rows(
        cls,
        layout: str,
        devices: Iterable[tuple[str, bytes]],
        rules: Iterable[tuple[RuleKey, bytes]],
        memberships: Iterable[tuple[RuleKey, bytes]] = (),
        watches: Iterable[tuple[RuleKey, bytes]] = (),
        marks: Iterable[tuple[str, bytes]] = (),
    ) -> Self:
        """Make a snapshot from saved rows.

        Rows of a foreign layout become fresh rows that keep only the episode and the phase, which stand
        at the same place in every layout.

        Parameters
        ----------
        layout
            The layout under which the rows were saved.
        devices, rules
            Names with ``row.tobytes()``.
        memberships
            Names with their bytes, as they were.

        Raises
        ------
        StateError
            A row is too short or too long, or holds what no engine saves: a phase that does not exist, more
            held fixes than there is room for, a time or a place that is no number.
        """
        device_pairs, rule_pairs, membership_pairs = list(devices), list(rules), list(memberships)
        watch_pairs, mark_pairs = list(watches), list(marks)
        home = layout == LAYOUT
        return cls(
            tuple(name for name, _ in device_pairs),
            _checked_devices(device_pairs) if home else fresh_device_rows(len(device_pairs)),
            tuple(key for key, _ in rule_pairs),
            _checked_rules(
                rule_pairs, _join(rule_pairs, RULE_STATE) if home else _heads(rule_pairs, fresh_rule_rows)
            ),
            tuple(key for key, _ in membership_pairs),
            tuple(data for _, data in membership_pairs),
            tuple(key for key, _ in watch_pairs),
            _checked_watches(
                watch_pairs,
                _join(watch_pairs, WATCH_STATE) if home else _heads(watch_pairs, fresh_watch_rows),
            ),
            tuple(name for name, _ in mark_pairs) if home else (),
            tuple(data for _, data in mark_pairs) if home else (),
            layout,
        )

    def alarms_open(self) -> tuple[RuleKey, ...]:
        """Give the rules whose alarm is open."""
        open_phases = [int(phase) for phase in ALARM_PHASES]
        return tuple(self.rules[row] for row in np.flatnonzero(np.isin(self.rule_rows["phase"], open_phases)))


def _join(pairs: list[tuple[Any, bytes]], dtype: np.dtype[np.void]) -> Rows:
    for name, row in pairs:
        if len(row) != dtype.itemsize:
            raise StateError(f"saved state of {name!r} has {len(row)} bytes; {dtype.itemsize} were expected")
    return np.frombuffer(b"".join(row for _, row in pairs), dtype).copy()


def _heads(pairs: list[tuple[RuleKey, bytes]], fresh: Callable[[int], Rows]) -> Rows:
    rows = fresh(len(pairs))
    for position, (key, row) in enumerate(pairs):
        if len(row) < _HEAD.itemsize:
            raise StateError(f"saved state of {key!r} has {len(row)} bytes; it is cut off")
        head = np.frombuffer(row, _HEAD, count=1)[0]
        rows[position]["episode"] = rows[position]["episodes"] = head["episodes"]
        rows[position]["phase"] = head["phase"]
    return rows


def _checked_devices(pairs: list[tuple[str, bytes]]) -> Rows:
    """Read rows of devices: compiled loops index by `held`, and a time of NaN would never be passed."""
    rows = _join(pairs, DEVICE_STATE)
    numbers = np.column_stack([rows[name] for name in ("lon", "lat", "accuracy_m", "lag_s")])
    good = (rows["held"] <= HELD) & (rows["time"] < np.inf) & np.isfinite(numbers).all(axis=1)
    for position in np.flatnonzero(~good):
        raise StateError(f"saved state of {pairs[position][0]!r} is none: {rows[position]}")
    return rows


def _checked_rules(pairs: list[tuple[RuleKey, bytes]], rows: Rows) -> Rows:
    for position in np.flatnonzero(rows["phase"] >= len(Phase)):
        raise StateError(f"saved state of {pairs[position][0]!r} has phase {rows['phase'][position]}")
    wrong = np.isnan(rows["window_closes"]) | np.isnan(rows["last_time"]) | ~np.isfinite(rows["progress_m"])
    for position in np.flatnonzero(wrong):
        raise StateError(f"saved state of {pairs[position][0]!r} is none: {rows[position]}")
    return rows


def _checked_watches(pairs: list[tuple[RuleKey, bytes]], rows: Rows) -> Rows:
    """Read rows of watching rules: a timer of NaN would never be passed."""
    wrong = np.isnan(rows["edge"]) | np.isnan(rows["due"]) | np.isnan(rows["last_time"])
    for position in np.flatnonzero(wrong):
        raise StateError(f"saved state of {pairs[position][0]!r} is none: {rows[position]}")
    return rows
