"""The tracker in one process against a scripted server: what it sends, keeps, paces and gives up."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corridor.fix import Fix
from sip.device.channel import ServerAddress
from sip.device.publication_client import Lost
from sip.device.publish_policy import PublishPolicy
from sip.device.request_writer import Identity
from sip.pidflo import parse_pidf
from tests.sip.scripted import HOST, Script, scripted_server
from tests.waywarn.tracker.full_disk import full_disk
from waywarn.publishing import Rules, document_of
from waywarn.talk import Told
from waywarn.tracker import tracker as tracker_module
from waywarn.tracker.duties import OrderFailedError
from waywarn.tracker.fix_queue import FixQueue
from waywarn.tracker.settings import TrackerSettings
from waywarn.tracker.state import open_state
from waywarn.tracker.tracker import Tracker

NOW = 1_790_000_000.0
EVERY = PublishPolicy(every_m=0, at_most_every_s=0, at_least_every_s=0)
ONCE = PublishPolicy(every_m=1e9, at_most_every_s=1e9, at_least_every_s=1e9)


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 40))


def settings(port: int, *, per_second: float = 1_000.0, most: int = 1_000) -> TrackerSettings:
    return TrackerSettings(
        Identity("sip:anna@town", f"sip:anna@{HOST}:{port}", "anna", "secret"),
        ServerAddress(HOST, port),
        policy=EVERY,
        is_reachable=False,
        per_second=per_second,
        most_kept=most,
    )


async def walk(count: int, *, pause_s: float = 0.0) -> AsyncIterator[Fix]:
    for n in range(count):
        yield Fix("anna", NOW + n, 16.37 + 0.001 * n, 48.2)
        await asyncio.sleep(pause_s)


def places(script: Script) -> list[float]:
    return [round((place.lon - 16.37) * 1000) for body in script.taken if (place := parse_pidf(body).place)]


async def tracked(script: Script, folder: Path, count: int = 5, **changes: Any) -> tuple[int, Sequence[Told]]:
    told: list[Told] = []
    async with scripted_server(script) as port:
        with open_state(folder) as state:
            tracker = Tracker(settings(port, **changes), state, clock=lambda: NOW, tell=told.append)
            await tracker.run(walk(count))
            assert tracker.waiting() == 0
            return tracker.delivered, told


def test_every_chosen_fix_arrives_and_the_publication_is_removed(tmp_path: Path) -> None:
    async def story() -> None:
        script = Script()
        assert (await tracked(script, tmp_path))[0] == 5
        assert places(script) == [0, 1, 2, 3, 4]
        assert b"\r\nExpires: 0\r\n" in script.seen[-1]

    run(story())


def test_a_server_that_forbids_is_asked_again_and_nothing_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker_module, "FORBIDDEN_AGAIN_S", 0.05)

    async def story() -> None:
        script = Script([403, 200, 403, 404])
        delivered, told = await tracked(script, tmp_path)
        assert delivered == 5
        assert places(script) == [0, 1, 2, 3, 4]
        assert [each.is_refused for each in told if isinstance(each, Lost)] == [False] * 3

    run(story())


def test_a_wrong_password_is_told_once_with_what_to_do_and_nothing_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tracker_module, "FORBIDDEN_AGAIN_S", 0.02)

    async def story() -> None:
        script = Script(password="another")
        tracking = asyncio.create_task(tracked(script, tmp_path))
        while len(script.seen) < 8:  # it asks twice each time
            await asyncio.sleep(0.01)
        script.password = "secret"
        assert (await tracking)[0] == 5
        assert places(script) == [0, 1, 2, 3, 4]
        (said,) = (record.message for record in caplog.records if "account.refused" in record.message)
        assert "the server does not take the password of 'anna'" in said
        assert "waywarn device token anna" in said
        assert "forbidden" not in caplog.text

    run(story())


def test_a_fix_that_is_refused_is_dropped_and_the_next_goes_on(tmp_path: Path) -> None:
    async def story() -> None:
        script = Script([200, 400])
        delivered, told = await tracked(script, tmp_path)
        assert delivered == 4
        assert places(script) == [0, 2, 3, 4]
        assert [each.is_refused for each in told if isinstance(each, Lost)] == [True]

    run(story())


def test_what_waits_from_before_goes_first_and_not_too_fast(tmp_path: Path) -> None:
    async def story() -> None:
        with open_state(tmp_path) as state:
            away = Tracker(settings(9), state, clock=lambda: NOW, tell=lambda _: None)
            running = asyncio.create_task(away.run(walk(4, pause_s=0.01)))
            while away.waiting() < 4:
                await asyncio.sleep(0.01)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        script = Script()
        began = asyncio.get_running_loop().time()
        assert (await tracked(script, tmp_path, 2, per_second=10.0))[0] == 6
        assert places(script) == [0, 1, 2, 3, 0, 1]
        assert asyncio.get_running_loop().time() - began >= 0.5

    run(story())


def test_a_tracker_goes_on_when_its_disk_is_full_and_sends_nothing_twice(tmp_path: Path) -> None:
    async def story() -> None:
        script = Script()
        with open_state(tmp_path) as state:
            queue = FixQueue(state)
            for n in range(3):
                where = Fix("anna", NOW + n, 16.37 + 0.001 * n, 48.2)
                rules = Rules(NOW + 60, retransmission_allowed=True)
                queue.put(where.time, NOW + 60, document_of(where, settings(9).identity, rules).body)
            async with scripted_server(script) as port:
                tracker = Tracker(settings(port), state, clock=lambda: NOW, tell=lambda _: None)
                with full_disk(state):
                    await tracker.run(walk(2))
            assert (tracker.delivered, tracker.waiting()) == (3, 0)
        assert places(script) == [0, 1, 2]

    run(story())


def test_places_whose_retention_has_ended_are_not_sent(tmp_path: Path) -> None:
    async def story() -> None:
        with open_state(tmp_path) as state:
            FixQueue(state).put(1.0, NOW - 1, b"<old/>")
        script = Script()
        assert (await tracked(script, tmp_path, 1))[0] == 1
        assert places(script) == [0]

    run(story())


def test_a_place_that_was_found_and_cannot_be_kept_is_not_said_to_be_sent(tmp_path: Path) -> None:
    async def story() -> None:
        with open_state(tmp_path) as state:
            tracker = Tracker(settings(9), state, clock=lambda: NOW, tell=lambda _: None)
            with full_disk(state):
                locating = asyncio.create_task(tracker.locate())
                running = asyncio.create_task(tracker.run(walk(1)))
                with pytest.raises(OrderFailedError, match="the disk is full"):
                    await locating
                await running

    run(story())


def test_locate_sends_the_next_fix_whatever_the_policy_says(tmp_path: Path) -> None:
    async def story() -> None:
        with open_state(tmp_path) as state:
            source = Fed()
            tracker = Tracker(
                replace(settings(9), policy=ONCE), state, clock=lambda: NOW, tell=lambda _: None
            )
            running = asyncio.create_task(tracker.run(source.fixes()))
            await source.give(0)
            assert tracker.waiting() == 1
            locating = asyncio.create_task(tracker.locate())
            await source.give(1)
            assert await locating == "found at 2026-09-21T14:13:21Z"
            assert tracker.waiting() == 2
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    run(story())


def test_where_no_new_fix_comes_locate_sends_the_newest_and_says_how_old_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker_module, "FRESH_S", 0.05)

    async def story() -> None:
        with open_state(tmp_path) as state:
            source = Fed()
            now = NOW
            tracker = Tracker(
                replace(settings(9), policy=ONCE), state, clock=lambda: now, tell=lambda _: None
            )
            running = asyncio.create_task(tracker.run(source.fixes()))
            with pytest.raises(OrderFailedError, match="no new fix within 0 s, and none before"):
                await tracker.locate()
            await source.give(0)
            await source.give(1)
            assert tracker.waiting() == 1
            for _ in range(2):
                assert (await tracker.locate()).endswith("; the newest is of 2026-09-21T14:13:21Z")
                assert tracker.waiting() == 2  # once
            await source.give(2)
            now += settings(9).retain_s
            with pytest.raises(OrderFailedError, match="none before"):  # none that may still be kept
                await tracker.locate()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    run(story())


class Fed:
    """A source that gives a fix when it is told to, and says when it was looked at."""

    def __init__(self) -> None:
        self._next: asyncio.Queue[Fix] = asyncio.Queue()

    async def give(self, n: int) -> None:
        await self._next.put(Fix("anna", NOW + n, 16.37, 48.2))
        await self._next.join()

    async def fixes(self) -> AsyncIterator[Fix]:
        while True:
            yield await self._next.get()
            self._next.task_done()
