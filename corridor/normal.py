"""Normal distributions over discs and polygons in the plane: compiled, exact to 1e-12, without allocation.

Whose uncertainty it is, and whose fence, is for others to say. Lengths are metres in a plane.

The triangle between the middle of the distribution and an edge is the sum or difference of two right-angled
ones, each with a leg h to the edge's line and a leg t along it. With sigma 1 such a triangle holds

    M(h, t) = 1/2π · integral over x from 0 to t/h of (1 - exp(-h² (1 + x²) / 2)) / (1 + x²)
            = atan(t/h) / 2π - T(h, t/h)        with Owen's function T (Owen 1956),

and the signed sum over the edges is the polygon's mass, wherever the middle lies: a triangle without height
holds nothing, so the boundary is no special case.
"""

import math

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled
from corridor.ellipsoid import Floats

Ints = npt.NDArray[np.int64]

# Beyond so many sigmas in one direction lies 1e-17 of the mass: nothing, beside 1.
_NOTHING_BEYOND = 8.5
_UNDERFLOW_BEYOND = 39.0  # exp(-39²/2) is 0 in double precision

# Gauss-Legendre over [-1, 1] in 20 nodes; the integrand is even, so the ten positive ones serve. It is
# analytic and at most 2 / |1 + x²| within the ellipse of foci ±1 through ±i, whatever h: that of radius sum
# 2.35 bounds the error of M by 2e-14.
_NODES, _WEIGHTS = (tuple(column[10:].tolist()) for column in np.polynomial.legendre.leggauss(20))
# Six nodes over an edge that is no longer than sigma: 1e-14.
_FEW_NODES, _FEW_WEIGHTS = (tuple(column.tolist()) for column in np.polynomial.legendre.leggauss(6))
# The trapezoidal rule errs by 2 exp(-2 (π / step)²) on a normal density: 1e-15 at 0.75 sigmas. On a disc of
# few sigmas the chords' ends vary as fast as the density, which narrows the product by the root of 2.
_STEP, _STEP_SMALL_DISC = 0.75, 0.6
_SMALL_DISC = 9.0
_LEAST_STEPS = 12  # to a quarter turn: enough for the smallest disc
_STRIPS_REACH = 7.7  # 1e-14 of the mass lies beyond
_ERFC_NOTHING = 6.0  # erfc(6) is 2e-17
_FULL_TURN = 2 * math.pi


@compiled
def normal_in_circle(distance_m: float, radius_m: float, sigma_m: float) -> float:
    """Give the probability that a place lies in a circle: 1 less Marcum's Q.

    The place is normal and the same in all directions about a point. True to 1e-12 for every sigma from 0 on,
    and in the far tail to eight digits, so that 1e-100 is not 0.

    Parameters
    ----------
    distance_m
        From the point to the circle's centre.
    radius_m
        Of the circle.
    sigma_m
        Standard deviation along one axis. 0 is certainty: 1, 0, or 0.5 exactly on the edge.

    Examples
    --------
    >>> round(normal_in_circle(0.0, 24.477, 10.0), 4)  # 2.4477 sigmas hold 95 %
    0.95
    """
    return ellipse_normal_in_circle(distance_m, 0.0, radius_m, sigma_m, sigma_m)


@compiled
def ellipse_normal_in_circle(
    along_m: float, across_m: float, radius_m: float, sigma_along_m: float, sigma_across_m: float
) -> float:
    """Give the probability that a place whose normal distribution is an ellipse lies in a circle.

    Parameters
    ----------
    along_m, across_m
        Where the circle's centre lies from the point, along the ellipse's axes. Signs do not matter.
    radius_m
        Of the circle.
    sigma_along_m, sigma_across_m
        Standard deviations along the two axes, both over 0; or both 0: certainty.

    Examples
    --------
    >>> round(ellipse_normal_in_circle(100.0, 0.0, 60.0, 50.0, 1.0), 4)  # a needle: nearly Q(0.8) - Q(3.2)
    0.2111
    """
    if sigma_along_m < sigma_across_m:  # chords along the major axis are the smoother ones
        along_m, across_m = across_m, along_m
        sigma_along_m, sigma_across_m = sigma_across_m, sigma_along_m
    distance_m = math.hypot(along_m, across_m)
    beyond_m = distance_m - radius_m
    if sigma_along_m == 0.0 or beyond_m < -_NOTHING_BEYOND * sigma_along_m:
        return 0.5 if beyond_m == 0.0 else 1.0 if beyond_m < 0.0 else 0.0
    if beyond_m > _UNDERFLOW_BEYOND * sigma_along_m or radius_m == 0.0:
        return 0.0
    if radius_m > 1e12 * sigma_along_m:  # as good as a straight edge
        slope = along_m / distance_m
        sigma_m = math.hypot(sigma_along_m * slope, sigma_across_m * (across_m / distance_m))
        return 0.5 * math.erfc(beyond_m / sigma_m * math.sqrt(0.5))
    return _strips(along_m, across_m, radius_m, sigma_along_m, sigma_across_m)


@compiled
def _strips(along_m: float, across_m: float, radius_m: float, sigma_along_m: float, sigma_m: float) -> float:
    """Add up the disc's chords at y = across + R sin(a), each of half length R cos(a).

    Even about a quarter turn, so that the trapezoidal rule in `a` converges as on a circle; a chord's own
    mass is a difference of two tails.
    """
    quarter, radius = math.pi / 2, radius_m / sigma_m
    steps = max(
        _LEAST_STEPS,
        math.ceil(quarter * radius / (_STEP_SMALL_DISC if radius < _SMALL_DISC else _STEP)),
    )
    step = quarter / steps
    near = abs(across_m) / sigma_m
    # With the centre on the axis one half of the disc is the other's mirror image.
    first = 0 if near == 0.0 else math.ceil(_arc_sine((-_STRIPS_REACH - near) / radius) / step)
    last = math.floor(_arc_sine((_STRIPS_REACH - near) / radius) / step)
    scale = math.sqrt(0.5) / sigma_along_m
    radius_scaled, middle = radius_m * scale, abs(along_m) * scale
    edge = (abs(along_m) - radius_m) * scale
    cosine, sine = math.cos(first * step), math.sin(first * step)
    turn_cosine, turn_sine = math.cos(step), math.sin(step)
    total = 0.0
    for count in range(first, last + 1):
        y = near + radius * sine
        # |along| - R cos(a), without cancellation for a disc that is huge beside sigma
        chord = math.erfc(edge + radius_scaled * sine * sine / (1.0 + cosine))
        far_end = middle + radius_scaled * cosine
        if far_end < _ERFC_NOTHING or edge > 0.0:
            chord -= math.erfc(far_end)
        weight = 2.0 if near == 0.0 and count > 0 else 1.0
        total += weight * cosine * chord * math.exp(-0.5 * y * y)
        cosine, sine = cosine * turn_cosine - sine * turn_sine, sine * turn_cosine + cosine * turn_sine
    mass = 0.5 * total * step * radius / math.sqrt(_FULL_TURN)
    return min(max(mass, 0.0), 1.0)


@compiled
def _arc_sine(sine: float) -> float:
    return math.asin(min(max(sine, -1.0), 1.0))


@compiled
def wedge(x0_m: float, y0_m: float, x1_m: float, y1_m: float, sigma_m: float) -> float:
    """Give the mass of the triangle between the middle of a round normal distribution and an edge.

    Positive if the edge passes the middle counter-clockwise. The sum over a ring's edges is the probability
    of being in it, true to 1e-13 an edge; times -1 for a ring that runs clockwise. An edge through the middle
    gives 0, and a ring 0.5 there.

    Parameters
    ----------
    x0_m, y0_m, x1_m, y1_m
        The edge's ends, relative to the middle.
    sigma_m
        Standard deviation along one axis. 0 is certainty.

    Examples
    --------
    >>> round(wedge(0.0, -1e9, 0.0, 1e9, 5.0), 6), round(wedge(3.0, -1e9, 3.0, 1e9, 1e-9), 6)
    (0.0, 0.5)
    """
    cross = x0_m * y1_m - x1_m * y0_m
    if cross == 0.0:
        return 0.0
    along_x, along_y = x1_m - x0_m, y1_m - y0_m
    length_m = math.hypot(along_x, along_y)
    height_m = abs(cross) / length_m
    start_m = (x0_m * along_x + y0_m * along_y) / length_m
    end_m = (x1_m * along_x + y1_m * along_y) / length_m  # not start + length: an edge may be long
    aside_m = max(start_m, -end_m, 0.0)  # from the foot of the height to the edge
    if math.hypot(height_m, aside_m) >= _NOTHING_BEYOND * sigma_m:
        return math.atan2(cross, x0_m * x1_m + y0_m * y1_m) / _FULL_TURN
    if length_m <= sigma_m:
        return _short_wedge(x0_m, y0_m, along_x, along_y, sigma_m) * (cross / sigma_m / sigma_m)
    height, start, end = height_m / sigma_m, start_m / sigma_m, end_m / sigma_m
    return math.copysign(_leg(height, end) - _leg(height, start), cross)


@compiled
def _short_wedge(x_m: float, y_m: float, along_x: float, along_y: float, sigma_m: float) -> float:
    """Give the mass over the cross product: the mean of (1 - exp(-u)) / u along the edge, u = r²/2, by 4π."""
    total = 0.0
    for node in range(len(_FEW_NODES)):
        part = 0.5 * (1.0 + _FEW_NODES[node])
        x, y = (x_m + part * along_x) / sigma_m, (y_m + part * along_y) / sigma_m
        half_square = 0.5 * (x * x + y * y)
        mean = -math.expm1(-half_square) / half_square if half_square > 0.0 else 1.0
        total += _FEW_WEIGHTS[node] * mean
    return total / (4 * _FULL_TURN)


@compiled
def _leg(height: float, along: float) -> float:
    """Give M(h, t), odd in t. Of legs as long as wide it is integrated; else the rest of the rectangle."""
    t = abs(along)
    if t <= height:
        mass = _steep_leg(height, t)
    else:
        rectangle = 0.25 * math.erf(height * math.sqrt(0.5)) * math.erf(t * math.sqrt(0.5))
        mass = rectangle - _steep_leg(t, height)
    return math.copysign(mass, along)


@compiled
def _steep_leg(longer: float, shorter: float) -> float:
    """Give M of two legs, the first the longer one."""
    if longer == 0.0:  # a height that rounded to nothing
        return 0.0
    slope = shorter / longer
    if longer >= _NOTHING_BEYOND:
        return math.atan(slope) / _FULL_TURN
    scale = -0.5 * longer * longer
    total = 0.0
    for node in range(len(_NODES)):
        x = slope * _NODES[node]
        square = 1.0 + x * x
        total += _WEIGHTS[node] * (1.0 - math.exp(scale * square)) / square
    return slope * total / _FULL_TURN


@compiled
def normal_in_rings(xy_m: Floats, first_vertex: Ints, sigma_m: float) -> float:
    """Give the probability that a place lies in a polygon, for a round normal distribution.

    Parameters
    ----------
    xy_m
        (V, 2) vertices, ring after ring, relative to the middle of the distribution. Whether a ring is closed
        does not matter. Holes run the other way round than what they are holes of, as RFC 7946 asks.
    first_vertex
        (R + 1,) where each ring begins, and the end.
    sigma_m
        Standard deviation along one axis. 0 is certainty: 1, 0, or 0.5 on an edge.

    Returns
    -------
    The probability, true to 1e-13 an edge. An ellipse's distribution becomes round, with sigma 1, when its
    axes and the vertices are divided by its standard deviations.

    Examples
    --------
    >>> square = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    >>> round(normal_in_rings(square, np.array([0, 4]), 1.0), 6)  # erf(sqrt(1/2)) squared
    0.466065
    """
    total = 0.0
    for ring in range(len(first_vertex) - 1):
        before = first_vertex[ring + 1] - 1
        for vertex in range(first_vertex[ring], first_vertex[ring + 1]):
            total += wedge(xy_m[before, 0], xy_m[before, 1], xy_m[vertex, 0], xy_m[vertex, 1], sigma_m)
            before = vertex
    return min(abs(total), 1.0)
