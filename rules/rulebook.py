"""The rules of an engine as columns: what the compiled kernel reads of them.

Where a device stands under a rule is ``state.py``; the rule itself is ``deviation.py``.
"""

import math
from collections.abc import Sequence

import numpy as np

from rules.deviation import Deviation, Ends, Starts
from rules.errors import RuleError
from rules.state import Rows

RULE = np.dtype(
    [
        ("confirm_fixes", "<i8"),
        ("confirm_s", "<f8"),
        ("raise_probability", "<f8"),
        ("clear_probability", "<f8"),
        ("silence_s", "<f8"),
        ("default_accuracy_m", "<f8"),  # negative: that of the fix's method
        ("half_width_m", "<f8"),
        ("length_m", "<f8"),
        ("start_lon", "<f8"),
        ("start_lat", "<f8"),
        ("start_grace_m", "<f8"),  # infinite: anywhere on the path
        ("end_lon", "<f8"),
        ("end_lat", "<f8"),
        ("end_grace_m", "<f8"),
        ("at_once", "<i8"),
        ("ends", "<i8"),
    ]
)


def rows_by_name(rules: Sequence[Deviation]) -> dict[tuple[str, str], int]:
    """Give the row of each (rule, device); refuse two of one name.

    Raises
    ------
    RuleError
        A device has two rules of one name.
    """
    rows: dict[tuple[str, str], int] = {}
    for row, rule in enumerate(rules):
        if rows.setdefault((rule.name, rule.device), row) != row:
            raise RuleError(f'device "{rule.device}" has two rules "{rule.name}"; give them different names')
    return rows


def rule_numbers(rules: Sequence[Deviation]) -> Rows:
    """Give the rules' numbers as columns for the kernel; (R,) of RULE."""
    rows = np.empty(len(rules), RULE)
    for row, rule in zip(rows, rules, strict=True):
        for key in ("confirm_fixes", "confirm_s", "raise_probability", "clear_probability", "silence_s"):
            row[key] = getattr(rule, key)
        default_m = rule.default_accuracy_m
        row["default_accuracy_m"] = -1.0 if default_m is None else default_m
        path = rule.corridor.path
        row["half_width_m"], row["length_m"] = rule.corridor.half_width_m, rule.corridor.length_m
        row["start_lon"], row["start_lat"] = path.lon[0], path.lat[0]
        row["end_lon"], row["end_lat"] = path.lon[-1], path.lat[-1]
        row["start_grace_m"] = rule.start_grace_m if rule.starts is Starts.AT_START else math.inf
        row["end_grace_m"] = rule.end_grace_m
        row["at_once"] = rule.starts is Starts.AT_ONCE
        row["ends"] = rule.ends is Ends.AT_END
    return rows
