"""What every rule that watches a condition has: whose it is, what it is called, and when it is awake.

The kinds are the other files of this folder; their columns are ``row.py``.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from rules.condition import Condition, check_condition
from rules.errors import RuleError
from rules.ranges import DEFAULT_ACCURACY, Numbers, check_numbers, check_texts
from rules.schedule import Schedule, check_window
from rules.watch.row import Watching

if TYPE_CHECKING:
    from rules.watch.book import Shelf

Words = TypeVar("Words", bound=StrEnum)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Watch:
    """A rule about one device.

    Parameters
    ----------
    device
        The device that is watched.
    name
        The rule's name; one device has no two rules of one name.
    window
        When the rule is awake; by default always.
    condition
        What must hold besides, of where the device is.
    default_accuracy_m
        The 95 % radius of a fix that states none; by default that of its method.

    Raises
    ------
    RuleError
        A number out of its range, naming the rule, the value and what was expected.
    """

    KIND: ClassVar[Watching]
    RANGES: ClassVar[Mapping[str, Numbers]] = {}

    device: str
    name: str
    window: Schedule | None = None
    condition: Condition | None = None
    default_accuracy_m: float | None = None

    def __post_init__(self) -> None:
        check_texts(self.where, self, ("name", "device"))
        check_numbers(self.where, self, {**self.RANGES, "default_accuracy_m": DEFAULT_ACCURACY})
        check_window(self.where, self.window)
        check_condition(self.where, self.condition)

    @property
    def where(self) -> str:
        """How errors call it."""
        return f'rule "{self.name}" of device "{self.device}"'

    @property
    def fingerprint(self) -> str:
        """Hash of what it watches: saved state is kept where it is the same."""
        told = [type(self).__name__, *(self._told(field.name) for field in fields(self))]
        return hashlib.blake2b("\n".join(told).encode(), digest_size=16).hexdigest()

    @property
    def departures(self) -> Schedule | None:
        """Openings that begin as what the rule waits for should."""
        return None

    @property
    def table(self) -> str:
        """The machine, by its name in ``tables.py``."""
        return self.KIND.name.lower()

    def fill(self, row: Any, shelf: "Shelf") -> None:  # noqa: ARG002 (kinds that share nothing need none)
        """Write the rule's numbers into a row of WATCH_RULE; a kind writes its own besides."""
        from rules.watch.tables import NUMBER_OF  # the tables need the kinds

        row["kind"], row["table"] = self.KIND, NUMBER_OF[self.table]
        for key in ("confirm_fixes", "confirm_s", "raise_probability", "clear_probability"):
            row[key] = getattr(self, key, 0)
        row["default_accuracy_m"] = -1.0 if self.default_accuracy_m is None else self.default_accuracy_m

    def named(self, number: int) -> str:
        """Give the name of one of its paths or points."""
        raise LookupError(f"{self.where} names nothing by number {number}")

    def fence_name(self, number: int) -> str:
        """Give the name of one of its fences."""
        raise LookupError(f"{self.where} has no fence {number}")

    def _told(self, name: str) -> str:
        value = getattr(self, name)
        return (
            f"{name} {getattr(value, 'fingerprint', value)!r}" if name not in {"window", "condition"} else ""
        )

    def chosen(self, key: str, words: type[Words]) -> None:
        """Make the word `key` a choice of an enum.

        Raises
        ------
        RuleError
            It is none of them.
        """
        try:
            object.__setattr__(self, key, words(getattr(self, key)))
        except ValueError:
            expected = ", ".join(words)
            raise RuleError(
                f"{self.where}: {key} is {getattr(self, key)!r}; expected one of {expected}"
            ) from None
