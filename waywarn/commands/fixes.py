"""The options with which `record` and `replay` are told which fixes to take, and reading those fixes.

What a file's columns mean is ``corridor/tracks/``; what is done with the fixes is each command's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape

from corridor.errors import InstantError, TrackError
from corridor.instant import parse_instant

if TYPE_CHECKING:
    from corridor.batch import FixBatch
    from corridor.tracks import Track

SHOWN_REFUSALS = 10  # rows told one by one; the rest is a number

Fixes = Annotated[
    Path,
    typer.Argument(
        metavar="FIXES",
        help="A recorded track: CSV, Parquet, GPX, KML or GeoJSON (also .gz), with time, lon, lat and "
        "perhaps device_id, accuracy_m, speed_mps, course_deg, altitude_m; usual other spellings too.",
    ),
]
FixFiles = Annotated[
    list[Path] | None,
    typer.Argument(metavar="FIXES...", help="A recorded track, or several: as for `waywarn replay`."),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN=TEXT", help="Only rows whose column equals the text, as trip_id=3131100. Repeatable."
    ),
]
Device = Annotated[
    str | None,
    typer.Option(help="Only this device; or its name, where the file names none (else the file's own name)."),
]
NaiveZone = Annotated[
    str | None,
    typer.Option(
        metavar="ZONE",
        help="The zone of times that name none, as Europe/Dublin. Without it they are refused.",
    ),
]
Since = Annotated[
    str | None, typer.Option(metavar="TIME", help="Only fixes from this instant on, as 2026-01-26T15:57:00Z.")
]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Only fixes up to this instant.")]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of a file's fixes are wanted; made from the options' texts.

    Raises
    ------
    typer.BadParameter
        A text is not what its option needs.
    """

    where: dict[str, str]
    device: str | None
    zone: ZoneInfo | None
    since: float
    until: float

    @classmethod
    def of(
        cls,
        *,
        where: Sequence[str] | None,
        device: str | None,
        naive_zone: str | None,
        since: str | None,
        until: str | None,
    ) -> "Selection":
        """Read the options."""
        return cls(
            dict(_condition(text) for text in where or ()),
            device,
            _zone(naive_zone),
            _instant(since, "--since", float("-inf")),
            _instant(until, "--until", float("inf")),
        )

    def read(self, file: Path, console: Console) -> "tuple[Track, FixBatch]":
        """Read a file and give what it held and the wanted fixes of it; or say why not, and exit with 2."""
        try:
            with console.status(f"reading {escape(str(file))}"):
                track = self.load(file)
                return track, self.cut(track.batch, file)
        except TrackError as error:
            hint = "; see --naive-zone" if "naive_zone" in str(error) else ""
            stop(f"{error}{hint}", console)

    def load(self, file: Path, *, exchanged: bool = False, device_column: str | None = None) -> "Track":
        """Read a file, with longitude and latitude exchanged if wanted; a column may stand for the device.

        Raises
        ------
        TrackError
            It holds no usable fix.
        """
        from corridor.tracks import read_fixes

        return read_fixes(
            file,
            naive_zone=self.zone,
            default_device=self.device,
            where=self.where,
            exchanged=exchanged,
            device_column=device_column,
        )

    def cut(self, batch: "FixBatch", file: Path) -> "FixBatch":
        """Give the wanted fixes; a TrackError if there is none."""
        wanted = (batch.time >= self.since) & (batch.time <= self.until)
        if self.device is not None:
            if self.device not in batch.devices:
                listed = ", ".join(repr(device) for device in batch.devices[:20])
                raise TrackError(f"{file}: no fix of device {self.device!r}; there are: {listed}")
            wanted &= batch.device == batch.devices.index(self.device)
        if not wanted.any():
            raise TrackError(f"{file}: none of {len(batch)} fixes is between --since and --until")
        return batch if wanted.all() else batch.take(wanted)


def stop(message: str, console: Console) -> NoReturn:
    """Say what is wrong, with the file, and end with exit code 2."""
    console.print(f"[red]error:[/] {escape(message)}")
    raise typer.Exit(2)


def stderr() -> Console:
    """Give the console for people; standard output is for results."""
    return Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)


def tell_reading(track: "Track", taken: int, file: Path, console: Console) -> None:
    """Say how many fixes were read, what was refused, and which column was taken for what."""
    say(console, "read", f"{taken:,} fixes of {_count(len(track.batch.devices), 'device')} from {file}")
    left_out = len(track.batch) - taken
    if left_out:
        say(console, "", f"{left_out:,} more are not of the chosen device or time")
    say(console, "columns", ", ".join(f"{name} from {source}" for name, source in track.columns.items()))
    if not track.refused_count:
        return
    say(console, "refused", _count(track.refused_count, "row"))
    for refusal in track.refused[:SHOWN_REFUSALS]:
        say(console, "", f"row {refusal.row}: {refusal.reason}")
    if track.refused_count > SHOWN_REFUSALS:
        say(console, "", f"and {track.refused_count - SHOWN_REFUSALS:,} more")


def say(console: Console, label: str, text: str) -> None:
    """Print one line of a summary: a short label and what there is to say."""
    console.print(f"[bold]{label:<9}[/] {escape(text)}")


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _condition(text: str) -> tuple[str, str]:
    column, sign, wanted = text.partition("=")
    if not sign or not column.strip():
        raise typer.BadParameter(f"{text!r} is not COLUMN=TEXT", param_hint="--where")
    return column.strip(), wanted


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise typer.BadParameter(
            f"{name!r} is not a known time zone; for example Europe/Dublin or UTC", param_hint="--naive-zone"
        ) from None


def _instant(text: str | None, option: str, default: float) -> float:
    if text is None:
        return default
    try:
        return parse_instant(text)
    except InstantError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None
