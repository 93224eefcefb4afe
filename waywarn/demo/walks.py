"""A simulated child on the way to school, for the demo and the tests: a way, and walks along it.

Nothing here is measured: places are invented, the noise is drawn from a seeded generator.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corridor import FixBatch, LocalFrame

Floats = npt.NDArray[np.float64]

# The corners of an invented way of about 1.1 km, east and north of the front door, metres.
WAY_CORNERS_M = np.array(
    [[0, 0], [60, 130], [210, 120], [260, 260], [420, 300], [450, 420], [600, 440], [640, 560], [700, 640]],
    dtype=float,
)
FRONT_DOOR = (16.3725, 48.2082)  # lon, lat
WALKING_MPS = 1.4
FIX_EVERY_S = 5.0
NOISE_M = 3.0  # standard deviation of each axis, an ordinary phone under open sky
ACCURACY_M = 8.0  # what the phone says of it: the 95 % radius is 2.45 standard deviations


@dataclass(frozen=True, slots=True)
class Detour:
    """Leave the way between two points along it and walk in an arc to one side.

    Parameters
    ----------
    from_m, to_m
        Where the way is left and joined again, metres along it.
    aside_m
        How far to the right the arc reaches.
    """

    from_m: float
    to_m: float
    aside_m: float


def walk(
    device_id: str,
    starts_at: float,
    rng: np.random.Generator,
    *,
    detour: Detour | None = None,
    standing_s: float = 0.0,
) -> FixBatch:
    """Walk the way once, with the noise of a phone.

    Parameters
    ----------
    device_id
        Who walks.
    starts_at
        UTC seconds of the first step.
    rng
        Source of the noise.
    detour
        Where this walk strays; without it the way is kept.
    standing_s
        How long the child stands at the door before and at school after the walk.

    Returns
    -------
    FixBatch
        A fix every 5 s.
    """
    legs = np.hypot(*np.diff(WAY_CORNERS_M, axis=0).T)
    corner_m = np.concatenate([[0.0], np.cumsum(legs)])
    walking_s = corner_m[-1] / WALKING_MPS
    elapsed_s = np.arange(0.0, walking_s + 2 * standing_s, FIX_EVERY_S)
    along_m = np.clip((elapsed_s - standing_s) * WALKING_MPS, 0.0, corner_m[-1])
    place_m = np.column_stack([np.interp(along_m, corner_m, WAY_CORNERS_M[:, axis]) for axis in (0, 1)])
    if detour is not None:
        place_m += _aside(along_m, detour)
    place_m += rng.normal(0.0, NOISE_M, place_m.shape)
    lon, lat = LocalFrame(*FRONT_DOOR).from_enu(place_m).T
    count = len(elapsed_s)
    return FixBatch.from_columns(
        [device_id] * count,
        starts_at + elapsed_s,
        lon,
        lat,
        accuracy_m=np.full(count, ACCURACY_M),
        method=["GPS"] * count,
    )


def _aside(along_m: Floats, detour: Detour) -> Floats:
    share = np.clip((along_m - detour.from_m) / (detour.to_m - detour.from_m), 0.0, 1.0)
    east, north = WAY_CORNERS_M[-1] / np.hypot(*WAY_CORNERS_M[-1])
    return np.outer(detour.aside_m * np.sin(np.pi * share), [north, -east])
