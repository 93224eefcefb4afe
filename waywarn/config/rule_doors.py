"""What the engine makes of the rules of a configuration; a refusal of its is placed on its line.

Imported only when a door of `Config` is used.
"""

import glob
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from corridor import Corridor, CorridorError, Fence, FenceSet, Path
from rules import Deviation, Geofence, Schedule
from waywarn.assignment import Assignment
from waywarn.config.followers import Assigned, Times, assigned, followers
from waywarn.config.problem import ConfigError, Problem
from waywarn.config.rule_tables import DeviationConfig, GeofenceConfig, RuleConfig
from waywarn.config.windows import ExceptedError, Windows
from waywarn.fences import fences_of
from waywarn.presets import DEFAULT_HALF_WIDTH_M

if TYPE_CHECKING:
    from waywarn.config.config import Config

EngineRule = Deviation | Geofence

# What `Corridor` calls its discs; a rule's own graces have those names (docs/decisions/0063).
CORRIDOR_WORDS = {"start_disc_m": "start_grace_m", "end_disc_m": "end_grace_m"}


class _FaultError(Exception):
    """A refusal, and the key of the rule that is to blame."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


def engine_rules(config: "Config", stored: Iterable[Assignment] = ()) -> tuple[EngineRule, ...]:
    """Read every rule's path or fences, once, and make a rule for each device that follows it.

    Parameters
    ----------
    config
        The rules, in the order in which they are made.
    stored
        Assignments besides those of the configuration.
    """
    made: list[EngineRule] = []
    problems: list[Problem] = []
    windows, to = Windows(), _assigned(config, stored, problems)
    for name, rule in config.rules.items():
        try:
            made += _made(config, name, windows.of(rule), to.get(name, {}))
        except ExceptedError as error:
            problems.append(config.problem(("rules", name, *error.where), str(error)))
        except _FaultError as fault:
            problems.append(config.problem(("rules", name, fault.key), str(fault)))
        except ValueError as error:
            problems.append(config.problem(("rules", name), str(error)))
    if problems:
        raise ConfigError(problems)
    return tuple(made)


def _assigned(config: "Config", stored: Iterable[Assignment], problems: list[Problem]) -> Assigned:
    try:
        return assigned(config, stored)
    except ConfigError as error:
        problems += error.problems
        return {}


def _made(
    config: "Config", name: str, window: Schedule | None, to: Mapping[str, list[Times]]
) -> Iterator[EngineRule]:
    rule = config.rules[name]
    make = _maker(name, rule)
    if isinstance(rule, GeofenceConfig) and (pattern := _sole_pattern(config, rule)):
        yield make(device=pattern, name=name, window=window)
        to = {device: times for device, times in to.items() if not rule.watches(device)}
        rule = rule.model_copy(update={"device": None, "devices": None})
    for device, hours in followers(config, rule, window, to):
        escaped = glob.escape(device) if isinstance(rule, GeofenceConfig) else device
        yield make(device=escaped, name=name, window=hours)


def _maker(name: str, rule: RuleConfig) -> Callable[..., EngineRule]:
    """Read what a rule is about, and give what makes the rule of one `device`, its `name` and `window`."""
    if isinstance(rule, DeviationConfig):
        numbers: dict[str, Any] = rule.of_rule()  # types were checked when the file was read
        return partial(Deviation, _corridor(rule), **numbers)
    if isinstance(rule, GeofenceConfig):
        in_force: dict[str, Any] = rule.in_force()
        return partial(Geofence, FenceSet(fences_for(name, rule)), **in_force)  # packed once
    raise TypeError(f"rule {name!r} is a {type(rule).__name__}, of which nothing is made")


def _corridor(rule: DeviationConfig) -> Corridor:
    stated: dict[str, Any] = rule.of_corridor()
    numbers = {CORRIDOR_WORDS.get(key, key): value for key, value in stated.items()}
    half_width_m = numbers.pop("half_width_m", DEFAULT_HALF_WIDTH_M)
    with _blaming("path"):
        path = Path.from_file(rule.path)
    try:
        return Corridor(path, half_width_m, **numbers)
    except CorridorError as error:
        # A number to each vertex is all that only path and number together can tell to be wrong.
        left = "left_half_width_m" if "left_half_width_m" in str(error) else "half_width_m"
        raise _FaultError(left, str(error)) from None


def _sole_pattern(config: "Config", rule: GeofenceConfig) -> str | None:
    """Give the only pattern of a rule: of geofences the engine takes one rule for all its devices."""
    return rule.patterns[0] if len(rule.patterns) == 1 and rule.patterns[0] not in config.devices else None


def fences_for(name: str, rule: GeofenceConfig) -> list[Fence]:
    """Read the fences of a rule, or make the one that its table draws; `engine_rules` says what is wrong."""
    if rule.circle is not None:
        circle = rule.circle
        with _blaming("circle"):
            return [Fence.circle(circle.lon, circle.lat, circle.radius_m, name=name.replace("_", " "))]
    with _blaming("fences"):
        return fences_of(rule.fences or "")  # one of the two is given: ``together.py``


@contextmanager
def _blaming(key: str) -> Iterator[None]:
    try:
        yield
    except CorridorError as error:
        raise _FaultError(key, str(error)) from None
