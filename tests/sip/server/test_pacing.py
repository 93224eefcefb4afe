"""RFC 6446 as STANDARDS C9 to C12 and C19 have it: rates asked, rates adopted, and the times that follow."""

import pytest

from sip.errors import PeerFault
from sip.server.pacing import MAX_RATE, PAUSE_S, Pace

ADOPTED = [
    # what is asked, for how long, what is adopted and told
    ("c9 nothing asked", {}, Pace(), ""),
    ("c9 a rate, no interval", {"max-rate": "0.1"}, Pace(max_rate=0.1), ";max-rate=0.1"),
    ("c9 one a minute", {"min-rate": "0.0167"}, Pace(min_rate=0.0167), ";min-rate=0.0167"),
    (
        "c11 a minimum above the maximum is lowered",
        {"max-rate": "0.5", "min-rate": "2"},
        Pace(0.5, 0.5),
        ";max-rate=0.5;min-rate=0.5",
    ),
    ("c11 what would allow nothing is raised", {"max-rate": "0.001"}, Pace(0.002), ";max-rate=0.002"),
    ("c11 at the edge it stays", {"max-rate": "0.002"}, Pace(0.002), ";max-rate=0.002"),
    ("nobody is told more often", {"min-rate": "99"}, Pace(min_rate=MAX_RATE), ";min-rate=10"),
    (
        "c12 adaptive",
        {"adaptive-min-rate": "0.5"},
        Pace(adaptive_min_rate=0.5),
        ";adaptive-min-rate=0.5",
    ),
]


@pytest.mark.parametrize(
    ("asked", "adopted", "echo"), [row[1:] for row in ADOPTED], ids=[row[0] for row in ADOPTED]
)
def test_what_is_asked_is_adopted_as_far_as_it_can_be_held(
    asked: dict[str, str | None], adopted: Pace, echo: str
) -> None:
    pace = Pace.asked(asked, 500)
    assert pace == adopted
    assert str(pace) == echo


@pytest.mark.parametrize("name", ["max-rate", "min-rate", "adaptive-min-rate"])
@pytest.mark.parametrize(
    "text", [None, "", "0", "0.0", "100", "1.", ".5", "-1", "1e1", "nan", "1.12345678901", "1,5"]
)
def test_c9_what_is_no_rate_is_refused(name: str, text: str | None) -> None:
    with pytest.raises(PeerFault, match=f"400 Bad {name}"):
        Pace.asked({name: text}, 600)


def test_c8_without_a_rate_there_is_a_pause() -> None:
    assert Pace().shortest_s == PAUSE_S
    assert Pace(max_rate=2.0).shortest_s == 0.5
    assert Pace(max_rate=50.0).shortest_s == 1 / MAX_RATE
    assert Pace().longest_s([0.0], 0.0) is None


def test_c11_a_minimum_is_held_though_nothing_changes() -> None:
    assert Pace(min_rate=0.5).longest_s([0.0], 1.0) == 2.0


@pytest.mark.parametrize(
    ("sent", "now", "longest_s"),
    [
        ([0.0], 0.0, 0.1),  # 1 / (0.5² x 60) is less than the least
        ([float(n) for n in range(30)], 29.0, 2.0),  # 30 in the period: 30 / 15
        ([float(n) for n in range(60)], 59.0, 4.0),
        ([float(n) for n in range(60)], 100.0, 19 / 15),  # those of before the period do not count
    ],
)
def test_c12_an_adaptive_rate_waits_longer_after_much_was_told(
    sent: list[float], now: float, longest_s: float
) -> None:
    assert Pace(adaptive_min_rate=0.5).longest_s(sent, now) == pytest.approx(longest_s)


def test_c12_an_adaptive_rate_never_breaks_the_maximum() -> None:
    assert Pace(max_rate=0.2, adaptive_min_rate=0.2).longest_s([0.0], 0.0) == 5.0
