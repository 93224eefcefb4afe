"""What the engine makes of the rules of a configuration; a refusal of its is placed on its line.

What is made of one rule is its kind's file. Imported only when a door of `Config` is used.
"""

import glob
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, cast

from rules import Schedule
from waywarn.assignment import Assignment
from waywarn.config.followers import Assigned, Times, assigned, followers, sole_pattern
from waywarn.config.kinds.geofence import GeofenceConfig
from waywarn.config.kinds.ground import FaultError, Ground
from waywarn.config.problem import ConfigError, Problem
from waywarn.config.windows import ExceptedError, Windows

if TYPE_CHECKING:
    from rules.rule import Rule
    from waywarn.config.config import Config
    from waywarn.config.kinds.rule import Made


def engine_rules(config: "Config", stored: Iterable[Assignment] = ()) -> "tuple[Rule, ...]":
    """Read every rule's path or fences, once, and make a rule for each device that follows it.

    Parameters
    ----------
    config
        The rules, in the order in which they are made.
    stored
        Assignments besides those of the configuration.
    """
    made: list[Made] = []
    problems = list(config.strangers)
    ground, windows, to = Ground(), Windows(), _assigned(config, stored, problems)
    for name, rule in config.rules.items():
        try:
            made += _made(config, name, ground, windows.of(rule), to.get(name, {}))
        except ExceptedError as error:
            problems.append(config.problem(("rules", name, *error.where), str(error)))
        except FaultError as fault:
            problems.append(config.problem(("rules", name, *fault.key), str(fault)))
        except ValueError as error:
            problems.append(config.problem(("rules", name), str(error)))
    if problems:
        raise ConfigError(problems)
    return cast("tuple[Rule, ...]", tuple(made))  # every kind of `Watch` is one that the engine judges


def _assigned(config: "Config", stored: Iterable[Assignment], problems: list[Problem]) -> Assigned:
    try:
        return assigned(config, stored)
    except ConfigError as error:
        problems += error.problems
        return {}


def _made(
    config: "Config", name: str, ground: Ground, window: Schedule | None, to: Mapping[str, list[Times]]
) -> "Iterator[Made]":
    rule = config.rules[name]
    make = rule.maker(name, ground)
    if isinstance(rule, GeofenceConfig) and (pattern := sole_pattern(config, rule)):
        yield make(device=pattern, name=name, window=window)
        to = {device: times for device, times in to.items() if not rule.watches(device)}
        rule = rule.model_copy(update={"device": None, "devices": None})
    for device, hours in followers(config, rule, window, to):
        escaped = glob.escape(device) if isinstance(rule, GeofenceConfig) else device
        yield make(device=escaped, name=name, window=hours)
