"""What a watcher may not know he learns neither by what he is told nor by when (STANDARDS A30, A32, C7)."""

import pytest

from sip.server.outbound import Notification
from sip.server.permission import DENIED, Permission, Watching
from sip.server.subscription import Subscribed
from tests.sip.server.house import (
    ANNA,
    BERTA,
    House,
    latitude_of,
    presence_of,
    report,
    state_of,
    watcher_of,
)
from tests.sip.talk import NOW

MOVED = (
    b'<filter-set xmlns="urn:ietf:params:xml:ns:simple-filter"'
    b' xmlns:lf="urn:ietf:params:xml:ns:location-filter"><filter id="1" uri="sip:anna@example.org">'
    b"<trigger><lf:moved>300</lf:moved></trigger></filter></filter-set>"
)
METRE_DEG = 1 / 111_200.0  # of latitude, about


def only(told: list[Notification]) -> Notification:
    (one,) = told
    return one


def test_a_place_that_goes_is_told_whatever_the_filter_says() -> None:
    house = House()
    changed = MOVED.replace(b"<lf:moved>300</lf:moved>", b"<changed by='3'>//dyn:speed</changed>").replace(
        b"<filter id",
        b'<ns-bindings><ns-binding prefix="dyn" urn="urn:ietf:params:xml:ns:pidf:geopriv10:dynamic"/>'
        b"</ns-bindings><filter id",
    )
    house.place(report())
    assert isinstance(house.ask(house.request(body=changed)), Subscribed)
    assert latitude_of(only(house.due())) == 48.2
    house.place(None)
    assert [latitude_of(each) for _, each in house.run_until(NOW + 5)] == [None]


def test_a_place_is_not_told_beyond_its_retention_and_who_knows_it_is_told_that_it_is_gone() -> None:
    house = House()
    house.place(report(keep_until=NOW + 60))
    house.subscribe()
    house.due()
    ((at, told),) = house.run_until(NOW + 60)
    assert (at, latitude_of(told)) == (NOW + 60, None)
    house.subscribe("carla")
    assert latitude_of(only(house.due())) is None


def test_a_place_that_may_not_be_passed_on_is_told_to_the_device_itself_alone() -> None:
    house = House()
    house.place(report(may_tell=False))
    house.subscribe("berta")
    house.subscribe("anna")
    told = {watcher_of(each): latitude_of(each) for each in house.due()}
    assert told == {BERTA: None, ANNA: 48.2}


def test_an_older_place_and_the_same_place_again_tell_nobody_anything() -> None:
    house = House()
    house.place(report(time=NOW))
    house.subscribe(event="presence;max-rate=10")
    house.due()
    house.place(report(49.0, time=NOW - 1))
    house.place(report(time=NOW))
    assert house.run_until(NOW + 100) == []


def test_a_place_that_goes_and_comes_back_within_the_pause_is_not_told() -> None:
    house = House()
    house.place(report())
    house.subscribe()
    house.due()
    house.place(None)
    house.place(report())
    assert house.run_until(NOW + 100) == []


@pytest.mark.parametrize("filtered", [b"", MOVED])
def test_c7_the_politely_blocked_cannot_tell_by_what_or_when_they_are_told_whether_there_is_a_place(
    filtered: bytes,
) -> None:
    def told(*, has_places: bool) -> list[tuple[float, str, bytes]]:
        house = House(permissions={BERTA: Permission(Watching.POLITE_BLOCK)})
        if has_places:
            house.place(report())
        assert isinstance(house.ask(house.request(body=filtered, event="presence;min-rate=0.02")), Subscribed)
        found = house.run_until(NOW + 1)
        for n in range(1, 120):
            found += house.run_until(NOW + n)
            if has_places:
                house.place(report(48 + n / 100, time=NOW + n))
        return [(at, state_of(each), each.request.body) for at, each in found]

    assert told(has_places=True) == told(has_places=False)


def test_a_coarse_watcher_is_told_a_circle_and_nothing_while_it_and_its_minute_stay() -> None:
    house = House(permissions={BERTA: Permission(Watching.ALLOW, 2_000.0)})
    minute = NOW - NOW % 60
    house.place(report(time=minute))
    house.subscribe(event="presence;max-rate=10")
    told = presence_of(only(house.due()))
    assert told.place is not None
    assert told.place.accuracy_m == 2_000.0
    assert told.motion is None
    for n in range(1, 60):
        house.place(report(48.2 + n * METRE_DEG, time=minute + n))
    assert house.run_until(NOW + 100) == []


@pytest.mark.parametrize("after", [DENIED, Permission(Watching.POLITE_BLOCK)])
def test_who_may_not_watch_any_more_is_told_no_place(after: Permission) -> None:
    house = House()
    house.place(report())
    first = house.subscribe()
    house.due()
    house.permissions[BERTA] = after
    house.place(report(48.3, time=NOW + 1))
    told = house.run_until(NOW + 10)
    house.commit()
    told += house.run_until(NOW + 20)
    assert [latitude_of(each) for _, each in told] == [None]
    is_over = after is DENIED
    assert (state_of(told[0][1]) == "terminated;reason=rejected") is is_over
    assert (first.key not in house.subscriptions.all) is is_over
