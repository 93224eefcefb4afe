"""Where each device stands, as rows of numpy columns: what is saved with the fixes and restored at start.

What the rows mean to the machines is ``judge_corridor.py`` and ``judge_fences.py``; keeping them is the
application's.

A rule row is a whole checkpoint: folding goes on from it with nothing else. So a tail of the fixes since some
watermark, folded again from the row at that watermark, can stand beside it later without changing it.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from corridor.memory import MEMORY, fresh_memory
from rules.errors import StateError
from rules.table import ALARM_PHASES, Phase

Rows = npt.NDArray[np.void]

HELD = 2
"""Implausible fixes held: the third that agrees with both of them makes their place believed."""

DEVICE_STATE = np.dtype(
    [
        ("time", "<f8"),  # the newest accepted fix; minus infinity before the first
        ("lon", "<f8"),
        ("lat", "<f8"),
        ("accuracy_m", "<f8"),  # not stated: minus the default of its method, here and below
        ("lag_s", "<f8"),  # wall time minus event time when it was accepted
        ("held_time", "<f8", (HELD,)),  # implausible fixes not yet believed, in order of their time
        ("held_lon", "<f8", (HELD,)),
        ("held_lat", "<f8", (HELD,)),
        ("held_accuracy_m", "<f8", (HELD,)),
        ("late", "<u4"),  # discards so far
        ("duplicate", "<u4"),
        ("future", "<u4"),
        ("implausible", "<u4"),
        ("future_run", "<u2"),  # FUTURE in a row
        ("held", "u1"),  # how many are held
        ("clock_is_wrong", "u1"),  # many FUTURE in a row
        ("spare", "<u4"),  # keeps the rows a multiple of eight bytes
    ]
)

RULE_STATE = np.dtype(
    [
        # `episode` and `phase` stand here in every layout to come: they are read from foreign rows too.
        ("episode", "<u4"),  # alarms so far
        ("phase", "u1"),
        ("window_open", "u1"),  # a fix was judged in the window that closes at `window_closes`
        ("doubt_count", "u1"),  # OUTSIDE beyond doubt in a row, at most 2
        ("well_inside_count", "u1"),  # INSIDE by a fifth of the half width in a row, at most 2
        ("outside_count", "<u2"),  # OUTSIDE in a row; UNKNOWN neither counts nor resets
        ("inside_count", "<u2"),
        ("last_accuracy_m", "<f4"),
        ("run_since", "<f8"),  # event time of the first of the run, inside or outside
        ("alarm_since", "<f8"),  # first fix of the run that raised the last alarm
        ("rest_since", "<f8"),  # ARRIVED, and outside the end's area since; NaN: not outside
        ("window_closes", "<f8"),  # of the window that is open, or was last; minus infinity before the first
        ("progress_m", "<f8"),  # along the path since the start, jumps taken out
        ("last_time", "<f8"),  # the last fix judged: silence is counted from it, and it is the evidence
        ("last_lon", "<f8"),  # of what a timer says
        ("last_lat", "<f8"),
        ("last_distance_m", "<f8"),
        ("last_along_m", "<f8"),
        ("last_margin_m", "<f8"),
        ("last_half_width_m", "<f4"),
        ("last_width_m", "<f4"),
        ("memory", MEMORY),  # where on the path it was last
    ]
)

# A device under a geofence rule. As long as it stays within `clear_m` of the place at which all fences were
# last looked at, no fence can contain it that did not, and none that did can not.
STANDING = np.dtype(
    [
        ("device", "<i4"),
        ("rule", "<i4"),  # position among the engine's geofence rules
        ("following", "<i4"),  # the device's next standing
        ("member", "<i4"),  # its first fence, in ascending order
        ("visits", "<u4"),  # entered so far
        ("nearest", "<i4"),  # the fence whose edge was nearest
        ("x_m", "<f8"),  # geocentric: where all fences were last looked at
        ("y_m", "<f8"),
        ("z_m", "<f8"),
        ("clear_m", "<f8"),  # negative: look again
        ("window_closes", "<f8"),  # of the window in which it was judged last
        ("last_time", "<f8"),
    ]
)

MEMBER = np.dtype(
    [
        ("fence", "<i4"),
        ("following", "<i4"),  # the device's next fence, or the next free row
        ("visit", "<u4"),
        ("count", "<u2"),  # of the run that would change its phase
        ("phase", "u1"),
        ("spare", "u1"),
        ("since", "<f8"),  # first fix of that run
        ("entered", "<f8"),  # first fix inside
    ]
)

# `visits` stands first in every layout to come: it is read from foreign rows too.
SAVED = np.dtype([("visits", "<u4"), ("members", "<u4"), ("window_closes", "<f8"), ("last_time", "<f8")])


_HEAD = np.dtype([("episode", "<u4"), ("phase", "u1")])

_DTYPES = (DEVICE_STATE, RULE_STATE, SAVED, MEMBER)
LAYOUT = hashlib.sha256("".join(str(dtype.descr) for dtype in _DTYPES).encode()).hexdigest()[:12]
"""Short hash of the dtypes: rows that were saved under another one are not restored."""


class RuleKey(NamedTuple):
    """Whose row it is, and under which geometry."""

    rule: str
    device: str
    fingerprint: str


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Rows of devices and rules with their names; all of an engine's, or those that a step changed."""

    devices: tuple[str, ...]
    device_rows: Rows  # (D,) of DEVICE_STATE
    rules: tuple[RuleKey, ...]
    rule_rows: Rows  # (R,) of RULE_STATE
    memberships: tuple[RuleKey, ...] = ()
    membership_rows: tuple[bytes, ...] = ()  # where a device stands to the fences of a rule
    layout: str = LAYOUT

    @classmethod
    def from_rows(
        cls,
        layout: str,
        devices: Iterable[tuple[str, bytes]],
        rules: Iterable[tuple[RuleKey, bytes]],
        memberships: Iterable[tuple[RuleKey, bytes]] = (),
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
        home = layout == LAYOUT
        return cls(
            tuple(name for name, _ in device_pairs),
            _checked_devices(device_pairs) if home else fresh_device_rows(len(device_pairs)),
            tuple(key for key, _ in rule_pairs),
            _checked_rules(rule_pairs, _join(rule_pairs, RULE_STATE) if home else _heads(rule_pairs)),
            tuple(key for key, _ in membership_pairs),
            tuple(data for _, data in membership_pairs),
            layout,
        )

    def alarms_open(self) -> tuple[RuleKey, ...]:
        """Give the rules whose alarm is open."""
        open_phases = [int(phase) for phase in ALARM_PHASES]
        return tuple(self.rules[row] for row in np.flatnonzero(np.isin(self.rule_rows["phase"], open_phases)))

    def without_alarms(self, rules: Collection[RuleKey]) -> "Snapshot":
        """Give the snapshot with these rules begun anew; the count of their episodes goes on."""
        rows = self.rule_rows.copy()
        for position, key in enumerate(self.rules):
            if key in rules:
                episode = rows[position]["episode"]
                rows[position] = fresh_rule_rows(1)[0]
                rows[position]["episode"] = episode
        return replace(self, rule_rows=rows)


def fresh_device_rows(count: int) -> Rows:
    """Give (count,) rows of devices that were never heard of."""
    rows = np.zeros(count, DEVICE_STATE)
    rows["time"] = -np.inf
    return rows


def fresh_rule_rows(count: int) -> Rows:
    """Give (count,) rows of rules that have judged nothing."""
    rows = np.zeros(count, RULE_STATE)
    rows["phase"] = Phase.NOT_STARTED
    rows["last_time"] = rows["window_closes"] = -np.inf
    rows["rest_since"] = np.nan
    rows["memory"] = fresh_memory(count)
    return rows


def words(rows: Rows) -> npt.NDArray[np.uint64]:
    """Give rows as (N, W) words of eight bytes: compared and copied as they are, NaN or not."""
    return rows.view(np.uint64).reshape(len(rows), rows.dtype.itemsize // 8)


def take_rows(rows: Rows, index: npt.NDArray[np.int64]) -> Rows:
    """Give a copy of the rows `index`; numpy alone would copy field by field."""
    return words(rows)[index].view(rows.dtype).reshape(-1)


def put_rows(rows: Rows, index: npt.NDArray[np.int64], values: Rows) -> None:
    """Set the rows `index` to `values`."""
    words(rows)[index] = words(values)


def _join(pairs: list[tuple[Any, bytes]], dtype: np.dtype[np.void]) -> Rows:
    for name, row in pairs:
        if len(row) != dtype.itemsize:
            raise StateError(f"saved state of {name!r} has {len(row)} bytes; {dtype.itemsize} were expected")
    return np.frombuffer(b"".join(row for _, row in pairs), dtype).copy()


def _heads(pairs: list[tuple[RuleKey, bytes]]) -> Rows:
    rows = fresh_rule_rows(len(pairs))
    for position, (key, row) in enumerate(pairs):
        if len(row) < _HEAD.itemsize:
            raise StateError(f"saved state of {key!r} has {len(row)} bytes; it is cut off")
        head = np.frombuffer(row, _HEAD, count=1)[0]
        rows[position]["episode"], rows[position]["phase"] = head["episode"], head["phase"]
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
