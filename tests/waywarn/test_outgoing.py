"""What is sent of the service's own accord: by which failure a watcher is cut off, and by which he is not."""

import asyncio
import itertools
from collections.abc import Coroutine
from typing import Any

import pytest

from sip import Outbound, Peer, Request, Transport
from sip.headers import Headers
from sip.server import outbound as room
from tests.sip.server.house import House, report
from waywarn.outgoing import Outgoing


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 20))


def outgoing(house: House, *, is_sent: bool) -> tuple[Outgoing, list[bytes]]:
    wire: list[bytes] = []
    numbers = itertools.count(1)

    def send(_to: Peer, data: bytes) -> bool:
        wire.append(data)
        return is_sent

    outbound = Outbound({0: "server.example:5060"}, lambda: f"n{next(numbers)}")
    return Outgoing(outbound, [house.notifier], send, clock=lambda: house.now), wire


@pytest.mark.parametrize(("transport", "times"), [(Transport.UDP, 2), (Transport.TCP, 1), (Transport.TLS, 1)])
def test_a_full_queue_costs_a_datagram_and_a_lost_connection_the_watcher(
    transport: Transport, times: int
) -> None:
    async def story() -> None:
        house = House(peer=Peer(transport, "192.0.2.20", 40_000, 0))
        first = house.subscribe()
        sender, wire = outgoing(house, is_sent=False)
        sender._round(house.now)
        house.now += 0.5
        sender._round(house.now)
        assert len(wire) == times
        house.now += 32
        sender._round(house.now)
        is_kept = transport is not Transport.UDP  # who never answers is gone; who lost his way may come again
        house.commit()
        assert (first.key in house.subscriptions.all) is is_kept

    run(story())


def test_where_no_more_can_be_under_way_nobody_loses_his_subscription(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story() -> None:
        monkeypatch.setattr(room, "MAX_OUTBOUND", 1)
        house = House()
        known = [house.subscribe() for _ in range(3)]
        sender, wire = outgoing(house, is_sent=True)
        sender._round(house.now)
        assert len(wire) == 1
        assert house.commit() == ()
        assert set(house.subscriptions.all) == {each.key for each in known}

    run(story())


def test_a_burst_of_watchers_is_told_in_pieces_without_a_pause_between() -> None:
    async def story() -> None:
        house = House()
        house.place(report())
        house.crowd(700)
        sender, wire = outgoing(house, is_sent=True)
        task = asyncio.create_task(sender.run())
        while len(wire) < 700:
            await asyncio.sleep(0)
        task.cancel()
        assert house.notifier.due(house.now) == ()

    run(story())


def test_who_came_by_a_door_that_is_no_more_is_not_there_and_hinders_nobody() -> None:
    async def story() -> None:
        house = House()
        sender, wire = outgoing(house, is_sent=True)
        heard: list[object] = []
        message = Request("MESSAGE", "sip:anna@192.0.2.10", Headers([("CSeq", "1 MESSAGE")]))
        sender.ask(message, Peer(Transport.UDP, "192.0.2.10", 5060, door=7), heard.append)
        assert (heard, wire) == ([None], [])

    run(story())
