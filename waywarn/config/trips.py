"""The tables ``[trips.NAME]``: what must hold of them, what is doubtful in them, what `check` says of one.

The model is in ``models.py``; what a trip makes of its rules' alarms is the alerts room's.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from waywarn.config.followers import Assigned, devices_of
from waywarn.config.keys import Finding, Raw, repeated
from waywarn.config.problem import Problem

if TYPE_CHECKING:
    from waywarn.config.config import Config


_HOW = (
    "the first of them to raise opens it, for each device apart",
    "another that raises meanwhile is an update, once for each rule",
    "it ends when all of them are over, with what happened in order",
)


def trip_findings(trips: Mapping[str, Raw], rules: frozenset[str]) -> Iterator[Finding]:
    """Find trips that are called like a rule, and rules that are named twice."""
    trip_of: dict[str, str] = {}
    for name, trip in trips.items():
        place = ("trips", name)
        if name in rules:
            yield place, f"{name[:60]!r} is the name of a rule too", "give the trip another"
        yield from repeated((*place, "tell"), trip.get("tell"))
        yield from repeated((*place, "rules"), trip.get("rules"))
        listed = trip.get("rules")
        for position, rule in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(rule, str) and trip_of.setdefault(rule, name) != name:
                problem = f"{rule[:60]!r} belongs to the trip {trip_of[rule][:60]!r} too"
                yield (*place, "rules", position), problem, "leave it in one of them"


def trip_doubts(config: "Config", to: Assigned) -> Iterator[Problem]:
    """Find trips that join nothing, and recipients that a trip overrules."""
    for name, trip in config.trips.items():
        followers = Counter(device for rule in trip.rules for device in _followers(config, rule, to))
        if max(followers.values(), default=0) < 2:
            yield config.problem(
                ("trips", name, "rules"),
                "no device follows two of these rules",
                "a trip makes one alarm of those of one device; name rules of the same device",
            )
        for rule in trip.rules:
            own = config.rules[rule].tell
            if trip.tell and own and set(own) != set(trip.tell):
                problem = f"has no effect: the trip {name!r} says whom to tell"
                yield config.problem(("rules", rule, "tell"), problem)


def _followers(config: "Config", rule: str, to: Assigned) -> set[str]:
    return {*devices_of(config, config.rules[rule].patterns), *to.get(rule, {})}


def part_rows(config: "Config", rule: str) -> Iterator[tuple[str, str]]:
    """Tell which trip a rule belongs to."""
    if rule in config.trip_of_rule:
        yield "part of", f"the trip {config.trip_of_rule[rule]}: its alarms are told as that trip's"


def trip_rows(config: "Config", name: str) -> Iterator[tuple[str, str]]:
    """Tell a trip, but for whom it tells."""
    yield "rules", "\n".join(config.trips[name].rules)
    yield "one alarm", "\n".join(_HOW)
    yield "events", "entering, leaving and what else is over as it happens are told by themselves"
