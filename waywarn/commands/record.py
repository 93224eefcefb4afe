"""`waywarn record`: a recorded trip in, a clean path out. The cleaning is ``corridor/recording.py``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from corridor.errors import CorridorError
from corridor.instant import format_instant
from waywarn.commands.fixes import (
    Device,
    Fixes,
    NaiveZone,
    Selection,
    Since,
    Until,
    Where,
    say,
    stderr,
    stop,
    tell_reading,
)

if TYPE_CHECKING:
    from corridor.recording import Recording

Output = Annotated[
    Path, typer.Option("--output", "-o", help="The path to write: GeoJSON, one LineString.", dir_okay=False)
]
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


def record(
    fixes: Fixes,
    output: Output,
    tolerance_m: Tolerance = 5.0,
    max_speed_mps: MaxSpeed = 70.0,
    where: Where = None,
    device: Device = None,
    name: Name = None,
    since: Since = None,
    until: Until = None,
    naive_zone: NaiveZone = None,
) -> None:
    """Make a clean reference path from one recorded trip.

    Cuts waiting at both ends, removes outliers, simplifies to the tolerance, and keeps the time since
    the start at each vertex. Says what it removed and why. Use the result in `waywarn replay --path`
    or in a rule of waywarn.toml.
    """
    console = stderr()
    selection = Selection.of(where=where, device=device, naive_zone=naive_zone, since=since, until=until)
    track, batch = selection.read(fixes, console)
    tell_reading(track, len(batch), fixes, console)
    from corridor.recording import clean_trip

    try:
        with console.status("cleaning"):
            recording = clean_trip(
                batch, tolerance_m=tolerance_m, max_speed_mps=max_speed_mps, name=name or output.stem
            )
    except CorridorError as error:
        stop(f"{fixes}: {error}; choose with --device, --where, --since and --until", console)
    try:
        output.write_text(json.dumps(path_feature(recording, source=fixes.name)) + "\n", encoding="utf-8")
    except OSError as error:
        stop(f"{output}: cannot be written: {error.strerror}", console)
    _tell(recording, output, console)


def path_feature(recording: "Recording", *, source: str) -> dict[str, object]:
    """Give a recorded path as a GeoJSON feature.

    Degrees have seven decimals, a centimetre; ``elapsed_s`` has one number for each vertex.
    """
    path = recording.path
    elapsed_s = [] if path.elapsed_s is None else path.elapsed_s.round(3).tolist()
    places = zip(path.lon.round(7).tolist(), path.lat.round(7).tolist(), strict=True)
    return {
        "type": "Feature",
        "properties": {
            "name": path.name,
            "recorded_from": source,
            "device": recording.device,
            "started_at": format_instant(recording.started_at),
            "tolerance_m": recording.tolerance_m,
            "elapsed_s": elapsed_s,
        },
        "geometry": {"type": "LineString", "coordinates": [list(place) for place in places]},
    }


def _tell(recording: "Recording", output: Path, console: Console) -> None:
    from corridor.recording import STANDING_RADIUS_M, STANDING_S, Removal

    standing = f"standing at the {{}}: within {STANDING_RADIUS_M:g} m for over {STANDING_S:g} s"
    words = {
        Removal.REPEATED_TIME: "of a time that another fix has",
        Removal.TOO_FAST: "out of reach at the greatest speed",
        Removal.SPIKE: "away and back at once",
        Removal.STANDING_AT_START: standing.format("start"),
        Removal.STANDING_AT_END: standing.format("end"),
        Removal.SIMPLIFIED: f"within {recording.tolerance_m:g} m of the path without them",
    }
    for reason, count in recording.removed.items():
        if count:
            say(console, "removed", f"{count:,} {words[reason]}")
    path = recording.path
    minutes, seconds = divmod(round(float(path.elapsed_s[-1])), 60) if path.elapsed_s is not None else (0, 0)
    began = format_instant(recording.started_at)
    say(
        console,
        "path",
        f"{len(path)} vertices, {path.length_m:,.0f} m, {minutes} min {seconds} s from {began}",
    )
    say(console, "wrote", str(output))
