"""`draw_learned`: a picture of what was learned: corridors, the trips behind them, and widths along the way.

The picture of a drive and its alarms is ``picture.py``.
"""

from collections.abc import Collection, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.patheffects import withStroke

from waywarn.sheet import (
    CORRIDOR_COLOUR,
    Metres,
    draw_scale,
    feature_rings,
    frame_about,
    patch,
    plane,
    sheet,
    to_png,
    view,
)

if TYPE_CHECKING:
    from corridor import Corridor, FixBatch, Learned

MAIN_COLOUR, TRIP_COLOUR, LEFT_OUT_COLOUR = "#1F4E6B", "#0072B2", "#D55E00"
# Fill and line of each branch; after the last the first again.
BRANCH_COLOURS = (("#F6E7CB", "#B87400"), ("#EBDCE9", "#9C4F86"), ("#DCEBDD", "#3E7F4C"))
STRIP_IN = 1.1  # height of the widths below the map
LEGEND_COLUMNS, LEGEND_ROW_IN = 3, 0.22


def draw_learned(learned: "Learned", trips: "Sequence[FixBatch]", file: str | PathLike[str]) -> None:
    """Draw corridors, trips and widths into a PNG.

    Parameters
    ----------
    learned
        What `corridor.learn` gave for `trips`.
    trips
        In the order in which they were given.
    file
        Where to write.

    Raises
    ------
    OSError
        It cannot be written.
    """
    lon, lat = (
        np.concatenate([getattr(corridor.path, axis) for corridor in learned.corridors])
        for axis in ("lon", "lat")
    )
    frame = frame_about(lon, lat)
    paths_m = [plane(frame, corridor.path.lon, corridor.path.lat) for corridor in learned.corridors]
    shapes_m = [
        [plane(frame, *ring.T) for ring in feature_rings(corridor.to_geojson())]
        for corridor in learned.corridors
    ]
    trips_m = [plane(frame, trip.lon, trip.lat) for trip in trips]
    # Of a trip that went elsewhere only what is on the map is of interest.
    view_m = view([ring_m for rings_m in shapes_m for ring_m in rings_m], [])
    figure, axes = sheet(view_m)
    for number in range(len(learned.corridors)):
        _draw_corridor(axes, shapes_m[number], paths_m[number], learned, number)
    _draw_trips(axes, trips_m, set(learned.evidence.used))
    draw_scale(axes, view_m)
    legend = axes.legend(
        loc="upper left",
        bbox_to_anchor=(0.0, -0.005),
        ncols=LEGEND_COLUMNS,
        frameon=False,
        fontsize=9,
        handlelength=1.8,
        columnspacing=1.4,
    )
    axes.set_title(_title(learned), loc="left", fontsize=12, color="#333333")
    if len(learned.evidence.widths) > 1:
        rows = -(-len(legend.get_texts()) // LEGEND_COLUMNS)
        _draw_widths(figure, learned, below_map_in=0.3 + rows * LEGEND_ROW_IN)
    Path(file).write_bytes(to_png(figure))


def _title(learned: "Learned") -> str:
    count = learned.trip_counts[0]
    return f"{learned.main.path.name}, learned from {count} trip{'s' * (count != 1)}"


def _draw_trips(axes: Axes, trips_m: Sequence[Metres], used: Collection[int]) -> None:
    said = set()
    for number, trip_m in enumerate(trips_m):
        is_used = number in used
        label = "trips" if is_used else "trips left out"
        axes.plot(
            *trip_m.T,
            color=TRIP_COLOUR if is_used else LEFT_OUT_COLOUR,
            linewidth=0.8,
            alpha=0.55,
            label=None if label in said else label,
            zorder=4,
        )
        said.add(label)


def _draw_corridor(
    axes: Axes, rings_m: Sequence[Metres], path_m: Metres, learned: "Learned", number: int
) -> None:
    corridor, trips = learned.corridors[number], learned.trip_counts[number]
    fill, line = (
        (CORRIDOR_COLOUR, MAIN_COLOUR) if number == 0 else BRANCH_COLOURS[(number - 1) % len(BRANCH_COLOURS)]
    )
    label = _widths(corridor) if number == 0 else f"way {number + 1}, of {trips} trips"
    axes.add_patch(
        PathPatch(
            patch(rings_m),
            facecolor=fill,
            edgecolor=line + "80",
            linewidth=0.7,
            label=label,
            zorder=1.5 if number == 0 else 1 - number / 100,
        )
    )
    halo = [withStroke(linewidth=2.8, foreground="white", alpha=0.7)]
    axes.plot(*path_m.T, color=line, linewidth=1.6, path_effects=halo, zorder=5.5 if number == 0 else 5)
    if number == 0:
        axes.plot(*path_m[0], marker="o", color=line, markersize=7, markerfacecolor="white", zorder=6)
        axes.plot(*path_m[-1], marker="s", color=line, markersize=7, zorder=6)


def _widths(corridor: "Corridor") -> str:
    right_m = corridor.terms.right_m
    low_m, high_m = right_m.min(), right_m.max()
    span = f"{low_m:.0f}" if high_m - low_m < 1 else f"{low_m:.0f} to {high_m:.0f}"
    return f"{span} m to each side"


def _draw_widths(figure: Figure, learned: "Learned", *, below_map_in: float) -> None:
    """Draw half width and scatter along the main path, below the map."""
    widths = learned.evidence.widths
    height_in = figure.get_figheight()
    axes = figure.add_axes((0.06, -(STRIP_IN + below_map_in) / height_in, 0.93, STRIP_IN / height_in))
    edges_km = np.array([widths[0].from_m, *(width.to_m for width in widths)]) / 1000
    half_m = np.array([width.half_width_m for width in widths])
    scatter_m = np.array([width.scatter_m for width in widths])
    axes.stairs(half_m, edges_km, fill=True, color=CORRIDOR_COLOUR)
    axes.stairs(half_m, edges_km, baseline=None, color=MAIN_COLOUR, linewidth=1.4, label="half width, m")
    axes.stairs(
        scatter_m, edges_km, baseline=None, color=TRIP_COLOUR, linewidth=1.0, label="scatter of the trips, m"
    )
    axes.set_xlim(edges_km[0], edges_km[-1])
    axes.set_ylim(0, max(half_m.max(), np.nanmax(scatter_m)) * 1.35)
    axes.set_xlabel("along the main path, km", fontsize=9, color="#333333")
    axes.tick_params(labelsize=8, colors="#333333", length=3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(loc="upper right", ncols=2, frameon=False, fontsize=8)
