"""The track as a picture: places with their 95 % circles and times, a scale, north, and degrees at the edges.

No background map: none may be fetched. What is shared with other pictures is ``waywarn/sheet.py``.
"""

import math

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Circle
from matplotlib.patheffects import withStroke

from alerts import Alert
from corridor.frame import LocalFrame
from waywarn.evidence.case import Case, clocks_marked
from waywarn.sheet import TRACK_COLOURS, Metres, draw_scale, frame_about, plane, sheet, to_png

LAST_COLOUR, ALERT_COLOUR = "#D55E00", "#8A6D3B"
LEAST_SIDE_M = 200.0  # a device that stood still has a picture too
MOST_CLOCKS = 12
MOST_CIRCLES = 2_000
_HALO = (withStroke(linewidth=3, foreground="white"),)


def draw_case(case: Case) -> bytes | None:
    """Draw the track; gives a PNG, None where there is no track."""
    if not case.track:
        return None
    lon = np.array([place.fix.lon for place in case.track])
    lat = np.array([place.fix.lat for place in case.track])
    frame = frame_about(lon, lat)
    track_m = plane(frame, lon, lat)
    radius_m = np.array([place.fix.accuracy_m or math.nan for place in case.track])
    view_m = _view(track_m, radius_m)
    figure, axes = sheet(view_m)
    _draw_circles(axes, track_m, radius_m)
    axes.plot(
        *track_m.T,
        color=TRACK_COLOURS[0],
        linewidth=1.2,
        alpha=0.8,
        zorder=3,
        label="way, straight between places",
    )
    axes.plot(
        *track_m.T,
        color=TRACK_COLOURS[0],
        linestyle="none",
        marker="o",
        markersize=4,
        zorder=4,
        label="place",
    )
    _draw_ends(axes, track_m)
    _draw_clocks(axes, track_m, case, _draw_alerts(axes, frame, case))
    _draw_degrees(axes, frame, view_m)
    draw_scale(axes, view_m)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.05), ncols=3, frameon=False, fontsize=9)
    axes.set_title(_title(case), loc="left", fontsize=11, color="#333333")
    return to_png(figure)


def _view(track_m: Metres, radius_m: npt.NDArray[np.float64]) -> Metres:
    """Give the corners: the track and the circle of its last place, never narrower than 1 to 2."""
    reach_m = 0.0 if math.isnan(radius_m[-1]) else float(radius_m[-1])
    corners = np.concatenate([track_m, track_m[-1:] - reach_m, track_m[-1:] + reach_m])
    low, high = np.nanmin(corners, axis=0), np.nanmax(corners, axis=0)
    side_m = max(float((high - low).max()), LEAST_SIDE_M)
    missing_m = np.maximum(np.array([side_m, side_m / 2]) - (high - low), 0.0) / 2 + 0.08 * side_m
    return np.stack([low - missing_m, high + missing_m])


def _draw_circles(axes: Axes, track_m: Metres, radius_m: npt.NDArray[np.float64]) -> None:
    known = np.flatnonzero(np.isfinite(radius_m))[-MOST_CIRCLES:]
    circles = [
        Circle((float(x), float(y)), float(r))
        for (x, y), r in zip(track_m[known], radius_m[known], strict=True)
    ]
    opacity = 0.25 if len(known) < 100 else 0.08
    axes.add_collection(
        PatchCollection(
            circles,
            facecolor=TRACK_COLOURS[3],
            edgecolor=TRACK_COLOURS[0],
            linewidth=0.5,
            alpha=opacity,
            zorder=2,
        )
    )
    axes.plot(
        [],
        [],
        linestyle="none",
        marker="o",
        markersize=11,
        color=TRACK_COLOURS[3],
        alpha=0.35,
        label="circle that holds it with 95 %",
    )
    if math.isfinite(radius_m[-1]):
        last = Circle(
            (float(track_m[-1, 0]), float(track_m[-1, 1])), float(radius_m[-1]),
            fill=False, edgecolor=LAST_COLOUR, linewidth=1.6, zorder=5,
        )  # fmt: skip
        axes.add_patch(last)


def _draw_ends(axes: Axes, track_m: Metres) -> None:
    axes.plot(
        *track_m[0],
        linestyle="none",
        marker="s",
        markersize=9,
        color=TRACK_COLOURS[0],
        markeredgecolor="white",
        label="first place",
        zorder=6,
    )
    axes.plot(
        *track_m[-1],
        linestyle="none",
        marker="*",
        markersize=17,
        color=LAST_COLOUR,
        markeredgecolor="white",
        label="last place",
        zorder=7,
    )


def _draw_alerts(axes: Axes, frame: LocalFrame, case: Case) -> Metres:
    """Mark where what was raised was raised, of those that have a place; gives these places."""
    said = [alert.opened.transition for alert in case.alerts if _may_be_drawn(alert, case)]
    if not said:
        return np.empty((0, 2))
    places_m = plane(frame, [each.lon for each in said], [each.lat for each in said])
    axes.plot(
        *places_m.T,
        linestyle="none",
        marker="^",
        markersize=11,
        color=ALERT_COLOUR,
        markeredgecolor="white",
        label="alert raised",
        zorder=6,
    )
    for place_m, each in zip(places_m, said, strict=True):
        text = f"{case.clock(each.time)} {each.kind.value.replace('_', ' ')} ({each.rule})"
        _write(axes, text, place_m, below=True, colour=ALERT_COLOUR)
    return places_m


def _may_be_drawn(alert: Alert, case: Case) -> bool:
    may_be_told = alert.opened.may_tell_place or not case.is_passed_on
    return alert.opened.has_place and may_be_told and not alert.is_retracted


def _draw_clocks(axes: Axes, track_m: Metres, case: Case, marked_m: Metres) -> None:
    """Write times beside places, the last and the first before all; none stands on what is written."""
    taken = list(marked_m)
    indices = clocks_marked(len(track_m), MOST_CLOCKS)
    for index in dict.fromkeys([indices[-1], indices[0], *indices]):
        is_last = index == len(track_m) - 1
        if is_last or not _is_crowded(axes, track_m[index], taken):
            taken.append(track_m[index])
            text = case.clock(case.track[index].fix.time)
            _write(
                axes,
                text,
                track_m[index],
                size=10 if is_last else 8,
                colour=LAST_COLOUR if is_last else "#222222",
            )


def _is_crowded(axes: Axes, here_m: Metres, taken_m: list[Metres]) -> bool:
    span_m = axes.get_xlim()[1] - axes.get_xlim()[0]
    return any(abs(here_m[0] - x) < span_m / 9 and abs(here_m[1] - y) < span_m / 25 for x, y in taken_m)


def _write(
    axes: Axes, text: str, place_m: Metres, *, colour: str, size: int = 8, below: bool = False
) -> None:
    axes.annotate(
        text,
        (float(place_m[0]), float(place_m[1])),
        xytext=(0, -18 if below else 10),
        textcoords="offset points",
        ha="center",
        fontsize=size,
        color=colour,
        path_effects=_HALO,
        zorder=9,
        annotation_clip=True,
    )


def _draw_degrees(axes: Axes, frame: LocalFrame, view_m: Metres) -> None:
    """Write degrees at the edges: of the picture's middle row and column."""
    middle_m = view_m.mean(axis=0)
    across = frame.from_enu([[view_m[0, 0], middle_m[1]], [view_m[1, 0], middle_m[1]]])
    up = frame.from_enu([[middle_m[0], view_m[0, 1]], [middle_m[0], view_m[1, 1]]])
    if not (np.isfinite(across).all() and np.isfinite(up).all()):
        return
    lons, lats = _round_degrees(*across[:, 0]), _round_degrees(*up[:, 1])
    axes.set_xticks(
        plane(frame, lons, np.full(len(lons), frame.lat))[:, 0],
        [f"{lon:.5f}°".replace("-", "−") for lon in lons],
    )
    axes.set_yticks(
        plane(frame, np.full(len(lats), frame.lon), lats)[:, 1],
        [f"{lat:.5f}°".replace("-", "−") for lat in lats],
    )
    axes.tick_params(labelsize=8, colors="#555555")
    axes.grid(color="#ECECEC", linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)


def _round_degrees(low: float, high: float) -> npt.NDArray[np.float64]:
    """Give about five round values between two; none where the picture crosses the antimeridian."""
    if not low < high:
        return np.empty(0)
    power = 10.0 ** math.floor(math.log10((high - low) / 4))
    step = max(times * power for times in (1, 2, 5) if times * power <= (high - low) / 4)
    return np.arange(math.ceil(low / step), math.floor(high / step) + 1, dtype=np.float64) * step


def _title(case: Case) -> str:
    first, last = case.track[0].fix.time, case.track[-1].fix.time
    return f"{case.device}: {case.local(first)} to {case.local(last)}"
