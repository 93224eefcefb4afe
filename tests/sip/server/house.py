"""Watchers of one device, step by step, with nothing between them and the notifier: no digest, no wire.

A change counts as stored as soon as it is made; `House.commit` stores what time and answers have brought.
"""

import itertools
from dataclasses import dataclass, field

from corridor.fix import Fix
from sip.account import Account
from sip.directory import Directory
from sip.envelope import open_envelope
from sip.headers import Headers
from sip.message import Request
from sip.peer import Peer, Transport
from sip.pidflo import Presence, parse_pidf
from sip.server.admitted import Admitted
from sip.server.notifier import Notifier
from sip.server.outbound import Notification
from sip.server.outcome import Refused
from sip.server.permission import ALLOWED, Permission
from sip.server.report import LocationReport
from sip.server.subscription import Subscribed, Subscription, SubscriptionChange
from sip.server.subscriptions import Subscriptions
from tests.sip.talk import NOW, account

ANNA, BERTA, CARLA = (f"sip:{name}@example.org" for name in ("anna", "berta", "carla"))
FLOW = Peer(Transport.UDP, "192.0.2.20", 40_000, 0)
CONTACTS = {0: "sip:server.example:5060", 1: "sip:server.example:5060;transport=tcp"}
DAY_S = 86_400.0


def person(name: str) -> Account:
    return Account.with_password(
        name, "a password", realm="example.org", aor=f"sip:{name}@example.org", device_id=None
    )


def report(
    lat: float = 48.2,
    lon: float = 16.37,
    *,
    time: float = NOW,
    accuracy_m: float | None = 8.0,
    keep_until: float = NOW + DAY_S,
    may_tell: bool = True,
) -> LocationReport:
    fix = Fix("anna", time, lon, lat, accuracy_m=accuracy_m)
    return LocationReport(account("anna"), fix, "Circle", keep_until, may_tell)


@dataclass
class House:
    """A device (anna), and people who may watch her."""

    now: float = NOW
    permissions: dict[str, Permission] = field(default_factory=dict)  # by watcher; others are allowed
    peer: Peer = FLOW

    def __post_init__(self) -> None:
        self.numbers = itertools.count(1)
        accounts = [account("anna"), person("berta"), person("carla")]
        self.directory = Directory(accounts, realm="example.org")
        self.start()

    def start(self) -> None:
        """Begin with empty memory, as a service does."""
        self.subscriptions = Subscriptions(
            self.directory,
            lambda watcher, _device: self.permissions.get(watcher, ALLOWED),
            fresh=lambda: f"tag{next(self.numbers)}",
            contacts=CONTACTS,
        )
        self.notifier = Notifier(self.subscriptions)

    def request(
        self,
        *,
        user: str = "berta",
        device: str = ANNA,
        tag: str | None = None,
        call_id: str | None = None,
        cseq: int | None = None,
        body: bytes = b"",
        **fields: str | None,
    ) -> Request:
        """A SUBSCRIBE; `fields` adds, replaces or (with None) removes, ``max_forwards`` is Max-Forwards."""
        number = next(self.numbers)
        usual: dict[str, str | None] = {
            "via": f"SIP/2.0/UDP 192.0.2.20:40000;branch=z9hG4bK{number};rport",
            "max-forwards": "70",
            "from": f"<sip:{user}@example.org>;tag=from-{user}",
            "to": f"<{device}>" + (f";tag={tag}" if tag else ""),
            "call-id": call_id or f"call{number}",
            "cseq": f"{number if cseq is None else cseq} SUBSCRIBE",
            "event": "presence",
            "contact": f"<sip:{user}@192.0.2.20:40000>",
            "content-length": str(len(body)),
            "content-type": "application/simple-filter+xml" if body else None,
            **{name.replace("_", "-"): value for name, value in fields.items()},
        }
        pairs = [(name, value) for name, value in usual.items() if value is not None]
        return Request("SUBSCRIBE", device, Headers(pairs), body)

    def admit(self, request: Request, user: str = "berta") -> Admitted:
        who = self.directory.of_user(user)
        assert who is not None
        envelope = open_envelope(request, self.peer.transport)
        return Admitted(envelope, who, self.peer, self.peer, request.to_bytes()[:80])

    def ask(self, request: Request, user: str = "berta") -> Subscribed | Refused:
        """Decide a SUBSCRIBE, and have it stored."""
        outcome = self.subscriptions.apply(self.admit(request, user), self.now)
        if isinstance(outcome, Subscribed):
            self.notifier.changed(outcome.change, self.now)
        return outcome

    def subscribe(self, user: str = "berta", **fields: str | None) -> Subscription:
        outcome = self.ask(self.request(user=user, **fields), user)  # type: ignore[arg-type]
        assert isinstance(outcome, Subscribed), outcome
        return outcome.change.about

    def crowd(self, number: int) -> None:
        """Let so many people subscribe."""
        for each in range(number):
            self.directory.put(person(f"person{each}"))
            self.subscribe(f"person{each}")

    def again(self, known: Subscription, **fields: str | None) -> Subscribed | Refused:
        """SUBSCRIBE within a dialog."""
        user = known.watcher.partition(":")[2].partition("@")[0]
        request = self.request(user=user, tag=known.local_tag, call_id=known.call_id, **fields)  # type: ignore[arg-type]
        return self.ask(request, user)

    def commit(self) -> tuple[object, ...]:
        """Store what has ended or was reserved, and tell the notifier."""
        changes = self.subscriptions.expire(self.now)
        for change in changes:
            if isinstance(change, SubscriptionChange):
                self.notifier.changed(change, self.now)
        return changes

    def place(self, told: LocationReport | None) -> None:
        self.notifier.placed(ANNA, told, self.now)

    def due(self, status: int | None = 200) -> list[Notification]:
        """Take what is due, answering each at once (with None not at all)."""
        found = list(self.notifier.due(self.now))
        for each in found:
            if status is not None:
                self.notifier.answered(each.ticket, status, self.now)
        return found

    def run_until(self, end: float) -> list[tuple[float, Notification]]:
        """Let time pass, waking whenever it is asked for."""
        told: list[tuple[float, Notification]] = []
        for _ in range(100_000):
            told += [(self.now, each) for each in self.due()]
            wake = self.notifier.next_wake
            if wake is None or wake > end:
                self.now = max(self.now, end)
                return told
            self.now = max(wake, self.now)
        raise AssertionError("it does not come to rest")


def state_of(told: Notification) -> str:
    return told.request.headers.get("Subscription-State") or ""


def presence_of(told: Notification) -> Presence:
    return parse_pidf(told.request.body)


def latitude_of(told: Notification) -> float | None:
    """Of the place in it; None where it tells none."""
    if not told.request.body:
        return None
    place = presence_of(told).place
    return None if place is None else place.lat


def watcher_of(told: Notification) -> str:
    return (told.request.headers.get("To") or "").partition("<")[2].partition(">")[0]
