"""`waywarn publish` as a tracker: its plan from options or a file, its run, and what it says at the end.

What it does is ``waywarn/tracker/tracker.py``.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn, Self

import typer
from rich.console import Console

from corridor.fix import Fix
from sip.device.publication_client import Lost, Retrying
from sip.order import Order
from waywarn import log
from waywarn.commands.fixes import say, stop
from waywarn.config.problem import ConfigError
from waywarn.talk import Told
from waywarn.tracker.device_file import ALLOWED_HOOKS, program_of, read_device_file
from waywarn.tracker.duties import HookSettings
from waywarn.tracker.gpsd import GpsdAddress, SourceError
from waywarn.tracker.settings import TrackerSettings
from waywarn.tracker.source import GPSD, STANDARD_INPUT, fixes_of_trip, is_live, live_fixes
from waywarn.tracker.state import StateError, open_state, state_folder
from waywarn.tracker.tracker import Tracker


@dataclass(frozen=True, slots=True)
class LivePlan:
    """What is to be tracked.

    Parameters
    ----------
    settings
        How.
    source
        ``gpsd:...``, ``-``, or the file of a recorded trip.
    device
        The name of the device.
    state
        The state folder; None for a recorded trip that is told without one.
    trip, speed
        The recorded trip, once it is read, and how much faster than it happened.
    """

    settings: TrackerSettings
    source: str
    device: str
    state: Path | None
    trip: tuple[Fix, ...] = ()
    speed: float = 1.0

    @classmethod
    def of_file(cls, file: Path, source: str | None, state: Path | None, console: Console) -> Self:
        """Read the file of a device; what the command line says of source and state counts more."""
        try:
            read = read_device_file(file, os.environ)
        except ConfigError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from None
        wanted = source or read.source
        if wanted is None:
            stop(f'{file} names no source; add [source] gpsd = "127.0.0.1:2947", or give SOURCE', console)
        folder = state or read.state or state_folder(os.environ, read.settings.identity.aor)
        return cls(read.settings, _checked(wanted, console), read.device, folder)

    @classmethod
    def of_options(
        cls,
        settings: TrackerSettings,
        source: str,
        device: str | None,
        state: Path | None,
        hooks: Iterable[str],
        secret: str | None,
        console: Console,
    ) -> Self:
        """Make it from options; `secret` names the variable of the password, which no hook is given."""
        environ = {name: value for name, value in os.environ.items() if name != secret}
        programs = dict(_hook(text, console) for text in hooks)
        aor = settings.identity.aor
        folder = state or (state_folder(os.environ, aor) if is_live(source) else None)
        name = device or aor.removeprefix("sip:").partition("@")[0]
        return cls(
            replace(settings, hooks=HookSettings(programs, environ)), _checked(source, console), name, folder
        )

    @property
    def is_live(self) -> bool:
        """Whether its source goes on."""
        return is_live(self.source)

    def of_trip(self, trip: tuple[Fix, ...], speed: float) -> "LivePlan":
        """Give the plan with the recorded trip that was read."""
        return replace(self, trip=trip, speed=speed)

    def fixes(self) -> AsyncIterator[Fix]:
        """Give the fixes as they come."""
        if self.trip:
            return fixes_of_trip(self.trip, self.speed)
        return live_fixes(self.source, self.device, lambda text: log.warn("source.trouble", text=text))


def track(plan: LivePlan, console: Console) -> NoReturn:
    """Run a tracker until its source has ended, or SIGTERM or SIGINT came."""
    assert plan.state is not None  # noqa: S101 (asked by the caller; a live plan has one)
    log.start_logging("info")
    say(console, "publish", f"{plan.source} to {plan.settings.identity.aor}; fixes wait in {plan.state}")
    try:
        with open_state(plan.state) as state:
            tracker = Tracker(plan.settings, state, clock=time.time, tell=_tell)
            delivered = asyncio.run(_until_stopped(tracker, plan.fixes()))
            say(console, "delivered", f"{delivered:,}; {tracker.waiting():,} wait for the next start")
            raise typer.Exit(0)
    except StateError as error:
        stop(str(error), console)


async def _until_stopped(tracker: Tracker, fixes: AsyncIterator[Fix]) -> int:
    running = asyncio.create_task(tracker.run(fixes))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        log.say("tracker.stopped")
    return tracker.delivered


def _tell(told: Told) -> None:
    match told:
        case Lost() if told.is_refused:
            log.warn("fix.refused", of=told.document.label, reason=told.reason)
        case Retrying():
            log.warn("publication.waiting", reason=told.reason, wait_s=told.wait_s)


def _checked(source: str, console: Console) -> str:
    if source == STANDARD_INPUT and sys.stdin is None:
        stop("-: standard input is closed; give it something to read, or name gpsd: or a file", console)
    if source.startswith(GPSD):
        try:
            GpsdAddress.parse(source)
        except SourceError as error:
            stop(str(error), console)
    return source


def _hook(text: str, console: Console) -> tuple[Order, tuple[str, ...]]:
    name, sign, program = text.partition("=")
    try:
        argv = program_of(program)
    except ValueError as error:
        stop(f"--hook {text!r}: {error}", console)
    if not sign or name not in ALLOWED_HOOKS or not argv:
        stop(f"--hook {text!r} is not ORDER=PROGRAM with one of {', '.join(ALLOWED_HOOKS)}", console)
    return Order(name), argv
