"""The rules of an engine as columns: what compiled loops read of them.

Where a device stands under a rule is ``state.py``; the rules are ``deviation.py`` and ``geofence.py``.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from rules.condition import needs_of
from rules.deviation import Deviation, Ends, Starts
from rules.errors import RuleError
from rules.fence_say import SAYS
from rules.geofence import Geofence
from rules.state import Rows
from rules.transition import Kind

if TYPE_CHECKING:
    from rules.rule import Rule

Thing = TypeVar("Thing", bound=Hashable)
Index = npt.NDArray[np.int64]

CORRIDOR_RULE = np.dtype(
    [
        ("rule", "<i8"),  # position among the engine's rules
        ("paths", "<i8"),  # how many the rule has
        ("path", "<i8"),  # which of them
        ("corridor", "<i8"),
        ("window", "<i8"),
        ("confirm_fixes", "<i8"),
        ("confirm_s", "<f8"),
        ("raise_probability", "<f8"),
        ("clear_probability", "<f8"),
        # Margins over the standard deviation from, or up to, which no probability need be worked out:
        ("surely_outside", "<f8"),
        ("surely_inside", "<f8"),
        ("silence_s", "<f8"),
        ("default_accuracy_m", "<f8"),  # negative: that of the fix's method
        ("length_m", "<f8"),
        ("start_lon", "<f8"),
        ("start_lat", "<f8"),
        ("start_grace_m", "<f8"),  # infinite: anywhere on the path
        ("end_lon", "<f8"),
        ("end_lat", "<f8"),
        ("end_grace_m", "<f8"),
        ("at_once", "<i8"),
        ("ends", "<i8"),
        ("skip_m", "<f8"),  # infinite: it is not told
        ("needs_mask", "<u4"),  # what `while` asks for: these bits of a fix's `held` ...
        ("needs", "<u4"),  # ... are so
    ]
)

FENCE_RULE = np.dtype(
    [
        ("rule", "<i8"),
        ("fence_set", "<i8"),
        ("window", "<i8"),
        ("confirm_fixes", "<i8"),
        ("confirm_s", "<f8"),
        ("enter_probability", "<f8"),
        ("exit_probability", "<f8"),
        ("silence_s", "<f8"),
        ("default_accuracy_m", "<f8"),  # negative: that of the fix's method
        ("says", "<i8"),  # bits of kinds
        ("dwell_s", "<f8"),  # infinite: it is not asked
        ("holds", "<u4"),  # the bit of a fix's `held` that says whether the device is inside; 0: nobody asks
    ]
)

_ROUNDING = 1e-6  # standard deviations; probabilities this near a threshold are worked out


def numbered(of_rules: Sequence[Thing]) -> tuple[tuple[Thing, ...], Index]:
    """Give the distinct things, and each rule's by number; (R,)."""
    codes: dict[Thing, int] = {}
    column = [codes.setdefault(thing, len(codes)) for thing in of_rules]
    return tuple(codes), np.array(column, dtype=np.int64)


def check_names(rules: "Sequence[Rule]") -> None:
    """Refuse two rules of one name and device, or where one's pattern takes in the other's device or pattern.

    What two patterns have in common by chance, as ``a*`` and ``*b`` have, is not seen: the first judges it.

    Raises
    ------
    RuleError
        A device has two rules of one name.
    """
    patterns: dict[str, list[Geofence]] = {}
    for rule in rules:
        if isinstance(rule, Geofence) and rule.is_pattern:
            patterns.setdefault(rule.name, []).append(rule)
    seen: set[tuple[str, str]] = set()
    for rule in rules:
        wider = (other for other in patterns.get(rule.name, ()) if other is not rule)
        if (rule.name, rule.device) in seen or any(other.is_about(rule.device) for other in wider):
            raise RuleError(f'device "{rule.device}" has two rules "{rule.name}"; give them different names')
        seen.add((rule.name, rule.device))


def corridor_rules(
    rules: Sequence[Deviation],
    path: Sequence[int],
    corridor: Index,
    window: Index,
    *,
    bits: Mapping[str, int],
) -> Rows:
    """Give deviation rules as columns, a row for each of their paths; (R,) of CORRIDOR_RULE."""
    rows = np.empty(len(rules), CORRIDOR_RULE)
    for row, rule, number in zip(rows, rules, path, strict=True):
        row["paths"], row["path"] = len(rule.corridors), number
        for key in ("confirm_fixes", "confirm_s", "raise_probability", "clear_probability", "silence_s"):
            row[key] = getattr(rule, key)
        row["surely_outside"] = _deviations(rule.raise_probability) + _ROUNDING
        # both sides of a corridor count, the far one never more than the near one
        row["surely_inside"] = _deviations(rule.clear_probability / 2) - _ROUNDING
        row["default_accuracy_m"] = -1.0 if rule.default_accuracy_m is None else rule.default_accuracy_m
        way = rule.corridors[number].path
        row["length_m"] = way.length_m
        row["start_lon"], row["start_lat"] = way.lon[0], way.lat[0]
        row["end_lon"], row["end_lat"] = way.lon[-1], way.lat[-1]
        row["start_grace_m"] = rule.start_grace_m if rule.starts is Starts.AT_START else math.inf
        row["end_grace_m"] = rule.end_grace_m
        row["at_once"] = rule.starts is Starts.AT_ONCE
        row["ends"] = rule.ends is Ends.AT_END
        row["skip_m"] = math.inf if rule.skip_m is None else rule.skip_m
        row["needs_mask"], row["needs"] = needs_of(rule.condition, bits)
    rows["corridor"], rows["window"] = corridor, window
    return rows


def fence_rules(
    rules: Sequence[Geofence], fence_set: Index, window: Index, *, bits: Mapping[str, int]
) -> Rows:
    """Give geofence rules as columns; (R,) of FENCE_RULE."""
    rows = np.empty(len(rules), FENCE_RULE)
    for row, rule in zip(rows, rules, strict=True):
        for key in ("confirm_fixes", "confirm_s", "enter_probability", "exit_probability", "silence_s"):
            row[key] = getattr(rule, key)
        row["default_accuracy_m"] = -1.0 if rule.default_accuracy_m is None else rule.default_accuracy_m
        row["holds"] = bits.get(rule.name, 0)
        row["says"] = sum(SAYS[Kind(kind)] for kind in rule.says)
        row["dwell_s"] = math.inf if rule.dwell_s is None else rule.dwell_s
    rows["fence_set"], rows["window"] = fence_set, window
    return rows


def _deviations(probability: float) -> float:
    """Give by how many standard deviations an edge is passed with a probability; infinite for 0 and 1."""
    if probability <= 0.0 or probability >= 1.0:
        return math.inf if probability >= 1.0 else -math.inf
    return NormalDist().inv_cdf(probability)
