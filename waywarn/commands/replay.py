"""`waywarn replay`: decide over history. The deciding is ``waywarn/history.py`` and ``rules``.

Standard output holds one JSON object for each transition and nothing else; with --diff or --explain what
``differences.py`` and ``explained.py`` write instead.
"""

import gc
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.progress import Progress

from corridor.errors import CorridorError
from rules.deviation import Ends, Starts
from rules.errors import RulesError
from waywarn.commands.differences import AsJson, Diff, tell_differences
from waywarn.commands.drawing import draw
from waywarn.commands.explained import WHOM, device_and_time, show
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
from waywarn.presets import DEFAULT_LATE_HORIZON_S, Preset
from waywarn.stopwatch import Stopwatch

if TYPE_CHECKING:
    from corridor import FixBatch
    from rules import Transition
    from rules.rule import Rule
    from waywarn.history import Outcome

PROGRESS_FROM = 250_000  # fixes; fewer are judged before a bar is drawn


FENCE_NUMBERS = ("confirm_fixes", "confirm_s", "default_accuracy_m")  # what is said of fences too


class Limits(NamedTuple):
    """What fixes are held against."""

    max_speed_mps: float
    late_horizon_s: float


class Order(StrEnum):
    """In which order fixes are judged."""

    FILE = "file"  # as they arrived
    TIME = "time"


Configuration = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help="Hold the devices to the rules of this file, instead of --path and --fences."
    ),
]
PathFile = Annotated[
    str | None,
    typer.Option(
        "--path", help="The path to keep to: GPX, GeoJSON, KML, CSV or Parquet; FILE#NAME picks one line."
    ),
]
FencesFile = Annotated[
    str | None,
    typer.Option(
        "--fences",
        help="Fences to tell of, entered and left: GeoJSON, KML or WKT; FILE#NAME picks one fence.",
    ),
]
HalfWidth = Annotated[
    float | None,
    typer.Option(help="How far to either side of the path is allowed, in metres; 40 if nothing says."),
]
PresetOption = Annotated[
    Preset | None, typer.Option(help="Numbers for a way of moving; options given beside it win.")
]
ConfirmFixes = Annotated[int | None, typer.Option(help="So many fixes outside in a row raise the alarm;")]
ConfirmS = Annotated[
    float | None, typer.Option(help="and so many seconds lie between the first and the last of them.")
]
Probability = Annotated[
    float | None, typer.Option(help="A fix counts as outside from this probability on, as 0.95.")
]
Accuracy = Annotated[
    float | None, typer.Option(help="Radius of 95 %, in metres, of fixes that state no accuracy.")
]
StartsOption = Annotated[
    Starts | None,
    typer.Option(help="When judging begins: at the first fix on the path, at its start, or at once."),
]
EndsOption = Annotated[
    Ends | None, typer.Option(help="Whether the watch is over when the path's end is reached.")
]
MaxSpeed = Annotated[
    float, typer.Option(help="A fix that implies more, in metres a second, is not believed at first.")
]
LateHorizon = Annotated[
    float | None,
    typer.Option(
        help="How late a fix may come and still count, in seconds: what was said is retracted or amended. "
        "900 if nothing says; 0: a fix older than its device's newest is discarded."
    ),
]
OrderOption = Annotated[
    Order, typer.Option(help="Judge in the order of the file, as the fixes arrived, or sorted by time.")
]
Plot = Annotated[
    Path | None,
    typer.Option(help="Draw the corridor, the tracks and the alarms into this PNG.", dir_okay=False),
]
Explain = Annotated[
    str | None,
    typer.Option(
        metavar=WHOM,
        help="Tell only why each rule did what it did of one fix: the newest of the device at or before the "
        "time, as anna@2026-11-23T07:40:00Z.",
    ),
]


@contextmanager
def without_collecting() -> Iterator[None]:
    """Look for no garbage in rings: libraries and a million rows make none, and would be looked through."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@without_collecting()
def replay(
    fixes: Fixes,
    path: PathFile = None,
    fences: FencesFile = None,
    half_width_m: HalfWidth = None,
    preset: PresetOption = None,
    confirm_fixes: ConfirmFixes = None,
    confirm_s: ConfirmS = None,
    starts: StartsOption = None,
    ends: EndsOption = None,
    raise_probability: Probability = None,
    accuracy_m: Accuracy = None,
    config: Configuration = None,
    max_speed_mps: MaxSpeed = 90.0,
    late_horizon_s: LateHorizon = None,
    order: OrderOption = Order.FILE,
    where: Where = None,
    device: Device = None,
    since: Since = None,
    until: Until = None,
    naive_zone: NaiveZone = None,
    plot: Plot = None,
    diff: Diff = None,
    explain: Explain = None,
    as_json: AsJson = False,  # noqa: FBT002 (typer gives it by its name)
) -> None:
    """Decide over recorded fixes: one line of JSON for each transition, as the service would have said it.

    Give a path and a half width, and every device of the file is held to it; fences, and every device is
    told of that enters or leaves one; or a configuration file, and its rules are. A summary goes to
    standard error: what was read, refused, not judged, and why.
    """
    console = stderr()
    selection = Selection.of(where=where, device=device, naive_zone=naive_zone, since=since, until=until)
    given = {
        "half_width_m": half_width_m,
        "confirm_fixes": confirm_fixes,
        "confirm_s": confirm_s,
        "raise_probability": raise_probability,
        "default_accuracy_m": accuracy_m,
        "starts": starts,
        "ends": ends,
    }
    numbers = {key: value for key, value in given.items() if value is not None}
    _check_ways(path, fences, config, [*(["preset"] if preset else []), *numbers])
    try:
        rules, stated_s = ((), DEFAULT_LATE_HORIZON_S) if config is None else _configured(config)
        limits = Limits(max_speed_mps, stated_s if late_horizon_s is None else late_horizon_s)
        watch = _loaded()
        track, batch = selection.read(fixes, console)
        if order is Order.TIME:
            batch = batch.take(batch.time.argsort(kind="stable"))
        rules = rules or _rules(path, fences, preset, numbers, batch.devices)
        tell_reading(track, len(batch), fixes, console)
        if explain is not None:
            _explain(rules, batch, device_and_time(explain, selection.zone), limits, as_json=as_json)
        elif diff is not None:
            _compare(rules, diff, batch, limits, as_json=as_json)
        else:
            outcome = _decide(rules, batch, limits, console, tell=_write)
            say(console, "took", watch.said_of(len(batch)))
            _tell(rules, batch, outcome, order, console)
            if plot is not None:
                draw(rules, batch, outcome, plot, fences=fences, config=config, console=console)
    except (CorridorError, RulesError) as error:
        stop(str(error), console)


def _loaded() -> Stopwatch:
    """Load what reads and decides, which is part of the start, and begin to count."""
    for module in ("corridor.tracks.read", "waywarn.crew"):
        import_module(module)
    return Stopwatch()


def _check_ways(path: str | None, fences: str | None, config: Path | None, numbers: list[str]) -> None:
    if (path is None and fences is None) == (config is None):
        raise typer.BadParameter("give --path or --fences or both, or --config alone", param_hint="--path")
    if config is not None and numbers:
        raise typer.BadParameter(
            "it stands in the configuration file; leave it out", param_hint=_option(numbers[0])
        )
    of_paths = [number for number in numbers if number not in FENCE_NUMBERS]
    if path is None and of_paths:
        raise typer.BadParameter(
            "it says something of a path: give --path too", param_hint=_option(of_paths[0])
        )


def _option(number: str) -> str:
    return f"--{number.removeprefix('default_').replace('_', '-')}"


def _rules(
    path: str | None,
    fences: str | None,
    preset: Preset | None,
    numbers: dict[str, Any],
    devices: tuple[str, ...],
) -> "tuple[Rule, ...]":
    from corridor import Path as Way
    from waywarn.fences import fences_of
    from waywarn.history import rule_for_fences, rules_for_path

    rules: list[Rule] = []
    if path is not None:
        rules += rules_for_path(Way.from_file(path), devices, preset=preset, numbers=numbers)
    if fences is not None:
        of_fences = {key: value for key, value in numbers.items() if key in FENCE_NUMBERS}
        rules.append(rule_for_fences(fences_of(fences), numbers=of_fences))
    return tuple(rules)


def _configured(config: Path) -> "tuple[tuple[Rule, ...], float]":
    """Give the rules of a file, and how late a fix may be."""
    from waywarn.config import ConfigError, load_config

    try:
        loaded = load_config(config, os.environ)
        rules = loaded.engine_rules()
    except ConfigError as error:
        stop(str(error), stderr())
    if not rules:
        raise RulesError(f"{config}: it holds no rule; add one, or use --path or --fences")
    return rules, loaded.late_horizon_s


def _explain(
    rules: "tuple[Rule, ...]", batch: "FixBatch", whom: tuple[str, float], limits: Limits, *, as_json: bool
) -> None:
    from waywarn.explaining import NoFixError, moments_of

    device, asked = whom
    try:
        moments = moments_of(
            rules,
            batch,
            device,
            asked,
            run_start=time.time(),
            max_speed_mps=limits.max_speed_mps,
            late_horizon_s=limits.late_horizon_s,
        )
    except NoFixError as error:
        stop(str(error), stderr())
    show(rules, moments, asked, as_json=as_json)


def _compare(
    rules: "tuple[Rule, ...]", other: Path, batch: "FixBatch", limits: Limits, *, as_json: bool
) -> None:
    """Decide under both, with the limits of the first."""
    console = stderr()
    others, _ = _configured(other)
    before, after = (_decide(each, batch, limits, console, tell=_keep) for each in (rules, others))
    tell_differences(before.transitions, after.transitions, console, as_json=as_json)


def _decide(
    rules: "tuple[Rule, ...]",
    batch: "FixBatch",
    limits: Limits,
    console: Console,
    *,
    tell: "Callable[[Sequence[Transition]], None]",
) -> "Outcome":
    from waywarn.history import decide

    quiet = len(batch) < PROGRESS_FROM or not console.is_terminal
    with Progress(console=console, disable=quiet, transient=True) as progress:
        task = progress.add_task("judging", total=len(batch))
        return decide(
            rules,
            batch,
            run_start=time.time(),
            max_speed_mps=limits.max_speed_mps,
            late_horizon_s=limits.late_horizon_s,
            tell=tell,
            advance=lambda count: progress.advance(task, count),
        )


def _keep(transitions: "Sequence[Transition]") -> None:
    """Say nothing yet: all of it is in the outcome."""


def _write(transitions: "Sequence[Transition]") -> None:
    encode = json.JSONEncoder().encode
    sys.stdout.write("".join([f"{encode(transition.as_json())}\n" for transition in transitions]))
    sys.stdout.flush()


def _tell(
    rules: "tuple[Rule, ...]", batch: "FixBatch", outcome: "Outcome", order: Order, console: Console
) -> None:
    """Sum up on standard error."""
    from waywarn.history import unwatched

    late = 0
    for reason, count in sorted(outcome.discards.items()):
        if count:
            say(console, "discarded", f"{count:,} {reason.value}")
        late += count * (reason.value == "late")
    if late > len(batch) // 2 and order is Order.FILE:
        say(console, "", "most fixes are older than one before them in the file: try --order time")
    for device in outcome.wrong_clocks:
        say(console, "clock", f"{device}: many fixes from the future; its clock is wrong")
    unruled = unwatched(rules, batch.devices)
    if unruled:
        listed = ", ".join(unruled[:10]) + (" and more" if len(unruled) > 10 else "")
        say(console, "no rule", f"for {len(unruled)} of {len(batch.devices)} devices: {listed}")
    kinds = Counter(transition.kind.value for transition in outcome.transitions)
    said = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items()) or "nothing said"
    judged = len(batch) - sum(outcome.discards.values())
    say(console, "judged", f"{judged:,} fixes under {len(rules):,} rule{'s' * (len(rules) != 1)}: {said}")
