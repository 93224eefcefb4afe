"""A rule told to the person who wrote it: who follows it, what will be said when, and to whom.

What is particular to a kind is its file in ``kinds``. The rest of a configuration is ``explain.py``.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rules import Schedule, Window
from rules.schedule import BLOCK_S
from waywarn.config.amounts import count
from waywarn.config.kinds.ground import Ground
from waywarn.config.kinds.rule import ConditionalConfig, Lines, Numbers, RuleConfig

if TYPE_CHECKING:
    from alerts import Recipient
    from waywarn.config.kinds.rule import Made

OPENINGS_SHOWN = 3
BLOCKS_SEARCHED = 13  # a year and a month: dates may be far off, and holidays long
DEVICES_SHOWN = 10


def following_rows(
    config: RuleConfig, devices: Iterable[str], to: Mapping[str, Sequence[tuple[float, float]]]
) -> Lines:
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
    watched = [device for device in devices if config.watches(device)]
    if config.patterns and config.patterns != (*watched,):
        yield "devices", _listed(watched, DEVICES_SHOWN) if watched else "none that there is yet"
    if to:
        times = sum(map(len, to.values()))
        yield "assigned", f"{count(times, 'time')}, to {_listed(to, DEVICES_SHOWN)}"
    elif not config.patterns:
        yield "assigned", "to nobody by this file; the store may hold more (`waywarn assign --list`)"


def what_rows(config: RuleConfig, rule: "Made", ground: Ground) -> Lines:
    """Tell what a rule watches, what it says, and with which numbers; `rule` is any that was made of it."""
    yield from config.ground_lines(rule.name, rule, ground)
    yield "says", "\n".join(_says(config, rule))
    yield from _numbers(config, config.shown(rule))


def _says(config: RuleConfig, rule: "Made") -> Iterator[str]:
    yield from config.says(rule)
    if isinstance(config, ConditionalConfig) and config.ends_asleep():
        yield "ended: an alarm was open as the rule fell asleep; that is no all-clear"


def _numbers(config: RuleConfig, shown: Numbers) -> Lines:
    """Sort the numbers in force by where they came from."""
    file, preset = config.stated(), config.of_preset()
    by_source: dict[str, list[str]] = {"this file": [], f"preset {config.preset}": [], "default": []}
    for name, value in shown.items():
        source = "this file" if name in file else f"preset {config.preset}" if name in preset else "default"
        by_source[source].append(f"{name} {_value(value)}")
    for source, numbers in by_source.items():
        if numbers:
            yield f"by {source}", ", ".join(numbers)


def when_rows(config: RuleConfig, window: Window | None, now: float) -> Lines:
    """Tell when a rule is awake; the next openings are those from `now` on, UTC seconds."""
    if window is None:
        yield "awake", "always"
        return
    yield "awake", f"{config.when} ({window.zone})"
    if days := sorted(window.excepted):
        yield "except on", f"{count(len(days), 'day')}, from {days[0]} to {days[-1]}"
    yield "next", "\n".join(openings(window, now)) or "not within a year"


def condition_rows(config: RuleConfig) -> Lines:
    """Tell what must hold besides."""
    if isinstance(config, ConditionalConfig) and config.condition is not None:
        yield "only while", f"{config.condition}, as that rule says"


def told_rows(names: Iterable[str], recipients: Mapping[str, "Recipient"]) -> Lines:
    """Tell who is told."""
    yield "tells", "\n".join(_told(names, recipients)) or "nobody"


def _told(names: Iterable[str], recipients: Mapping[str, "Recipient"]) -> Iterator[str]:
    for name in names:
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
