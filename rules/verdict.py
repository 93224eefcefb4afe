"""Compiled: what one fix says by itself: inside, outside or too little. What follows is the machines'."""

from typing import NamedTuple

import numpy as np

from corridor.compiled import compiled, inlined
from corridor.uncertainty import CONFIDENCE_95, probability_outside_strip
from rules.events import Record
from rules.table import Verdict

SAYS_INSIDE, SAYS_OUTSIDE, SAYS_NOTHING = map(int, Verdict)


class Measured(NamedTuple):
    """Where a fix lies, and how surely."""

    distance_m: float
    along_m: float
    margin_m: float
    half_width_m: float
    width_m: float
    accuracy_m: float
    closes: float  # of the window in which it lies; infinite: none


@inlined
def verdict_of(rule: Record, measured: Measured) -> int:
    """Say what the fix says by itself.

    With both sides counted, a fix vague by forty half widths is outside with 95 % wherever it is, in the
    middle of the path too: hardly any of what it allows is corridor. That is no evidence of having left,
    so OUTSIDE asks it of the nearer edge alone, which is the stricter: it never exceeds the other.
    """
    deviations = measured.margin_m * CONFIDENCE_95  # times the accuracy: without a division
    if deviations > rule["surely_outside"] * measured.accuracy_m:
        return SAYS_OUTSIDE
    if deviations < rule["surely_inside"] * measured.accuracy_m:
        return SAYS_INSIDE
    sigma_m = measured.accuracy_m / CONFIDENCE_95
    if probability_beyond(measured.margin_m, sigma_m) >= rule["raise_probability"]:
        return SAYS_OUTSIDE
    outside = probability_outside_strip(measured.margin_m, measured.width_m, sigma_m)
    return SAYS_INSIDE if outside <= rule["clear_probability"] else SAYS_NOTHING


@inlined
def accuracy_m(rule: Record, stated_m: float) -> float:
    """Give the 95 % radius of a fix under a rule: as stated, else the rule's default or the method's.

    What is not stated is minus the default of its method (`rules.admission.ACCEPTED`).
    """
    if stated_m >= 0.0:
        return float(stated_m)
    default_m = rule["default_accuracy_m"]
    return float(default_m if default_m >= 0.0 else -stated_m)


@compiled
def probability_beyond(margin_m: float, sigma_m: float) -> float:
    """Give the probability of being beyond the nearer edge; the other side does not count."""
    return probability_outside_strip(margin_m, np.inf, sigma_m)
