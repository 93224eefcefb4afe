"""A sheet to draw on: metres about a middle, so that shapes are true, with a scale and north.

What is drawn is ``picture.py`` and ``picture_learned.py``.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnchoredText
from matplotlib.path import Path as Outline
from matplotlib.text import Text

from corridor.frame import LocalFrame

Metres = npt.NDArray[np.float64]  # (N, 2) east, north

# Okabe and Ito (2008): distinct to every common kind of colour vision. Vermilion and green are the alarms'.
TRACK_COLOURS = ("#0072B2", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
CORRIDOR_COLOUR, PATH_COLOUR = "#DCE6EC", "#6B7F8C"

WIDTH_IN, HEIGHT_IN, DPI = 10.0, 7.5, 150
FAR_BELOW_M = -200_000.0  # 1,600 km away: a plane would fold such a place back into the picture


def frame_about(lon: Metres, lat: Metres) -> LocalFrame:
    """Give a frame about the middle of places."""
    first = LocalFrame(float(lon[0]), float(lat[0]))
    xy_m = first.to_enu(lon, lat)[:, :2]
    middle_lon, middle_lat = first.from_enu((xy_m.min(axis=0) + xy_m.max(axis=0)) / 2)[0]
    usable = np.isfinite(middle_lon) and np.isfinite(middle_lat)
    return LocalFrame(float(middle_lon), float(middle_lat)) if usable else first


def plane(frame: LocalFrame, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Metres:
    """Give (N, 2) metres of places; NaN for those on the other side of the earth."""
    enu_m = frame.to_enu(lon, lat)
    enu_m[enu_m[:, 2] < FAR_BELOW_M] = np.nan
    return enu_m[:, :2]


def feature_rings(feature: Mapping[str, Any]) -> list[Metres]:
    """Give the rings of a GeoJSON polygon, each (V, 2) degrees."""
    geometry = feature["geometry"]
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [np.asarray(ring, dtype=np.float64)[:, :2] for polygon in polygons for ring in polygon]


def view(shapes_m: Sequence[Metres], tracks_m: Sequence[Metres]) -> Metres:
    """Give (2, 2) lowest and highest corner: the corridor, and of the tracks what is not far from it."""
    shape_m = np.concatenate(shapes_m)
    low, high = np.nanmin(shape_m, axis=0), np.nanmax(shape_m, axis=0)
    reach_m = float((high - low).max())
    track_m = np.concatenate([*tracks_m, np.empty((0, 2))])
    near = ((track_m > low - reach_m) & (track_m < high + reach_m)).all(axis=1)
    corners = np.concatenate([track_m[near], [low, high]])
    low, high = corners.min(axis=0), corners.max(axis=0)
    side_m = (high - low).max()
    least_m = side_m / np.array([1.4, 2.5])  # so that a straight path, too, has room for its legend
    missing_m = np.maximum(least_m - (high - low), 0.0) / 2 + 0.05 * side_m
    return np.stack([low - missing_m, high + missing_m])


def sheet(view_m: Metres) -> tuple[Figure, Axes]:
    """Give an empty sheet of a view: lowest and highest corner in metres."""
    width_m, height_m = view_m[1] - view_m[0]
    inches = min(WIDTH_IN / width_m, HEIGHT_IN / height_m)
    figure = Figure(figsize=(width_m * inches, height_m * inches), facecolor="white")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_aspect("equal")
    axes.set_xlim(view_m[0, 0], view_m[1, 0])
    axes.set_ylim(view_m[0, 1], view_m[1, 1])
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color("#C8C8C8")
    return figure, axes


def patch(rings_m: Sequence[Metres]) -> Outline:
    """Give rings as one outline, holes left out by their direction."""
    codes = [
        code
        for ring in rings_m
        for code in [Outline.MOVETO, *[Outline.LINETO] * (len(ring) - 2), Outline.CLOSEPOLY]
    ]
    return Outline(np.concatenate(rings_m), codes)


def draw_scale(axes: Axes, view_m: Metres) -> None:
    """Draw a bar of a round length, about a fifth of the picture's width, and which way north is."""
    width_m, height_m = view_m[1] - view_m[0]
    length_m = _round_length(width_m / 5)
    left, bottom = view_m[0] + 0.03 * np.array([width_m, height_m])
    axes.plot(
        [left, left + length_m],
        [bottom, bottom],
        color="#333333",
        linewidth=3,
        solid_capstyle="butt",
        zorder=8,
    )
    text = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    axes.annotate(
        text,
        (left + length_m / 2, bottom),
        xytext=(0, 5),
        textcoords="offset points",
        ha="center",
        fontsize=9,
        zorder=8,
    )
    north = AnchoredText("N\n↑", loc="upper right", frameon=False, prop={"fontsize": 11, "ha": "center"})
    axes.add_artist(north)


def to_png(figure: Figure) -> bytes:
    """Give the picture; names come from outside, so a dollar sign in one is that and begins no formula."""
    for text in figure.findobj(Text):
        text.set_parse_math(False)
    drawn = BytesIO()
    FigureCanvasAgg(figure).print_figure(drawn, dpi=DPI, format="png", bbox_inches="tight")
    return drawn.getvalue()


def _round_length(wanted_m: float) -> float:
    power = 10.0 ** np.floor(np.log10(wanted_m))
    return float(max(step * power for step in (1, 2, 5) if step * power <= wanted_m))
