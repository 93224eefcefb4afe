"""Whoever brings tokens that give nothing waits, and fills no log; asked without a socket."""

import asyncio
import json
from pathlib import Path

import pytest

from waywarn.provision.attempts import MAX_FAILURES, RECOVERY_S
from waywarn.provision.door import Door
from waywarn.provision.enroller import Enroller, Site
from waywarn.provision.enrolment_url import ENROL_PATH
from waywarn.provision.handout import Server
from waywarn.store import Store

SITE = Site("town.example", "town.example", Server("sip.town.example", 5060, "udp"))


def ask(door: Door, host: str) -> int:
    """Bring an unknown token; gives the status."""
    body = json.dumps({"token": "0" * 32}).encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": ENROL_PATH,
        "headers": [],
        "query_string": b"",
        "client": (host, 1),
    }
    statuses: list[int] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, object]) -> None:
        if isinstance(status := message.get("status"), int):
            statuses.append(status)

    asyncio.run(door.app(scope, receive, send))  # type: ignore[arg-type]  # its messages are plain dicts
    return statuses[0]


def test_a_source_that_tries_on_and_on_is_logged_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now = [0.0]
    with Store.open(tmp_path / "waywarn.sqlite") as store:
        enroller = Enroller(store.accounts, lambda: SITE, lambda count: "p" * count)
        door = Door(enroller, clock=lambda: now[0], on_enrolled=lambda _: None)
        statuses = [ask(door, "192.0.2.1") for _ in range(MAX_FAILURES + 50)]
        assert statuses == [403] * MAX_FAILURES + [429] * 50
        assert len(caplog.records) == MAX_FAILURES + 1
        assert "enrolment.too_often host=192.0.2.1" in caplog.text
        assert ask(door, "192.0.2.2") == 403
        now[0] += RECOVERY_S
        assert [ask(door, "192.0.2.1") for _ in range(2)] == [403, 429]
