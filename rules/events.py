"""What compiled loops say: rows of EVENT, in an array that grows as it fills.

Words for them are ``transition.py``; the loops that say them ``judge_corridor.py`` and ``judge_fences.py``.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled

Rows = npt.NDArray[np.void]
Record = Any  # one row of a structured array: numpy has no type for its fields
# The engine takes a row apart in this order.
EVENT = np.dtype(
    [
        ("fix", "<i8"),  # position of the deciding fix among the accepted
        ("rule", "<i8"),  # position among the engine's rules
        ("device", "<i8"),  # of a fence: its row; of a corridor the rule tells
        ("fence", "<i8"),  # -1: of no fence
        ("kind", "i1"),
        ("reason", "i1"),
        ("closes_alarm", "i1"),
        ("episode", "<u4"),
        ("time", "<f8"),
        ("starts_at", "<f8"),
        ("lon", "<f8"),
        ("lat", "<f8"),
        ("distance_m", "<f8"),
        ("along_m", "<f8"),
        ("half_width_m", "<f8"),
        ("probability", "<f8"),
        ("named", "<i8"),  # which of the rule's paths or points; -1: none
        ("value", "<f8"),  # measured, allowed, and when the end is reached; NaN: does not apply
        ("limit", "<f8"),
        ("eta", "<f8"),
    ]
)
FIRST_EVENTS = 256  # room to begin with


@compiled
def with_room(rows: Rows, filled: int, wanted: int) -> Rows:
    """Give the array, or a copy of at least twice its size if it has not room for `wanted` rows more."""
    if filled + wanted <= rows.size:
        return rows
    larger = np.zeros(max(2 * rows.size, filled + wanted), rows.dtype)
    larger[:filled] = rows[:filled]
    return larger


def in_order(fixes: Rows, *said: Rows) -> Rows:
    """Put what was said of a batch in the order of the fixes that decided it, and of the rules.

    Parameters
    ----------
    fixes
        (N,) of ACCEPTED; a believed fix comes before the one that it was believed by.
    said
        Of EVENT, in the order in which it was said of each fix and rule.
    """
    some = [events for events in said if len(events)]
    if not some:
        return said[0][:0]
    events = np.concatenate(some)
    order = np.lexsort((events["rule"], events["fix"], fixes["order"][events["fix"]]))
    return events[order]
