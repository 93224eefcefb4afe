"""The names by which alarms and events are known for ever: in the store and in messages."""

import hashlib

from corridor.instant import format_instant
from rules.transition import Kind, Transition

EVENT_KINDS = frozenset({Kind.ENTER, Kind.EXIT, Kind.CROSS, Kind.DWELL, Kind.SKIPPED, Kind.PASSED})
"""What is told once and over as it happens; everything else opens an alarm, ends one or is told to nobody."""


def fingerprint_of(transition: Transition) -> str:
    """Name the episode that a transition belongs to; an event is one by itself.

    An event is known by its time and its fence (or point of the path), which no other of its rule, device and
    kind has. That is there as a digest: its name tells a place, and a fingerprint outlives the retention of
    places. A revision has the fingerprint of the alarm that it revises; an event that is revised is found by
    what it said, for its time may have been amended since.

    Examples
    --------
    >>> from rules.transition import Reason
    >>> seen = (Reason.CONFIRMED, 60.0, 16.3, 48.2, 80.0, 0.0, 40.0, 1.0)
    >>> fingerprint_of(Transition("way", "anna", Kind.OFF_ROUTE, *seen, episode=3, starts_at=30.0))
    'way/anna/3'
    >>> yard = Transition("school", "anna", Kind.EXIT, *seen, episode=0, starts_at=60.0, fence="yard")
    >>> fingerprint_of(yard)
    'school/anna/exit/1970-01-01T00:01:00Z/728faea7'
    """
    if transition.kind not in EVENT_KINDS:
        return numbered(transition.rule, transition.device, transition.episode)
    where = "\n".join(name for name in (transition.fence or "", transition.path) if name is not None)
    digest = hashlib.blake2b(where.encode(), digest_size=4).hexdigest()
    when = format_instant(transition.time)
    return f"{transition.rule}/{transition.device}/{transition.kind.value}/{when}/{digest}"


def numbered(name: str, device: str, number: int) -> str:
    """Name an alarm by its rule (or trip), its device and its number among theirs."""
    return f"{name}/{device}/{number}"
