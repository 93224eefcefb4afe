"""How surely a fix is outside: the probability, and the accuracy that is assumed where none is stated.

Shapes and their circles are ``shapes.py``; what probability is enough for an alarm is for the rules to say.
"""

import math
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled
from corridor.ellipsoid import Floats

# A circle of this many standard deviations holds 95 % of a round normal distribution: sqrt(-2 ln 0.05).
CONFIDENCE_95 = 2.4477

# Most tracks that state nothing come from a satellite receiver. In the open it is true to 5 m, between
# houses to 10 to 30 m (95 %); too small a default raises alarms that nothing supports.
NOT_STATED_M = 20.0

# 95 % radii for IANA's location method tokens, in lower case. They are what such a method is typically good
# for, leaning to the large side: a device that knows better says so.
ACCURACY_BY_METHOD_M = MappingProxyType(
    {
        "gps": NOT_STATED_M,
        "gnss": NOT_STATED_M,
        "a-gps": NOT_STATED_M,
        "a-gnss": NOT_STATED_M,
        "dgps": 5.0,
        "rtk": 0.5,
        "ble": 20.0,
        "802.11": 60.0,
        "dbh": 60.0,  # device-based hybrid: satellites, wireless networks and sensors together
        "manual": 100.0,  # a click on a map or an address
        "wiremap": 100.0,  # the building that a socket is in
        "dhcp": 100.0,
        "otdoa": 150.0,
        "u-tdoa": 150.0,
        "aflt": 200.0,
        "e-otd": 200.0,
        "ta-nmr": 500.0,
        "triangulation": 500.0,
        "derived": 500.0,
        "ta": 1500.0,
        "cell": 3000.0,  # between a street's small cell and a hill's 10 km
    }
)


def default_accuracy_m(method: str | None) -> float:
    """Give the 95 % radius that is assumed of a fix that states no accuracy.

    Tokens are compared without case; one that is not in `ACCURACY_BY_METHOD_M` counts as not stated
    (an unknown token is ignored, the location kept: RFC 4119, 2.2.1).

    Examples
    --------
    >>> default_accuracy_m(None), default_accuracy_m("Cell"), default_accuracy_m("sonar")
    (20.0, 3000.0, 20.0)
    """
    return NOT_STATED_M if method is None else ACCURACY_BY_METHOD_M.get(method.strip().lower(), NOT_STATED_M)


@compiled
def probability_outside_strip(margin_m: float, width_m: float, sigma_m: float) -> float:
    """Give the probability that a device is outside a strip, for one fix; compiled loops call it.

    P = Q(-margin / s) + Q((margin + width) / s) with Q the tail of the normal distribution: the corridor is
    taken as straight, and both its edges count. 0.5 on an edge, if the other one is far. Both tails are
    complementary error functions, so that 1e-300 is not 0.

    Parameters
    ----------
    margin_m
        How far outside the nearer edge the fix lies; negative inside.
    width_m
        From that edge to the other one.
    sigma_m
        Standard deviation across the strip. 0 is certainty: 0, 1, or 0.5 exactly on an edge.

    Examples
    --------
    >>> round(probability_outside_strip(-20.0, 60.0, 10.0), 4)  # 20 m from one edge, 40 m from the other
    0.0228
    """
    if sigma_m == 0.0:
        if margin_m == 0.0:
            return 0.5
        return 1.0 if margin_m > 0.0 else 0.0
    scale_m = sigma_m * math.sqrt(2.0)
    return 0.5 * (math.erfc(-margin_m / scale_m) + math.erfc((margin_m + width_m) / scale_m))


@compiled
def probability_outside_one(distance_m: float, half_width_m: float, sigma_m: float) -> float:
    """Give the same for a strip of one half width on both sides, from the distance to its middle."""
    return probability_outside_strip(distance_m - half_width_m, 2.0 * half_width_m, sigma_m)


def probability_outside(
    distance_m: npt.ArrayLike, half_width_m: npt.ArrayLike, sigma_m: npt.ArrayLike
) -> Floats:
    """Give the probabilities that fixes are outside a corridor.

    Parameters
    ----------
    distance_m
        (N,) distances from the path.
    half_width_m
        (N,) half widths there.
    sigma_m
        (N,) standard deviations along one axis: ``accuracy_m / CONFIDENCE_95``. All three broadcast.

    Returns
    -------
    (N,) probabilities, see `probability_outside_strip`.
    """
    d, w, s = np.broadcast_arrays(
        np.asarray(distance_m, dtype=np.float64),
        np.asarray(half_width_m, dtype=np.float64),
        np.asarray(sigma_m, dtype=np.float64),
    )
    return _probabilities(d.ravel(), w.ravel(), s.ravel()).reshape(d.shape)


@compiled
def _probabilities(distance_m: Floats, half_width_m: Floats, sigma_m: Floats) -> Floats:
    out = np.empty(len(distance_m))
    for row in range(len(out)):
        out[row] = probability_outside_one(distance_m[row], half_width_m[row], sigma_m[row])
    return out
