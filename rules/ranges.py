"""The numbers of rules: their ranges, and the sentence that refuses one.

Which numbers a rule has is each rule's file.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

from rules.errors import RuleError

MAX_CONFIRM_FIXES = 10_000  # more is a day of fixes, and a mistake
MAX_DURATION_S = 7 * 86_400.0  # a run or a silence of a week confirms nothing any more
MAX_ACCURACY_M = 20_100_000.0  # half the earth's circumference, as in a fix


class Numbers(NamedTuple):
    """The range of one number of a rule."""

    low: float
    high: float
    whole: bool = False
    open_low: bool = False  # `low` itself is refused
    optional: bool = False  # None will do


CONFIRM_FIXES = Numbers(low=1, high=MAX_CONFIRM_FIXES, whole=True)
DURATION = Numbers(low=0.0, high=MAX_DURATION_S)
SILENCE = Numbers(low=0.0, high=MAX_DURATION_S, open_low=True)
PROBABILITY = Numbers(low=0.0, high=1.0)
POSITIVE_PROBABILITY = Numbers(low=0.0, high=1.0, open_low=True)
DEFAULT_ACCURACY = Numbers(low=0.0, high=MAX_ACCURACY_M, open_low=True, optional=True)


def check_numbers(where: str, rule: object, ranges: Mapping[str, Numbers]) -> None:
    """Refuse the first number of `rule` that is not in its range.

    Raises
    ------
    RuleError
        Naming the rule (`where`), the number, its value and what was expected.
    """
    for key, numbers in ranges.items():
        value = getattr(rule, key)
        if not (numbers.optional and value is None):
            _check(f"{where}: {key} is {value!r}", value, numbers)


def check_texts(where: str, rule: object, keys: tuple[str, ...]) -> None:
    """Refuse a name that is no text, or an empty one."""
    for key in keys:
        value = getattr(rule, key)
        if not isinstance(value, str) or not value:
            raise RuleError(f"{where}: {key} is {value!r}; expected a text that is not empty")


def _check(says: str, value: object, numbers: Numbers) -> None:
    kinds = (int,) if numbers.whole else (int, float)
    good = isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)
    good = good and numbers.low <= value <= numbers.high  # type: ignore[operator]  # a number by now
    if not good or (numbers.open_low and value == numbers.low):
        what = "a whole number" if numbers.whole else "a number"
        low = f"more than {numbers.low:g}" if numbers.open_low else f"at least {numbers.low:g}"
        raise RuleError(f"{says}; expected {what} of {low} and at most {numbers.high:g}")
