"""`draw_curves`: growth rows as a picture, what a unit costs against what there is of it.

Both axes are logarithmic, so that a straight rising line is linear growth and a flat one none.
"""

from collections.abc import Iterable, Sequence
from os import PathLike

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, NullFormatter

from waywarn.bench.rows import Curve, Row
from waywarn.bench.table import duration
from waywarn.sheet import TRACK_COLOURS

WIDTH_IN, HEIGHT_IN, DPI = 5.2, 4.0, 150
OURS_COLOUR, OTHER_COLOURS = TRACK_COLOURS[0], ("#D55E00", "#E69F00", "#CC79A7", "#009E73")
INK, FAINT = "#333333", "#D9DEE2"


def draw_curves(rows: Iterable[Row], file: str | PathLike[str]) -> bool:
    """Draw every growth row side by side into a PNG; give False where there is none.

    Raises
    ------
    OSError
        It cannot be written.
    """
    growing = [row for row in rows if row.curves]
    if not growing:
        return False
    figure = Figure(figsize=(WIDTH_IN * len(growing), HEIGHT_IN), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    for axes, row in zip(figure.subplots(1, len(growing), squeeze=False)[0], growing, strict=True):
        _draw(axes, row)
    figure.savefig(file, dpi=DPI, format="png")
    return True


def _draw(axes: Axes, row: Row) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    for number, curve in enumerate(row.curves):
        _draw_curve(axes, curve, number)
    _label_ends(axes, row.curves)
    axes.set_title(f"Time a {row.unit}, by {row.axis}", loc="left", fontsize=11, color=INK)
    axes.set_xlabel(row.axis, color=INK)
    axes.grid(visible=True, which="major", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_formatter(NullFormatter())
        axis.set_tick_params(which="both", color=FAINT, labelcolor=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(FAINT)
    _make_room(axes, row.curves)


def _draw_curve(axes: Axes, curve: Curve, number: int) -> None:
    x, y = zip(*curve.points, strict=True)
    ours = number == 0
    axes.plot(
        x,
        y,
        color=OURS_COLOUR if ours else OTHER_COLOURS[(number - 1) % len(OTHER_COLOURS)],
        linewidth=2.6 if ours else 1.6,
        marker="o",
        markersize=6 if ours else 4.5,
        markeredgecolor="white",
        zorder=4 if ours else 3,
    )


def _label_ends(axes: Axes, curves: Sequence[Curve]) -> None:
    """Write each name over its line's end, under the lowest, and what is measured there."""
    lowest = min(curves, key=lambda curve: curve.points[-1][1])
    for curve, line in zip(curves, list(axes.lines), strict=True):
        x, y = curve.points[-1]
        below = curve is lowest
        axes.annotate(
            f"{curve.name}\n{duration(y)}",
            (x, y),
            xytext=(0, -9 if below else 9),
            textcoords="offset points",
            ha="right",
            va="top" if below else "bottom",
            fontsize=9,
            color=line.get_color(),
            fontweight="bold" if curve is curves[0] else "normal",
            linespacing=1.25,
            path_effects=[withStroke(linewidth=3, foreground="white")],
        )


def _make_room(axes: Axes, curves: Sequence[Curve]) -> None:
    """Leave room where names stand, and never less than two decades in all."""
    every = [y for curve in curves for _, y in curve.points]
    axes.margins(x=0.06)
    axes.set_ylim(min(every) / 6, max(max(every) * 4, min(every) * 20))


def _short(nanoseconds: float) -> str:
    """Write a tick: `100 ns`, `10 us`."""
    for unit, scale in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= scale:
            return f"{nanoseconds / scale:g} {unit}"
    return f"{nanoseconds:g} ns"
