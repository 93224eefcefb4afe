"""The drawings of docs/rules.md are those of the tables."""

from enum import IntEnum

import pytest

from rules.machine import IGNORED, Ignored, Move, as_diagram
from rules.transition import Kind, Reason
from tests.rules.drawings import DOCUMENT, DRAWINGS, block


class Door(IntEnum):
    OPEN = 0
    SHUT = 1


class Hand(IntEnum):
    PUSHES = 0
    SLAMS = 1
    KICKS = 2
    WAITS = 3


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_document_shows_the_drawing(name: str) -> None:
    advice = "draw it anew by `python -m tests.rules.drawings`"
    assert block(name) in DOCUMENT.read_text(encoding="utf-8"), advice


def test_arrows_between_the_same_phases_are_one_and_what_is_ignored_is_none() -> None:
    said = Move(Door.SHUT, Kind.EXIT, Reason.SEEN_OUTSIDE)
    table: dict[Door, dict[Hand, Move | Ignored]] = {
        Door.OPEN: {
            Hand.PUSHES: Move(Door.SHUT),
            Hand.SLAMS: said,
            Hand.KICKS: said,
            Hand.WAITS: IGNORED,
        },
        Door.SHUT: {
            Hand.PUSHES: Move(Door.SHUT),
            Hand.SLAMS: IGNORED,
            Hand.KICKS: Move(Door.SHUT, Kind.DWELL, Reason.STAYED),
            Hand.WAITS: Move(Door.OPEN),
        },
    }
    assert as_diagram(table, {Door.SHUT}).splitlines() == [
        "stateDiagram-v2",
        "    direction LR",
        "    [*] --> OPEN",
        "    OPEN --> SHUT: PUSHES<br/>SLAMS, KICKS / exit",
        "    SHUT --> SHUT: KICKS / dwell",
        "    SHUT --> OPEN: WAITS",
        "    classDef alarm fill:#fbe3e0,stroke:#b3261e,color:#410e0b",
        "    class SHUT alarm",
    ]
