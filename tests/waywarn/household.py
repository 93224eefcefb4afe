"""A service without sockets: a configuration file, a store, phones that publish, the messages that went out.

Wired as ``waywarn/service.py`` wires it. Time is that of the fixes that are handed in.
"""

import random
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Self

from alerts import AlertBook, Dispatcher
from corridor import Fix
from rules import Engine, Transition
from sip import (
    Account,
    Admitted,
    Compositor,
    Directory,
    Peer,
    PresenceServer,
    Request,
    Transport,
    parse_message,
)
from sip.envelope import open_envelope
from sip.pidflo import Circle, Usage, write_pidf
from tests.alerts.story import Post
from waywarn.config import load_config
from waywarn.config.doors import open_all
from waywarn.intake import Intake
from waywarn.restart import end_orphans, restore
from waywarn.store import Store

PHONE = Peer(Transport.UDP, "127.0.0.1", 40000)
DAY_S = 86_400.0
KEEP_S = 14 * DAY_S


class Said(NamedTuple):
    """A message that went out."""

    at: float
    address: str
    title: str
    body: str


class Delivered(NamedTuple):
    """Fixes that a phone sends at once."""

    at: float
    fixes: tuple[Fix, ...]


@dataclass
class Household:
    """A running service, from opening to closing of its store.

    Parameters
    ----------
    file
        The configuration.
    now
        When it starts, UTC seconds.
    """

    file: Path
    now: float
    said: list[Said] = field(default_factory=list)
    decided: list[tuple[float, Transition]] = field(default_factory=list)

    def __post_init__(self) -> None:
        config = load_config(self.file, {})
        self._domain = config.sip.domain
        self._stack = ExitStack()
        self._store = self._stack.enter_context(Store.open(config.service.store))
        rules, accounts, recipients = open_all(config)
        self._accounts = {account.device_id: account for account in accounts}
        compositor = Compositor(Directory(accounts, realm=config.sip.realm), tag_prefix=f"{self.now:.0f}")
        engine = Engine(rules, late_horizon_s=config.late_horizon_s)
        book = AlertBook(trips=config.trip_of_rule, past=self._store)
        restore(self._store, compositor, engine, book, trips=config.trips)
        end_orphans(self._store, engine, book, recipients, self.now)
        names = {rule.name for rule in rules} | set(config.trips)
        told = {name: [recipients[each] for each in config.recipients_of(name)] for name in names}
        self._intake = Intake(
            PresenceServer({"PUBLISH": compositor}),
            engine,
            book,
            recipients=told,
            terms=self._store.newest_terms(),
        )
        self._post = Post()
        self._dispatcher = Dispatcher(self._store, self._post, recipients, rng=random.Random(1))
        self._published = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def live(self, arrivals: Iterable[Delivered], until: float) -> None:
        """Take in what the phones send, and let time pass; timers fire when they are due."""
        for arrival in arrivals:
            self._pass_time(arrival.at)
            self._settle([self._admitted(fix) for fix in arrival.fixes], arrival.at)
        self._pass_time(until)

    def _pass_time(self, until: float) -> None:
        while (wake := self._intake.next_wake) is not None and wake <= until:
            self._settle([], max(wake, self.now))
        self.now = until

    def _settle(self, requests: Sequence[Admitted], now: float) -> None:
        self.now = now
        judgement = self._intake.judge(requests, now)
        if judgement.batch.holds_anything:
            self._store.commit(judgement.batch)
        self.decided += [(now, transition) for transition in judgement.step.transitions]
        self._dispatcher.run_due(now)
        self.said += [Said(now, *message) for message in self._post.carried]
        self._post.carried.clear()

    def _admitted(self, fix: Fix) -> Admitted:
        """Give a fix as the server admits its publication once the digest was right."""
        self._published += 1
        account: Account = self._accounts[fix.device_id]
        body = write_pidf(
            f"pres:{fix.device_id}@{self._domain}",
            Circle(fix.lon, fix.lat, fix.accuracy_m or 0.0),
            time=fix.time,
            method=fix.method,
            usage=Usage(retransmission_allowed=True, retention_expiry=fix.time + KEEP_S),
        )
        data = _publish(f"sip:{fix.device_id}@{self._domain}", body, self._published, self.now)
        request = parse_message(data)
        assert isinstance(request, Request)
        return Admitted(open_envelope(request, PHONE.transport), account, PHONE, PHONE, data[:40])


def _publish(who: str, body: bytes, number: int, now: float) -> bytes:
    """Write a publication that lives until midnight (UTC), so that all of a day expire together."""
    call = f"{now:.0f}-{number}"
    lines = [
        f"PUBLISH {who} SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK{call};rport",
        f"From: <{who}>;tag=1",
        f"To: <{who}>",
        f"Call-ID: {call}@test",
        "CSeq: 1 PUBLISH",
        "Max-Forwards: 70",
        "Event: presence",
        f"Expires: {DAY_S - now % DAY_S:.0f}",
        "Content-Type: application/pidf+xml",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
