"""What two sets of rules say of the same fixes: alarms that appear, vanish or move in time.

Deciding is ``history.py``; how a comparison is shown is ``commands/differences.py``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from corridor.instant import format_instant
from rules.revision import net_history
from rules.transition import Kind

if TYPE_CHECKING:
    from rules import Transition

EVENT_REACH_S = 600.0  # an event that both say is the same one up to so far apart


class Change(StrEnum):
    """What became of an alarm or an event."""

    APPEARED = "appeared"
    VANISHED = "vanished"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Told:
    """An alarm from its first fix to its end, or an event, which ends as it begins.

    Parameters
    ----------
    opening
        What was said first.
    ends_at
        Event time of its end; infinite: it was open at the end of the fixes.
    """

    opening: "Transition"
    ends_at: float

    @property
    def reach_s(self) -> float:
        """How far from it in time another one may be and still be the same."""
        return 0.0 if self.opening.opens_alarm else EVENT_REACH_S

    @property
    def times(self) -> tuple[float, float, float]:
        """When it began, when it was said, and when it ended."""
        return self.opening.starts_at, self.opening.time, self.ends_at


@dataclass(frozen=True, slots=True)
class Difference:
    """One alarm or event that is not the same under both."""

    change: Change
    before: Told | None
    after: Told | None

    @property
    def told(self) -> "Transition":
        """What it is about: as it is now, else as it was."""
        told = self.after or self.before
        assert told is not None  # noqa: S101 (made with one at least)
        return told.opening

    @property
    def moved_s(self) -> float | None:
        """By how much later it is said; None where there are no two."""
        if self.before is None or self.after is None:
            return None
        return self.after.opening.time - self.before.opening.time

    @property
    def end_moved_s(self) -> float | None:
        """By how much later it ends; None where one of the two does not."""
        if self.before is None or self.after is None:
            return None
        moved_s = self.after.ends_at - self.before.ends_at
        return moved_s if abs(moved_s) < float("inf") else None  # NaN where neither ends

    def as_json(self) -> dict[str, object]:
        """Give the wire form; what does not apply is not there."""
        told = self.told
        wire = {
            "change": self.change.value,
            "device": told.device,
            "rule": told.rule,
            "kind": told.kind.value,
            "fence": told.fence,
            "path": told.path,
            **_times("before", self.before),
            **_times("after", self.after),
            "moved_s": self.moved_s and round(self.moved_s, 3),
            "end_moved_s": self.end_moved_s and round(self.end_moved_s, 3),
        }
        return {key: value for key, value in wire.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs, in order of time, and how many alarms and events do not."""

    differences: tuple[Difference, ...]
    unchanged: int

    def count(self, change: Change) -> int:
        """Count the differences of a sort."""
        return sum(each.change is change for each in self.differences)


def compare(before: "Iterable[Transition]", after: "Iterable[Transition]") -> Comparison:
    """Compare what two sets of rules have said, by device and rule's name.

    An alarm of one is that of the other if they are of one kind and overlap in time, whichever of several
    paths was the nearest; an event, if both are about the same and lie within `EVENT_REACH_S`. What stands
    in the end is compared, late fixes taken in.

    Parameters
    ----------
    before, after
        All that was said, in its order.
    """
    then, now = _by_whose(_told(before)), _by_whose(_told(after))
    pairs = [pair for key in {**then, **now} for pair in _paired(then.get(key, []), now.get(key, []))]
    differences = [each for each in map(_difference, pairs) if each is not None]
    differences.sort(key=lambda each: (each.told.time, each.told.device, each.told.rule))
    return Comparison(tuple(differences), len(pairs) - len(differences))


def _told(transitions: "Iterable[Transition]") -> Iterator[Told]:
    standing = net_history(transitions)
    ends = {(each.device, each.rule, each.episode): each.time for each in standing if each.closes_alarm}
    for each in standing:
        if each.opens_alarm:
            yield Told(each, ends.get((each.device, each.rule, each.episode), float("inf")))
        elif not each.closes_alarm:
            yield Told(each, each.time)


_Whose = tuple[object, ...]


def _by_whose(told: Iterable[Told]) -> dict[_Whose, list[Told]]:
    mine: dict[_Whose, list[Told]] = defaultdict(list)
    for each in told:
        said = each.opening
        # else the path is the nearest of several, which a rule with one does not name
        point = said.path if said.kind is Kind.PASSED else None
        mine[said.device, said.rule, said.kind, said.fence, point].append(each)
    return mine


def _paired(before: list[Told], after: Sequence[Told]) -> Iterator[tuple[Told | None, Told | None]]:
    left = list(before)
    for now in after:
        then = min(
            (each for each in left if _is_one(each, now)),
            key=lambda each: abs(each.opening.time - now.opening.time),
            default=None,
        )
        if then is not None:
            left.remove(then)
        yield then, now
    yield from ((then, None) for then in left)


def _is_one(one: Told, other: Told) -> bool:
    reach_s = one.reach_s
    return (
        one.opening.starts_at <= other.ends_at + reach_s and other.opening.starts_at <= one.ends_at + reach_s
    )


def _difference(pair: tuple[Told | None, Told | None]) -> Difference | None:
    before, after = pair
    if before is None:
        return Difference(Change.APPEARED, None, after)
    if after is None:
        return Difference(Change.VANISHED, before, None)
    return None if before.times == after.times else Difference(Change.MOVED, before, after)


def _times(which: str, told: Told | None) -> dict[str, str | None]:
    if told is None:
        return {}
    ends_at = None if told.ends_at == float("inf") else told.ends_at
    is_alarm = told.opening.opens_alarm
    return {
        f"{which}_starts_at": format_instant(told.opening.starts_at) if is_alarm else None,
        f"{which}_time": format_instant(told.opening.time),
        f"{which}_ends_at": format_instant(ends_at) if is_alarm and ends_at is not None else None,
    }
