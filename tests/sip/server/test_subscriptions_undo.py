"""SUBSCRIBE beyond its bounds, and taken back: exactly as it was, whatever came between."""

import pytest

from sip.server import shares as room
from sip.server.outcome import Refused
from sip.server.subscription import CseqReserved, Ending, Subscribed, SubscriptionChange
from sip.server.subscriptions import CSEQ_BLOCK
from tests.sip.server.house import House
from tests.sip.talk import NOW


def areas(number: int) -> bytes:
    """One filter with so many circles."""
    circle = '<gs:Circle srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>48 16</gml:pos>'
    circle += '<gs:radius uom="urn:ogc:def:uom:EPSG::9001">9</gs:radius></gs:Circle>'
    trigger = f"<trigger><lf:enterOrExit>{circle}</lf:enterOrExit></trigger>"
    return (
        '<filter-set xmlns="urn:ietf:params:xml:ns:simple-filter" xmlns:gml="http://www.opengis.net/gml"'
        ' xmlns:lf="urn:ietf:params:xml:ns:location-filter" xmlns:gs="http://www.opengis.net/pidflo/1.0">'
        f'<filter id="a">{trigger * number}</filter></filter-set>'
    ).encode()


def test_c2_an_hour_is_never_too_brief_whatever_the_minimum_is() -> None:
    house = House()
    house.subscriptions._min_s = 7_200
    assert house.subscribe(expires="3600").expires_at == NOW + 3_600
    outcome = house.ask(house.request(expires="3599"))
    assert isinstance(outcome, Refused)
    assert outcome.status == 423


@pytest.mark.parametrize("behind", [0, 1, 100])
def test_c6_a_lower_or_the_same_number_is_500_and_changes_nothing(behind: int) -> None:
    house = House()
    first = house.subscribe(cseq=200)  # type: ignore[arg-type]
    outcome = house.again(first, cseq=200 - behind, expires="600")  # type: ignore[arg-type]
    assert isinstance(outcome, Refused)
    assert outcome.status == 500
    assert house.subscriptions.all[first.key] == first


@pytest.mark.parametrize("name", ["MAX_SUBSCRIPTIONS", "MAX_PER_WATCHER", "MAX_PER_DEVICE", "MAX_PER_PAIR"])
def test_beyond_each_cap_it_is_503_with_retry_after_and_a_refresh_still_works(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, name, 2)
    house = House()
    first, _ = house.subscribe(), house.subscribe()
    outcome = house.ask(house.request())
    assert isinstance(outcome, Refused)
    assert (outcome.status, outcome.headers) == (503, (("Retry-After", "60"),))
    assert isinstance(house.again(first), Subscribed)
    assert isinstance(house.again(first, expires="0"), Subscribed)
    assert isinstance(house.ask(house.request()), Subscribed)


def test_one_watcher_cannot_take_a_device_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_PER_PAIR", 2)
    house = House()
    for status in (200, 200, 503):
        assert house.ask(house.request()).answer.status == status
    assert house.ask(house.request(user="carla"), "carla").answer.status == 200


def test_the_areas_of_one_watcher_on_a_device_are_few_in_all_his_subscriptions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "MAX_AREAS_PER_PAIR", 3)
    house, one, two = House(), areas(1), areas(2)
    first = house.ask(house.request(body=two))
    assert isinstance(first, Subscribed)
    assert house.ask(house.request(body=two)).answer.status == 488
    assert house.ask(house.request(body=one)).answer.status == 200
    assert house.ask(house.request()).answer.status == 200
    assert house.ask(house.request(user="carla", body=two), "carla").answer.status == 200
    known = first.change.about
    within = {"tag": known.local_tag, "call_id": known.call_id}
    for body, expires, status in ((areas(3), None, 488), (two, None, 200), (b"", "0", 200)):
        request = house.request(body=body, expires=expires, **within)  # type: ignore[arg-type]
        assert house.ask(request).answer.status == status
    last = house.ask(house.request(body=two))
    assert isinstance(last, Subscribed)
    monkeypatch.setattr(room, "MAX_AREAS_PER_PAIR", 1)  # what was granted goes on
    assert house.again(last.change.about).answer.status == 200


def memory(house: House) -> tuple[object, ...]:
    subscriptions = house.subscriptions
    return (
        dict(subscriptions.all),
        dict(subscriptions._shares._counts),
        subscriptions.next_wake,
    )


@pytest.mark.parametrize("expires", [None, "600", "0"])
@pytest.mark.parametrize("is_known", [True, False])
def test_undo_puts_memory_back_as_it_was(expires: str | None, is_known: bool) -> None:  # noqa: FBT001
    house = House()
    first = house.subscribe()
    before = memory(house)
    within = {"tag": first.local_tag, "call_id": first.call_id} if is_known else {}
    outcome = house.subscriptions.apply(house.admit(house.request(expires=expires, **within)), house.now)  # type: ignore[arg-type]
    assert isinstance(outcome, Subscribed)
    house.subscriptions.undo(outcome)
    assert memory(house) == before


def test_several_are_undone_in_reverse() -> None:
    house = House()
    before = memory(house)
    made = house.subscriptions.apply(house.admit(house.request(call_id="c")), house.now)
    assert isinstance(made, Subscribed)
    tag = made.change.about.local_tag
    refreshed = house.subscriptions.apply(house.admit(house.request(call_id="c", tag=tag)), house.now)
    ended = house.subscriptions.apply(
        house.admit(house.request(call_id="c", tag=tag, expires="0")), house.now
    )
    assert isinstance(refreshed, Subscribed)
    assert isinstance(ended, Subscribed)
    for outcome in (ended, refreshed, made):
        house.subscriptions.undo(outcome)
    assert memory(house) == before


def test_what_an_answer_ended_while_a_refresh_was_being_stored_stays_ended_when_that_is_undone() -> None:
    house = House()
    first = house.subscribe()
    refreshed = house.subscriptions.apply(
        house.admit(house.request(tag=first.local_tag, call_id=first.call_id)), house.now
    )
    assert isinstance(refreshed, Subscribed)
    house.subscriptions.end(first.key, Ending.DEACTIVATED)
    house.subscriptions.undo(refreshed)
    assert not house.subscriptions.all
    (change,) = house.subscriptions.expire(house.now)
    assert isinstance(change, SubscriptionChange)
    assert change.after is None


def test_numbers_that_were_reserved_while_a_refresh_was_being_stored_stay_reserved() -> None:
    house = House()
    first = house.subscribe()
    refreshed = house.subscriptions.apply(
        house.admit(house.request(tag=first.local_tag, call_id=first.call_id, expires="600")), house.now
    )
    assert isinstance(refreshed, Subscribed)
    assert house.subscriptions.reserve(first.key, 900) == 2 * CSEQ_BLOCK
    assert house.subscriptions.all[first.key].expires_at == NOW + 600  # the refresh is not lost by it
    house.subscriptions.undo(refreshed)
    kept = house.subscriptions.all[first.key]
    assert (kept.expires_at, kept.reserved_cseq) == (first.expires_at, 2 * CSEQ_BLOCK)
    assert house.subscriptions.expire(house.now) == (CseqReserved(first.key, 2 * CSEQ_BLOCK),)


@pytest.mark.parametrize(
    ("row", "fields", "status", "header"),
    [
        ("C1 no Event", {"event": None}, 489, ("Allow-Events", "presence")),
        ("C1 unknown Event", {"event": "dialog"}, 489, ("Allow-Events", "presence")),
        ("C1 a template", {"event": "presence.winfo"}, 489, ("Allow-Events", "presence")),
        ("C1 unknown address", {"device": "sip:nobody@example.org"}, 404, None),
        ("C1 a person is no device", {"device": "sip:carla@example.org"}, 404, None),
        ("C1 Accept", {"accept": "text/plain"}, 406, ("Accept", "application/pidf+xml")),
        ("C1 an Accept of nothing", {"accept": ""}, 406, None),
        ("C2 too brief", {"expires": "59"}, 423, ("Min-Expires", "60")),
        ("C2 one second", {"expires": "1"}, 423, ("Min-Expires", "60")),
        ("no number", {"expires": "soon"}, 400, None),
        ("negative", {"expires": "-1"}, 400, None),
        ("beyond 32 bits", {"expires": str(2**32)}, 400, None),
        ("C9 no rate", {"event": "presence;max-rate=0"}, 400, None),
        ("an id that is no token", {"event": 'presence;id="a b"'}, 400, None),
        ("an id too long", {"event": "presence;id=" + "a" * 1025}, 400, None),
        ("no Contact", {"contact": None}, 400, None),
        ("two Contacts", {"contact": "<sip:a@b>, <sip:c@d>"}, 400, None),
        ("Contact that is none", {"contact": "<mailto:a@b>"}, 400, None),
        ("a route that is none", {"record_route": "<mailto:a@b>"}, 400, None),
        ("too many routes", {"record_route": ", ".join(["<sip:p.example;lr>"] * 17)}, 400, None),
        ("a tag of no dialog", {"tag": "none-of-ours"}, 481, None),
    ],
)
def test_what_is_refused(
    row: str, fields: dict[str, str | None], status: int, header: tuple[str, str] | None
) -> None:
    house = House()
    outcome = house.ask(house.request(**fields))  # type: ignore[arg-type]
    assert isinstance(outcome, Refused), row
    assert outcome.status == status, row
    assert header is None or header in outcome.headers, row
    assert not house.subscriptions.all, row
    assert house.notifier.next_wake is None, row
