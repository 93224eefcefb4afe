"""The filters of one subscription: when they let a NOTIFY go, and how a later document changes them.

Their conditions are ``conditions.py``; rates, and what is in a NOTIFY, are the notifier's.
"""

from dataclasses import dataclass, replace

from sip.filters.area import Area, Side
from sip.filters.conditions import Condition, EnterOrExit, side_of
from sip.filters.faults import FilterFault
from sip.filters.forms import EVERY_FORM, Form, LocationType
from sip.filters.seen import Seen, Told
from sip.pidflo.numbers import shown

# Each fix is held against all filters of all its watchers: so many cost below 10 ms.
MAX_FILTERS = 8
MAX_TRIGGERS = 8  # in a filter
MAX_CONDITIONS = 8  # in a trigger
# Of a document, and of all filters of a subscription when written: it keeps them, and a restart reads them
# again. A usual filter has 500 bytes, a polygon of 100 corners 4,500.
MAX_BYTES = 16_384
MAX_AREAS = 8  # in all filters: an area costs 50 times another condition


@dataclass(frozen=True, slots=True)
class Trigger:
    """Conditions that must hold at once."""

    conditions: tuple[Condition, ...]

    def is_met(self, before: Told, after: Seen) -> bool:
        """Say whether each holds."""
        return all(condition.is_met(before, after) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of a document.

    Parameters
    ----------
    id
        Its name: a later filter of that name takes its place.
    triggers
        Of which one must be met; none lets everything through.
    location_type
        What it says of the form, or None.
    is_enabled, is_removed
        As its attributes say.
    uri
        The resource it names. A subscription here is to one resource, so it is kept and not looked at.
    """

    id: str
    triggers: tuple[Trigger, ...] = ()
    location_type: LocationType | None = None
    is_enabled: bool = True
    is_removed: bool = False
    uri: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing itself, and so switches one that stands on or off."""
        return not self.triggers and self.location_type is None


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a document or a subscription; without any, every change is told.

    What a document holds back is asked of what `updated` makes of it: it may hold filters that are empty,
    or take others away.

    Examples
    --------
    >>> from sip.filters.conditions import Moved
    >>> from sip.pidflo import Place
    >>> far = Filters((Filter("a", (Trigger((Moved(100.0),)),)),))
    >>> here, there = Seen(Place(16.37, 48.2, None, None)), Seen(Place(16.37, 48.201, None, None))
    >>> far.is_triggered(far.told(None, here), there)  # 111 m
    True
    """

    filters: tuple[Filter, ...] = ()

    def updated(self, other: "Filters") -> "Filters":
        """Give the filters of a subscription after a SUBSCRIBE that brings others (RFC 4660, 3.3).

        A filter takes the place of the one of its name, or comes after the others; an empty one switches
        it on or off; ``remove`` takes it away, and is no fault where there is none.

        Raises
        ------
        FilterFault
            There are too many now, or they are too long, or an empty one names none that stands.
        """
        standing = {found.id: found for found in self.filters}
        for new in other.filters:
            if new.is_removed:
                standing.pop(new.id, None)
            elif not new.is_empty:
                standing[new.id] = new
            elif new.id in standing:
                standing[new.id] = replace(standing[new.id], is_enabled=new.is_enabled)
            else:
                raise FilterFault(f"filter {shown(new.id)} has neither what nor trigger")
        updated = Filters(tuple(standing.values()))
        if len(updated.filters) > MAX_FILTERS or len(updated.areas) > MAX_AREAS:
            raise FilterFault(
                f"subscription would have {len(updated.filters)} filters with"
                f" {len(updated.areas)} areas; at most {MAX_FILTERS} and {MAX_AREAS}"
            )
        from sip.filters.write import write_filters  # which writes what is defined here

        if (size := len(write_filters(updated))) > MAX_BYTES:
            raise FilterFault(f"subscription would have {size} bytes of filters; at most {MAX_BYTES}")
        return updated

    def is_triggered(self, before: Told | None, after: Seen) -> bool:
        """Say whether what is current is to be told.

        Parameters
        ----------
        before
            What the last NOTIFY told; None: nothing yet, so it is.
        after
            What is current.
        """
        live = self._live
        if before is None or not live:
            return True
        return any(
            not found.triggers or any(trigger.is_met(before, after) for trigger in found.triggers)
            for found in live
        )

    def told(self, before: Told | None, seen: Seen) -> Told:
        """Give what is to be remembered of a NOTIFY that was sent.

        Where a device is on neither side of an area, the side that it was last told to be on stays: it has
        not left the area by becoming vague.
        """
        known = {} if before is None else before.sides
        sides = {}
        for area in self.areas:
            side = side_of(area, seen)
            sides[area] = known.get(area, Side.UNSURE) if side is Side.UNSURE else side
        return Told(seen, sides)

    @property
    def forms(self) -> frozenset[Form]:
        """The forms of location that may be told."""
        live = self._live
        if not live:
            return EVERY_FORM
        return frozenset().union(*((found.location_type or LocationType()).told for found in live))

    @property
    def areas(self) -> list[Area]:
        """The areas of all of them, those that are switched off too."""
        return [
            condition.area
            for found in self.filters
            for trigger in found.triggers
            for condition in trigger.conditions
            if isinstance(condition, EnterOrExit)
        ]

    @property
    def _live(self) -> tuple[Filter, ...]:
        return tuple(found for found in self.filters if found.is_enabled)
