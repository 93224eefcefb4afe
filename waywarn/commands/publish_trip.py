"""`waywarn publish` of a recorded trip without a state folder: read, thinned, told, and summed up.

How it is told is ``waywarn/publishing.py``.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from corridor.errors import FixError
from corridor.fix import Fix
from sip.device.channel import UnansweredError
from sip.device.publication_client import Delivered, Lost, Retrying
from sip.device.publish_policy import chosen_fixes
from waywarn.commands.fixes import Selection, say, stop, tell_reading
from waywarn.publishing import Rules, document_of, moved_to, publish_trip
from waywarn.talk import Outcome, Told
from waywarn.tracker.settings import TrackerSettings

SHOWN_LOSSES = 10


def read_trip(selection: Selection, file: Path, console: Console) -> list[Fix]:
    """Read the fixes of one device, in order of their time."""
    track, batch = selection.read(file, console)
    tell_reading(track, len(batch), file, console)
    named = sorted({batch.devices[code] for code in batch.device})
    if len(named) > 1:
        listed = ", ".join(repr(name) for name in named[:20])
        stop(f"{file}: {len(named)} devices, and one publishes; choose with --device: {listed}", console)
    return sorted(batch, key=lambda fix: fix.time)


def moved(trip: list[Fix], now: bool, speed: float, console: Console) -> tuple[Fix, ...]:  # noqa: FBT001
    """Give a trip as if it began now, at that speed, where that is asked for."""
    try:
        return moved_to(trip, time.time(), speed) if now else tuple(trip)
    except FixError as error:
        stop(str(error), console)


def publish_recorded(
    trip: list[Fix], settings: TrackerSettings, *, speed: float, now: bool, console: Console
) -> NoReturn:
    """Publish a trip, sum up, and end: code 1 where something was not delivered."""
    chosen = chosen_fixes(trip, settings.policy)
    aor = settings.identity.aor
    say(console, "publish", f"{len(chosen):,} of {len(trip):,} fixes to {aor} at {speed:g} x")
    outcome = _talk(moved(list(chosen), now, speed, console), settings, speed, console)
    _summarise(outcome, len(chosen), console)
    raise typer.Exit(1 if outcome.delivered < len(chosen) else 0)


def _talk(fixes: tuple[Fix, ...], settings: TrackerSettings, speed: float, console: Console) -> Outcome:
    rules = Rules(time.time() + settings.retain_s, settings.retransmission_allowed)
    columns = (TextColumn("publishing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    documents = [document_of(fix, settings.identity, rules) for fix in fixes]
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("", total=len(fixes))
            return asyncio.run(
                publish_trip(
                    fixes,
                    documents,
                    identity=settings.identity,
                    server=settings.server,
                    speed=speed,
                    tell=lambda told: _tell(told, console, lambda: bar.advance(task)),
                )
            )
    except UnansweredError as error:
        stop(str(error), console)


def _tell(told: Told, console: Console, advance: Callable[[], None]) -> None:
    if isinstance(told, Delivered | Lost):
        advance()
    if isinstance(told, Retrying):
        say(console, "waiting", f"{told.reason}; again in {told.wait_s:.0f} s")


def _summarise(outcome: Outcome, count: int, console: Console) -> None:
    refused = [lost for lost in outcome.lost if lost.is_refused]
    unsent = [lost for lost in outcome.lost if not lost.is_refused]
    for lost in refused[:SHOWN_LOSSES]:
        say(console, "lost", f"the fix of {lost.document.label}: {lost.reason}")
    if len(refused) > SHOWN_LOSSES:
        say(console, "", f"and {len(refused) - SHOWN_LOSSES:,} more")
    if unsent:
        first = unsent[0].document.label
        say(console, "not sent", f"{len(unsent):,} of {count:,}, from the fix of {first} on")
    say(console, "delivered", f"{outcome.delivered:,} of {count:,}")
    if outcome.is_denied:
        stop(f"{outcome.reason}; give --user and --password-file or --password-env as it knows them", console)
    if outcome.reason:
        say(console, "ended", outcome.reason)
