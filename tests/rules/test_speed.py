"""The speed rule: golden drives."""

from typing import Any

import pytest

from rules import Speed, SpeedStretch, Window
from tests.rules.ground import straight
from tests.rules.watch_drive import drive

DRIVES: dict[str, tuple[dict[str, Any], str]] = {
    "two fixes that state too high a speed, ten seconds apart, raise; two that do not, clear": (
        {},
        """
        0 0 0 10 5 |
        10 100 0 10 12 |
        20 200 0 10 13 | speeding confirmed @20
        30 300 0 10 9 |
        40 400 0 10 10 | speed_ok confirmed @40 of 10
        """,
    ),
    "without a stated speed the way counts, and what accuracy leaves open is unknown": (
        {},
        """
        0 0 0 10 - |
        10 115 0 10 - |
        20 235 0 10 - |
        30 370 0 10 - |
        40 510 0 10 - | speeding confirmed @40
        """,
    ),
    "a stretch has its own limit while the fix is in the corridor": (
        {"corridor": straight(), "stretches": [SpeedStretch(500, 700, 3.0)]},
        """
        0 400 0 10 5 |
        10 550 0 10 5 |
        20 600 0 10 5 | speeding confirmed @20
        30 750 0 10 5 |
        40 800 0 10 5 | speed_ok confirmed @40 of 10
        50 600 90 10 5 |
        60 600 90 10 5 |
        """,
    ),
    "the window's close ends an alarm, also where no fix comes": (
        {"window": Window.parse("daily 00:00-00:01", zone="UTC")},
        """
        0 0 0 10 12 |
        10 0 0 10 12 | speeding confirmed @10
        70 | ended window_closed @60 of 0
        """,
    ),
}


@pytest.mark.parametrize("story", DRIVES)
def test_drive(story: str) -> None:
    numbers, lines = DRIVES[story]
    drive(Speed(device="anna", limit_mps=10.0, **numbers), lines)
