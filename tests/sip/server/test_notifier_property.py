"""Any order of SUBSCRIBEs, places, answers, restarts and time, held against what must always be so."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from sip.server.outbound import Notification
from sip.server.outcome import Refused
from sip.server.permission import ALLOWED, DENIED, Permission, Watching
from sip.server.subscription import Key, Subscribed, Subscription
from tests.sip.server.house import House, latitude_of, person, report, state_of, watcher_of
from tests.sip.talk import NOW

PERMISSIONS = {"berta": ALLOWED, "carla": Permission(Watching.POLITE_BLOCK), "dora": DENIED}
EVENTS = ("", ";max-rate=0.125", ";max-rate=2", ";min-rate=0.25", ";max-rate=0.5;adaptive-min-rate=0.25")
LONG_S = 4_000.0  # beyond every subscription that is made here

Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["subscribe", "refresh", "end", "place", "place", "place", "no place", "wait", "wait", "restart"]
        ),
        st.integers(0, 1_000),
    ),
    min_size=5,
    max_size=40,
)


class Witness:
    """Plays the steps, answers every NOTIFY after a while, and looks at each as it goes out."""

    def __init__(self) -> None:
        self.house = House(permissions={f"sip:{who}@example.org": may for who, may in PERMISSIONS.items()})
        self.house.directory.put(person("dora"))
        self.known: list[Subscription] = []
        self.lat: float | None = None
        self.last: dict[Key, tuple[float, float | None]] = {}  # when, and which place
        self.shortest: dict[Key, float] = {}
        self.owed: defaultdict[Key, int] = defaultdict(int)  # NOTIFYs that need not keep to the pace
        self.number: dict[Key, int] = {}
        self.unanswered: list[Notification] = []

    def play(self, what: str, number: int) -> None:
        match what:
            case "subscribe":
                self._subscribe(number)
            case "refresh" | "end" if self.known:
                self._again(self.known[number % len(self.known)], "0" if what == "end" else "600")
            case "place":
                self.lat = number / 100
                self.house.place(report(self.lat, time=self.house.now))
            case "no place":
                self.lat = None
                self.house.place(None)
            case "wait":
                self.wait(number / 64)
            case "restart":
                self._restart()
        self.look()

    def _subscribe(self, number: int) -> None:
        who = list(PERMISSIONS)[number % 3]
        event, expires = f"presence{EVENTS[number % len(EVENTS)]}", "0" if number % 7 == 6 else "600"
        outcome = self.house.ask(self.house.request(user=who, event=event, expires=expires), who)
        if who == "dora":
            assert isinstance(outcome, Refused)
            return
        assert isinstance(outcome, Subscribed)
        self._granted(outcome)
        self.known.append(outcome.change.about)

    def _again(self, known: Subscription, expires: str) -> None:
        outcome = self.house.again(known, expires=expires)
        if isinstance(outcome, Subscribed):
            self._granted(outcome)

    def _granted(self, outcome: Subscribed) -> None:
        about = outcome.change.about
        self.owed[about.key] = 1
        self.shortest[about.key] = about.pace.shortest_s
        if about.pace.longest_s((), 0.0) is not None:  # a change may go with what the clock sends
            self.shortest[about.key] = min(about.pace.shortest_s, 4.0)

    def _restart(self) -> None:
        house = self.house
        house.commit()
        kept = tuple(house.subscriptions.all.values())
        house.start()
        house.subscriptions.restore(kept)
        house.notifier.restore(house.now)
        self.unanswered.clear()
        for each in kept:
            self.owed[each.key] = 1
        if self.lat is not None:
            house.place(report(self.lat, time=house.now))

    def wait(self, seconds: float) -> None:
        end = self.house.now + seconds
        while True:
            self.look()
            wakes = (self.house.notifier.next_wake, self.house.subscriptions.next_wake)
            wake = min((max(each, self.house.now) for each in wakes if each is not None), default=end)
            if wake > end or (wake == end == self.house.now):
                break
            self.house.now = wake
            self.house.commit()
        self.house.now = end

    def look(self) -> None:
        """Take what is due, as often as something is: answers make room for the next."""
        while told := self.house.notifier.due(self.house.now):
            for each in told:
                self._see(each)
                self.house.notifier.answered(
                    each.ticket, 500 if len(each.request.body) % 3 else 200, self.house.now
                )

    def _see(self, told: Notification) -> None:
        assert isinstance(told.ticket, tuple)
        key, number = told.ticket
        assert number > self.number.get(key, 0)
        self.number[key] = number
        lat = latitude_of(told)
        assert lat is None or watcher_of(told) == "sip:berta@example.org"
        assert watcher_of(told) != "sip:dora@example.org"
        is_last = state_of(told).startswith("terminated")
        if key in self.last and not self.owed[key] and not is_last:
            assert self.house.now - self.last[key][0] >= self.shortest[key]
        self.owed[key] = 0
        self.last[key] = self.house.now, lat


@given(STEPS)
def test_pace_is_kept_the_newest_arrives_and_no_place_goes_to_who_may_not_know_it(steps: list[Step]) -> None:
    witness = Witness()
    for number in (0, 3, 12, 9, 24, 1):  # berta at each pace, and carla: 0 to 4 modulo 5
        witness.play("subscribe", number)
    for step in steps:
        witness.play(*step)
    witness.wait(20.0)
    for each in witness.house.subscriptions.all.values():
        may_know = each.watcher == "sip:berta@example.org"
        assert witness.last[each.key][1] == (witness.lat if may_know else None)
    witness.wait(LONG_S)
    assert not witness.house.subscriptions.all
    assert not witness.house.notifier._watches
    assert witness.house.now >= NOW + LONG_S
