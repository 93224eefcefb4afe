"""Where each device stands, as rows of numpy columns: what is saved with the fixes and restored at start.

What the rows mean to the machines is ``judge_corridor.py``, ``judge_fences.py`` and ``watch/``; as one value
that is saved they are ``snapshot.py``.

A rule row is a whole checkpoint: folding goes on from it with nothing else. So a tail of the fixes since some
watermark, folded again from the row at that watermark, can stand beside it later without changing it.
"""

import numpy as np
import numpy.typing as npt

from corridor.memory import MEMORY, fresh_memory
from rules.table import Phase

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
        ("tail_fixes", "<u4"),  # how many fixes a late one would be folded again with
        ("clock", "<f8"),  # event time up to which fixes and timers were folded
        ("seen", "<f8"),  # the newest fix that was judged or held: what is older comes late
    ]
)

RULE_STATE = np.dtype(
    [
        # `episodes` and `phase` stand here in every layout to come: they are read from foreign rows too.
        ("episodes", "<u4"),  # alarms so far
        ("phase", "u1"),
        ("window_open", "u1"),  # a fix was judged in the window that closes at `window_closes`
        ("doubt_count", "u1"),  # OUTSIDE beyond doubt in a row, at most 2
        ("well_inside_count", "u1"),  # INSIDE by a fifth of the half width in a row, at most 2
        ("outside_count", "<u2"),  # OUTSIDE in a row; UNKNOWN neither counts nor resets
        ("inside_count", "<u2"),
        ("last_accuracy_m", "<f4"),
        ("episode", "<u4"),  # the number of the alarm that is open, or was last
        # Of a rule with several paths; their further rows have nothing but `memory`.
        ("nearest", "u1"),  # path of the last fix judged
        ("followed", "u1"),  # path that is followed, from 1; 0: none, and the rows remember nothing
        ("strayed", "u1"),  # OUTSIDE since it was last inside; kept where skips are told
        ("spare", "u1"),  # keeps the rows a multiple of eight bytes
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
        ("due", "<f8"),  # when it will have stayed in the next fence for `dwell_s`; infinite: in none
    ]
)

MEMBER = np.dtype(
    [
        ("fence", "<i4"),
        ("following", "<i4"),  # the device's next fence, or the next free row
        ("visit", "<u4"),
        ("count", "<u2"),  # of the run that would change its phase
        ("phase", "u1"),
        ("dwelt", "u1"),  # that it has stayed was said
        ("since", "<f8"),  # first fix of that run
        ("entered", "<f8"),  # first fix inside
    ]
)

# `visits` stands first in every layout to come: it is read from foreign rows too.
SAVED = np.dtype([("visits", "<u4"), ("members", "<u4"), ("window_closes", "<f8"), ("last_time", "<f8")])


def fresh_device_rows(count: int) -> Rows:
    """Give (count,) rows of devices that were never heard of."""
    rows = np.zeros(count, DEVICE_STATE)
    rows["time"] = rows["clock"] = rows["seen"] = -np.inf
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
