"""Who follows which rule, and when: the devices that its table names, and those to which it is assigned.

What the engine makes of them is ``rule_doors.py``; a file of assignments is ``waywarn/assignment_file.py``.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rules import Both, Schedule, Spans
from waywarn.assignment import Assignment
from waywarn.assignment_file import AssignmentFileError, Row, read_assignments
from waywarn.config.fields import MAX_NAME, suggestion
from waywarn.config.kinds.geofence import GeofenceConfig
from waywarn.config.kinds.rule import RuleConfig
from waywarn.config.problem import ConfigError, Problem
from waywarn.config.references import PATTERN_SIGNS, is_about

if TYPE_CHECKING:
    from waywarn.config.config import Config

Times = tuple[float, float]
Assigned = Mapping[str, Mapping[str, list[Times]]]  # for each rule, the devices and from when to when
MAX_PROBLEMS = 20  # of one file


class Follower(NamedTuple):
    """A device that follows a rule, and when; None: always."""

    device: str
    window: Schedule | None


def assigned(config: "Config", stored: Iterable[Assignment] = ()) -> Assigned:
    """Gather the assignments of the configuration, of the file that it names, and of the store.

    A stored one whose rule or device is not configured is passed over (`unknown` names it).

    Raises
    ------
    ConfigError
        With the lines of the file at fault.
    """
    found: dict[str, dict[str, list[Times]]] = {}
    devices = cache(lambda pattern: devices_of(config, [pattern]))  # rows are many, patterns are few
    for each in (*_of_tables(config), *(row.assignment for row in _of_file(config)), *stored):
        if each.rule in config.rules:
            for device in devices(each.device):
                found.setdefault(each.rule, {}).setdefault(device, []).append((each.begin, each.end))
    return found


def unknown(config: "Config", stored: Iterable[Assignment]) -> Iterator[Assignment]:
    """Give the assignments whose rule or device is not configured."""
    for each in stored:
        if each.rule not in config.rules or not devices_of(config, [each.device]):
            yield each


def followers(
    config: "Config", rule: RuleConfig, window: Schedule | None, to: Mapping[str, list[Times]]
) -> list[Follower]:
    """Give everybody who follows a rule.

    Parameters
    ----------
    config, rule
        The configuration, and the rule's table.
    window
        When the rule is awake.
    to
        The devices to which it is assigned besides; one that its table names follows it anyway.
    """
    named = devices_of(config, rule.patterns)
    zone = rule.time_zone.key if rule.time_zone else "UTC"
    others = [
        Follower(device, _within(window, Spans(tuple(times), zone)))
        for device, times in to.items()
        if device not in named and rule.judges(device)
    ]
    return [*(Follower(device, window) for device in named if rule.judges(device)), *others]


def devices_of(config: "Config", patterns: Iterable[str]) -> dict[str, None]:
    """Give the devices that names and patterns stand for, each once and in order."""
    found: dict[str, None] = {}
    for pattern in patterns:
        if pattern in config.device_names:  # thousands of names cost thousands of looks, not millions
            found[pattern] = None
        elif PATTERN_SIGNS & set(pattern):
            found |= dict.fromkeys(device for device in config.device_names if is_about(pattern, device))
    return found


def watches_at_once(config: "Config", rule: RuleConfig) -> bool:
    """Tell whether a running service watches by a rule whoever is added while it runs.

    It does by a geofence rule with one pattern: of those the engine takes one for all devices.
    """
    return isinstance(rule, GeofenceConfig) and sole_pattern(config, rule) is not None


def sole_pattern(config: "Config", rule: RuleConfig) -> str | None:
    """Give the only pattern of a rule; None where it names devices."""
    is_sole = len(rule.patterns) == 1 and rule.patterns[0] not in config.device_names
    return rule.patterns[0] if is_sole else None


def _within(window: Schedule | None, spans: Spans) -> Schedule | None:
    if spans.spans == ((-inf, inf),):
        return window
    return spans if window is None else Both(window, spans)


def _of_tables(config: "Config") -> Iterator[Assignment]:
    for each in config.assignments:
        begin = -inf if each.begin is None else each.begin
        end = inf if each.end is None else each.end
        yield Assignment(each.device, each.rule, begin, end)


def _of_file(config: "Config") -> list[Row]:
    file = config.service.assignments
    if file is None:
        return []
    try:
        rows = read_assignments(file)
    except AssignmentFileError as error:
        raise ConfigError(
            Problem(str(file), fault.line, "", fault.problem, fault.expected) for fault in error.faults
        ) from None
    if problems := [*islice(_problems(config, file, rows), MAX_PROBLEMS)]:
        raise ConfigError(problems)
    return rows


def _problems(config: "Config", file: Path, rows: Iterable[Row]) -> Iterator[Problem]:
    is_device = cache(lambda pattern: bool(devices_of(config, [pattern])))
    for line, (device, rule) in ((row.line, (row.assignment.device, row.assignment.rule)) for row in rows):
        if rule not in config.rules:
            said = f"there is no rule {rule[:MAX_NAME]!r} ([rules.NAME])"
            yield Problem(str(file), line, "rule", said, suggestion(rule, config.rules))
        if not is_device(device):
            said = f"no device is called {device[:MAX_NAME]!r} ([devices.NAME])"
            yield Problem(str(file), line, "device", said, suggestion(device, config.device_names))
