"""A configuration that was read and found good, and the doors to what the other rooms make of it.

The other rooms are imported when a door is used: a publisher that reads its account needs no compiler.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from waywarn.config.accounts import DeviceConfig, WatcherConfig
from waywarn.config.kinds.rule import RuleConfig
from waywarn.config.lines import Lines, Location
from waywarn.config.models import (
    AssignmentConfig,
    RecipientConfig,
    ServiceConfig,
    Tables,
    TripConfig,
)
from waywarn.config.operator import OperatorConfig
from waywarn.config.problem import Problem, located
from waywarn.config.provision import ProvisionConfig
from waywarn.config.sip import SipConfig
from waywarn.presets import DEFAULT_LATE_HORIZON_S, LATE_HORIZONS_S

if TYPE_CHECKING:
    from alerts import Recipient
    from rules.rule import Rule
    from sip import Account


@dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration, frozen; `waywarn.config.load_config` makes it.

    Secrets are `pydantic.SecretStr` inside and show in no representation.
    """

    file: Path
    service: ServiceConfig
    sip: SipConfig
    provision: ProvisionConfig | None
    devices: Mapping[str, DeviceConfig]
    watchers: Mapping[str, WatcherConfig]
    operator: OperatorConfig | None
    rules: Mapping[str, RuleConfig]
    assignments: tuple[AssignmentConfig, ...]
    trips: Mapping[str, TripConfig]
    recipients: Mapping[str, RecipientConfig]
    device_names: Mapping[str, None]
    """Every device: those of the tables, then those that the store alone has an account of."""
    strangers: tuple[Problem, ...]
    """What names a device that nobody has yet; the engine's rules are made when there is none."""
    _lines: Lines = field(repr=False, compare=False)

    @classmethod
    def of(
        cls,
        file: Path,
        tables: Tables,
        lines: Lines,
        enrolled: Iterable[str] = (),
        strangers: Iterable[Problem] = (),
    ) -> Self:
        """Freeze the tables of a file; `enrolled` are the devices of its store."""
        return cls(
            file=file,
            service=tables.service,
            sip=tables.sip,
            provision=tables.provision,
            devices=MappingProxyType(tables.devices),
            watchers=MappingProxyType(tables.watchers),
            operator=tables.operator,
            rules=MappingProxyType(tables.rules),
            assignments=tables.assignments,
            trips=MappingProxyType(tables.trips),
            recipients=MappingProxyType(tables.recipients),
            device_names=MappingProxyType(dict.fromkeys((*tables.devices, *enrolled))),
            strangers=tuple(strangers),
            _lines=lines,
        )

    def problem(self, location: Location, problem: str, expected: str = "") -> Problem:
        """Say that something is wrong, or doubtful, at a place of the file."""
        return located(self.file, self._lines, location, problem, expected)

    @property
    def late_horizon_s(self) -> float:
        """How late a fix may come and still count: as stated, else the longest of the rules' presets."""
        if self.service.late_horizon_s is not None:
            return self.service.late_horizon_s
        presets = {rule.preset for rule in self.rules.values() if rule.preset is not None}
        return max((LATE_HORIZONS_S[preset] for preset in presets), default=DEFAULT_LATE_HORIZON_S)

    def engine_rules(self) -> "tuple[Rule, ...]":
        """Read every rule's path or fences and make the rules for `rules.Engine`, in the file's order.

        A rule of several devices makes one for each of them, of the same name.

        Raises
        ------
        ConfigError
            With every path and fence that cannot be read, every rule that cannot be, and `strangers`.
        """
        from waywarn.config.rule_doors import engine_rules

        return engine_rules(self)

    def accounts(self) -> "tuple[Account, ...]":
        """Make the account of each device, then of each watcher, for the SIP server."""
        from waywarn.config.doors import accounts

        return accounts(self)

    def recipient_objects(self) -> "Mapping[str, Recipient]":
        """Make the recipients for `alerts`, by name.

        Raises
        ------
        ConfigError
            With every address that could not be told anything.
        """
        from waywarn.config.doors import recipients

        return recipients(self)

    @property
    def trip_of_rule(self) -> Mapping[str, str]:
        """The trip that each rule belongs to, of those that belong to one."""
        return {rule: name for name, trip in self.trips.items() for rule in trip.rules}

    def recipients_of(self, name: str) -> tuple[str, ...]:
        """Give the names of those whom a rule, or a trip, tells; one that is no longer here tells nobody.

        Whom a trip tells, all its rules tell. A trip that names nobody tells everybody whom its rules name.
        """
        trip = self.trips.get(self.trip_of_rule.get(name, name))
        if trip is not None and trip.tell:
            return trip.tell
        rules = trip.rules if trip is not None and name in self.trips else (name,)
        told = [each for rule in rules if rule in self.rules for each in self.rules[rule].tell]
        return tuple(dict.fromkeys(told))

    def warnings(self) -> tuple[str, ...]:
        """Say what is allowed but likely not meant, each with its line and key."""
        from waywarn.config.doubts import doubts

        return tuple(map(str, doubts(self)))
