"""What the loop between wire and store does with too much."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from sip import Peer, Response, parse_message
from tests.waywarn.town import ON_STREET, Town
from waywarn.committer import MAX_WAIT_S, MAX_WAITING, Committer
from waywarn.store import Store

NOW = 1_790_000_000.0


class Desk:
    """A committer on a store, and what it has sent."""

    def __init__(self, store: Store) -> None:
        self.town, self.now, self.statuses = Town(), NOW, list[int]()
        self.committer = Committer(
            self.town.intake, store, self.town.server, self._sent, clock=lambda: self.now, on_settled=_ignored
        )

    def _sent(self, _to: Peer, data: bytes) -> bool:
        response = parse_message(data)
        assert isinstance(response, Response)
        assert ("Retry-After" in response.headers) is (response.status == 503)
        self.statuses.append(response.status)
        return True

    def offer(self) -> None:
        self.committer.offer(self.town.admit(ON_STREET, self.now))

    async def finish(self) -> None:
        self.committer.drain()
        await asyncio.wait_for(self.committer.run(), 60)


def _ignored(_judgement: object) -> None:
    return


def at_desk(folder: Path, scene: Callable[[Desk], None]) -> Desk:
    async def whole(store: Store) -> Desk:
        desk = Desk(store)
        scene(desk)
        await desk.finish()
        return desk

    with Store.open(folder / "waywarn.sqlite") as store:
        return asyncio.run(whole(store))


@pytest.mark.parametrize(("after_s", "status"), [(MAX_WAIT_S - 0.1, 200), (MAX_WAIT_S, 503)])
def test_behind_one_that_waits_too_long_there_is_no_room(tmp_path: Path, after_s: float, status: int) -> None:
    def scene(desk: Desk) -> None:
        desk.offer()
        desk.now += after_s
        desk.offer()

    assert sorted(at_desk(tmp_path, scene).statuses) == [200, status]


def test_behind_too_many_there_is_no_room_and_the_log_says_it_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def scene(desk: Desk) -> None:
        arrival = desk.town.admit(ON_STREET, NOW)
        for _ in range(MAX_WAITING + 30):
            desk.committer.offer(arrival)
        assert desk.statuses == [503] * 30
        desk.committer._waiting.clear()

    with caplog.at_level("WARNING", logger="waywarn"):
        at_desk(tmp_path, scene)
    assert sum("intake.overload" in record.getMessage() for record in caplog.records) == 1
