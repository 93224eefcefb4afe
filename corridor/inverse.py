"""The geodesic between two places on WGS 84, compiled: Vincenty's iteration, bounded.

The exact and slow one, for making paths, is pyproj's in ``geodesic.py``.
"""

import math

from corridor.compiled import compiled
from corridor.ellipsoid import EQUATOR_RADIUS_M, FLATTENING, POLE_RADIUS_M

_DEGREE = math.pi / 180
_ENOUGH = 1e-12  # radians on the auxiliary sphere: 6 micrometres
_ITERATIONS = 60  # five will do but near the antipode
# Half a meridian's ellipse: the way between antipodes, over a pole. No shortest way is longer.
FARTHEST_M = 20_003_931.458623


@compiled
def geodesic_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Give the length of the shortest way over the ellipsoid.

    True to 0.1 mm where the iteration closes. Within 100 km of the antipode it may not; then
    the answer is that of the last round, at most half a meridian's ellipse: there within 0.2 %.

    T. Vincenty, Survey Review 23 (1975), inverse formula with the series in Helmert's k1.
    """
    u = math.atan((1 - FLATTENING) * math.tan(lat * _DEGREE))
    v = math.atan((1 - FLATTENING) * math.tan(other_lat * _DEGREE))
    sin_u, cos_u, sin_v, cos_v = math.sin(u), math.cos(u), math.sin(v), math.cos(v)
    difference = (other_lon - lon) % 360.0
    difference = (difference - 360.0 if difference > 180.0 else difference) * _DEGREE
    turn = difference
    sigma, sin_sigma, cos_sigma, cos2_alpha, middle = 0.0, 0.0, 1.0, 0.0, 0.0
    for _ in range(_ITERATIONS):
        sin_turn, cos_turn = math.sin(turn), math.cos(turn)
        across = cos_v * sin_turn
        ahead = cos_u * sin_v - sin_u * cos_v * cos_turn
        sin_sigma = math.sqrt(across * across + ahead * ahead)
        if sin_sigma == 0.0 and cos_turn > 0.0:
            return 0.0
        cos_sigma = sin_u * sin_v + cos_u * cos_v * cos_turn
        sigma = math.atan2(sin_sigma, cos_sigma)
        sin_alpha = cos_u * across / sin_sigma if sin_sigma > 0.0 else 0.0
        cos2_alpha = 1.0 - sin_alpha * sin_alpha
        # along the equator there is no middle latitude: its cosine plays no part
        middle = cos_sigma - 2.0 * sin_u * sin_v / cos2_alpha if cos2_alpha > 1e-15 else 0.0
        c = FLATTENING / 16.0 * cos2_alpha * (4.0 + FLATTENING * (4.0 - 3.0 * cos2_alpha))
        bend = sigma + c * sin_sigma * (middle + c * cos_sigma * (2.0 * middle * middle - 1.0))
        last = turn
        turn = difference + (1.0 - c) * FLATTENING * sin_alpha * bend
        if abs(turn) > math.pi:  # past the antipode: the way goes round the other side
            turn = math.copysign(math.pi, turn)
        if abs(turn - last) < _ENOUGH:
            break
    return min(_length_m(sigma, sin_sigma, cos_sigma, cos2_alpha, middle), FARTHEST_M)


@compiled
def _length_m(sigma: float, sin_sigma: float, cos_sigma: float, cos2_alpha: float, middle: float) -> float:
    u2 = cos2_alpha * (EQUATOR_RADIUS_M**2 / POLE_RADIUS_M**2 - 1.0)
    root = math.sqrt(1.0 + u2)
    k = (root - 1.0) / (root + 1.0)
    a = (1.0 + k * k / 4.0) / (1.0 - k)
    b = k * (1.0 - 0.375 * k * k)
    m2 = middle * middle
    third = b / 6.0 * middle * (4.0 * sin_sigma * sin_sigma - 3.0) * (4.0 * m2 - 3.0)
    shorter = b * sin_sigma * (middle + b / 4.0 * (cos_sigma * (2.0 * m2 - 1.0) - third))
    return POLE_RADIUS_M * a * (sigma - shorter)
