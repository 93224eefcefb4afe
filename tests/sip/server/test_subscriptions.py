"""SUBSCRIBE as STANDARDS C1 to C5 have it, in real bytes."""

from dataclasses import replace

import pytest

from sip.server.admitted import Admitted
from sip.server.permission import DENIED, Permission, Watching
from sip.server.subscription import Ending, Subscribed, SubscriptionChange
from tests.sip.server.watching import ANNA, CONTACT, MOTHER, Scene, tag_of
from tests.sip.talk import NOW

REFUSED = [
    ("c1 no event", {"event": None}, 489),
    ("c1 another event", {"event": "dialog"}, 489),
    ("c1 nobody is there", {"to": "nobody"}, 404),
    ("c1 a person is no device", {"to": "eve"}, 404),
    ("c1 a stranger is denied", {"user": "eve"}, 403),
    ("c1 a device is denied another", {"user": "bert"}, 403),
    ("c1 another type is wanted", {"headers": {"Accept": "application/xpidf+xml, text/plain"}}, 406),
    ("c2 too brief", {"expires": "59"}, 423),
    ("no time", {"expires": "soon"}, 400),
    ("no contact", {"headers": {"Contact": None}}, 400),
    ("two contacts", {"headers": {"Contact": "<sip:a@x>, <sip:b@x>"}}, 400),
    ("a contact of another scheme", {"headers": {"Contact": "<mailto:a@x>"}}, 400),
    ("a route of another scheme", {"headers": {"Record-Route": "<tel:1>"}}, 400),
    ("a contact that nothing can keep", {"headers": {"Contact": "<sip:a@x?\udcff>"}}, 400),
    ("a sender that nothing can keep", {"headers": {"From": "<sip:mother\udcff@x>;tag=w"}}, 400),
    ("a tag that nothing can keep", {"headers": {"From": "<sip:mother@x>;tag=\udcff"}}, 400),
    ("a recipient that nothing can keep", {"headers": {"To": "<sip:anna@x\x00>"}}, 400),
    ("a call that nothing can keep", {"headers": {"Call-ID": "\udcff"}}, 400),
    ("a route that nothing can keep", {"headers": {"Record-Route": '"\udcff" <sip:p;lr>'}}, 400),
    ("a rate that is none", {"event": "presence;max-rate=fast"}, 400),
    ("c13 another body", {"body": b"x", "headers": {"Content-Type": "text/plain"}}, 415),
    ("c13 a filter that is none", {"body": b"<filter-set/>"}, 488),
    ("no such dialog", {"tag": "gone"}, 481),
]


@pytest.mark.parametrize(("asked", "status"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_granted_is_refused_and_kept_nowhere(asked: dict[str, object], status: int) -> None:
    scene = Scene()
    answer = scene.subscribe(**asked)  # type: ignore[arg-type] # a table of keyword arguments
    assert answer.status == status
    assert (answer.headers.get("Allow-Events") == "presence") == (status == 489)
    assert (answer.headers.get("Min-Expires") == "60") == (status == 423)
    assert scene.subscriptions.all == {}
    assert scene.run(NOW + 100) == []


def test_c13_what_is_wrong_with_a_filter_is_said() -> None:
    answer = Scene().subscribe(body=b"<filter-set/>")
    assert answer.reason == "root is filter-set in namespace '', not a filter-set"


@pytest.mark.parametrize(
    ("asked", "granted"), [(None, "3600"), ("60", "60"), ("600", "600"), ("99999999", "86400"), ("0", "0")]
)
def test_c2_it_is_200_with_no_more_time_than_asked(asked: str | None, granted: str) -> None:
    answer = Scene().subscribe(expires=asked)
    assert (answer.status, answer.headers.get("Expires")) == (200, granted)
    assert answer.headers.get("Contact") == "<sip:192.0.2.1:5060>"


def test_a_device_may_watch_itself_whatever_is_permitted() -> None:
    assert Scene(permission=DENIED).subscribe(user="anna").status == 200


@pytest.mark.parametrize("accept", ["application/pidf+xml", "text/plain, APPLICATION/PIDF+XML;q=0.5", "*/*"])
def test_c1_who_takes_the_type_is_served(accept: str) -> None:
    assert Scene().subscribe(headers={"Accept": accept}).status == 200


def test_the_dialog_is_as_the_subscribe_made_it() -> None:
    scene = Scene()
    answer = scene.subscribe(("Record-Route", "<sip:p1@x;lr>, <sip:p2@x;lr>"), event="presence;id=7")
    (kept,) = scene.subscriptions.all.values()
    assert kept.key == ("watch", tag_of(answer), "w")
    assert (kept.watcher, kept.device, kept.remote_target) == (MOTHER, ANNA, CONTACT)
    assert (kept.route, kept.event_id) == (("<sip:p1@x;lr>", "<sip:p2@x;lr>"), "7")
    assert answer.headers.get("Record-Route") == "<sip:p1@x;lr>, <sip:p2@x;lr>"


def test_notifies_go_the_way_of_the_subscribe_to_the_contact_that_was_said_last() -> None:
    scene = Scene()
    tag = tag_of(scene.subscribe(("Record-Route", "<sip:p1@x;lr>, <sip:p2@x;lr>")))
    assert scene.subscribe(tag=tag, headers={"Contact": None}).status == 200
    (told,) = scene.run(scene.now)
    assert told.headers.get_all("Route") == ("<sip:p1@x;lr>", "<sip:p2@x;lr>")
    assert told.uri == CONTACT


def test_a_refresh_prolongs_and_may_change_rate_and_target() -> None:
    scene = Scene()
    tag = tag_of(scene.subscribe())
    scene.now += 300
    new = {"Contact": "<sip:mother@192.0.2.10:50000>"}
    again = scene.subscribe(tag=tag, expires="900", event="presence;max-rate=0.5", headers=new)
    assert tag_of(again) == tag
    (kept,) = scene.subscriptions.all.values()
    assert (kept.expires_at, kept.pace.max_rate) == (NOW + 1_200, 0.5)
    assert kept.remote_target == "sip:mother@192.0.2.10:50000"


def test_a_watcher_that_refreshes_without_end_fills_no_memory() -> None:
    scene = Scene()
    tag = tag_of(scene.subscribe())
    for _ in range(200):
        scene.now += 1
        scene.subscribe(tag=tag)
    assert len(scene.subscriptions._ends) < 100
    (kept,) = scene.subscriptions.all.values()
    assert scene.subscriptions.next_wake == kept.expires_at


def test_c4_what_has_ended_is_not_refreshed_though_nobody_has_said_so_yet() -> None:
    scene = Scene()
    tag = tag_of(scene.subscribe())
    scene.now += 600
    assert scene.subscribe(tag=tag).status == 481


def test_c5_a_refresh_of_another_event_id_is_of_no_subscription() -> None:
    scene = Scene()
    tag = tag_of(scene.subscribe(event="presence;id=1"))
    assert scene.subscribe(tag=tag, event="presence;id=2").status == 481
    assert scene.subscribe(tag=tag).status == 481


def test_nobody_refreshes_another_s() -> None:
    scene = Scene()
    tag = tag_of(scene.subscribe())
    headers = {"From": "<sip:mother@example.org>;tag=w"}
    assert scene.subscribe(tag=tag, user="eve", headers=headers).status == 403


def test_c6_a_lower_cseq_is_out_of_order() -> None:
    scene = Scene()
    tag = tag_of(scene.subscribe())
    (key,) = scene.subscriptions.all
    later = replace(scene.subscriptions.all[key], remote_cseq=1_000)
    scene.subscriptions.restore([later])
    assert scene.subscribe(tag=tag).status == 500


def test_an_unsubscribe_ends_it_and_a_fetch_keeps_nothing() -> None:
    scene = Scene()
    tag = tag_of(scene.subscribe())
    assert scene.subscribe(tag=tag, expires="0").status == 200
    assert scene.subscriptions.all == {}
    assert scene.subscribe(expires="0").status == 200
    assert scene.subscriptions.all == {}
    assert scene.subscriptions.next_wake is None


def test_what_is_not_refreshed_ends_exactly_then() -> None:
    scene = Scene()
    scene.subscribe(expires="60")
    (kept,) = scene.subscriptions.all.values()
    assert scene.subscriptions.expire(NOW + 59.999) == ()
    assert scene.subscriptions.expire(NOW + 60) == (SubscriptionChange(kept, None, Ending.TIMEOUT),)
    assert scene.subscriptions.next_wake is None


def test_an_account_that_is_gone_neither_watches_nor_is_watched() -> None:
    scene = Scene()
    scene.subscribe()
    scene.subscribe(user="anna", headers={"Call-ID": "own", "From": "<sip:anna@example.org>;tag=a"})
    for aor in (MOTHER, ANNA):
        scene.talk.directory.remove(aor)
        scene.subscriptions.drop(aor)
    endings = [
        each.ending for each in scene.subscriptions.expire(NOW) if isinstance(each, SubscriptionChange)
    ]
    assert endings == [Ending.REJECTED, Ending.NO_RESOURCE]


def test_a_device_that_has_other_secrets_now_is_watched_on() -> None:
    scene = Scene()
    scene.subscribe()
    scene.subscribe(user="anna", headers={"Call-ID": "own", "From": "<sip:anna@example.org>;tag=a"})
    scene.subscriptions.drop(ANNA)
    (ended,) = scene.subscriptions.expire(NOW)
    assert isinstance(ended, SubscriptionChange)
    assert ended.ending is Ending.REJECTED  # what its former holder watched: itself
    assert [each.watcher for each in scene.subscriptions.all.values()] == [MOTHER]


@pytest.mark.parametrize("what", ["first", "refresh", "unsubscribe", "fetch"])
def test_what_could_not_be_stored_is_as_it_was(what: str) -> None:
    scene = Scene(permission=Permission(Watching.ALLOW))
    tag = tag_of(scene.subscribe()) if what in {"refresh", "unsubscribe"} else ""
    before, wake = dict(scene.subscriptions.all), scene.subscriptions.next_wake
    fields = [("Contact", f"<{CONTACT}>"), ("Expires", "0" if what in {"unsubscribe", "fetch"} else "900")]
    to = f"<sip:anna@example.org>{f';tag={tag}' if tag else ''}"
    headers: dict[str, str | None] = {"To": to, "Call-ID": "watch", "From": "<sip:mother@example.org>;tag=w"}
    request = scene.talk.request(*fields, method="SUBSCRIBE", headers=headers)
    admitted = scene.talk.receive(scene.talk.authorized(request, "mother"))
    assert isinstance(admitted, Admitted)
    outcome = scene.subscriptions.apply(admitted, NOW)
    assert isinstance(outcome, Subscribed)
    scene.subscriptions.undo(outcome)
    assert (dict(scene.subscriptions.all), scene.subscriptions.next_wake) == (before, wake)
