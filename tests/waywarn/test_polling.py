"""A look that fails hides neither the others nor itself the next time."""

import asyncio

import pytest

from waywarn import polling
from waywarn.polling import Polling
from waywarn.store import StoreUnavailableError


def test_each_is_looked_at_again_whatever_happened_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "EVERY_S", 0.0)
    seen: list[str] = []

    async def gone() -> None:
        seen.append("gone")
        raise StoreUnavailableError("the disk is full")

    async def faulty() -> None:
        seen.append("faulty")
        raise ValueError("a fault")

    async def good() -> None:
        seen.append("good")
        if len(seen) > 5:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(Polling([gone, faulty, good]).run())
    assert seen == ["gone", "faulty", "good"] * 2
