"""What the loop between wire and store does with too much."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from corridor import Fix
from sip import LocationReport, Peer, Response, parse_message
from tests.waywarn.town import ON_STREET, Town
from waywarn.committer import MAX_HELD, MAX_WAIT_S, MAX_WAITING, TIMER_RETRY_S, Committer
from waywarn.intake import Heard
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

    def hear(self, measured: float) -> None:
        admitted = self.town.admit(ON_STREET, measured)
        account, fix = admitted.account, Fix("anna", measured, *ON_STREET)
        report = LocationReport(account, fix, "Point", measured + 86_400, retransmission_allowed=True)
        self.committer.offer(Heard((report,)))

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


def full(store: Store, *, is_full: bool) -> None:
    """Let no page be added to the database any more, or let it again."""
    with store._engine.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar() if is_full else 1_000_000
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_places_that_nobody_would_send_again_wait_until_the_store_takes_them(tmp_path: Path) -> None:
    async def scene(store: Store) -> None:
        desk = Desk(store)
        full(store, is_full=True)
        for n in range(300):
            desk.hear(NOW - 300 + n)
        desk.offer()
        working = asyncio.create_task(desk.committer.run())
        while not desk.statuses:  # the request is answered at once, what was heard is held
            await asyncio.sleep(0)
        assert desk.statuses == [503]
        assert store.count_fixes() == 0
        full(store, is_full=False)
        desk.now += TIMER_RETRY_S
        desk.hear(NOW)
        while store.count_fixes() < 301:
            await asyncio.sleep(0)
        desk.committer.drain()
        await working

    with Store.open(tmp_path / "waywarn.sqlite") as store:
        asyncio.run(asyncio.wait_for(scene(store), 60))
        assert [fix.time for fix in fixes_in_order(store)] == [NOW - 300 + n for n in range(301)]


def fixes_in_order(store: Store) -> list[Fix]:
    return list(store.tail(["anna"], 0)[0])


def test_places_that_a_stopping_service_cannot_store_are_told_as_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("WARNING", logger="waywarn"), Store.open(tmp_path / "waywarn.sqlite") as store:

        async def scene() -> None:
            desk = Desk(store)
            full(store, is_full=True)
            for n in range(300):
                desk.hear(NOW - 300 + n)
            await desk.finish()

        asyncio.run(scene())
    assert "report.lost reports=300" in caplog.text


def test_of_too_many_places_the_oldest_are_lost(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING", logger="waywarn"), Store.open(tmp_path / "waywarn.sqlite") as store:

        async def scene() -> None:
            desk = Desk(store)
            heard = Heard(())
            for _ in range(MAX_HELD + 1):
                desk.committer.offer(heard)
            desk.committer._held.clear()

        asyncio.run(scene())
    assert "report.lost" in caplog.text
