"""`draw_drive`: a picture of a corridor and of fences, who went through them, and where what was said.

Drawn in metres about their middle, so that shapes are true. The web page's map is not made here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.patheffects import withStroke

from corridor.frame import LocalFrame
from corridor.instant import format_instant
from rules.transition import Kind, Transition
from waywarn.sheet import (
    CORRIDOR_COLOUR,
    PATH_COLOUR,
    TRACK_COLOURS,
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
    from corridor import Corridor, FixBatch

ALARM_COLOUR, CLEAR_COLOUR = "#D55E00", "#009E73"
FENCE_COLOUR, EVENT_COLOUR = "#8A6D3B", "#333333"

MAX_LEGEND_TRACKS = 8  # more names than that are no help
MAX_LABELS = 6  # instants written beside the marks of a kind
MAX_FENCE_NAMES = 12
_NO_FENCES: Mapping[str, Sequence[Metres]] = MappingProxyType({})
_NOWHERE: Metres = np.empty((0, 2))


@dataclass(frozen=True, slots=True)
class _Track:
    """One track in the plane, and which of its fixes fell into an open alarm."""

    name: str
    xy_m: Metres
    alarmed: npt.NDArray[np.bool_]


def draw_drive(
    corridor: "Corridor | None",
    tracks: "Mapping[str, FixBatch]",
    transitions: Iterable[Transition],
    file: str | PathLike[str],
    *,
    fences: Mapping[str, Sequence[npt.NDArray[np.float64]]] = _NO_FENCES,
) -> None:
    """Draw a corridor, fences, tracks and what was said into a PNG.

    Parameters
    ----------
    corridor
        Whose outline and path are drawn; None where there are only fences.
    tracks
        Name in the legend to fixes; in order of time within each device.
    transitions
        Of the rules about these; alarms that rose and ended, and fences entered and left, are marked.
    file
        Where to write.
    fences
        Name to rings, each (V, 2) longitude and latitude, closed (`corridor.fence_outline.rings_of`).

    Raises
    ------
    OSError
        It cannot be written.
    ValueError
        There is neither a corridor nor a fence.
    """
    said = list(transitions)
    frame = frame_about(*_extent(corridor, fences))
    path_m = _NOWHERE if corridor is None else plane(frame, corridor.path.lon, corridor.path.lat)
    rings_m = (
        [] if corridor is None else [plane(frame, *ring.T) for ring in feature_rings(corridor.to_geojson())]
    )
    areas_m = {name: [plane(frame, *ring.T) for ring in rings] for name, rings in fences.items()}
    drawn = [
        _Track(name, plane(frame, batch.lon, batch.lat), _alarmed(batch, said))
        for name, batch in tracks.items()
    ]
    shapes_m = [*rings_m, path_m, *(ring_m for rings in areas_m.values() for ring_m in rings)]
    view_m = view(shapes_m, [track.xy_m for track in drawn])
    figure, axes = sheet(view_m)
    if corridor is not None:
        _draw_corridor(axes, rings_m, path_m, corridor)
    _draw_fences(axes, areas_m)
    for number, track in enumerate(drawn):
        _draw_track(axes, track, number)
    _draw_marks(axes, frame, said)
    draw_scale(axes, view_m)
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.01),
        ncols=6 if figure.get_figwidth() > 8 else 3,
        frameon=False,
        fontsize=9,
        handlelength=1.8,
    )
    axes.set_title(_title(corridor, fences), loc="left", fontsize=12, color="#333333")
    Path(file).write_bytes(to_png(figure))


def _extent(
    corridor: "Corridor | None", fences: Mapping[str, Sequence[Metres]]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Give the longitudes and latitudes that the picture is about: the path's, else the fences'."""
    if corridor is not None:
        return corridor.path.lon, corridor.path.lat
    lon, lat = np.concatenate([ring for rings in fences.values() for ring in rings]).T
    return lon, lat


def _title(corridor: "Corridor | None", fences: Mapping[str, Sequence[Metres]]) -> str:
    if corridor is not None:
        return corridor.path.name
    return next(iter(fences)) if len(fences) == 1 else f"{len(fences)} fences"


def _alarmed(batch: "FixBatch", transitions: Sequence[Transition]) -> npt.NDArray[np.bool_]:
    """Tell which fixes lie between the first one outside and the end of their device's alarm."""
    inside = np.zeros(len(batch), dtype=bool)
    for rose in (each for each in transitions if each.kind is Kind.OFF_ROUTE):
        ended = [
            each.time
            for each in transitions
            if each.closes_alarm
            and (each.rule, each.device, each.episode) == (rose.rule, rose.device, rose.episode)
        ]
        if rose.device in batch.devices:
            own = batch.device == batch.devices.index(rose.device)
            inside |= own & (batch.time >= rose.starts_at) & (batch.time <= min(ended, default=np.inf))
    return inside


def _draw_fences(axes: Axes, areas_m: Mapping[str, Sequence[Metres]]) -> None:
    for number, (name, rings_m) in enumerate(areas_m.items()):
        label = None if number else "fence" if len(areas_m) == 1 else "fences"
        axes.add_patch(
            PathPatch(
                patch(rings_m),
                facecolor=FENCE_COLOUR + "26",
                edgecolor=FENCE_COLOUR,
                linewidth=1.2,
                label=label,
                zorder=1.5,
            )
        )
        if len(areas_m) <= MAX_FENCE_NAMES:
            middle_m = (np.nanmin(rings_m[0], axis=0) + np.nanmax(rings_m[0], axis=0)) / 2
            axes.annotate(
                name, middle_m, ha="center", va="center", fontsize=8, color=FENCE_COLOUR, zorder=1.6
            )


def _draw_corridor(axes: Axes, rings_m: Sequence[Metres], path_m: Metres, corridor: "Corridor") -> None:
    up_to = "" if corridor.terms.is_even else "up to "
    axes.add_patch(
        PathPatch(
            patch(rings_m),
            facecolor=CORRIDOR_COLOUR,
            edgecolor="#A9BBC6",
            linewidth=0.8,
            label=f"corridor, {up_to}{corridor.half_width_m:g} m to each side",
            zorder=1,
        )
    )
    axes.plot(*path_m.T, color=PATH_COLOUR, linewidth=1.4, linestyle=(0, (5, 2)), label="path", zorder=2)
    axes.plot(*path_m[0], marker="o", color=PATH_COLOUR, markersize=6, markerfacecolor="white", zorder=2.5)
    axes.plot(*path_m[-1], marker="s", color=PATH_COLOUR, markersize=6, zorder=2.5)


def _draw_track(axes: Axes, track: _Track, number: int) -> None:
    colour = TRACK_COLOURS[number % len(TRACK_COLOURS)]
    label = track.name if number < MAX_LEGEND_TRACKS else None
    alarmed_m = np.where(track.alarmed[:, None], track.xy_m, np.nan)
    axes.plot(
        *alarmed_m.T,
        color=ALARM_COLOUR,
        linewidth=6,
        alpha=0.35,
        solid_capstyle="round",
        zorder=3,
    )
    axes.plot(*track.xy_m.T, color=colour, linewidth=1.5, label=label, zorder=4)
    if len(track.xy_m) <= 400:
        axes.plot(*track.xy_m.T, color=colour, linestyle="none", marker=".", markersize=3, zorder=4)


def _draw_marks(axes: Axes, frame: LocalFrame, transitions: Sequence[Transition]) -> None:
    middle_m = sum(axes.get_xlim()) / 2
    rose = [each for each in transitions if each.kind is Kind.OFF_ROUTE]
    ended = [each for each in transitions if each.closes_alarm]
    entered = [each for each in transitions if each.kind is Kind.ENTER]
    left = [each for each in transitions if each.kind is Kind.EXIT]
    for group, marker, colour, label, raised in (  # entering and leaving are often at one place
        (rose, "^", ALARM_COLOUR, "alarm rose", -3),
        (ended, "o", CLEAR_COLOUR, "alarm ended", -3),
        (entered, "P", EVENT_COLOUR, "entered", -14),
        (left, "X", EVENT_COLOUR, "left", 8),
    ):
        if not group:
            continue
        places_m = plane(frame, [each.lon for each in group], [each.lat for each in group])
        axes.plot(
            *places_m.T,
            linestyle="none",
            marker=marker,
            markersize=12,
            color=colour,
            markeredgecolor="white",
            markeredgewidth=1.5,
            label=label,
            zorder=6,
        )
        for place_m, each in list(zip(places_m, group, strict=True))[:MAX_LABELS]:
            at_right = place_m[0] > middle_m
            axes.annotate(
                _caption(each),
                place_m,
                xytext=(-11 if at_right else 11, raised),
                textcoords="offset points",
                ha="right" if at_right else "left",
                fontsize=8,
                color="#222222",
                path_effects=[withStroke(linewidth=3, foreground="white")],
                zorder=7,
                annotation_clip=True,
            )


def _caption(transition: Transition) -> str:
    clock = format_instant(transition.time)[11:19] + "Z"
    return f"{clock}, {transition.distance_m:.0f} m off" if transition.kind is Kind.OFF_ROUTE else clock
