"""`draw_drive`: a picture of a corridor and of fences, who went through them, and where what was said.

Drawn in metres about their middle, so that shapes are true. The web page's map is not made here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnchoredText
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke

from corridor.frame import LocalFrame
from corridor.instant import format_instant
from rules.transition import Kind, Transition

if TYPE_CHECKING:
    from corridor import Corridor, FixBatch

Metres = npt.NDArray[np.float64]  # (N, 2) east, north

# Okabe and Ito (2008): distinct to every common kind of colour vision. Vermilion and green are the alarms'.
TRACK_COLOURS = ("#0072B2", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
ALARM_COLOUR, CLEAR_COLOUR = "#D55E00", "#009E73"
CORRIDOR_COLOUR, PATH_COLOUR = "#DCE6EC", "#6B7F8C"
FENCE_COLOUR, EVENT_COLOUR = "#8A6D3B", "#333333"

WIDTH_IN, HEIGHT_IN, DPI = 10.0, 7.5, 150
MAX_LEGEND_TRACKS = 8  # more names than that are no help
MAX_LABELS = 6  # instants written beside the marks of a kind
MAX_FENCE_NAMES = 12
_FAR_BELOW_M = -200_000.0  # 1,600 km away: a plane would fold such a fix back into the picture
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
    frame = _frame_about(*_extent(corridor, fences))
    path_m = _NOWHERE if corridor is None else _plane(frame, corridor.path.lon, corridor.path.lat)
    rings_m = [] if corridor is None else [_plane(frame, *ring.T) for ring in _rings(corridor.to_geojson())]
    areas_m = {name: [_plane(frame, *ring.T) for ring in rings] for name, rings in fences.items()}
    drawn = [
        _Track(name, _plane(frame, batch.lon, batch.lat), _alarmed(batch, said))
        for name, batch in tracks.items()
    ]
    shapes_m = [*rings_m, path_m, *(ring_m for rings in areas_m.values() for ring_m in rings)]
    view_m = _view(shapes_m, [track.xy_m for track in drawn])
    figure, axes = _sheet(view_m)
    if corridor is not None:
        _draw_corridor(axes, rings_m, path_m, corridor)
    _draw_fences(axes, areas_m)
    for number, track in enumerate(drawn):
        _draw_track(axes, track, number)
    _draw_marks(axes, frame, said)
    _draw_scale(axes, view_m)
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.01),
        ncols=6 if figure.get_figwidth() > 8 else 3,
        frameon=False,
        fontsize=9,
        handlelength=1.8,
    )
    axes.set_title(_title(corridor, fences), loc="left", fontsize=12, color="#333333")
    FigureCanvasAgg(figure).print_figure(str(file), dpi=DPI, format="png", bbox_inches="tight")


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


def _frame_about(lon: Metres, lat: Metres) -> LocalFrame:
    first = LocalFrame(float(lon[0]), float(lat[0]))
    xy_m = first.to_enu(lon, lat)[:, :2]
    middle_lon, middle_lat = first.from_enu((xy_m.min(axis=0) + xy_m.max(axis=0)) / 2)[0]
    usable = np.isfinite(middle_lon) and np.isfinite(middle_lat)
    return LocalFrame(float(middle_lon), float(middle_lat)) if usable else first


def _plane(frame: LocalFrame, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Metres:
    enu_m = frame.to_enu(lon, lat)
    enu_m[enu_m[:, 2] < _FAR_BELOW_M] = np.nan
    return enu_m[:, :2]


def _rings(feature: Mapping[str, Any]) -> list[Metres]:
    geometry = feature["geometry"]
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [np.asarray(ring, dtype=np.float64)[:, :2] for polygon in polygons for ring in polygon]


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


def _view(shapes_m: Sequence[Metres], tracks_m: Sequence[Metres]) -> Metres:
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


def _sheet(view_m: Metres) -> tuple[Figure, Axes]:
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


def _patch(rings_m: Sequence[Metres]) -> Outline:
    codes = [
        code
        for ring in rings_m
        for code in [Outline.MOVETO, *[Outline.LINETO] * (len(ring) - 2), Outline.CLOSEPOLY]
    ]
    return Outline(np.concatenate(rings_m), codes)


def _draw_fences(axes: Axes, areas_m: Mapping[str, Sequence[Metres]]) -> None:
    for number, (name, rings_m) in enumerate(areas_m.items()):
        label = None if number else "fence" if len(areas_m) == 1 else "fences"
        axes.add_patch(
            PathPatch(
                _patch(rings_m),
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
            _patch(rings_m),
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
        places_m = _plane(frame, [each.lon for each in group], [each.lat for each in group])
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


def _draw_scale(axes: Axes, view_m: Metres) -> None:
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


def _round_length(wanted_m: float) -> float:
    power = 10.0 ** np.floor(np.log10(wanted_m))
    return float(max(step * power for step in (1, 2, 5) if step * power <= wanted_m))
