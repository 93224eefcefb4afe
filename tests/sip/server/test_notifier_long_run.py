"""The notifier over hours, bursts, failures and restarts: nothing grows, nobody is forgotten."""

import pytest

from sip.peer import Peer
from sip.server import notifier as room
from sip.server.notifier import REMOVING
from sip.server.outbound import Notification
from sip.server.permission import Permission, Watching
from sip.server.subscription import CseqReserved, Ending, Subscribed, SubscriptionChange
from sip.server.subscriptions import CSEQ_BLOCK
from tests.sip.server.house import (
    CARLA,
    FLOW,
    House,
    latitude_of,
    report,
    watcher_of,
)
from tests.sip.talk import NOW


def only(told: list[Notification]) -> Notification:
    (one,) = told
    return one


@pytest.mark.parametrize(
    ("status", "removes"),
    [
        *((status, True) for status in (404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604)),
        *((status, False) for status in (200, 202, 302, 400, 401, 403, 407, 408, 412, 479, 486, 488, 490)),
        *((status, False) for status in (491, 500, 502, 503, 505, 600, 603)),
        (None, True),
    ],
)
def test_c6_these_answers_end_a_subscription_and_no_others(status: int | None, removes: bool) -> None:  # noqa: FBT001
    house = House()
    first = house.subscribe()
    told = only(house.due(status=None))
    house.notifier.answered(told.ticket, status, house.now)
    house.place(report())
    assert len(house.run_until(NOW + 10)) == (0 if removes else 1)
    changes = house.commit()
    assert changes == ((SubscriptionChange(first, None, Ending.DEACTIVATED),) if removes else ())
    house.place(report(48.3, time=NOW + 10))
    assert len(house.run_until(NOW + 20)) == (0 if removes else 1)
    assert (status in REMOVING or status is None) is removes


def test_one_notify_is_under_way_at_a_time_and_the_next_tells_what_is_newest_then() -> None:
    house = House()
    house.place(report())
    house.subscribe(event="presence;max-rate=10")
    first = only(house.due(status=None))
    for n in (1, 2, 3):
        house.now += 1
        house.place(report(48.2 + n, time=NOW + n))
        assert house.due() == []
    house.notifier.answered(first.ticket, 200, house.now)
    assert latitude_of(only(house.due())) == 51.2
    assert house.run_until(NOW + 100) == []


def test_an_answer_to_a_notify_that_a_newer_one_has_overtaken_means_nothing() -> None:
    house = House()
    first = house.subscribe()
    old = only(house.due(status=None))
    assert isinstance(house.again(first), Subscribed)
    new = only(house.due(status=None))
    house.notifier.answered(old.ticket, 481, house.now)
    house.notifier.unreachable(old.ticket, house.now)
    assert house.commit() == ()
    house.notifier.answered(new.ticket, 200, house.now)
    house.place(report())
    assert len(house.run_until(NOW + 10)) == 1


def test_the_retention_of_the_newest_place_counts_however_many_came_before() -> None:
    house = House()
    for n in range(1_000):
        house.place(report(48 + n / 1e4, time=NOW + n, keep_until=NOW + 60 + n))
    assert len(house.notifier._ends) == 1
    house.subscribe()
    house.due()
    assert house.run_until(NOW + 1_058) == []
    ((at, told),) = house.run_until(NOW + 1_059)
    assert (at, latitude_of(told)) == (NOW + 1_059, None)


def test_a_flow_that_is_gone_is_left_alone_until_the_watcher_comes_again() -> None:
    house = House()
    first = house.subscribe(event="presence;min-rate=1")
    told = only(house.due(status=None))
    house.notifier.unreachable(told.ticket, house.now)
    watch = house.notifier._watches[first.key]
    assert (watch.told, watch.body) == (None, None)  # nothing is kept of what he was told
    house.place(report())
    assert house.run_until(NOW + 100) == []
    house.peer = Peer(FLOW.transport, "192.0.2.21", 41_000)
    assert isinstance(house.again(first), Subscribed)
    told = only(house.due())
    assert (latitude_of(told), told.to) == (48.2, house.peer)


def test_a_door_that_is_gone_stops_nobody_elses_notify() -> None:
    house = House(peer=Peer(FLOW.transport, FLOW.host, FLOW.port, 1))
    house.subscribe()
    house.peer = FLOW
    house.subscribe("carla")
    kept = tuple(house.subscriptions.all.values())
    house.start()
    house.subscriptions.restore(kept)
    house.subscriptions._contacts = {0: "sip:server.example"}
    house.notifier.restore(house.now)
    assert [watcher_of(each) for _, each in house.run_until(NOW + 10)] == ["sip:carla@example.org"]


def restarted(house: House) -> None:
    """Keep what the store would, and begin anew with it."""
    house.commit()
    kept = tuple(house.subscriptions.all.values())
    house.start()
    house.subscriptions.restore(kept)
    house.notifier.restore(house.now)


def test_after_a_restart_everybody_is_told_all_anew_some_at_a_time_with_higher_numbers() -> None:
    house = House()
    house.crowd(600)
    while first := house.due():
        assert all(each.request.headers.get("CSeq") == "1 NOTIFY" for each in first)
    restarted(house)
    house.place(report())  # does not hurry them
    told = [(at, each) for at, each in house.run_until(NOW + 10) if latitude_of(each) == 48.2]
    assert len(told) == 600
    assert all(int((each.request.headers.get("CSeq") or "").split()[0]) > CSEQ_BLOCK for _, each in told)
    assert min(at for at, _ in told) >= NOW + 1
    for second in range(1, 5):
        assert sum(second <= at - NOW < second + 1 for at, _ in told) <= room.RESTORED_PER_S + 1


def test_numbers_never_go_back_however_often_it_is_restarted_without_the_last_reservation() -> None:
    house = House()
    house.subscribe(event="presence;max-rate=10;min-rate=10")
    last = 0
    for _ in range(4):
        stored = tuple(house.subscriptions.all.values())  # what is reserved from here on is lost
        for _, told in house.run_until(house.now + 120):  # more than one block
            number = int((told.request.headers.get("CSeq") or "").split()[0])
            assert number > last
            last = number
        house.start()
        house.subscriptions.restore(stored)
        house.notifier.restore(house.now)
        house.commit()


def test_before_the_block_is_used_up_another_is_reserved() -> None:
    house = House()
    first = house.subscribe(event="presence;max-rate=10;min-rate=10")
    told = house.run_until(NOW + 76)
    assert len(told) > 750
    assert house.commit() == (CseqReserved(first.key, 2 * CSEQ_BLOCK),)
    assert house.run_until(NOW + 90)
    assert house.commit() == ()


def test_a_burst_is_given_in_pieces_and_nobody_is_left_out() -> None:
    house = House()
    house.crowd(room.MAX_AT_ONCE + 100)
    pieces = [house.due() for _ in range(3)]
    assert [len(piece) for piece in pieces] == [room.MAX_AT_ONCE, 100, 0]


@pytest.mark.parametrize("rates", ["max-rate=0.001", "max-rate=10;min-rate=0.0000000001"])
def test_the_wakes_do_not_grow_with_the_places_that_wait_or_are_told(rates: str) -> None:
    house = House()
    house.subscribe(event=f"presence;{rates}")
    house.due()
    for n in range(1, 500):
        house.now += 1
        house.place(report(48 + n / 1e4, time=house.now))
        house.due()
    assert len(house.notifier._wakes) == 1
    assert len(house.notifier._wakes._heap) < 100


@pytest.mark.parametrize("rates", ["max-rate=0.2", "max-rate=0.2;min-rate=0.1"])
def test_a_clock_that_is_set_back_silences_nobody(rates: str) -> None:
    house = House()
    house.place(report())
    house.subscribe(event=f"presence;{rates}")
    house.due()
    house.now -= 600
    house.place(report(48.3, time=NOW + 1))
    told = [(at, latitude_of(each)) for at, each in house.run_until(NOW - 580)]
    assert told[0] == (NOW - 595, 48.3)
    assert len(told) == (2 if "min-rate" in rates else 1)


def test_each_document_is_written_once_for_all_who_see_the_same() -> None:
    house = House(permissions={CARLA: Permission(Watching.ALLOW, 2_000.0)})
    for user in ("berta", "carla"):
        for _ in range(100):
            house.subscribe(user)
    house.place(report())
    told = house.due()
    assert len(told) == 200
    assert len({id(each.request.body) for each in told}) == 2
