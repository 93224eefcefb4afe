"""A recorded trip published to a scripted server on loopback, and to the real service: what arrives."""

import asyncio
import itertools
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from corridor.fix import Fix
from sip.device.channel import ServerAddress
from sip.device.request_writer import Identity
from sip.peer import Transport
from sip.pidflo import Circle, Point, parse_pidf
from tests.sip.scripted import DROP, HOST, Script, scripted_server
from tests.waywarn.test_service import running
from tests.waywarn.town import DOMAIN, PASSWORD
from waywarn.publishing import Rules, document_of, moved_to, publish_trip
from waywarn.talk import Outcome, Told

START = 1_772_437_200.0  # 2026-03-02T07:40:00Z
RULES = Rules(START + 86_400, retransmission_allowed=True)


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 40))


def walk(count: int = 5, *, step_s: float = 30.0) -> list[Fix]:
    return [
        Fix(
            "anna",
            START + step_s * n,
            16.37 + 0.001 * n,
            48.2,
            accuracy_m=8.0,
            speed_mps=1.4,
            course_deg=90.0,
        )
        for n in range(count)
    ]


async def told_by(
    script: Script,
    *,
    fixes: list[Fix] | None = None,
    transport: Transport = Transport.UDP,
    password: str | None = None,
    speed: float = 1_000.0,
) -> tuple[Outcome, list[Told]]:
    told: list[Told] = []
    trip = fixes or walk()
    async with scripted_server(script) as port:
        identity = Identity("sip:anna@town", f"sip:anna@{HOST}:{port}", "anna", password)
        outcome = await publish_trip(
            trip,
            [document_of(fix, identity, RULES) for fix in trip],
            identity=identity,
            server=ServerAddress(HOST, port, transport),
            speed=speed,
            tell=told.append,
        )
    return outcome, told


def places(script: Script) -> list[float]:
    return [round((place.lon - 16.37) * 1000) for body in script.taken if (place := parse_pidf(body).place)]


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
@pytest.mark.parametrize(
    ("script", "requests"),
    [
        (Script, 6),
        (lambda: Script(password="secret"), 7),
        (lambda: Script(twice=True), 6),
        (lambda: Script([200, 412]), 7),
        (lambda: Script([423]), 7),
        (lambda: Script([200, 200, 503]), 7),
        (lambda: Script([500, 408, 200], password="secret", twice=True), 9),
    ],
)
def test_a_trip_arrives_whole_and_in_order_whatever_the_server_does(
    script: Callable[[], Script], requests: int, transport: Transport
) -> None:
    async def story() -> None:
        server = script()
        server.extra[503] = server.extra[500] = server.extra[408] = "Retry-After: 0"
        outcome, _ = await told_by(server, transport=transport, password="secret")
        assert outcome == Outcome(delivered=5)
        assert places(server) == [0, 1, 2, 3, 4]
        assert len(server.seen) == requests
        assert b"\r\nExpires: 0\r\n" in server.seen[-1]

    run(story())


def test_lost_datagrams_are_sent_again() -> None:
    async def story() -> None:
        server = Script([DROP, 200, DROP])
        outcome, _ = await told_by(server)
        assert outcome.delivered == 5
        assert places(server) == [0, 1, 2, 3, 4]

    run(story())


def test_what_is_refused_is_lost_and_named_and_the_rest_arrives() -> None:
    async def story() -> None:
        outcome, _ = await told_by(Script([200, 400]))
        assert outcome.delivered == 4
        assert [(lost.document.label, lost.reason) for lost in outcome.lost] == [
            ("2026-03-02T07:40:30Z", "400 Said So")
        ]

    run(story())


def test_a_wrong_password_loses_everything_at_once() -> None:
    async def story() -> None:
        server = Script(password="another")
        outcome, _ = await told_by(server, password="secret", speed=10.0)
        assert outcome.delivered == 0
        assert len(outcome.lost) == 5
        assert outcome.reason == "the server does not take the password of 'anna'"
        assert len(server.seen) == 2

    run(story())


def test_the_trip_is_told_at_its_own_pace() -> None:
    async def story() -> None:
        began = asyncio.get_running_loop().time()
        await told_by(Script(), fixes=walk(4, step_s=10.0), speed=60.0)
        assert 0.5 <= asyncio.get_running_loop().time() - began < 5.0

    run(story())


def test_a_fix_is_written_with_all_that_is_known_of_it() -> None:
    identity = Identity("sip:anna@town", "sip:anna@town", "anna")
    fix = Fix("anna's phone", START, 16.37, 48.2, 190.0, 8.0, 1.5, 90.0, "GPS")
    presence = parse_pidf(document_of(fix, identity, RULES).body)
    assert presence.shape == Circle(16.37, 48.2, 8.0)
    assert presence.usage.retransmission_allowed is True
    assert presence.usage.retention_expiry == START + 86_400
    assert presence.flags == frozenset()
    assert presence.entity == "sip:anna@town"
    again = presence.to_fix("anna's phone", 0.0)
    assert again == Fix("anna's phone", START, 16.37, 48.2, None, 8.0, 1.5, 90.0, "GPS")
    vague = Fix("anna", START, 16.37, 48.2, altitude_m=190.0)
    assert parse_pidf(document_of(vague, identity, RULES).body).shape == Point(16.37, 48.2, 190.0)
    exact = Fix("anna", START, 16.37, 48.2, accuracy_m=0.0)
    assert parse_pidf(document_of(exact, identity, RULES).body).shape == Point(16.37, 48.2)


@pytest.mark.parametrize("speed", [0.5, 1.0, 60.0])
def test_a_trip_that_is_moved_to_the_present_has_no_fix_in_the_future_when_it_is_sent(speed: float) -> None:
    trip = walk(10)
    now = 2e9
    moved = moved_to(trip, now, speed)
    for before, after in zip(trip, moved, strict=True):
        sent = now + (before.time - trip[0].time) / speed
        assert after.time <= sent + 1e-6 or speed < 1
    assert moved[-1].time == pytest.approx(now + 270 / speed)
    gaps = [b.time - a.time for a, b in itertools.pairwise(moved)]
    assert gaps == pytest.approx([30.0] * 9)


@pytest.mark.parametrize("transport", [0, 1], ids=["udp", "tcp"])
def test_a_trip_reaches_the_real_service_and_its_store_whole(tmp_path: Path, transport: int) -> None:
    async def story() -> None:
        async with running(tmp_path) as (service, store):
            address = service.addresses[transport]
            trip = moved_to(walk(8), time.time(), 1_000.0)
            identity = Identity(f"sip:anna@{DOMAIN}", f"sip:anna@{DOMAIN}", "anna", PASSWORD)
            rules = Rules(time.time() + 86_400, retransmission_allowed=True)
            outcome = await publish_trip(
                trip,
                [document_of(fix, identity, rules) for fix in trip],
                identity=identity,
                server=ServerAddress(address.host, address.port, address.transport),
                speed=1_000.0,
                tell=lambda _: None,
            )
            assert outcome == Outcome(delivered=8)
            assert store.count_fixes() == 8

    run(story())
