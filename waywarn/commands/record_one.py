"""One recorded trip to a clean path for `record`, and the mending of what cannot be one.

What ``--repair`` may do is ``corridor/repair.py``; it is said, and written to the output only.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from corridor.errors import CorridorError, TrackError
from corridor.instant import format_instant
from waywarn.commands.fixes import Selection, say, stop, tell_reading
from waywarn.commands.record_several import Lesson, draw
from waywarn.commands.trips import Trip

if TYPE_CHECKING:
    from corridor import FixBatch
    from corridor.recording import Recording
    from corridor.repair import Repair
    from corridor.tracks import PathVertices, Track

SHOWN_REPAIRS = 20  # told one by one; the rest is a number


def record_one(
    fixes: Path,
    output: Path,
    selection: Selection,
    lesson: Lesson,
    plot: Path | None,
    console: Console,
    *,
    repair: bool,
) -> None:
    """Write the path of one trip, or of a drawn line to mend; or say why not, and exit with 2."""
    if repair and (line := _drawn_line(selection, fixes)) is not None:
        mended = _mended(line, fixes, console)
        write(output, line_feature(mended, lesson.name, source=fixes.name), console)
        return
    track, batch = _read_mended(selection, fixes, console) if repair else selection.read(fixes, console)
    tell_reading(track, len(batch), fixes, console)
    from corridor.recording import clean_trip

    try:
        with console.status("cleaning"):
            recording = clean_trip(
                batch, tolerance_m=lesson.tolerance_m, max_speed_mps=lesson.max_speed_mps, name=lesson.name
            )
    except CorridorError as error:
        stop(f"{fixes}: {error}; choose with --device, --where, --since and --until", console)
    recording = _without_jumps(recording, batch, fixes, console, repair=repair)
    _tell(recording, console)
    write(output, path_feature(recording, source=fixes.name), console)
    if plot is not None:
        _draw_one(recording, Trip(fixes.name, batch), plot, console)


def _draw_one(recording: "Recording", trip: Trip, plot: Path, console: Console) -> None:
    from corridor import Corridor, Learned
    from corridor.learned import Evidence
    from waywarn.presets import DEFAULT_HALF_WIDTH_M

    corridor = Corridor(recording.path, half_width_m=DEFAULT_HALF_WIDTH_M)
    draw(Learned((corridor,), (1,), Evidence(used=(0,))), [trip], plot, console)


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


def line_feature(line: "PathVertices", name: str, *, source: str) -> dict[str, object]:
    """Give a line without times as a GeoJSON feature."""
    places = zip(line.lon.round(7).tolist(), line.lat.round(7).tolist(), strict=True)
    return {
        "type": "Feature",
        "properties": {"name": name, "repaired_from": source},
        "geometry": {"type": "LineString", "coordinates": [list(place) for place in places]},
    }


def write(output: Path, feature: dict[str, object], console: Console) -> None:
    """Write GeoJSON, or say why not, and exit with 2."""
    try:
        output.write_text(json.dumps(feature) + "\n", encoding="utf-8")
    except OSError as error:
        stop(f"{output}: cannot be written: {error.strerror}", console)
    say(console, "wrote", str(output))


def _drawn_line(selection: Selection, file: Path) -> "PathVertices | None":
    """Give the line of a file that holds no recording, as it is; None where it holds one, or neither."""
    from corridor.tracks import read_path

    try:
        selection.load(file)
    except TrackError:
        try:
            line = read_path(file, check=False)
        except CorridorError:
            return None
        return line if line.time is None else None
    return None


def _mended(line: "PathVertices", file: Path, console: Console) -> "PathVertices":
    from corridor.repair import repair_path

    try:
        mended, repairs = repair_path(line)
    except CorridorError as error:
        stop(f"{file}: {error}", console)
    _tell_repairs(repairs, console)
    say(console, "path", f"{len(mended.lon)} vertices of {len(line.lon)}, without times")
    return mended


def _read_mended(selection: Selection, file: Path, console: Console) -> "tuple[Track, FixBatch]":
    from corridor.repair import read_either_way

    try:
        track, repairs = read_either_way(
            lambda: selection.load(file), lambda: selection.load(file, exchanged=True)
        )
        batch = selection.cut(track.batch, file)
    except TrackError as error:
        stop(str(error), console)
    _tell_repairs(repairs, console)
    return track, batch


def _without_jumps(
    recording: "Recording", batch: "FixBatch", file: Path, console: Console, *, repair: bool
) -> "Recording":
    from corridor.recording import longest_part

    part, repairs = longest_part(recording, batch)
    if repairs and not repair:
        stop(
            f"{file}: {repairs[0].problem}; choose a trip with --since and --until, or see --repair", console
        )
    _tell_repairs(repairs, console)
    return part


def _tell_repairs(repairs: "Sequence[Repair]", console: Console) -> None:
    for repair in repairs[:SHOWN_REPAIRS]:
        say(console, "repaired", str(repair))
    if len(repairs) > SHOWN_REPAIRS:
        say(console, "", f"and {len(repairs) - SHOWN_REPAIRS:,} more")


def _tell(recording: "Recording", console: Console) -> None:
    from corridor.recording import STANDING_RADIUS_M, STANDING_S, Removal

    standing = f"standing at the {{}}: within {STANDING_RADIUS_M:g} m for over {STANDING_S:g} s"
    words = {
        Removal.REPEATED_TIME: "of a time that another fix has",
        Removal.TOO_FAST: "out of reach at the greatest speed",
        Removal.SPIKE: "away and back at once",
        Removal.STANDING_AT_START: standing.format("start"),
        Removal.STANDING_AT_END: standing.format("end"),
        Removal.CUT_OFF: "beyond a jump",
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
