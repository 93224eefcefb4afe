"""A device, its watchers and the notifier, without sockets: what the tests of SUBSCRIBE share."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from corridor.fix import Fix
from sip.headers import Headers, parse_parameters
from sip.message import Request, Response, parse_message
from sip.pidflo import Presence, parse_pidf
from sip.server.admitted import Admitted
from sip.server.notifier import Notifier
from sip.server.outbound import Outbound
from sip.server.outcome import Refused
from sip.server.permission import DENIED, Permission, Watching
from sip.server.report import LocationReport
from sip.server.subscription import Subscribed, SubscriptionChange
from sip.server.subscriptions import Subscriptions
from tests.sip.talk import NOW, Talk, account

ANNA = "sip:anna@example.org"
MOTHER = "sip:mother@example.org"
CONTACT = "sip:mother@192.0.2.10:40000"


def report(
    lat: float = 48.2,
    *,
    lon: float = 16.37,
    time: float = NOW,
    keep_until: float = NOW + 86_400,
    allowed: bool = True,
    speed_mps: float | None = None,
) -> LocationReport:
    fix = Fix("anna", time, lon, lat, accuracy_m=8.0, speed_mps=speed_mps)
    return LocationReport(account("anna"), fix, "Circle", keep_until, allowed)


@dataclass
class Scene:
    """One server; `permit` says what mother may see of anna."""

    permission: Permission = field(default_factory=lambda: Permission(Watching.ALLOW))
    now: float = NOW

    def __post_init__(self) -> None:
        people = (replace(account("mother"), device_id=None), replace(account("eve"), device_id=None))
        self.talk = Talk(accounts=(account("anna"), account("bert"), *people))
        tokens = count()
        self.subscriptions = Subscriptions(
            self.talk.directory,
            lambda watcher, _: self.permission if watcher == MOTHER else DENIED,
            fresh=lambda: f"tag{next(tokens)}",
            contacts={0: "sip:192.0.2.1:5060"},
        )
        self.notifier = Notifier(self.subscriptions)
        self.outbound = Outbound({0: "192.0.2.1:5060"}, lambda: f"b{next(tokens)}")
        self.notified: list[tuple[float, Request]] = []

    # The watcher

    def subscribe(
        self,
        *fields: tuple[str, str],
        event: str | None = "presence",
        expires: str | None = "600",
        user: str = "mother",
        to: str = "anna",
        tag: str | None = None,
        body: bytes = b"",
        headers: Mapping[str, str | None] | None = None,
    ) -> Response:
        """SUBSCRIBE with digest; gives the final response, and settles what it changes."""
        self.talk.now = self.now
        usual = {
            "Contact": f"<{CONTACT}>",
            "Expires": expires,
            "From": f"<sip:{user}@example.org>;tag=w",
            "To": f"<sip:{to}@example.org>" + (f";tag={tag}" if tag else ""),
            "Call-ID": "watch",
            "Content-Type": "application/simple-filter+xml" if body else None,
            **(headers or {}),
        }
        request = self.talk.request(
            *fields, method="SUBSCRIBE", user=to, event=event, body=body, headers=usual
        )
        admitted = self.talk.receive(self.talk.authorized(request, user))
        assert isinstance(admitted, Admitted)
        outcome = self.subscriptions.apply(admitted, self.now)
        answer = parse_message(self.talk.uas.answer(admitted, outcome.answer, self.now))
        assert isinstance(answer, Response)
        self.settle(outcome)
        return answer

    def settle(self, outcome: Subscribed | Refused) -> None:
        """Tell the notifier what was committed."""
        if isinstance(outcome, Subscribed):
            self.notifier.changed(outcome.change, self.now)

    def expire(self) -> None:
        for change in self.subscriptions.expire(self.now):
            if isinstance(change, SubscriptionChange):
                self.notifier.changed(change, self.now)

    # Time

    def run(self, until: float, *, answer: int | None = 200) -> list[Request]:
        """Let time pass; NOTIFYs are answered at once with `answer` (None: never). Gives those sent."""
        first = len(self.notified)
        while True:
            self._send(answer)
            wakes = (self.notifier.next_wake, self.subscriptions.next_wake)
            wake = min((each for each in wakes if each is not None), default=None)
            if wake is None or wake > until:
                break
            self.now = max(self.now, wake)
            self.expire()
        self.now = until
        return [request for _, request in self.notified[first:]]

    def _send(self, answer: int | None) -> None:
        for each in self.notifier.due(self.now):
            self.notified.append((self.now, each.request))
            if answer is not None:
                self.notifier.answered(each.ticket, answer, self.now)

    @property
    def times(self) -> list[float]:
        """When NOTIFYs were sent, in seconds since the start."""
        return [round(at - NOW, 3) for at, _ in self.notified]


def tag_of(response: Response) -> str:
    """Give our tag of the dialog that a 200 began."""
    assert response.status == 200, response
    return parse_parameters((response.headers.get("To") or "").partition(">")[2])["tag"] or ""


def state(request: Request) -> str:
    return request.headers.get("Subscription-State") or ""


def shown(request: Request) -> Presence:
    return parse_pidf(request.body)


def place(request: Request) -> tuple[float, float] | None:
    """Give what a NOTIFY tells of the place."""
    told = shown(request).place
    return (round(told.lon, 5), round(told.lat, 5)) if told else None


def without(request: Request, name: str) -> Headers:
    return Headers([pair for pair in request.headers if pair[0] != name])
