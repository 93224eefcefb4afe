"""What the engine makes of the rules of a configuration; a refusal of its is placed on its line.

Imported only when a door of `Config` is used.
"""

import glob
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from corridor import Corridor, CorridorError, Fence, FenceSet, Path
from rules import Deviation, Geofence, Window
from waywarn.config.problem import ConfigError, Problem
from waywarn.config.rule_tables import DeviationConfig, GeofenceConfig, RuleConfig
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


def engine_rules(config: "Config") -> tuple[EngineRule, ...]:
    """Read every rule's path or fences and make the rules, in the file's order."""
    made: list[EngineRule] = []
    problems: list[Problem] = []
    for name, rule in config.rules.items():
        try:
            made += _made(config, name, rule)
        except _FaultError as fault:
            problems.append(config.problem(("rules", name, fault.key), str(fault)))
        except ValueError as error:
            problems.append(config.problem(("rules", name), str(error)))
    if problems:
        raise ConfigError(problems)
    return tuple(made)


def _made(config: "Config", name: str, rule: RuleConfig) -> list[EngineRule]:
    window = Window.parse(rule.when, zone=rule.time_zone.key) if rule.when and rule.time_zone else None
    if isinstance(rule, DeviationConfig):
        numbers: dict[str, Any] = rule.of_rule()  # types were checked when the file was read
        return [Deviation(_corridor(rule), device=rule.device, name=name, window=window, **numbers)]
    if isinstance(rule, GeofenceConfig):
        return [*_geofences(config, name, rule, window)]
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


def _geofences(
    config: "Config", name: str, rule: GeofenceConfig, window: Window | None
) -> Iterator[Geofence]:
    """Make one rule for all devices of a pattern; several names and patterns make one for each device."""
    fences = FenceSet(fences_for(name, rule))  # packed once, however many watch them
    numbers: dict[str, Any] = rule.in_force()
    if len(rule.patterns) == 1 and rule.patterns[0] not in config.devices:
        devices = [*rule.patterns]
    else:
        devices = [glob.escape(device) for device in config.devices if rule.watches(device)]
    for device in devices:
        yield Geofence(fences, device=device, name=name, window=window, **numbers)


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
