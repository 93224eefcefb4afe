"""Invented trips along a way: each with its own scatter across it, sampled like a phone's."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from corridor.batch import FixBatch
from corridor.frame import LocalFrame

Floats = npt.NDArray[np.float64]

START = 1_767_254_400.0
SPEED_MPS = 5.0
EVERY_S = 4.0
DAY_S = 86_400.0

# 3 km with corners to both sides.
BENDS_M = np.array([[0, 0], [800, 0], [800, 600], [1500, 900], [1500, 1600], [900, 1900]], dtype=np.float64)


def along(line_m: npt.ArrayLike, every_m: float, start_m: float = 0.0) -> Floats:
    """Give places at even lengths along a line in a plane."""
    line = np.asarray(line_m, dtype=np.float64)
    length_m = np.append(0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T)))
    at_m = np.arange(start_m, length_m[-1], every_m)
    return np.stack([np.interp(at_m, length_m, axis) for axis in line.T], axis=1)


def one_trip(
    line_m: npt.ArrayLike,
    seed: int,
    *,
    bias_m: float = 4.0,
    noise_m: float = 3.0,
    at: tuple[float, float] = (16.3, 48.2),
    pace: float = 1.0,
    accuracy_m: float = float("nan"),
) -> FixBatch:
    """Make a trip: a bias that wanders slowly, of standard deviation `bias_m` each way, and noise."""
    rng = np.random.default_rng(seed)
    xy_m = along(line_m, EVERY_S * SPEED_MPS / pace, rng.uniform(0, 15))
    knots = np.linspace(0, len(xy_m) - 1, 8)
    bias = np.stack([np.interp(np.arange(len(xy_m)), knots, rng.normal(0, bias_m, 8)) for _ in "xy"], axis=1)
    xy_m = xy_m + bias + rng.normal(0, noise_m, xy_m.shape)
    degrees = LocalFrame(*at).from_enu(xy_m)
    time = START + DAY_S * (seed % 1000) + EVERY_S * np.arange(len(xy_m))
    return FixBatch.from_columns(
        ["anna"] * len(xy_m), time, degrees[:, 0], degrees[:, 1], accuracy_m=np.full(len(xy_m), accuracy_m)
    )


def several(line_m: npt.ArrayLike, seeds: Sequence[int], **options: float) -> list[FixBatch]:
    """Make a trip for each seed."""
    return [one_trip(line_m, seed, **options) for seed in seeds]  # type: ignore[arg-type]  # only numbers
