"""The silence rule: golden drives."""

from typing import Any

import pytest

from corridor import Fix
from rules import Engine, RuleError, Silence, Window
from tests.rules.ground import START
from tests.rules.watch_drive import drive

DRIVES: dict[str, tuple[dict[str, Any], str]] = {
    "three minutes without a fix are silence, told by a timer; the next fix ends it": (
        {},
        """
        0 0 0 10 |
        60 0 0 10 |
        239 |
        240 | silent no_fix @240
        900 |
        1000 0 0 10 | heard fix_came @1000 of 60
        1100 0 0 10 |
        """,
    ),
    "in replay the fix that comes after a silence tells of it first": (
        {},
        """
        0 0 0 10 |
        400 0 0 10 | silent no_fix @180; heard fix_came @400 of 0
        """,
    ),
    "a fix after exactly the limit is no silence": (
        {},
        """
        0 0 0 10 |
        180 0 0 10 |
        360 0 0 10 |
        """,
    ),
    "a device that was never heard is silent from when the engine began": (
        {},
        """
        100 |
        279 |
        280 | silent no_fix @280
        400 0 0 10 | heard fix_came @400 of 100
        """,
    ),
    "in a window the count begins when it opens, and the last fix says since when": (
        {"window": Window.parse("daily 00:10-00:20", zone="UTC")},
        """
        0 0 0 10 |
        599 |
        779 |
        780 | silent no_fix @780
        1200 | ended window_closed @1200 of 0
        1300 0 0 10 |
        """,
    ),
    "a fix just before the window opens does not make its first minutes shorter": (
        {"window": Window.parse("daily 00:10-00:20", zone="UTC")},
        """
        590 0 0 10 |
        775 0 0 10 |
        956 | silent no_fix @955
        """,
    ),
    "fixes that are vague for five minutes are an alarm of their own, from the first of them": (
        {},
        """
        0 0 0 10 |
        60 0 0 81 |
        200 0 0 2000 |
        359 0 0 2000 |
        361 0 0 2000 | too_vague vague_fixes @361
        500 0 0 2000 |
        600 0 0 80 | clear_enough fix_came @600 of 60
        """,
    ),
    "one clear fix begins the count of vague ones anew": (
        {},
        """
        0 0 0 500 |
        150 0 0 500 |
        299 0 0 80 |
        301 0 0 500 |
        450 0 0 500 |
        600 0 0 500 |
        601 0 0 500 | too_vague vague_fixes @601
        """,
    ),
    "jammed and then silent: the first alarm ends without good news, and the second is told": (
        {},
        """
        0 0 0 500 |
        150 0 0 500 |
        300 0 0 500 | too_vague vague_fixes @300
        480 | ended no_fix @480 of 0; silent no_fix @480
        """,
    ),
    "silent, then heard but only vaguely: both are said, and vague for long is told anew": (
        {},
        """
        0 0 0 10 |
        180 | silent no_fix @180
        500 0 0 500 | heard vague_fixes @500 of 0
        650 0 0 500 |
        800 0 0 500 | too_vague vague_fixes @800
        """,
    ),
    "vague before and after a silence is not vague for long": (
        {},
        """
        0 0 0 500 |
        290 0 0 500 | silent no_fix @180; heard vague_fixes @290 of 0
        310 0 0 500 |
        480 0 0 500 |
        590 0 0 500 | too_vague vague_fixes @590
        """,
    ),
    "where silence is not asked, only fixes tell that all were vague": (
        {"silence_s": None},
        """
        0 0 0 500 |
        5000 |
        5100 0 0 500 | too_vague vague_fixes @5100
        """,
    ),
    "where vagueness is not asked, any fix ends a silence": (
        {"vague_s": None},
        """
        0 0 0 5000 |
        180 | silent no_fix @180
        500 0 0 5000 | heard fix_came @500 of 0
        680 0 0 5000 |
        """,
    ),
    "without a stated accuracy that of the method counts, satellites or not": (
        {"default_accuracy_m": 100.0},
        """
        0 0 0 - |
        150 0 0 - |
        300 0 0 - | too_vague vague_fixes @300
        """,
    ),
    "vague as the window closes ends without an all-clear": (
        {"window": Window.parse("daily 00:00-00:10", zone="UTC")},
        """
        0 0 0 500 |
        150 0 0 500 |
        300 0 0 500 | too_vague vague_fixes @300
        450 0 0 500 |
        600 0 0 10 | ended window_closed @600 of 0
        """,
    ),
}


@pytest.mark.parametrize("story", DRIVES)
def test_drive(story: str) -> None:
    numbers, lines = DRIVES[story]
    drive(Silence(device="anna", **numbers), lines)


def test_a_rule_that_asks_nothing_is_refused() -> None:
    with pytest.raises(RuleError, match="asks for nothing; give silence_s or vague_s"):
        Silence(device="anna", silence_s=None, vague_s=None)


HOUR = Window.parse("daily 00:00-01:00", zone="UTC")
ONCE = 40_000.0  # a clock that was never set: in 1970


def test_a_rule_goes_on_after_a_gap_of_decades() -> None:
    engine = Engine([Silence(device="anna", window=HOUR)])
    engine.step([Fix("anna", ONCE, 16.0, 48.0)], now=START)
    engine.step([Fix("anna", START, 16.0, 48.0)], now=START)
    assert engine.next_wake == START + 180.0


def test_a_fix_of_decades_ago_holds_nobody_up() -> None:
    engine = Engine([Silence(device=device, window=HOUR) for device in ("anna", "ben")])
    step = engine.step([Fix("anna", ONCE, 16.0, 48.0), Fix("ben", START, 16.0, 48.0)], now=START)
    assert step.discard.tolist() == [0, 0]
    assert engine.next_wake == START + 180.0
