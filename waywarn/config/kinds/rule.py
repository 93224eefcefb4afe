"""What every kind of rule has: whom it watches, when it is awake, who is told, whose numbers it has.

Each kind is a file of this folder: its table, the engine's rules that it makes, and what they say, in words;
``registry.py`` lists them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from waywarn.config.fields import Listing, TimeZone, When
from waywarn.config.keys import Finding, Raw, needed, repeated
from waywarn.config.lines import Location
from waywarn.config.references import ConditionText, DevicePattern, Excepted, RecipientName, is_about
from waywarn.config.table import Metres, Table
from waywarn.presets import PRESETS, Preset

if TYPE_CHECKING:
    from rules.rule import Rule
    from rules.watch.watch import Watch
    from waywarn.config.kinds.ground import Ground

    Made = Rule | Watch

SHOWN_PATTERNS = 5
USUAL_INTERVAL_S = (
    60.0  # a device at rest publishes so often where it is not told otherwise: `waywarn publish`
)

KindWord = Literal[
    "deviation",
    "geofence",
    "wrong_way",
    "progress",
    "arrival",
    "silence",
    "speed",
    "proximity",
    "movement",
]
Numbers = dict[str, Any]  # by the keys of the file; their types were checked when it was read
Doubt = tuple[Location, str, str]  # key within the rule, what is doubtful, what to do
Lines = Iterator[tuple[str, str]]  # a label, and a text of one or more lines


class Beside(NamedTuple):
    """What stands beside a rule: all rules of the file, and the devices that follow this one."""

    rules: "Mapping[str, RuleConfig]"
    devices: tuple[str, ...]


class RuleConfig(Table):
    """A table ``[rules.NAME]``; a number that is None was not given."""

    NUMBERS: ClassVar[tuple[str, ...]] = ()  # what `waywarn check` gives the source of
    WAITS: ClassVar[tuple[str, ...]] = ("confirm_s",)  # those that an opening must be long enough for

    kind: KindWord = Field(description='write kind = "deviation", "geofence" or another (docs/rules.md)')
    device: DevicePattern | None = Field(
        default=None, description='name one of [devices.NAME], or a pattern such as "van-*"'
    )
    devices: Annotated[Listing[DevicePattern] | None, Field(min_length=1)] = Field(
        default=None, description='give a list, for example ["anna", "van-*"]'
    )
    assigned: Literal[True] | None = Field(
        default=None, description="write true: those follow it to whom it is assigned, and nobody else"
    )
    preset: Annotated[Preset | None, Field(strict=False)] = None
    when: When | None = Field(default=None, description='write for example "Mon-Fri 07:00-08:15"')
    time_zone: TimeZone | None = Field(default=None, description='write for example "Europe/Vienna"')
    excepted: Listing[Excepted] = Field(
        default=(), alias="except", description='give a list, for example ["2026-12-24", "holidays.ics"]'
    )
    tell: Listing[RecipientName] = Field(default=(), description='give a list, for example ["mother"]')
    default_accuracy_m: Metres = None

    @classmethod
    def contradictions(cls, place: Location, table: Raw) -> Iterator[Finding]:
        """Find keys of a table, as it was read, that exclude, need or contradict one another."""
        yield from repeated((*place, "devices"), table.get("devices"))
        yield from repeated((*place, "tell"), table.get("tell"))
        yield from needed(place, table, "when", "time_zone", expected='write for example "Europe/Vienna"')
        yield from needed(place, table, "except", "when", expected='write for example "daily 00:00-24:00"')

    @property
    def patterns(self) -> tuple[str, ...]:
        """The devices as the file names them, names or patterns for many; none if it is just assigned."""
        return (self.device,) if self.device is not None else self.devices or ()

    @property
    def who(self) -> str:
        """The devices as the subject of a sentence in the singular."""
        shown = ", ".join(self.patterns[:SHOWN_PATTERNS])
        if len(self.patterns) > SHOWN_PATTERNS:
            shown += f" and {len(self.patterns) - SHOWN_PATTERNS:,} more"
        return f"each of {shown}" if len(self.patterns) > 1 else shown or "whoever it is assigned to"

    def watches(self, device: str) -> bool:
        """Whether one of the names and patterns is about a device; it may be assigned to others."""
        return any(is_about(pattern, device) for pattern in self.patterns)

    def judges(self, device: str) -> bool:  # noqa: ARG002 (kinds need it)
        """Whether a device that follows the rule can be judged by it."""
        return True

    def of_preset(self) -> Mapping[str, float]:
        """Give the numbers of its preset, by the keys of this kind."""
        return PRESETS[self.preset][self.kind] if self.preset else {}

    def stated(self) -> Numbers:
        """Give the numbers and choices that the file states itself."""
        return stated(self, self.NUMBERS)

    def in_force(self) -> Numbers:
        """Give the preset's numbers, overridden by those stated; all else is the engine's default."""
        return {**self.of_preset(), **self.stated()}

    def shown(self, rule: Any) -> Numbers:
        """Give every number in force, the engine's defaults too; `rule` is one that `maker` made."""
        values = {key: getattr(rule, key, None) for key in self.NUMBERS} | self.in_force()
        return {
            key: value for key, value in values.items() if value is not None or key == "default_accuracy_m"
        }

    def arguments(self) -> Numbers:
        """Give what the engine's rule takes, but for its device, its name and its hours."""
        return self.in_force()

    def maker(self, name: str, ground: "Ground") -> "Callable[..., Made]":
        """Give what makes the engine's rule of a `device`, with a `name` and a `window`.

        Raises
        ------
        FaultError
            With the key that is to blame.
        """
        raise NotImplementedError

    def about(self, rule: Any) -> str:
        """Say in a few words what the rule is about; `rule` is one that `maker` made."""
        raise NotImplementedError

    def ground_lines(self, name: str, rule: Any, ground: "Ground") -> Lines:  # noqa: ARG002 (kinds need them)
        """Tell the path or the fences."""
        yield from ()

    def says(self, rule: Any) -> Iterator[str]:
        """Tell what will be said, and when, with the numbers in force; `rule` is one that `maker` made."""
        raise NotImplementedError

    def doubts(self, beside: Beside) -> Iterator[Doubt]:  # noqa: ARG002 (kinds need them)
        """Find what this kind allows but is likely not meant."""
        yield from ()

    def path_files(self) -> Iterator[tuple[Location, Any]]:
        """Give the files of paths, each with its key."""
        yield from ()


class ConditionalConfig(RuleConfig):
    """A rule that may be awake only while a geofence rule has its device inside, or outside."""

    condition: ConditionText | None = Field(
        default=None, alias="while", description='write for example "inside at_school"'
    )

    def arguments(self) -> Numbers:
        """Give what the engine's rule takes, and what must hold besides."""
        arguments = super().arguments()
        if self.condition is None:
            return arguments
        from rules import Condition

        return {**arguments, "condition": Condition.parse(self.condition)}

    def doubts(self, beside: Beside) -> Iterator[Doubt]:
        """Find that the rule which is asked does not know, at times or of a device that follows this one."""
        yield from super().doubts(beside)
        _, _, name = (self.condition or "").strip().partition(" ")
        asked = beside.rules.get(name)
        if asked is None:
            return
        if asked.when is not None and asked.when != self.when:
            problem = f"rule {name} sleeps outside {asked.when}, and knows of nobody inside then"
            yield ("while",), problem, "leave out its hours, or give both the same"
        unseen = [device for device in beside.devices if not asked.watches(device)]
        if unseen:
            problem = f"rule {name} does not watch {unseen[0]!r}, to whom this one is assigned"
            yield ("while",), problem, f"add {unseen[0]!r} to its devices"

    def ends_asleep(self) -> bool:
        """Whether an alarm ends as the rule falls asleep."""
        return self.when is not None or self.condition is not None


def stated(table: Table, names: Iterable[str]) -> Numbers:
    """Give the numbers and choices that a table states itself."""
    return {name: value for name in names if (value := getattr(table, name)) is not None}
