"""Which trips `record` learns from: options, and trips out of several files, of one, or of the store.

Learning and telling is ``record_several.py``; which fixes of a file are wanted is ``fixes.py``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from corridor.errors import InstantError, TrackError
from corridor.instant import format_instant, parse_instant
from waywarn.commands.configuration import read_configuration
from waywarn.commands.fixes import Selection, say, stop

if TYPE_CHECKING:
    from corridor import FixBatch

By = Annotated[
    str | None,
    typer.Option(
        "--by", metavar="COLUMN", help="A file holds several trips: one for each value of a column."
    ),
]
GapS = Annotated[
    float | None,
    typer.Option(min=1, help="A file holds several trips: a pause of more seconds begins the next."),
]
StandingS = Annotated[
    float | None,
    typer.Option(min=1, help="A file holds several trips: standing for so many seconds ends one."),
]
FromStore = Annotated[
    str | None,
    typer.Option("--from-store", metavar="DEVICE", help="Learn from what the service has kept of a device."),
]
Between = Annotated[
    str | None,
    typer.Option(metavar="FROM..TO", help="Only fixes between two instants, as --since and --until."),
]


@dataclass(frozen=True, slots=True)
class Trip:
    """A trip, and what a person calls it."""

    name: str
    batch: "FixBatch"


@dataclass(frozen=True, slots=True)
class Splitting:
    """How one recording becomes several trips."""

    by: str | None
    gap_s: float | None
    standing_s: float | None

    @property
    def is_wanted(self) -> bool:
        """Whether a file may hold more than one trip."""
        return not (self.by is None and self.gap_s is None and self.standing_s is None)


def within(selection: Selection, between: str | None) -> Selection:
    """Narrow a selection to ``FROM..TO``."""
    if between is None:
        return selection
    since, dots, until = between.partition("..")
    try:
        start, end = parse_instant(since.strip()), parse_instant(until.strip())
    except InstantError as error:
        reason = str(error) if dots else f"{between!r} is not FROM..TO"
        raise typer.BadParameter(reason, param_hint="--between") from None
    if not start < end:
        raise typer.BadParameter(f"{since} is not before {until}", param_hint="--between")
    if math.isfinite(selection.since) or math.isfinite(selection.until):
        raise typer.BadParameter("it says what --since and --until say; give one", param_hint="--between")
    return replace(selection, since=start, until=end)


def trips_of_files(
    files: Sequence[Path], selection: Selection, splitting: Splitting, console: Console
) -> list[Trip]:
    """Read the trips of all files, or say why not, and exit with 2."""
    trips: list[Trip] = []
    fixes = 0
    for file in files:
        try:
            with console.status(f"reading {file.name}"):
                track = selection.load(file, device_column=splitting.by)
                batch = selection.cut(track.batch, file)
                trips += _trips_of(batch, file.name, splitting)
        except TrackError as error:
            stop(str(error) if str(error).startswith(str(file)) else f"{file}: {error}", console)
        fixes += len(batch)
        if track.refused_count:
            first = track.refused[0]
            say(
                console, "refused", f"{track.refused_count:,} of {file.name}; row {first.row}: {first.reason}"
            )
    source = files[0].name if len(files) == 1 else f"{len(files)} files"
    say(console, "read", f"{fixes:,} fixes from {source}, {len(trips)} trips")
    return trips


def trips_of_store(
    device: str, config: Path | None, selection: Selection, splitting: Splitting, console: Console
) -> list[Trip]:
    """Read what the service has kept of a device, or say why not, and exit with 2."""
    from corridor.trips import DEFAULT_GAP_S, DEFAULT_STANDING_S
    from waywarn.store import Store, StoreError

    if config is None:
        raise typer.BadParameter("--from-store needs the service's configuration file", param_hint="--config")
    store_file = read_configuration(config).service.store
    if not store_file.is_file():
        stop(f"{store_file}: there is no store yet; has the service run?", console)
    try:
        with Store.open(store_file) as store:
            batch = store.fixes_of(device, selection.since, selection.until)
    except StoreError as error:
        stop(str(error), console)
    if not len(batch):
        stop(f"{store_file}: no place of device {device!r} is kept in that time", console)
    wanted = replace(
        splitting,
        gap_s=splitting.gap_s or DEFAULT_GAP_S,
        standing_s=splitting.standing_s or DEFAULT_STANDING_S,
    )
    trips = _trips_of(batch, device, wanted)
    say(console, "read", f"{len(batch):,} fixes of {device} from {store_file}, {len(trips)} trips")
    return trips


def _trips_of(batch: "FixBatch", name: str, splitting: Splitting) -> list[Trip]:
    from corridor.trips import split_trips

    if splitting.by is not None:
        return [Trip(each, batch.take(batch.device == code)) for code, each in enumerate(batch.devices)]
    if not splitting.is_wanted:
        _check_one(batch)
        return [Trip(name, batch)]
    pieces = split_trips(
        batch, gap_s=splitting.gap_s or math.inf, standing_s=splitting.standing_s or math.inf
    )
    return [Trip(f"{name} of {format_instant(float(piece.time[0]))}", piece) for piece in pieces]


def _check_one(batch: "FixBatch") -> None:
    if len(batch.devices) > 1:
        listed = ", ".join(repr(device) for device in batch.devices[:20])
        raise TrackError(
            f"it is of {len(batch.devices)} devices; choose one with --device, or see --by: {listed}"
        )
