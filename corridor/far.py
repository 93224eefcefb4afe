"""Distances too far for a plane: the geodesic to a known point of the path.

Which point that is, ``kernel.py`` has found.
"""

import numpy as np

from corridor.ellipsoid import Floats
from corridor.geodesic import wgs84
from corridor.stretch import Ints, Stretches


def measure_far(line: Stretches, segment: Ints, fraction: Floats, lon: Floats, lat: Floats) -> Floats:
    """Give (2, N) distance and signed cross-track metres from points on segments to places."""
    start_lon, start_lat, azimuth_deg = line.start[segment].T
    length_m, start_side, end_side = line.span[segment, 1:].T
    foot_lon, foot_lat, back_deg = wgs84().fwd(start_lon, start_lat, azimuth_deg, fraction * length_m)
    to_place_deg, _, distance_m = wgs84().inv(foot_lon, foot_lat, lon, lat)
    clockwise = np.sin(np.radians(to_place_deg - (back_deg + 180.0)))
    side = np.where(clockwise >= 0.0, 1.0, -1.0)
    # As in the plane: the outside of a sharp bend has one side, whatever its two edges say.
    for at_vertex, vertex_side in ((fraction == 0.0, start_side), (fraction == 1.0, end_side)):
        side = np.where(at_vertex & (vertex_side != 0.0), vertex_side, side)
    return np.stack([distance_m, side * distance_m])
