"""`waywarn bench`: how fast it is here, answers checked first. The work is ``waywarn/bench/``."""

import json
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from corridor.errors import CorridorError
from waywarn.bench.sizes import SIZES, Size
from waywarn.commands.fixes import stderr, stop

if TYPE_CHECKING:
    from waywarn.bench.rows import Report, Row


ROW_NAMES = ("measure", "decide", "polygons", "circles", "fences", "vertices", "live", "build", "memory")


class SizeName(StrEnum):
    """The named sizes."""

    SMALL = "small"
    QUICK = "quick"
    FULL = "full"


SizeOption = Annotated[
    SizeName,
    typer.Option(
        help="How large: small for a smoke test (half a minute), quick for a first look (a minute or two), "
        "full for the numbers in the documentation (half an hour)."
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(metavar="ROW", help=f"Run only this row: {', '.join(ROW_NAMES)}. Repeatable."),
]
Stream = Annotated[
    Path | None,
    typer.Option(
        help="Take recorded fixes (CSV, Parquet, GPX, KML, GeoJSON) in the place of driven ones; each device "
        "is held to the path of its own trip.",
        exists=True,
        dir_okay=False,
    ),
]
WithoutPostGIS = Annotated[
    bool, typer.Option("--no-postgis", help="Start no PostgreSQL; else a private one, where it is installed.")
]
Seed = Annotated[int, typer.Option(help="Of every random number: the same seed is the same workload.", min=0)]
JsonFile = Annotated[
    Path | None, typer.Option("--json", help="Write everything measured into this file.", dir_okay=False)
]
Plot = Annotated[Path | None, typer.Option(help="Draw the growth rows into this PNG.", dir_okay=False)]
Rounds = Annotated[int | None, typer.Option(help="How often each contestant is timed, in turns.", min=1)]
Devices = Annotated[int | None, typer.Option(help="Devices on corridors.", min=1)]
FixCount = Annotated[int | None, typer.Option(help="Fixes of these devices, in all.", min=1)]
Corridors = Annotated[int | None, typer.Option(help="Corridors.", min=1)]
Vertices = Annotated[int | None, typer.Option(help="Vertices of each path.", min=2)]
OffShare = Annotated[float | None, typer.Option(help="Share of fixes off route, about.", min=0, max=1)]
LateShare = Annotated[
    float | None, typer.Option(help="Share of fixes that arrive after a later one.", min=0, max=0.5)
]
Accuracy = Annotated[
    float | None, typer.Option(help="Accuracy that fixes state and have: radius of 95 %, metres.", min=0.1)
]
Movers = Annotated[int | None, typer.Option(help="Devices among fences.", min=1)]
Moves = Annotated[int | None, typer.Option(help="Fixes of these devices, in all.", min=2)]
Fences = Annotated[int | None, typer.Option(help="Fences.", min=1)]


def bench(
    size: SizeOption = SizeName.QUICK,
    only: Only = None,
    fixes: Stream = None,
    seed: Seed = 1,
    no_postgis: WithoutPostGIS = False,  # noqa: FBT002 (an option, given by name)
    rounds: Rounds = None,
    json_file: JsonFile = None,
    plot: Plot = None,
    devices: Devices = None,
    fix_count: FixCount = None,
    corridors: Corridors = None,
    vertices: Vertices = None,
    off_share: OffShare = None,
    late_share: LateShare = None,
    accuracy_m: Accuracy = None,
    movers: Movers = None,
    moves: Moves = None,
    fences: Fences = None,
) -> None:
    """Measure how fast waywarn is on this machine, beside others doing the same work.

    Each row first holds everybody's answers against a slow, plain oracle.
    Then all are timed in turns, on one core: best, median, and their time
    by ours, where 30 x is ours thirty times faster.

    What is not installed is named and left out. The package's extra
    "bench" brings GeoPandas and psycopg, Debian's postgresql-15-postgis-3
    brings PostGIS.

    The result in the documentation was made by:

        waywarn bench --size full --json bench.json --plot growth.png

    Exit code 1 means a wrong answer; a goal that is missed is only said.
    Goals are set for --size full; smaller sizes miss more of them.
    """
    given: dict[str, Any] = {
        "rounds": rounds,
        "devices": devices,
        "fixes": fix_count,
        "corridors": corridors,
        "vertices": vertices,
        "off_share": off_share,
        "late_share": late_share,
        "accuracy_m": accuracy_m,
        "movers": movers,
        "moves": moves,
        "fences": fences,
    }
    console = stderr()
    wanted = replace(SIZES[size.value], **{key: value for key, value in given.items() if value is not None})
    report = _run(wanted, size.value, _keys(only), fixes, seed, console, postgis=not no_postgis)
    _write(report, json_file, plot, console)


def _keys(only: Sequence[str] | None) -> tuple[str, ...]:
    unknown = [key for key in only or () if key not in ROW_NAMES]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is not one of {', '.join(ROW_NAMES)}", param_hint="--only")
    return tuple(only or ROW_NAMES)


def _run(
    size: Size,
    name: str,
    keys: tuple[str, ...],
    stream: Path | None,
    seed: int,
    console: Console,
    *,
    postgis: bool,
) -> "Report":
    from waywarn.bench.harness import Run, run_rows
    from waywarn.bench.machine import describe
    from waywarn.bench.roads import read_stream
    from waywarn.bench.rows import Report, WrongAnswerError
    from waywarn.bench.table import goals_table, row_table

    out = Console(highlight=False, soft_wrap=False)
    machine = describe()
    out.print(f"{machine['processor']}, {machine['cores']} cores, Python {machine['python']}, seed {seed}\n")
    rows: list[Row] = []
    try:
        run = Run(size, seed, None if stream is None else read_stream(stream), postgis=postgis)
        with console.status("") as status:
            for row in run_rows(run, keys, lambda key: status.update(f"row {key}")):
                out.print(row_table(row))
                out.print()
                rows.append(row)
    except WrongAnswerError as error:
        console.print(f"[red]wrong answer:[/] {escape(str(error))}")
        raise typer.Exit(1) from None
    except CorridorError as error:
        stop(str(error), console)
    out.print(goals_table(rows))
    return Report(machine, seed, name, size, None if stream is None else stream.name, tuple(rows))


def _write(report: "Report", json_file: Path | None, plot: Path | None, console: Console) -> None:
    from waywarn.bench.curves import draw_curves

    try:
        for file in (json_file, plot):
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
        if json_file is not None:
            json_file.write_text(json.dumps(report.as_json(), indent=1) + "\n", encoding="utf-8")
        if plot is not None and not draw_curves(report.rows, plot):
            console.print("nothing drawn: no row of growth was run")
    except OSError as error:
        stop(f"{error.filename}: cannot be written: {error.strerror or error}", console)
