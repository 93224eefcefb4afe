"""The tables ``[trips.NAME]``: what must hold of them, and what `check` says of one.

The model is in ``models.py``, what is doubtful ``doubts.py``'s; the alarm itself is the alerts room's.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from waywarn.config.keys import Finding, Raw, repeated

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


def part_rows(config: "Config", rule: str) -> Iterator[tuple[str, str]]:
    """Tell which trip a rule belongs to."""
    if rule in config.trip_of_rule:
        yield "part of", f"the trip {config.trip_of_rule[rule]}: its alarms are told as that trip's"


def trip_rows(config: "Config", name: str) -> Iterator[tuple[str, str]]:
    """Tell a trip, but for whom it tells."""
    yield "rules", "\n".join(config.trips[name].rules)
    yield "one alarm", "\n".join(_HOW)
    yield "events", "entering, leaving and what else is over as it happens are told by themselves"
