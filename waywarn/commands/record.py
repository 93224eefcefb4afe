"""`waywarn record`: a recorded trip in, a clean path out; or several in, and a corridor learned from them.

What is done with one trip is ``record_one.py``, with several ``trips.py`` and ``record_several.py``.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from waywarn.commands.fixes import Device, FixFiles, NaiveZone, Selection, Since, Until, Where, stderr
from waywarn.commands.record_one import record_one, write
from waywarn.commands.record_several import (
    ApartM,
    LeastBranchTrips,
    LeastHalfWidthM,
    Lesson,
    draw,
    learn_from,
    learned_collection,
)
from waywarn.commands.trips import (
    Between,
    By,
    FromStore,
    GapS,
    Splitting,
    StandingS,
    trips_of_files,
    trips_of_store,
    within,
)

Output = Annotated[Path, typer.Option("--output", "-o", help="The file to write: GeoJSON.", dir_okay=False)]
Tolerance = Annotated[
    float,
    typer.Option(
        min=0.01, help="How far the path may run from a true fix, in metres; less keeps more vertices."
    ),
]
MaxSpeed = Annotated[
    float,
    typer.Option(
        min=0.1, help="Faster than this, in metres a second, nothing can be; such fixes are removed."
    ),
]
Name = Annotated[str | None, typer.Option(help="The path's name; by default the output file's.")]
Configuration = Annotated[
    Path | None, typer.Option("--config", "-c", help="The service's configuration file, for --from-store.")
]
Plot = Annotated[
    Path | None, typer.Option(help="Draw corridors, trips and widths into this PNG.", dir_okay=False)
]
RepairOption = Annotated[
    bool,
    typer.Option(
        "--repair",
        help="Mend what cannot be a path (coordinates swapped, vertices that are no place, jumps of over "
        "1,000 km) and say each thing that was done; a drawn line without times is taken too.",
    ),
]


def record(
    output: Output,
    fixes: FixFiles = None,
    tolerance_m: Tolerance = 5.0,
    max_speed_mps: MaxSpeed = 70.0,
    where: Where = None,
    device: Device = None,
    name: Name = None,
    since: Since = None,
    until: Until = None,
    between: Between = None,
    naive_zone: NaiveZone = None,
    repair: RepairOption = False,  # noqa: FBT002 (typer gives it by its name)
    by: By = None,
    gap_s: GapS = None,
    standing_s: StandingS = None,
    apart_m: ApartM = 100.0,
    least_half_width_m: LeastHalfWidthM = 30.0,
    least_branch_trips: LeastBranchTrips = 2,
    from_store: FromStore = None,
    config: Configuration = None,
    plot: Plot = None,
) -> None:
    """Make a clean reference path from one recorded trip, or learn a corridor from several.

    One trip: cuts waiting at both ends, removes outliers, simplifies to the tolerance, and keeps the time
    since the start at each vertex. Use the result in `waywarn replay --path` or in a rule of waywarn.toml.

    Several trips (files, or one file with --by, --gap-s or --standing-s, or --from-store): the path is their
    middle, its half width follows from how they scatter, and ways that several took are legal beside it.
    Says what was kept and why.
    """
    console = stderr()
    files = fixes or []
    selection = Selection.of(where=where, device=device, naive_zone=naive_zone, since=since, until=until)
    selection = within(selection, between)
    splitting = Splitting(by, gap_s, standing_s)
    several = len(files) > 1 or splitting.is_wanted or from_store is not None
    _check_ways(files, from_store, config, several=several, repair=repair)
    lesson = Lesson(
        name or output.stem, tolerance_m, max_speed_mps, apart_m, least_half_width_m, least_branch_trips
    )
    if not several:
        record_one(files[0], output, selection, lesson, plot, console, repair=repair)
        return
    if from_store is not None:
        trips = trips_of_store(from_store, config, selection, splitting, console)
    else:
        trips = trips_of_files(files, selection, splitting, console)
    learned = learn_from(trips, lesson, console)
    source = "the store" if from_store is not None else ", ".join(file.name for file in files)
    write(output, learned_collection(learned, trips, lesson, source=source), console)
    if plot is not None:
        draw(learned, trips, plot, console)


def _check_ways(
    files: Sequence[Path], from_store: str | None, config: Path | None, *, several: bool, repair: bool
) -> None:
    if bool(files) == (from_store is not None):
        raise typer.BadParameter("give files, or --from-store DEVICE", param_hint="FIXES")
    if from_store is None and config is not None:
        raise typer.BadParameter("it names the store: give --from-store too", param_hint="--config")
    if several and repair:
        raise typer.BadParameter("mend files one by one, and learn from the results", param_hint="--repair")
