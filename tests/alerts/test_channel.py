"""Real messages through apprise: mail, SMS, dead ports, black holes; and no secret in any log."""

import io
import logging
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from alerts import (
    Address,
    AlertBook,
    AppriseChannel,
    Delivery,
    DeliveryState,
    Dispatcher,
    Failed,
    Form,
    MemoryOutbox,
    Recipient,
    Sent,
    plan,
)
from alerts.channel import _without_secrets
from alerts.gsm7 import SMS_SEPTETS, septets
from tests.alerts.servers import black_hole, free_port, mail_server, sms_gateway
from tests.alerts.story import BACK, MORNING, OFF_ROUTE, told

NOW = MORNING + 50.0
LINK = "https://www.openstreetmap.org/?mlat=48.20849&mlon=16.37208#map=17/48.20849/16.37208"


def mail_to(port: int, to: str = "mother@example.org", more: str = "") -> str:
    return f"mailto://127.0.0.1:{port}?from=waywarn@example.org&to={to}{more}"


def sms_to(port: int, more: str = "") -> str:
    return f"smseagle://s3cr3t-token@127.0.0.1:{port}/+43664123450{more}"


def person(*entries: tuple[str, Form], name: str = "mother") -> Recipient:
    addresses = tuple(Address.at(name, n, url, form=form) for n, (url, form) in enumerate(entries, start=1))
    return Recipient(name, "Europe/Vienna", addresses)


def desk(*people: Recipient) -> tuple[MemoryOutbox, Dispatcher]:
    """Give an outbox with an alarm and its all-clear planned, and the dispatcher that sends them."""
    outbox = MemoryOutbox()
    for change in AlertBook().fold([told(OFF_ROUTE), told(BACK)], NOW):
        outbox.add(plan(change, people, NOW))
    return outbox, Dispatcher(outbox, AppriseChannel(), people, rng=random.Random(3))


def states(outbox: MemoryOutbox) -> list[DeliveryState]:
    return [row.state for row in outbox.deliveries]


def test_a_mail_arrives_as_plain_text_with_subject_time_and_link() -> None:
    with mail_server() as (box, port):
        outbox, dispatcher = desk(person((mail_to(port), Form.FULL)))
        dispatcher.run_due(NOW)
    assert states(outbox) == [DeliveryState.SENT] * 2
    (to, alarm), (_, clear) = box.mails
    assert to == ["mother@example.org"]
    assert alarm["Subject"] == "anna is off route: way to school"
    assert alarm["To"] == "mother@example.org"
    assert alarm["From"] == "waywarn@example.org"
    assert alarm.get_content_type() == "text/plain"
    lines = alarm.get_content().splitlines()
    assert "Since: Mon 23 Nov 2026, 07:41:10 CET (Europe/Vienna)" in lines
    assert "How far: 312 m from the path (up to 40 m is on route there)" in lines
    assert f"Map: {LINK}" in lines
    assert clear["Subject"] == "anna is back on route: way to school"
    assert "after 5 min 45 s" in clear.get_content()


def test_letters_of_all_scripts_arrive_in_a_mail() -> None:
    with mail_server() as (box, port):
        address = Address("mother/1", mail_to(port))
        title, body = "Анна is off route: škola", "Zoë — 学校 <b>& :smile: \\n ${x} 😀"
        assert AppriseChannel().send(address, title, body) == Sent()
    ((_, mail),) = box.mails
    assert mail["Subject"] == title
    assert mail.get_content().rstrip("\r\n") == body


def test_an_sms_arrives_word_for_word_as_one_message() -> None:
    with sms_gateway() as gateway:
        outbox, dispatcher = desk(person((sms_to(gateway.server_port), Form.SMS)))
        dispatcher.run_due(NOW)
    assert states(outbox) == [DeliveryState.SENT] * 2
    alarm, clear = (request["params"] for request in gateway.received)
    assert alarm["to"] == "+43664123450"
    assert alarm["message"] == f"anna is off route since Mon 07:41, 312 m from path: way to school {LINK}"
    assert clear["message"] == f"anna is back on route (Mon 07:46): way to school {LINK}"
    for message in (alarm["message"], clear["message"]):
        assert septets(message) <= SMS_SEPTETS


def test_a_gateway_that_refuses_is_retried_with_its_answer_kept() -> None:
    with sms_gateway() as gateway:
        gateway.answer = (200, {"result": {"status": "error: no credit"}})
        outbox, dispatcher = desk(person((sms_to(gateway.server_port), Form.SMS)))
        dispatcher.run_due(NOW)
        alarm, clear = outbox.deliveries
        assert (alarm.state, alarm.attempts) == (DeliveryState.PENDING, 1)
        assert "no credit" in alarm.last_error
        assert clear.attempts == 0
        gateway.answer = (200, {"result": {"status": "ok"}})
        dispatcher.run_due(NOW + 30)
        dispatcher.run_due(NOW + 60)
    assert states(outbox) == [DeliveryState.SENT] * 2
    assert len(gateway.received) == 3


def test_a_dead_port_is_retried_until_a_server_listens_and_then_told_once() -> None:
    port = free_port()
    outbox, dispatcher = desk(person((mail_to(port), Form.FULL)))
    now = NOW
    for _ in range(4):
        dispatcher.run_due(now)
        wake = dispatcher.next_wake
        assert wake is not None
        assert wake > now
        now = wake
    alarm = outbox.deliveries[0]
    assert (alarm.state, alarm.attempts >= 2) == (DeliveryState.PENDING, True)
    assert "Connection refused" in alarm.last_error
    with mail_server(port) as (box, _):
        dispatcher.run_due(now + 600)
        dispatcher.run_due(now + 1200)
        dispatcher.run_due(now + 1800)
    assert [mail["Subject"].partition(":")[0] for _, mail in box.mails] == [
        "anna is off route",
        "anna is back on route",
    ]
    assert states(outbox) == [DeliveryState.SENT] * 2


@pytest.mark.parametrize("kind", ["mail", "sms"])
def test_a_black_hole_fails_in_bounded_time(kind: str) -> None:
    with black_hole() as port:
        url = mail_to(port, more="&cto=0.3") if kind == "mail" else sms_to(port, "?rto=0.3")
        begun = time.monotonic()
        outcome = AppriseChannel().send(Address("mother/1", url), "title", "body")
        assert time.monotonic() - begun < 5
    assert isinstance(outcome, Failed)
    assert not outcome.permanent


def test_a_black_hole_does_not_hold_up_another_address() -> None:
    with black_hole() as hole, mail_server() as (box, port):
        outbox, dispatcher = desk(
            person((mail_to(hole, more="&cto=2"), Form.FULL)),
            person((mail_to(port, "father@example.org"), Form.FULL), name="father"),
        )
        with ThreadPoolExecutor(2) as pool:
            slow, quick = (pool.submit(dispatcher.deliver, row, NOW) for row in dispatcher.take_due(NOW))
            assert quick.result(timeout=10).state is DeliveryState.SENT
            assert not slow.done()
            (clear,) = dispatcher.take_due(NOW)
            assert dispatcher.deliver(clear, NOW).state is DeliveryState.SENT
            assert dispatcher.take_due(NOW) == ()
            assert slow.result(timeout=10).state is DeliveryState.PENDING
    assert [to for to, _ in box.mails] == [["father@example.org"]] * 2
    by_address: dict[str, list[Delivery]] = {}
    for row in outbox.deliveries:
        by_address.setdefault(row.address_key, []).append(row)
    assert [row.state for row in by_address["mother/1"]] == [DeliveryState.PENDING] * 2


def test_a_mailbox_that_does_not_exist_is_named_by_its_server() -> None:
    with mail_server() as (box, port):
        box.refused.add("mother@example.org")
        outcome = AppriseChannel().send(Address("mother/1", mail_to(port)), "title", "body")
    assert isinstance(outcome, Failed)
    assert "550" in outcome.reason
    assert "no such mailbox here" in outcome.reason
    assert box.mails == []


def test_secrets_are_in_no_log_and_no_reason() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    try:
        with sms_gateway() as gateway:
            gateway.answer = (401, {"error": "bad token s3cr3t-token"})
            sms = AppriseChannel().send(Address("mother/2", sms_to(gateway.server_port)), "", "hello")
        url = f"mailto://anna:geheim99@127.0.0.1:{free_port()}?from=a@example.org&to=mother@example.org"
        mail = AppriseChannel().send(Address("mother/1", url), "title", "body")
        with pytest.raises(ValueError, match="mother/3"):
            Address("mother/3", "mailto://anna:geheim99@")
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    assert isinstance(sms, Failed)
    assert isinstance(mail, Failed)
    shown = stream.getvalue() + sms.reason + mail.reason
    assert "geheim99" not in shown
    assert "s3cr3t" not in shown
    assert "127.0.0.1" in mail.reason


def test_a_reason_loses_its_secrets_and_nothing_else() -> None:
    url = "smseagle://s3cr3t%2Dtoken@10.0.0.7/+43664123450?from=here&x=hid%2Fden"
    said = "login s3cr3t-token or s3cr3t%2Dtoken or hid/den at 10.0.0.7 from +43664123450 failed"
    assert _without_secrets(said, url) == "login **** or **** or **** at 10.0.0.7 from +43664123450 failed"


def test_a_url_that_stopped_being_one_fails_for_good() -> None:
    address = Address("mother/1", mail_to(9))
    object.__setattr__(address, "url", "gone://")  # as if the plugin had vanished with an update
    outcome = AppriseChannel().send(address, "title", "body")
    assert isinstance(outcome, Failed)
    assert outcome.permanent
