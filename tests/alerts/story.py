"""A child, a way to school and two parents: the values that these tests tell stories with."""

from dataclasses import replace

from alerts import Address, Form, Notice, Recipient
from alerts.channel import Failed, Sent
from rules.transition import Kind, Reason, Transition

# Monday 23 November 2026, 07:41:10 in Vienna
MORNING = 1795416070.0

OFF_ROUTE = Transition(
    rule="way_to_school",
    device="anna",
    kind=Kind.OFF_ROUTE,
    reason=Reason.CONFIRMED,
    time=MORNING + 45.0,
    lon=16.372077,
    lat=48.208493,
    distance_m=312.4,
    along_track_m=812.0,
    half_width_m=40.0,
    probability=0.99999,
    episode=3,
    starts_at=MORNING,
)
BACK = replace(
    OFF_ROUTE,
    kind=Kind.BACK_ON_ROUTE,
    reason=Reason.WELL_INSIDE,
    time=MORNING + 345.0,
    distance_m=4.0,
    probability=0.001,
    closes_alarm=True,
)
ARRIVED = replace(BACK, kind=Kind.ARRIVED, reason=Reason.END_REACHED)
TIME_UP = replace(
    OFF_ROUTE, kind=Kind.ENDED, reason=Reason.WINDOW_CLOSED, time=MORNING + 2030.0, closes_alarm=True
)
STARTED = replace(
    OFF_ROUTE, kind=Kind.STARTED, reason=Reason.FIRST_INSIDE, time=MORNING - 300.0, episode=0, distance_m=3.0
)
ENTERED = Transition(
    rule="at_school",
    device="anna",
    kind=Kind.ENTER,
    reason=Reason.CONFIRMED,
    time=MORNING + 600.0,
    lon=16.372077,
    lat=48.208493,
    distance_m=-12.5,
    along_track_m=None,
    half_width_m=None,
    probability=0.03,
    episode=0,
    starts_at=MORNING + 600.0,
    fence="School yard",
)
LEFT = replace(ENTERED, kind=Kind.EXIT, time=MORNING + 20_000.0, distance_m=14.0, probability=0.9999)


def told(transition: Transition, *, may_tell_place: bool = True) -> Notice:
    return Notice(transition, may_tell_place)


def parent(
    name: str = "mother",
    *,
    mail: int = 1,
    sms: int = 0,
    sms_per_day: int = 10,
    time_zone: str = "Europe/Vienna",
) -> Recipient:
    """Make a recipient with so many mail and SMS addresses, on ports where nobody listens."""
    mails = [f"mailto://127.0.0.1:9?from=waywarn@example.org&to={name}{n}@example.org" for n in range(mail)]
    phones = [f"smseagle://token@127.0.0.1:9/+43664123450{n}" for n in range(sms)]
    entries = [(url, Form.FULL) for url in mails] + [(url, Form.SMS) for url in phones]
    addresses = tuple(Address.at(name, n, url, form=form) for n, (url, form) in enumerate(entries, start=1))
    return Recipient(name, time_zone, addresses, sms_per_day=sms_per_day)


class Post:
    """A channel that keeps what it carried, and fails where it is told to."""

    def __init__(self, *failures: tuple[str, int]) -> None:
        self.carried: list[tuple[str, str, str]] = []  # address key, title, body
        self.asked: list[str] = []
        self.dead: set[str] = set()
        self.failing = dict(failures)  # address key -> failures still to come

    def send(self, address: Address, title: str, body: str) -> Sent | Failed:
        self.asked.append(address.key)
        left = self.failing.get(address.key, 0)
        if address.key in self.dead or left:
            self.failing[address.key] = max(0, left - 1)
            return Failed("the server does not answer")
        self.carried.append((address.key, title, body))
        return Sent()
