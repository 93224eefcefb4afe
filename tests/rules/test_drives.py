"""Golden drives: what happens, line by line, and what must be said when.

A line is ``seconds east north accuracy | what is said``; the path runs 1,000 m east from 0, 40 m to either
side. A ``-`` as accuracy states none. An empty right side means that nothing is said.
"""

from typing import Any

import pytest

from rules import Deviation, Discard, Engine
from tests.rules.ground import brief, corridor, fix, straight

DRIVES: dict[str, tuple[dict[str, Any], str]] = {
    "a walk on the way starts and arrives": (
        {},
        """
        0    0   0 10 | started first_inside
        60 200  10 10 |
        120 400 -10 10 |
        180 600 20 10 |
        240 810 0 10 |
        250 905 0 10 | arrived end_reached
        260 980 0 10 |
        """,
    ),
    "a detour raises one alarm after three fixes and twenty seconds, and ends it after two well inside": (
        {},
        """
        0 100  0 10 | started first_inside
        10 110 60 10 |
        20 120 60 10 |
        25 130 60 10 |
        30 140 60 10 | off_route confirmed
        40 150 60 10 |
        50 160 20 10 |
        60 170 20 10 | back_on_route well_inside of 10
        """,
    ),
    "one outlier is no alarm": (
        {},
        """
        0 100  0 10 | started first_inside
        10 110 90 10 |
        20 120 0 10 |
        30 130 90 10 |
        40 140 0 10 |
        """,
    ),
    "three fixes within a few seconds are too few seconds": (
        {},
        """
        0 100  0 10 | started first_inside
        1 110 60 10 |
        2 120 60 10 |
        3 130 60 10 |
        20 130 60 10 |
        21 130 60 10 | off_route confirmed
        """,
    ),
    "beyond doubt two fixes are enough": (
        {},
        """
        0 100  0 10 | started first_inside
        10 110 200 10 |
        11 110 200 10 | off_route beyond_doubt
        """,
    ),
    "less than two half widths beyond the edge is not beyond doubt, and the two follow each other": (
        {},
        """
        0 100  0 10 | started first_inside
        10 110 119 10 |
        11 110 119 10 |
        12 110 130 10 |
        13 110 119 10 |
        14 110 130 10 |
        15 110 130 10 | off_route beyond_doubt
        """,
    ),
    "a child is never off route twice for one absence, whatever it does at the edge": (
        {},
        """
        0 100  0 10 | started first_inside
        10 110 60 10 |
        20 120 60 10 |
        30 130 60 10 | off_route confirmed
        40 130 30 2 |
        50 130 60 10 |
        60 130 30 2 |
        70 130 60 10 |
        80 130 30 2 |
        90 130 34 2 |
        100 130 30 2 | back_on_route stayed_inside of 10
        """,
    ),
    "poor accuracy keeps the alarm": (
        {},
        """
        0 100  0 10 | started first_inside
        10 110 90 10 |
        20 120 90 10 |
        30 130 90 10 | off_route confirmed
        40 130 0 200 |
        50 130 0 200 |
        60 130 0 200 |
        900 130 0 200 |
        910 130 0 10 |
        920 130 0 10 | back_on_route well_inside of 10
        """,
    ),
    "poor accuracy raises no alarm and does not reset one that grows": (
        {},
        """
        0 100  0 10 | started first_inside
        10 110 60 500 |
        20 110 60 500 |
        30 110 60 500 |
        40 110 60 10 |
        50 110 60 500 |
        60 110 60 10 |
        70 110 60 500 |
        80 110 60 10 | off_route confirmed
        """,
    ),
    "a fix vague by kilometres is outside where it is kilometres away, and unknown nearby": (
        {},
        """
        0 100  0 10 | started first_inside
        10 110 500 3000 |
        20 110 500 3000 |
        30 110 0 3000 |
        40 110 0 20000 |
        50 110 0 20000000 |
        140 110 9000 3000 |
        150 110 9000 3000 | off_route beyond_doubt
        """,
    ),
    "65 m accuracy in the middle of the way starts the rule and ends an alarm": (
        {"corridor": straight(30)},
        """
        0 100  0 65 | started first_inside
        10 110 90 10 |
        20 120 90 10 |
        30 130 90 10 | off_route confirmed
        40 130 0 65 |
        50 130 5 65 | back_on_route well_inside of 10
        """,
    ),
    "silence starts the count anew, of outside": (
        {},
        """
        0 100  0 10 | started first_inside
        10 110 60 10 |
        20 110 60 10 |
        201 110 60 10 |
        211 110 60 10 |
        221 110 60 10 | off_route confirmed
        """,
    ),
    "silence of exactly the limit does not": (
        {},
        """
        0 100  0 10 | started first_inside
        10 110 60 10 |
        20 110 60 10 |
        200 110 60 10 | off_route confirmed
        """,
    ),
    "silence starts the count anew, of inside": (
        {"confirm_s": 0.0},
        """
        0 100  0 10 | started first_inside
        10 110 60 10 |
        20 110 60 10 |
        30 110 60 10 | off_route confirmed
        40 110 0 10 |
        300 110 0 10 |
        310 110 0 10 | back_on_route well_inside of 10
        """,
    ),
    "one fix is enough where the rule says so": (
        {"confirm_fixes": 1, "confirm_s": 0},
        """
        0 100  0 10 | started first_inside
        10 110 60 10 | off_route confirmed
        20 110 0 10 |
        30 110 34 2 | back_on_route stayed_inside of 10
        """,
    ),
    "a rule waits on the path's side until it is on the path": (
        {},
        """
        0 100 300 10 |
        10 110 300 10 |
        20 110 300 10 |
        30 110 0 10 | started first_inside
        """,
    ),
    "at_start waits for the start's area": (
        {"starts": "at_start"},
        """
        0 300 0 10 |
        10 200 0 10 |
        20 99 0 10 | started first_inside
        """,
    ),
    "at_once judges the first fix": (
        {"starts": "at_once"},
        """
        0 300 300 10 |
        10 300 300 10 | off_route beyond_doubt
        """,
    ),
    "off route to the end: one fix there is not enough to end the alarm, two arrive": (
        {},
        """
        0 0  0 10 | started first_inside
        10 100 0 10 |
        60 400 0 10 |
        100 880 0 10 |
        110 890 90 10 |
        120 900 90 10 |
        130 910 90 10 | off_route confirmed
        140 990 0 10 |
        150 995 0 10 | arrived end_reached of 110
        """,
    ),
    "ends never: the end is a place like any other": (
        {"ends": "never"},
        """
        0 0  0 10 | started first_inside
        60 500 0 10 |
        120 1000 0 10 |
        130 1100 0 10 |
        140 1100 0 10 |
        150 1100 0 10 | off_route confirmed
        """,
    ),
    "after thirty minutes away from the end the rule waits for a start again": (
        {},
        """
        0 0  0 10 | started first_inside
        60 500 0 10 |
        120 1000 0 10 | arrived end_reached
        200 1000 300 10 |
        1000 1000 0 10 |
        1900 1000 300 10 |
        2000 1000 300 900 |
        3699 1000 300 10 |
        3700 1000 300 10 |
        3710 500 0 10 | started first_inside
        """,
    ),
    "the fix that ends the rest may start the next trip": (
        {},
        """
        0 0  0 10 | started first_inside
        60 500 0 10 |
        120 1000 0 10 | arrived end_reached
        130 800 0 10 |
        1000 600 0 10 |
        1930 0 0 10 | started first_inside
        """,
    ),
    "a loop does not end where it begins": (
        {"corridor": corridor((0, 0), (300, 0), (300, 300), (0, 300), (0, 0), half_width_m=30)},
        """
        0  0   0 10 | started first_inside
        10 0   5 10 |
        20 5   0 10 |
        30 0   8 10 |
        40 8   0 10 |
        50 150 0 10 |
        60 300 0 10 |
        70 300 150 10 |
        80 300 300 10 |
        90 150 300 10 |
        100 0 300 10 |
        110 0 150 10 |
        120 0 99 10 | arrived end_reached
        """,
    ),
    "a jump to the way back is no progress": (
        {"corridor": corridor((0, 0), (500, 0), (500, 30), (0, 30), half_width_m=40)},
        """
        0  0   0 10 | started first_inside
        10 100 5 10 |
        20 105 25 10 |
        30 0   30 10 |
        40 10  5 10 |
        """,
    ),
    "fixes on a winding way may be far apart": (
        {
            "corridor": corridor((0, 0), (300, 300), (600, 0), (900, 300), (1200, 0), half_width_m=30),
        },
        """
        0    0    0   10 | started first_inside
        60   300  300 10 |
        120  600  0   10 |
        180  900  300 10 |
        240  1200 0   10 | arrived end_reached
        """,
    ),
    "without an accuracy satellites are good for 20 m and cells for nothing near": (
        {},
        """
        0 100  0 - | started first_inside
        10 110 60 - |
        20 120 60 - |
        30 130 60 - | off_route confirmed
        """,
    ),
    "a rule's own default accuracy counts where none is stated": (
        {"default_accuracy_m": 100.0},
        """
        0 100  0 10 | started first_inside
        10 110 60 - |
        20 120 60 - |
        30 130 60 - |
        40 130 60 - |
        """,
    ),
    "late and duplicate fixes are told apart and change nothing": (
        {},
        """
        10 100 0 10 | started first_inside
        10 110 90 10 | duplicate
        5  110 90 10 | late
        20 110 90 10 |
        15 110 90 10 | late
        30 110 90 10 |
        """,
    ),
    "a leap is held, and refuted by the next plausible fix": (
        {},
        """
        0  100 0 10 | started first_inside
        10 5000 0 10 | implausible
        20 120 0 10 |
        30 5000 0 10 | implausible
        40 5010 0 10 | implausible
        50 140 0 10 |
        """,
    ),
    "the third of three leaps that agree makes the new place believed, from the first of them on": (
        {},
        """
        0  100 0 10 | started first_inside
        10 5000 0 10 | implausible
        20 5010 0 10 | implausible
        30 5020 0 10 | off_route beyond_doubt (at 20)
        """,
    ),
    "leaps to different places never agree, and the same fix sent again is not another": (
        {},
        """
        0  100 0 10 | started first_inside
        10 5000 0 10 | implausible
        10 5000 0 10 | duplicate
        20 5000 9000 10 | implausible
        30 -9000 0 10 | implausible
        40 -9000 0 10 | implausible
        """,
    ),
    "a vague fix is not too fast: its place is not known so well": (
        {},
        """
        0  100 0 10 | started first_inside
        10 3100 0 3000 |
        20 120 0 10 |
        """,
    ),
}


@pytest.mark.parametrize("name", DRIVES)
def test_drive(name: str) -> None:
    numbers, drive = DRIVES[name]
    engine = Engine([Deviation(**{"corridor": straight(), "device": "anna", **numbers})])
    for line in filter(None, map(str.strip, drive.splitlines())):
        where, _, expected = (part.strip() for part in line.partition("|"))
        seconds, east_m, north_m, accuracy = where.split()
        accuracy_m = None if accuracy == "-" else float(accuracy)
        step = engine.step([fix(float(seconds), float(east_m), float(north_m), accuracy_m=accuracy_m)])
        said = [tuple(Discard)[code - 1].value for code in step.discard if code]
        for each in brief(step.transitions):
            at, _, what = each.partition(" ")
            said.append(what if float(at) == float(seconds) else f"{what} (at {at})")
        assert "; ".join(said) == expected, line
