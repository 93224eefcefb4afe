"""From chords through the earth to distances over it, compiled."""

import math

from corridor.compiled import compiled
from corridor.ellipsoid import EQUATOR_RADIUS_M, FLATTENING
from corridor.plane import Place

_NEAR2 = 1e8  # 10 km: any of the earth's radii will do there, to 12 micrometres
_SPHERE = 1.0 / (24.0 * 6_371e3 * 6_371e3)
_FAR2 = 9e6**2
_FAR_RADIUS_M = 6_371e3
_Q = 1.0 / ((1.0 - FLATTENING) * (1.0 - FLATTENING))  # (a / b)²


@compiled
def surface_m(chord2: float, place: Place, other: Place) -> float:
    """Turn the squared chord between two places into their distance over the ellipsoid.

    The arc gets the ellipsoid's own curvature below the middle of the chord, in the chord's direction
    (Euler's formula): true to a micrometre over 100 km, 1 mm over 500 km, 3 cm over 1,000 km, 1 m over
    2,000 km. On the far side of the earth it is the angle between them on a sphere, true to 0.6 %.
    """
    if chord2 < _NEAR2:
        return math.sqrt(chord2) * (1.0 + chord2 * _SPHERE)
    if chord2 > _FAR2:
        return _FAR_RADIUS_M * _angle(place, other)
    x, y, z = 0.5 * (place[0] + other[0]), 0.5 * (place[1] + other[1]), 0.5 * (place[2] + other[2])
    dz = place[2] - other[2]
    # For the surface x² + y² + q z² = a² the curvature in the unit direction t, at a middle m that is drawn
    # out to the surface, is (1 + (q - 1) t_z²) |m| / (a |m|'), with q once and twice in the norms of m.
    around2, along2 = x * x + y * y, z * z
    level2 = around2 + along2 * _Q
    bend = (1.0 + (_Q - 1.0) * dz * dz / chord2) / EQUATOR_RADIUS_M
    curvature = bend * math.sqrt(level2 / (around2 + along2 * _Q * _Q))
    return 2.0 / curvature * math.asin(0.5 * math.sqrt(chord2) * curvature)


@compiled
def _angle(one: Place, other: Place) -> float:
    x = one[1] * other[2] - one[2] * other[1]
    y = one[2] * other[0] - one[0] * other[2]
    z = one[0] * other[1] - one[1] * other[0]
    dot = one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
    return math.atan2(math.sqrt(x * x + y * y + z * z), dot)
