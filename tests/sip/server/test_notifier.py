"""What watchers are told and when, as STANDARDS C3 to C19 have it; tables name their rows by its numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.server.notifier import REMOVING
from sip.server.permission import Permission, Watching
from tests.sip.server.watching import ANNA, CONTACT, Scene, place, report, shown, state, tag_of
from tests.sip.talk import NOW

HERE, EAST = (16.37, 48.2), (16.47, 48.2)
M = 1 / 111_200  # degrees of latitude, a little more than a metre


def moved_filter(metres: float) -> bytes:
    return (
        b'<filter-set xmlns="urn:ietf:params:xml:ns:simple-filter"'
        b' xmlns:lf="urn:ietf:params:xml:ns:location-filter">'
        b'<filter id="f"><trigger><lf:moved>%g</lf:moved></trigger></filter></filter-set>' % metres
    )


def test_c3_a_subscribe_is_told_at_once_even_if_nothing_is_known() -> None:
    scene = Scene()
    tag = tag_of(scene.subscribe(event="presence;id=9"))
    (notify,) = scene.run(NOW)
    assert (notify.method, notify.uri) == ("NOTIFY", CONTACT)
    assert notify.headers.get("From") == f"<{ANNA}>;tag={tag}"
    assert notify.headers.get("To") == "<sip:mother@example.org>;tag=w"
    assert notify.headers.get("Call-ID") == "watch"
    assert notify.headers.get("CSeq") == "1 NOTIFY"
    assert notify.headers.get("Event") == "presence;id=9"
    assert notify.headers.get("Contact") == "<sip:192.0.2.1:5060>"
    assert state(notify) == "active;expires=600"
    assert (place(notify), shown(notify).entity) == (None, ANNA)


def test_c3_what_is_known_is_told_with_its_terms() -> None:
    scene = Scene()
    scene.notifier.placed(ANNA, report(speed_mps=3.0, keep_until=NOW + 500), NOW)
    scene.subscribe()
    (notify,) = scene.run(NOW)
    told = shown(notify)
    assert place(notify) == HERE
    assert told.place is not None
    assert (told.place.accuracy_m, told.time) == (8.0, NOW)
    assert (told.usage.retention_expiry, told.usage.retransmission_allowed) == (NOW + 500, True)
    assert told.motion is not None
    assert told.motion.ground_speed_mps == 3.0


def test_c3_a_refresh_is_told_at_once_whatever_the_pace() -> None:
    scene = Scene()
    tag = tag_of(scene.subscribe(event="presence;max-rate=0.1"))
    scene.run(NOW + 1)
    scene.subscribe(tag=tag, event="presence;max-rate=0.1")
    assert [state(one) for one in scene.run(NOW + 2)] == ["active;expires=600;max-rate=0.1"]


def test_c3_an_unsubscribe_and_a_fetch_are_told_a_last_time() -> None:
    scene = Scene()
    scene.notifier.placed(ANNA, report(), NOW)
    tag = tag_of(scene.subscribe())
    scene.run(NOW)
    scene.subscribe(tag=tag, expires="0")
    scene.subscribe(expires="0", headers={"Call-ID": "fetch"})
    last, fetched = scene.run(NOW + 1_000)
    assert state(last) == state(fetched) == "terminated;reason=timeout"
    assert place(last) == place(fetched) == HERE
    assert scene.notifier.next_wake is None or scene.notifier.next_wake > NOW + 1_000


def test_c4_what_is_not_refreshed_ends_with_its_reason() -> None:
    scene = Scene()
    scene.subscribe(expires="60")
    first, last = scene.run(NOW + 100)
    assert (state(first), state(last)) == ("active;expires=60", "terminated;reason=timeout")
    assert scene.times == [0, 60]


def test_c4_who_may_not_any_more_is_told_so_and_nothing_else() -> None:
    scene = Scene()
    scene.subscribe()
    scene.run(NOW)
    scene.permission = Permission(Watching.DENY)
    scene.notifier.placed(ANNA, report(), NOW)
    tag = next(iter(scene.subscriptions.all))[1]
    scene.subscribe(tag=tag)
    (last,) = scene.run(NOW + 10)
    assert (state(last), last.body) == ("terminated;reason=rejected", b"")
    assert scene.subscriptions.all == {}


@pytest.mark.parametrize("status", [*sorted(REMOVING), None])
def test_c6_these_answers_end_it(status: int | None) -> None:
    scene = Scene()
    scene.subscribe()
    (notify,) = scene.notifier.due(NOW)
    scene.notifier.answered(notify.ticket, status, NOW)
    scene.expire()
    assert scene.subscriptions.all == {}


@pytest.mark.parametrize("status", [200, 202, 400, 403, 500, 503, 603])
def test_c6_other_answers_do_not(status: int) -> None:
    scene = Scene()
    scene.subscribe()
    scene.run(NOW, answer=status)
    scene.notifier.placed(ANNA, report(), NOW)
    assert [place(one) for one in scene.run(NOW + 10)] == [HERE]


def test_c6_numbers_grow_and_one_is_under_way_at_a_time() -> None:
    scene = Scene()
    scene.subscribe(event="presence;max-rate=10")
    scene.run(NOW, answer=None)
    for second in range(3):
        scene.notifier.placed(ANNA, report(lat=48.2 + second, time=NOW + second), NOW + second)
    assert scene.run(NOW + 3, answer=None) == []
    scene.notifier.answered((next(iter(scene.subscriptions.all)), 1), 200, NOW + 3)
    (notify,) = scene.run(NOW + 4)
    assert (notify.headers.get("CSeq"), place(notify)) == ("2 NOTIFY", (16.37, 50.2))


NEUTRAL = [
    ("c7 politely blocked", Watching.POLITE_BLOCK, True),
    ("a30 the holder forbids retransmission", Watching.ALLOW, False),
]


@pytest.mark.parametrize(
    ("watching", "allowed"), [row[1:] for row in NEUTRAL], ids=[row[0] for row in NEUTRAL]
)
def test_who_may_not_see_a_place_is_told_what_looks_like_none(
    watching: Watching,
    allowed: bool,  # noqa: FBT001 (a table's column)
) -> None:
    blocked, empty = Scene(permission=Permission(watching)), Scene()
    for scene in (blocked, empty):
        scene.subscribe(event="presence;min-rate=0.1")
    for second in range(0, 60, 7):
        blocked.run(NOW + second)
        blocked.notifier.placed(ANNA, report(time=NOW + second, allowed=allowed), NOW + second)
    blocked.run(NOW + 60)
    empty.run(NOW + 60)
    assert blocked.times == empty.times  # nor is there anything in when it is told
    assert [one.body for _, one in blocked.notified] == [one.body for _, one in empty.notified]


def test_a30_the_device_itself_sees_its_place() -> None:
    scene = Scene()
    scene.notifier.placed(ANNA, report(allowed=False), NOW)
    scene.subscribe(user="anna")
    assert [place(one) for one in scene.run(NOW)] == [HERE]


def test_a_place_beyond_its_retention_is_told_no_more_and_that_it_is_gone_is() -> None:
    scene = Scene()
    scene.notifier.placed(ANNA, report(keep_until=NOW + 20), NOW)
    scene.subscribe()
    assert [place(one) for one in scene.run(NOW + 19.9)] == [HERE]
    assert [place(one) for one in scene.run(NOW + 30)] == [None]
    assert scene.times == [0, 20]
    scene.subscribe(expires="0", headers={"Call-ID": "later"})
    assert [place(one) for one in scene.run(NOW + 31)] == [None]


def test_an_older_place_is_not_told() -> None:
    scene = Scene()
    scene.subscribe()
    scene.notifier.placed(ANNA, report(time=NOW), NOW)
    scene.notifier.placed(ANNA, report(lat=10.0, time=NOW - 60), NOW)
    assert [place(one) for one in scene.run(NOW + 60)] == [HERE]


def test_a_coarse_place_holds_the_true_one_and_tells_nothing_else() -> None:
    scene = Scene(permission=Permission(Watching.ALLOW, coarse_m=1_000.0))
    scene.notifier.placed(ANNA, report(time=NOW + 31, speed_mps=3.0), NOW)
    scene.subscribe()
    (notify,) = scene.run(NOW)
    told = shown(notify)
    assert told.place is not None
    assert told.place.accuracy_m == 1_000.0
    assert told.motion is None
    assert told.method is None
    assert told.time is not None
    assert told.time % 60 == 0
    scene.notifier.placed(ANNA, report(lat=48.2 + 20 * M, time=NOW + 40), NOW + 10)
    later = scene.run(NOW + 20)
    assert {place(one) for one in later} <= {place(notify)}


PACED = [
    # the rate asked, when places come, when NOTIFYs go out in 30 s
    ("c8 the pause of 5 s", "", [1, 2, 3, 11], [0, 5, 11]),
    ("c10 held back, then the latest", ";max-rate=0.1", [1, 2, 12, 29], [0, 10, 20, 30]),
    ("c10 exactly at the end of the interval", ";max-rate=0.1", [10, 20], [0, 10, 20]),
    ("c10 faster than the pause where it is asked", ";max-rate=1", [1, 2, 3], [0, 1, 2, 3]),
    ("c11 by the clock though nothing changes", ";min-rate=0.1", [], [0, 10, 20, 30]),
    ("c11 a change begins the interval anew", ";min-rate=0.1", [6], [0, 6, 16, 26]),
    ("c11 oftener than the pause, whatever changes", ";min-rate=0.5", [1, 3, 5], list(range(0, 31, 2))),
    ("c19 both", ";min-rate=0.1;max-rate=0.1", [1], [0, 10, 20, 30]),
    ("nothing changes, nothing is told", "", [], [0]),
]


@pytest.mark.parametrize(
    ("rates", "places", "told"), [row[1:] for row in PACED], ids=[row[0] for row in PACED]
)
def test_the_pace_is_held(rates: str, places: list[int], told: list[int]) -> None:
    scene = Scene()
    scene.subscribe(event=f"presence{rates}")
    for second in places:
        scene.run(NOW + second)
        scene.notifier.placed(ANNA, report(lat=48.0 + second / 100, time=NOW + second), NOW + second)
    scene.run(NOW + 30)
    assert scene.times == told
    if places:
        assert place(scene.notified[-1][1]) == (16.37, round(48.0 + places[-1] / 100, 5))


def test_c14_movement_is_measured_from_what_was_told_last() -> None:
    scene = Scene()
    scene.notifier.placed(ANNA, report(48.2), NOW)
    scene.subscribe(body=moved_filter(100), event="presence;max-rate=10")
    for second in range(1, 31):
        scene.run(NOW + second)
        scene.notifier.placed(ANNA, report(48.2 + second * 40 * M, time=NOW + second), NOW + second)
    scene.run(NOW + 31)
    assert scene.times == [0, *range(3, 31, 3)]  # 40 m a second: each third is more than 100 m on


def test_c19_a_clock_tells_though_no_trigger_fires() -> None:
    scene = Scene()
    scene.notifier.placed(ANNA, report(48.2), NOW)
    scene.subscribe(body=moved_filter(1_000), event="presence;min-rate=0.1")
    scene.run(NOW + 1)
    scene.notifier.placed(ANNA, report(48.2 + 50 * M, time=NOW + 1), NOW + 1)
    scene.run(NOW + 20)
    assert scene.times == [0, 10, 20]


def test_a_watcher_whose_way_is_gone_is_told_when_he_comes_again() -> None:
    scene = Scene()
    tag = tag_of(scene.subscribe())
    (gone,) = scene.notifier.due(NOW)
    scene.notifier.unreachable(gone.ticket, NOW)
    scene.notifier.placed(ANNA, report(), NOW)
    assert scene.run(NOW + 100) == []
    assert len(scene.subscriptions.all) == 1
    scene.subscribe(tag=tag)
    assert [place(one) for one in scene.run(NOW + 101)] == [HERE]


def test_a_restart_tells_each_anew_and_no_number_comes_twice() -> None:
    before = Scene()
    before.subscribe()
    before.run(NOW)
    after = Scene(now=NOW + 50)
    after.subscriptions.restore(before.subscriptions.all.values())
    after.notifier.restore(NOW + 50)
    after.notifier.placed(ANNA, report(), NOW + 50)
    (notify,) = after.run(NOW + 51)
    assert place(notify) == HERE
    assert int((notify.headers.get("CSeq") or "0").split()[0]) > 1


def test_numbers_are_reserved_before_they_are_used() -> None:
    scene = Scene()
    scene.subscribe(event="presence;max-rate=10;min-rate=10")
    scene.run(NOW + 100)
    (kept,) = scene.subscriptions.all.values()
    assert len(scene.notified) == 1_001
    assert kept.reserved_cseq > 1_001


@given(
    st.lists(st.tuples(st.floats(0.05, 30), st.integers(0, 2)), max_size=40),
    st.sampled_from(["", ";max-rate=0.2", ";max-rate=1", ";max-rate=0.5;min-rate=0.1"]),
)
def test_the_latest_is_always_told_in_time_and_never_too_often(
    steps: list[tuple[float, int]], rates: str
) -> None:
    scene = Scene()
    tag = tag_of(scene.subscribe(event=f"presence{rates}", expires="86400"))
    forced, last = {0.0}, None
    for number, (pause_s, kind) in enumerate(steps):
        scene.run(scene.now + pause_s)
        if kind == 2:
            scene.subscribe(tag=tag, event=f"presence{rates}", expires="86400")
            forced.add(round(scene.now - NOW, 3))
        else:
            last = 40.0 + number / 100
            scene.notifier.placed(ANNA, report(last, time=scene.now), scene.now)
    scene.run(scene.now + 10)
    (kept,) = scene.subscriptions.all.values()
    for earlier, later in zip(scene.times, scene.times[1:], strict=False):
        assert later in forced or later - earlier >= kept.pace.shortest_s - 0.002
    if last is not None:
        assert place(scene.notified[-1][1]) == (16.37, round(last, 5))
