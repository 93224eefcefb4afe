"""What a late fix changes of what was said: what is withdrawn, what was so at another time, what is new.

Folding the fixes again is ``late.py``; this file compares what was said with what would have been.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from rules.transition import Kind, Reason, Transition

Numbers = Mapping[str, Mapping[int, int]]
"""By rule: the number that an alarm has, for the number that it would have had."""


class Revision(NamedTuple):
    """The outcome of a comparison."""

    said: tuple[Transition, ...]  # what is to be said now
    net: tuple[Transition, ...]  # what has been said, all revisions taken in
    numbers: Numbers


def revise(old: Sequence[Transition], new: Sequence[Transition], given: Mapping[str, int]) -> Revision:
    """Compare what was said of a device with what is said of its fixes in order.

    An alarm that was open while one of now is, is the same alarm: it keeps its number, and is amended where
    its times differ. What has no counterpart is retracted (an alarm with its end), or said as new.

    Parameters
    ----------
    old
        What was said, revisions taken in.
    new
        What is so.
    given
        By rule: the highest number that an alarm of it has had.
    """
    numbers = _numbers(old, new, given)
    renamed = [replace(each, episode=numbers[each.rule].get(each.episode, each.episode)) for each in new]
    before, after = _by_identity(old), _by_identity(renamed)
    for then, now in _moved(before, after):
        after = {then if key == now else key: each for key, each in after.items()}
    retracted = [each for key, each in before.items() if key not in after]
    opened = {(each.rule, each.episode) for each in retracted if each.opens_alarm}
    withdrawn = [
        _retraction(each)
        for each in sorted(retracted, key=in_time, reverse=True)
        if not (each.closes_alarm and (each.rule, each.episode) in opened)
    ]
    changed = [
        each if key not in before else _amendment(before[key], each)
        for key, each in after.items()
        if key not in before or _is_moved(before[key], each)
    ]
    # What stands as it was said keeps the evidence that it was said with.
    net = tuple(
        before[key] if key in before and not _is_moved(before[key], each) else each
        for key, each in after.items()
    )
    return Revision((*withdrawn, *changed), net, numbers)


def in_time(said: Transition) -> tuple[float, str, Kind, int]:
    """Give what puts transitions of a device in one order, however they came to be known."""
    return said.time, said.rule, said.kind, said.episode


def without(said: Sequence[Transition], settled: Iterable[Transition]) -> tuple[Transition, ...]:
    """Give what was said, but for what has settled."""
    gone = {_identity(each) for each in settled}
    return tuple(each for each in said if _identity(each) not in gone)


def net_history(transitions: Iterable[Transition]) -> tuple[Transition, ...]:
    """Give what stands of what was said: without what was retracted, with what was amended.

    Parameters
    ----------
    transitions
        In the order in which they were said. A revision of what is not among them stands as it is, where it
        amends, and is left out, where it retracts.
    """
    standing: list[Transition] = []
    for each in transitions:
        if each.revises is None:
            standing.append(each)
            continue
        found = [at for at, other in enumerate(standing) if _is_revised(other, each)]
        withdrawn = standing.pop(found[-1]) if found else None
        if each.kind is Kind.AMENDED:
            standing.append(replace(each, kind=each.revises, revises=None, revises_time=None))
        elif withdrawn is not None and withdrawn.opens_alarm:
            standing = [other for other in standing if not _ends(other, withdrawn)]
    return tuple(sorted(standing, key=in_time))


def _is_revised(said: Transition, revision: Transition) -> bool:
    same = (said.rule, said.device, said.kind, said.time, said.fence) == (
        revision.rule,
        revision.device,
        revision.revises,
        revision.revises_time,
        revision.fence,
    )
    of_alarm = said.opens_alarm or said.closes_alarm  # which may be nearest to another path now
    return same and (of_alarm or said.path == revision.path)


def _ends(other: Transition, opening: Transition) -> bool:
    mine = (other.rule, other.device, other.episode) == (opening.rule, opening.device, opening.episode)
    return mine and other.closes_alarm


def _retraction(said: Transition) -> Transition:
    return replace(
        said, kind=Kind.RETRACTED, reason=Reason.LATE_FIX, revises=said.kind, revises_time=said.time
    )


def _amendment(before: Transition, now: Transition) -> Transition:
    return replace(now, kind=Kind.AMENDED, reason=Reason.LATE_FIX, revises=now.kind, revises_time=before.time)


def _is_moved(before: Transition, now: Transition) -> bool:
    return (before.time, before.starts_at) != (now.time, now.starts_at)


# Which alarm is which


class _Alarm(NamedTuple):
    starts_at: float  # the order in which they are compared, however they arrived
    ends_at: float
    number: int
    kind: Kind


def _numbers(old: Sequence[Transition], new: Sequence[Transition], given: Mapping[str, int]) -> Numbers:
    before, after = _alarms(old), _alarms(new)
    numbers: dict[str, dict[int, int]] = defaultdict(dict)
    for rule, alarms in after.items():
        free = iter(range(max(given.get(rule, 0), 0) + 1, 2**32))
        left = list(before.get(rule, ()))
        for alarm in alarms:
            same = next((other for other in left if _is_one(other, alarm)), None)
            if same is not None:
                left.remove(same)
            numbers[rule][alarm.number] = next(free) if same is None else same.number
    return numbers


def _alarms(transitions: Sequence[Transition]) -> dict[str, list[_Alarm]]:
    ends = {(each.rule, each.episode): each.time for each in transitions if each.closes_alarm}
    found: dict[str, list[_Alarm]] = defaultdict(list)
    for each in transitions:
        if each.opens_alarm:
            ends_at = ends.get((each.rule, each.episode), float("inf"))
            found[each.rule].append(_Alarm(each.starts_at, ends_at, each.episode, each.kind))
    return {rule: sorted(alarms) for rule, alarms in found.items()}


def _is_one(one: _Alarm, other: _Alarm) -> bool:
    # one that ends as another begins, as at the edge of two windows, is another
    overlap = one.starts_at < other.ends_at and other.starts_at < one.ends_at
    return one.kind is other.kind and (overlap or one.starts_at == other.starts_at)


# Which transition is which

_Identity = tuple[object, ...]
_OF_AN_EVENT = ("rule", "kind", "fence", "path", "time")


def _by_identity(transitions: Sequence[Transition]) -> dict[_Identity, Transition]:
    """Name transitions so that one of now has the name of the one of then that it is."""
    return {_identity(each): each for each in transitions}


def _identity(each: Transition) -> _Identity:
    if each.opens_alarm or each.closes_alarm:
        return (each.rule, each.kind, each.episode)
    return (each.rule, each.kind, each.fence, each.path, each.time)


def _moved(
    before: Mapping[_Identity, Transition], after: Mapping[_Identity, Transition]
) -> Iterator[tuple[_Identity, _Identity]]:
    """Pair events that were said at one time and are so at another: where there are as many as before."""
    then, now = (
        _events([key for key in one if key not in other]) for one, other in ((before, after), (after, before))
    )
    for name, keys in then.items():
        if len(keys) == len(now.get(name, ())):
            yield from zip(keys, now[name], strict=True)


def _events(keys: Iterable[_Identity]) -> dict[_Identity, list[_Identity]]:
    named: dict[_Identity, list[_Identity]] = defaultdict(list)
    for key in keys:
        if len(key) == len(_OF_AN_EVENT):
            named[key[:-1]].append(key)
    return named
