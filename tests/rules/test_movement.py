"""The movement rule: golden drives."""

from typing import Any

import pytest

from rules import Movement, Window
from tests.rules.watch_drive import drive

DRIVES: dict[str, tuple[dict[str, Any], str]] = {
    "a parked van drives off: two fixes surely farther than 50 m, and five minutes at rest end it": (
        {},
        """
        0 0 0 10 |
        60 5 3 10 |
        70 70 0 10 |
        80 200 0 10 | moved confirmed @80
        90 500 0 10 |
        100 520 0 10 |
        380 510 0 10 |
        390 510 5 10 | still confirmed @390 of 70
        400 600 0 10 |
        410 700 0 10 | moved confirmed @410
        """,
    ),
    "a device towed away slowly has moved: the place does not follow it": (
        {},
        """
        0 0 0 10 |
        60 15 0 10 |
        120 30 0 10 |
        180 45 0 10 |
        240 60 0 10 |
        300 75 0 10 | moved confirmed @300
        """,
    ),
    "jitter of poor accuracy is no movement, however far it leaps": (
        {},
        """
        0 0 0 10 |
        60 60 0 100 |
        120 -90 0 150 |
        180 0 1000 2000 |
        240 0 -1500 3000 |
        300 100 0 150 |
        """,
    ),
    "a vague fix kilometres away is away all the same": (
        {},
        """
        0 0 0 10 |
        60 5000 0 2000 |
        120 5000 0 2000 | moved confirmed @120
        """,
    ),
    "one outlier is no movement, and what cannot be told does not reset": (
        {},
        """
        0 0 0 10 |
        60 300 0 10 |
        120 0 0 10 |
        180 300 0 10 |
        240 52 0 30 |
        300 300 0 10 | moved confirmed @300
        """,
    ),
    "armed at eight by its window: the last fix says where it stood": (
        {"window": Window.parse("daily 00:10-00:20", zone="UTC")},
        """
        0 0 0 10 |
        100 500 0 10 |
        610 600 0 10 |
        620 600 0 10 | moved confirmed @620
        1300 | ended window_closed @1200 of 610
        1400 900 0 10 |
        """,
    ),
    "a last fix too old to say where it stood leaves that to the first fix after": (
        {"window": Window.parse("daily 00:20-00:30", zone="UTC")},
        """
        100 500 0 10 |
        1210 900 0 10 |
        1220 900 0 10 |
        1230 1000 0 10 |
        1240 1000 0 10 | moved confirmed @1240
        """,
    ),
    "a place known vaguely gives way to one known better": (
        {},
        """
        0 0 0 3000 |
        60 800 0 10 |
        120 900 0 10 |
        180 900 0 10 | moved confirmed @180
        """,
    ),
    "a device that creeps on does not rest, and vague fixes show no rest": (
        {},
        """
        0 0 0 10 |
        10 100 0 10 |
        20 200 0 10 | moved confirmed @20
        200 260 0 10 |
        400 320 0 10 |
        600 320 0 500 |
        690 320 0 500 |
        700 320 0 10 | still confirmed @700 of 10
        """,
    ),
    "time alone does not show that it rests": (
        {},
        """
        0 0 0 10 |
        10 100 0 10 |
        20 200 0 10 | moved confirmed @20
        5000 |
        5010 900 0 10 |
        5310 900 0 10 | still confirmed @5310 of 10
        """,
    ),
}


@pytest.mark.parametrize("story", DRIVES)
def test_drive(story: str) -> None:
    numbers, lines = DRIVES[story]
    drive(Movement(device="anna", **numbers), lines)
