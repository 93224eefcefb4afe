"""Invented journeys of a school child: knots of place and time, and the fixes that a phone makes of them.

Nothing is measured. The noise is drawn from a seeded generator and is what the phone says of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from corridor import Fix, LocalFrame
from tests.waywarn.household import Delivered

Place = tuple[float, float]  # east and north of the front door, metres
Places = Sequence[Place]

HOME_LON_LAT = (16.3725, 48.2082)
FRAME = LocalFrame(*HOME_LON_LAT)
HOME: Place = (0.0, 0.0)
SCHOOL: Place = (700.0, 640.0)
CHURCH: Place = (-300.0, 420.0)
WALK: Places = [
    HOME,
    (60, 130),
    (210, 120),
    (260, 260),
    (420, 300),
    (450, 420),
    (600, 440),
    (640, 560),
    SCHOOL,
]
BUS: Places = [HOME, (120, -60), (480, -40), (800, 180), (860, 420), (800, 600), SCHOOL]
DRIVE: Places = [HOME, (-40, 150), (160, 420), (380, 640), SCHOOL]

OUTDOORS_M, INDOORS_M = 9.0, 24.0  # the middle of what a phone says of its accuracy, 95 %
SIGMAS = 2.4477  # of a normal error in the plane, in the radius of its 95 % circle


class Leg(NamedTuple):
    """A piece of a journey: along places at a speed, or, at one place, until the next leg begins."""

    at: float  # UTC seconds
    places: Places
    speed_mps: float = 0.0
    every_s: float = 10.0
    accuracy_m: float = OUTDOORS_M


def stay(at: float, place: Place, *, every_s: float = 60.0) -> Leg:
    """Stay indoors."""
    return Leg(at, [place], every_s=every_s, accuracy_m=INDOORS_M)


def length_m(places: Places) -> float:
    """Give how long a way is."""
    return float(np.hypot(*np.diff(np.array(places, dtype=float), axis=0).T).sum())


def fixes(legs: Sequence[Leg], until: float, rng: np.random.Generator) -> list[Fix]:
    """Give what the phone measures, leg after leg."""
    ends = [*(leg.at for leg in legs[1:]), until]
    return [each for leg, end in zip(legs, ends, strict=True) for each in _of_leg(leg, end, rng)]


def _of_leg(leg: Leg, end: float, rng: np.random.Generator) -> Iterator[Fix]:
    places = np.array(leg.places, dtype=float)
    reached_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(places, axis=0).T))])
    for at in np.arange(leg.at, end, leg.every_s).tolist():
        along_m = (at - leg.at) * leg.speed_mps
        place = [np.interp(along_m, reached_m, places[:, axis]) for axis in (0, 1)]
        accuracy_m = leg.accuracy_m * float(np.exp(rng.normal(0.0, 0.25)))
        place += rng.normal(0.0, accuracy_m / SIGMAS, 2)
        lon, lat = FRAME.from_enu(np.array([place]))[0].tolist()
        yield Fix("anna", at, lon, lat, accuracy_m=accuracy_m, method="GPS")


def sent(measured: Iterable[Fix], *, off: tuple[float, float] = (0.0, 0.0)) -> list[Delivered]:
    """Send each fix 2 s after it was measured, but none without a network: those go together, after it."""
    kept: list[Fix] = []
    arrivals: list[Delivered] = []
    for fix in measured:
        kept.append(fix)
        if not off[0] <= fix.time < off[1]:
            arrivals.append(Delivered(fix.time + 2.0, tuple(kept)))
            kept = []
    return arrivals
