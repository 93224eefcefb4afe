"""A rule told to the person who wrote it: what it watches, with which numbers, and what will be said to whom.

Words only. The rest of a configuration is ``explain.py``.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from rules import Deviation, Geofence, Schedule, Window
from rules.schedule import BLOCK_S
from waywarn.config.rule_doors import EngineRule, fences_for
from waywarn.config.rule_tables import (
    DEVIATION_NUMBERS,
    GEOFENCE_NUMBERS,
    DeviationConfig,
    GeofenceConfig,
    RuleConfig,
    stated,
)

if TYPE_CHECKING:
    from alerts import Recipient
    from corridor import Corridor, Fence
    from corridor.terms import Terms

OPENINGS_SHOWN = 3
BLOCKS_SEARCHED = (
    13  # a year and a month; a window of dates, or one that holidays except, may be long in opening
)
FENCES_SHOWN = 5
DEVICES_SHOWN = 10
SHOWN_PATTERNS = 5

Rows = Iterator[tuple[str, str]]


def about(config: RuleConfig, rule: EngineRule | None) -> str:
    """Say in a few words what a rule is about; of one that nobody follows no engine's rule is made."""
    who = _listed(config.patterns, SHOWN_PATTERNS) or "whom it is assigned to"
    if isinstance(config, GeofenceConfig) and isinstance(rule, Geofence):
        return f"{who} entering and leaving {_count(len(rule.fence_set), 'fence')}"
    if isinstance(config, DeviationConfig) and isinstance(rule, Deviation):
        return f"{who} on the path" if rule.device != who else f"{who} keeps to its path"
    return "nobody follows it"


def following_rows(
    config: RuleConfig, devices: Iterable[str], to: Mapping[str, Sequence[tuple[float, float]]]
) -> Rows:
    """Tell who follows a rule, in rows of a label and a text.

    Parameters
    ----------
    config
        The rule's table.
    devices
        All that there are.
    to
        Those to which it is assigned, and from when to when.
    """
    if config.patterns:
        yield "devices", _listed([device for device in devices if config.watches(device)], DEVICES_SHOWN)
    if to:
        times = sum(map(len, to.values()))
        yield "assigned", f"{_count(times, 'time')}, to {_listed(to, DEVICES_SHOWN)}"
    elif not config.patterns:
        yield "assigned", "to nobody by this file; the store may hold more (`waywarn assign --list`)"


def what_rows(config: RuleConfig, rule: EngineRule) -> Rows:
    """Tell what a rule watches and with which numbers."""
    if isinstance(config, GeofenceConfig) and isinstance(rule, Geofence):
        yield from _geofence_rows(config, rule)
    elif isinstance(config, DeviationConfig) and isinstance(rule, Deviation):
        yield from _deviation_rows(config, rule)


def when_rows(config: RuleConfig, window: Window | None, now: float) -> Rows:
    """Tell when a rule is awake; the next openings are those from `now` on, UTC seconds."""
    if window is None:
        yield "awake", "always"
        return
    yield "awake", f"{config.when} ({window.zone})"
    if days := sorted(window.excepted):
        yield "except on", f"{_count(len(days), 'day')}, from {days[0]} to {days[-1]}"
    yield "next", "\n".join(openings(window, now)) or "not within a year"


def told_rows(config: RuleConfig, recipients: Mapping[str, "Recipient"]) -> Rows:
    """Tell who is told."""
    yield "tells", "\n".join(_told(config, recipients)) or "nobody"


def _deviation_rows(config: DeviationConfig, rule: Deviation) -> Rows:
    path = rule.corridor.path
    yield "path", f"{config.path.name}: {_distance(path.length_m)}, {len(path)} vertices"
    yield "corridor", "\n".join(_corridor(rule.corridor))
    in_force = {key: getattr(rule, key, None) for key in DEVIATION_NUMBERS} | config.of_corridor()
    in_force["half_width_m"] = config.in_force().get("half_width_m", rule.corridor.half_width_m)
    shown = {
        key: value for key, value in in_force.items() if value is not None or key == "default_accuracy_m"
    }
    yield from _numbers(shown, stated(config, DEVIATION_NUMBERS), config.in_force(), config.preset)
    yield "beyond doubt", "two fixes in a row more than two half widths outside raise at once"


def _corridor(corridor: "Corridor") -> Iterator[str]:
    yield _sides(corridor.terms)
    start_m, end_m = corridor.terms.grace_m
    discs = [f"{_distance(m)} of its {end}" for m, end in ((start_m, "start"), (end_m, "end")) if m]
    if discs:
        yield f"inside too: within {' and '.join(discs)}"
    if corridor.terms.directed:
        yield "in the path's direction: a fix that states a course against it is outside"
    if corridor.terms.altitude_m is not None:
        low_m, high_m = corridor.terms.altitude_m
        yield f"from {low_m:g} to {high_m:g} m of altitude, where a fix states one"


def _sides(terms: "Terms") -> str:
    if terms.is_even:
        return f"{terms.widest_m:g} m to each side"
    if terms.left_m is terms.right_m:
        return f"{_span(terms.right_m)} to each side"
    return f"{_span(terms.right_m)} to the right of travel, {_span(terms.left_m)} to the left"


def _span(widths_m: npt.NDArray[np.float64]) -> str:
    low_m, high_m = float(widths_m.min()), float(widths_m.max())
    return f"{low_m:g} m" if low_m == high_m else f"{low_m:g} to {high_m:g} m"


def _geofence_rows(config: GeofenceConfig, rule: Geofence) -> Rows:
    yield "fences", "\n".join(_fences(rule.name, config))
    yield "says", "entering and leaving, once each, by the fence's name; nothing stays open"
    in_force = {key: getattr(rule, key) for key in GEOFENCE_NUMBERS}
    yield from _numbers(in_force, config.in_force(), config.in_force(), None)


def _fences(name: str, config: GeofenceConfig) -> Iterator[str]:
    fences = fences_for(name, config)
    if config.fences is not None:
        yield f"{config.fences.name}: {_count(len(fences), 'fence')}"
    for fence in fences[:FENCES_SHOWN]:
        yield f"{fence.name}: {_size(fence)}"
    if len(fences) > FENCES_SHOWN:
        yield f"and {len(fences) - FENCES_SHOWN:,} more"


def _size(fence: "Fence") -> str:
    from corridor.fence_outline import size_of

    size = size_of(fence)
    shape = f"{size.vertices} vertices" if size.vertices else "a circle"
    return f"{shape}, {_distance(size.across_m)} across"


def _numbers(
    values: Mapping[str, object],
    stated: Mapping[str, object],
    in_force: Mapping[str, object],
    preset: str | None,
) -> Rows:
    """Sort the numbers in force by where they came from."""
    by_source: dict[str, list[str]] = {"this file": [], f"preset {preset}": [], "default": []}
    for name, value in values.items():
        source = "this file" if name in stated else f"preset {preset}" if name in in_force else "default"
        by_source[source].append(f"{name} {_value(value)}")
    for source, numbers in by_source.items():
        if numbers:
            yield f"by {source}", ", ".join(numbers)


def _told(config: RuleConfig, recipients: Mapping[str, "Recipient"]) -> Iterator[str]:
    for name in config.tell:
        recipient = recipients[name]
        for address in recipient.addresses:
            cap = f", at most {recipient.sms_per_day} a day" if address.form == "sms" else ""
            yield f"{name} ({address.form}{cap}): {address.masked}"


def openings(window: Schedule, now: float) -> Iterator[str]:
    """Write the next openings of a window in its own local time."""
    block = int(now // BLOCK_S)
    spans = chain.from_iterable(window.openings(each) for each in range(block, block + BLOCKS_SEARCHED))
    soon = (span for span in dict.fromkeys(spans) if span[1] > now)
    for opening in islice(soon, OPENINGS_SHOWN):
        yield _opening(opening, ZoneInfo(window.zone))


def _opening(opening: tuple[float, float], zone: ZoneInfo) -> str:
    first, last = (datetime.fromtimestamp(instant, zone) for instant in opening)
    end = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%a %d %b %H:%M}"
    return f"{first:%a %d %b %Y %H:%M} to {end}"


def _value(value: object) -> str:
    if value is None:
        return "by method"  # default_accuracy_m: that of the fix's method
    if isinstance(value, tuple):
        return f"[{', '.join(f'{each:g}' for each in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def _listed(names: Collection[str], most: int) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(islice(names, most)) + more


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _distance(metres: float) -> str:
    return f"{metres / 1000:.2f} km" if metres >= 1000 else f"{metres:.0f} m"
