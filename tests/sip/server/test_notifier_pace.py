"""The pace of NOTIFYs, to the moment (STANDARDS C8 to C12, C14, C19): each row with its number."""

from itertools import pairwise

import pytest

from sip.server.subscription import Subscribed
from tests.sip.server.house import (
    House,
    latitude_of,
    report,
)
from tests.sip.talk import NOW

MOVED = (
    b'<filter-set xmlns="urn:ietf:params:xml:ns:simple-filter"'
    b' xmlns:lf="urn:ietf:params:xml:ns:location-filter"><filter id="1" uri="sip:anna@example.org">'
    b"<trigger><lf:moved>300</lf:moved></trigger></filter></filter-set>"
)
METRE_DEG = 1 / 111_200.0  # of latitude, about


def north(metres: float) -> float:
    return 48.2 + metres * METRE_DEG


def times_of(house: House, *, until: float, places: dict[float, float]) -> list[tuple[float, float | None]]:
    """Publish latitudes at offsets; give when what was told after the subscription, as offsets."""
    told: list[tuple[float, float | None]] = []
    for offset, lat in sorted(places.items()):
        told += [(at - NOW, latitude_of(each)) for at, each in house.run_until(NOW + offset)]
        house.now = NOW + offset
        house.place(report(lat, time=NOW + offset))
    return told + [(at - NOW, latitude_of(each)) for at, each in house.run_until(NOW + until)]


@pytest.mark.parametrize(
    ("row", "event", "places", "told"),
    [
        ("C8 within 5 s it waits, the newest goes", "", {1.0: 1.0, 4.0: 2.0}, [(5.0, 2.0)]),
        ("C8 at 5 s exactly", "", {5.0: 1.0}, [(5.0, 1.0)]),
        ("C8 a moment later: at once", "", {5.125: 1.0}, [(5.125, 1.0)]),
        (
            "C8 each 5 s of a stream",
            "",
            {n * 1.0: n * 1.0 for n in range(1, 12)},
            [(5, 4), (10, 9), (15, 11)],
        ),
        ("C9 a rate of 0.1 is 10 s", ";max-rate=0.1", {1.0: 1.0, 9.0: 2.0}, [(10.0, 2.0)]),
        ("C10 at the end of the interval", ";max-rate=0.1", {10.0: 1.0}, [(10.0, 1.0)]),
        ("C10 just before it", ";max-rate=0.1", {9.999: 1.0}, [(10.0, 1.0)]),
        ("C10 nothing new: nothing", ";max-rate=0.1", {}, []),
        ("C10 faster than 3856 where asked", ";max-rate=2", {0.1: 1.0, 0.6: 2.0}, [(0.5, 1.0), (1.0, 2.0)]),
        ("C11 the clock alone", ";min-rate=0.1", {}, [(10.0, None), (20.0, None)]),
        ("C11 counted from the last", ";min-rate=0.1", {6.0: 1.0}, [(6.0, 1.0), (16.0, 1.0)]),
        ("C11 a change waits no longer than that", ";min-rate=0.5", {0.5: 1.0}, [(2.0, 1.0), (4.0, 1.0)]),
        (
            "C11 minimum lowered to the maximum",
            ";max-rate=0.1;min-rate=1",
            {3.0: 1.0},
            [(10.0, 1.0), (20.0, 1.0)],
        ),
        ("C12 the first is counted", ";max-rate=0.5;adaptive-min-rate=0.1", {}, [(2.0, None)]),
    ],
)
def test_c8_to_c12_are_held_to_the_moment(
    row: str, event: str, places: dict[float, float], told: list[tuple[float, float | None]]
) -> None:
    house = House()
    house.subscribe(event=f"presence{event}")
    house.due()
    until = max([told[-1][0] if told else 0.0, *places])
    assert times_of(house, until=until, places=places) == told, row


def test_c12_the_average_over_a_minute_is_what_was_asked() -> None:
    house = House()
    house.subscribe(event="presence;max-rate=1;adaptive-min-rate=0.25")
    house.due()
    told = [at - NOW for at, _ in house.run_until(NOW + 600)]
    steady = [at for at in told if at > 300]
    assert len(steady) / 300 == pytest.approx(0.25, rel=0.1)
    gaps = [after - before for before, after in pairwise(told)]
    assert min(gaps) >= 1.0


def test_c14_and_c19_a_move_is_held_against_the_last_notify_and_the_rate_holds_it_back() -> None:
    house = House()
    house.place(report(accuracy_m=None))
    assert isinstance(house.ask(house.request(body=MOVED, event="presence;max-rate=0.1")), Subscribed)
    house.due()
    places = {1.0: north(200), 2.0: north(299), 3.0: north(305), 4.0: north(310), 12.0: north(500)}
    told = []
    for offset, lat in places.items():
        told += house.run_until(NOW + offset)
        house.place(report(lat, time=NOW + offset, accuracy_m=None))
    told += house.run_until(NOW + 60)
    ((at, only_one),) = told
    assert at - NOW == 10.0
    assert latitude_of(only_one) == pytest.approx(north(310))


def test_c19_the_clock_sends_although_no_filter_is_triggered() -> None:
    house = House()
    house.place(report(accuracy_m=None))
    assert isinstance(house.ask(house.request(body=MOVED, event="presence;min-rate=0.1")), Subscribed)
    house.due()
    house.place(report(north(10), time=NOW + 1, accuracy_m=None))
    told = house.run_until(NOW + 10)
    ((at, only_one),) = told
    assert at - NOW == 10.0
    assert latitude_of(only_one) == pytest.approx(north(10))
