"""Learning from several trips for `record`: what was kept and why, the widths, the file and the picture.

Reading the trips is ``trips.py``; the learning is ``corridor/learning/``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from corridor.errors import CorridorError
from corridor.instant import format_instant
from waywarn.commands.fixes import say, stop
from waywarn.commands.trips import Trip

if TYPE_CHECKING:
    from corridor import Corridor, Learned

SHOWN = 20  # rows of a kind told one by one; the rest is a number
WIDTH_STEP_M = 10.0  # stretches whose half widths are alike to this are told together

ApartM = Annotated[
    float,
    typer.Option(
        min=1,
        help="Several trips: farther than this, in metres, is another way; no corridor gets wider.",
    ),
]
LeastHalfWidthM = Annotated[
    float, typer.Option(min=1, help="Several trips: no corridor gets narrower, in metres to each side.")
]
LeastBranchTrips = Annotated[
    int, typer.Option(min=2, help="Several trips: so many that part together make another legal way.")
]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What `corridor.learn` is told beside the trips."""

    name: str
    tolerance_m: float
    max_speed_mps: float
    apart_m: float
    least_half_width_m: float
    least_branch_trips: int


def learn_from(trips: Sequence[Trip], lesson: Lesson, console: Console) -> "Learned":
    """Learn and say what was kept and why, or say why not, and exit with 2."""
    from corridor import learn

    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("learning", total=1.0)
        try:
            learned = learn(
                [trip.batch for trip in trips],
                name=lesson.name,
                tolerance_m=lesson.tolerance_m,
                max_speed_mps=lesson.max_speed_mps,
                apart_m=lesson.apart_m,
                least_half_width_m=lesson.least_half_width_m,
                least_branch_trips=lesson.least_branch_trips,
                progress=lambda share: progress.update(task, completed=share),
            )
        except CorridorError as error:
            stop(str(error), console)
    _tell(learned, trips, lesson, console)
    return learned


def learned_collection(
    learned: "Learned", trips: Sequence[Trip], lesson: Lesson, *, source: str
) -> dict[str, object]:
    """Give what was learned as GeoJSON, with where it came from."""
    used = [trips[number].batch for number in learned.evidence.used]
    devices = sorted({batch.devices[code] for batch in used for code in set(batch.device.tolist())})
    return learned.to_geojson(
        recorded_from=source,
        devices=devices,
        first_at=format_instant(min(float(batch.time.min()) for batch in used)),
        last_at=format_instant(max(float(batch.time.max()) for batch in used)),
        tolerance_m=lesson.tolerance_m,
        apart_m=lesson.apart_m,
    )


def draw(learned: "Learned", trips: Sequence[Trip], plot: Path, console: Console) -> None:
    """Draw what was learned into a PNG, or say why not, and exit with 2."""
    from waywarn.picture_learned import draw_learned

    try:
        draw_learned(learned, [trip.batch for trip in trips], plot)
    except OSError as error:
        stop(f"{plot}: cannot be written: {error.strerror or error}", console)
    say(console, "drew", str(plot))


def _tell(learned: "Learned", trips: Sequence[Trip], lesson: Lesson, console: Console) -> None:
    evidence = learned.evidence
    say(console, "learned", f"from {len(evidence.used)} of {len(trips)} trips")
    _list(console, "left out", [f"{trips[each.trip].name}: {each.detail}" for each in evidence.left_out])
    _list(
        console,
        "alone",
        [
            f"{trips[each.trip].name}: no other was with it from {each.leaves_m:,.0f} to "
            f"{each.rejoins_m:,.0f} m of the path; {each.length_m:,.0f} m of it are left out"
            for each in evidence.alone
        ],
    )
    say(console, "path", _in_words(learned.main))
    _list(console, "width", _widths(learned))
    if len(evidence.used) == 1:
        say(console, "", "one trip says nothing of scatter: the width is a guess, record more trips")
    _list(
        console,
        "branch",
        [
            f"way {number}: {len(each.trips)} trips left the path at {each.leaves_m:,.0f} m and were back at "
            f'{each.rejoins_m:,.0f} m, over {each.length_m:,.0f} m; legal as "{corridor.path.name}"'
            for number, (each, corridor) in enumerate(
                zip(evidence.branches, learned.corridors[1:], strict=True), start=2
            )
        ],
    )
    if any(width.half_width_m >= lesson.apart_m for width in evidence.widths):
        say(console, "", f"{lesson.apart_m:g} m is the widest that --apart-m allows")


def _in_words(corridor: "Corridor") -> str:
    path = corridor.path
    minutes, seconds = divmod(round(float(path.elapsed_s[-1])), 60) if path.elapsed_s is not None else (0, 0)
    return f"{len(path)} vertices, {path.length_m:,.0f} m, {minutes} min {seconds} s in the median"


def _widths(learned: "Learned") -> list[str]:
    """Give a line for each run of stretches that are about as wide."""
    lines = []
    for _, run in groupby(learned.evidence.widths, key=lambda each: round(each.half_width_m / WIDTH_STEP_M)):
        alike = list(run)
        low_m, high_m = (pick(each.half_width_m for each in alike) for pick in (min, max))
        span = f"{low_m:.0f}" if high_m - low_m < 1 else f"{low_m:.0f} to {high_m:.0f}"
        trips = sorted({each.trips for each in alike})
        seen = f"{trips[0]}" if len(trips) == 1 else f"{trips[0]} to {trips[-1]}"
        seen += " trip" if trips[-1] == 1 else " trips"
        scatter_m = max(each.scatter_m for each in alike)
        scattered = "" if math.isnan(scatter_m) else f", scatter up to {scatter_m:.0f} m"
        along = f"{alike[0].from_m:,.0f} to {alike[-1].to_m:,.0f} m"
        lines.append(f"{along}: {span} m to each side, {seen}{scattered}")
    return lines


def _list(console: Console, label: str, lines: Sequence[str]) -> None:
    for number, line in enumerate(lines[:SHOWN]):
        say(console, "" if number else label, line)
    if len(lines) > SHOWN:
        say(console, "", f"and {len(lines) - SHOWN:,} more")
