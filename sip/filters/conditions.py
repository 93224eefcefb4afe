"""The conditions of a trigger: moved, entered or left, a value changed, appeared or vanished.

Each compares what is current with what the last NOTIFY said, never with the last fix (RFC 6447, 3.1): a
device that creeps is told of too. Which conditions make a trigger is ``filter_set.py``.
"""

import math
from dataclasses import dataclass

from corridor.ellipsoid import axes, geocentric
from sip.filters.area import Area, Side
from sip.filters.quantity import Quantity
from sip.filters.seen import Seen, Told
from sip.pidflo import Place

_ROUNDING = 1e-9  # 5.1 - 2.1 is a change by 3
_ROUNDING_M = 1e-3  # and a step of 300 m along the ground is a move by 300


@dataclass(frozen=True, slots=True)
class Moved:
    """The device is at least `distance_m` from where it was told to be, straight and in height too."""

    distance_m: float

    def is_met(self, before: Told, after: Seen) -> bool:
        """Say whether it is so; a place that comes or goes is a move."""
        then, now = before.seen.place, after.place
        if then is None or now is None:
            return then is not now
        return _straight_m(then, now) >= self.distance_m - _ROUNDING_M


@dataclass(frozen=True, slots=True)
class EnterOrExit:
    """The device is surely on one side of an area, and was not told to be on that side."""

    area: Area

    def is_met(self, before: Told, after: Seen) -> bool:
        """Say whether it is so; a place that comes or goes is told, for no side could be."""
        then, now = before.seen.place, after.place
        if then is None or now is None:
            return then is not now
        side = side_of(self.area, after)
        return side is not Side.UNSURE and side is not before.sides.get(self.area, Side.UNSURE)


@dataclass(frozen=True, slots=True)
class Changed:
    """A value is another than was told (RFC 4661, 3.6.1); of several attributes each must hold.

    Parameters
    ----------
    quantity
        Whose value.
    by
        At least so much.
    was, becomes
        From that value, to that value.
    """

    quantity: Quantity
    by: float | None = None
    was: float | str | None = None
    becomes: float | str | None = None

    def is_met(self, before: Told, after: Seen) -> bool:
        """Say whether it is so.

        A value that is not said any more is unknown, not another. The first value after an unknown one is
        told, unless `was` asks for one that it was not.
        """
        then, now = self.quantity.of(before.seen), self.quantity.of(after)
        if now is None or now == then:
            return False
        if self.becomes is not None and now != self.becomes:
            return False
        if self.was is not None and then != self.was:
            return False
        if self.by is None or then is None or isinstance(then, str) or isinstance(now, str):
            return True
        return self.quantity.difference(then, now) >= self.by - _ROUNDING


@dataclass(frozen=True, slots=True)
class Appeared:
    """A value is there and was not told (the ``added`` of RFC 4661, 3.6.2)."""

    quantity: Quantity

    def is_met(self, before: Told, after: Seen) -> bool:
        """Say whether it is so."""
        return self.quantity.of(before.seen) is None and self.quantity.of(after) is not None


@dataclass(frozen=True, slots=True)
class Vanished:
    """A value was told and is not there (the ``removed`` of RFC 4661, 3.6.3)."""

    quantity: Quantity

    def is_met(self, before: Told, after: Seen) -> bool:
        """Say whether it is so."""
        return self.quantity.of(before.seen) is not None and self.quantity.of(after) is None


Condition = Moved | EnterOrExit | Changed | Appeared | Vanished


def side_of(area: Area, seen: Seen) -> Side:
    """Say on which side of an area a device is; without a place on neither."""
    return Side.UNSURE if seen.place is None else area.side(seen.place, seen.shape, seen.confidence)


def _straight_m(a: Place, b: Place) -> float:
    """Give the straight distance, heights included where both are known: an unknown one is not 0."""
    if a.altitude_m is None or b.altitude_m is None:
        return math.dist(_xyz(a, 0.0), _xyz(b, 0.0))
    return math.dist(_xyz(a, a.altitude_m), _xyz(b, b.altitude_m))


def _xyz(place: Place, altitude_m: float) -> list[float]:
    ground = geocentric(place.lon, place.lat)  # type: ignore[arg-type]  # written for arrays, takes scalars
    up = axes(place.lon, place.lat)[2]
    return [float(at + altitude_m * direction) for at, direction in zip(ground, up, strict=True)]
