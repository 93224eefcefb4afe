"""Hypothesis strategies for paths and places anywhere on earth, poles and antimeridian among them.

What is true of them is ``geodesic_oracle.py``.
"""

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from tests.corridor.geodesic_oracle import GEOD, Floats

# Fractions of a degree down to 0.1 m: near a seam is where code breaks, not on the average globe.
_close = st.floats(-6, 0).map(lambda power: float(10**power))
latitudes = st.one_of(
    st.floats(-1, 1).map(lambda sine: float(np.degrees(np.arcsin(sine)))),
    _close.map(lambda degrees: 90 - degrees),
    _close.map(lambda degrees: degrees - 90),
    st.sampled_from([-90.0, 0.0, 90.0]),
)
longitudes = st.one_of(
    st.floats(-180, 180),
    _close.map(lambda degrees: 180 - degrees),
    _close.map(lambda degrees: degrees - 180),
    st.sampled_from([-180.0, 0.0, 180.0]),
)


class Drive(NamedTuple):
    """A path and a place at a known geodesic distance from one of its points."""

    lon: Floats
    lat: Floats
    at_lon: float
    at_lat: float


@st.composite
def ways(draw: st.DrawFn, *, longest_edge_m: float = 30_000.0) -> tuple[Floats, Floats]:
    """A path of up to six edges of 1 m to `longest_edge_m`, with bends of any sharpness."""
    lon, lat = [draw(longitudes)], [draw(latitudes)]
    course = draw(st.floats(0, 360))
    scale = draw(st.floats(0, float(np.log10(longest_edge_m))))
    for _ in range(draw(st.integers(1, 6))):
        x, y, back = GEOD.fwd(lon[-1], lat[-1], course, 10**scale * draw(st.floats(0.1, 1)))
        lon.append(x)
        lat.append(y)
        course = back + 180 + draw(st.one_of(st.floats(-60, 60), st.floats(-175, 175)))
    return np.array(lon), np.array(lat)


@st.composite
def drives(draw: st.DrawFn, *, nearest_m: float, farthest_m: float) -> Drive:
    """A path, and a place at most `farthest_m` from it: that far from one of its points."""
    lon, lat = draw(ways())
    edge = draw(st.integers(0, len(lon) - 2))
    azimuth, _, length_m = GEOD.inv(lon[edge], lat[edge], lon[edge + 1], lat[edge + 1])
    x, y, _ = GEOD.fwd(lon[edge], lat[edge], azimuth, length_m * draw(st.floats(0, 1)))
    away_m = 10 ** draw(st.floats(float(np.log10(nearest_m)), float(np.log10(farthest_m))))
    at_lon, at_lat, _ = GEOD.fwd(x, y, draw(st.floats(0, 360)), away_m)
    return Drive(lon, lat, at_lon, at_lat)
