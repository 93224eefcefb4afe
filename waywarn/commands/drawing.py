"""The picture of a replay: the corridor, the tracks, the alarms and the fences.

How it is drawn is ``waywarn/picture.py``.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from waywarn.commands.fixes import say, stop

if TYPE_CHECKING:
    from corridor import FixBatch
    from corridor.ellipsoid import Floats
    from rules import Transition
    from rules.rule import Rule
    from waywarn.history import Outcome

FENCES_DRAWN = 60  # more than that are no picture


def draw(
    rules: "tuple[Rule, ...]",
    batch: "FixBatch",
    outcome: "Outcome",
    plot: Path,
    *,
    fences: str | None,
    config: Path | None,
    console: Console,
) -> None:
    """Draw the first corridor that a device of the file keeps to, all fences, and whoever they are about."""
    from rules import Deviation, Geofence
    from waywarn.history import unwatched
    from waywarn.picture import draw_drive

    kept = [rule for rule in rules if isinstance(rule, Deviation) and rule.device in batch.devices]
    corridor = kept[0].corridor if kept else None
    about = [
        rule
        for rule in rules
        if isinstance(rule, Geofence) or (corridor and rule.fingerprint == corridor.fingerprint)
    ]
    drawn = set(batch.devices) - set(unwatched(about, batch.devices))
    if not drawn:
        stop(f"{plot}: not drawn, no device of the file has a rule", console)
    tracks = {
        name: batch.take(batch.device == code) for code, name in enumerate(batch.devices) if name in drawn
    }
    said = [transition for transition in outcome.transitions if transition.device in drawn]
    try:
        outlines = _outlines(fences, config, outcome.transitions)
        draw_drive(corridor, tracks, said, plot, fences=outlines)
    except OSError as error:
        stop(f"{plot}: cannot be written: {error.strerror or error}", console)
    say(console, "drew", str(plot))


def _outlines(
    fences: str | None, config: Path | None, said: "Sequence[Transition]"
) -> "dict[str, list[Floats]]":
    """Give the rings of the fences to draw: all of a few, of many those that something was said of."""
    from corridor.fence_outline import rings_of
    from waywarn.config import InFencesConfig, load_config
    from waywarn.config.kinds.ground import Ground
    from waywarn.fences import fences_of

    known = [] if fences is None else fences_of(fences)
    rules = {} if config is None else load_config(config, os.environ).rules
    ground = Ground()
    for name, rule in rules.items():
        known += rule.drawn(name, ground) if isinstance(rule, InFencesConfig) else ()
    named = {transition.fence for transition in said}
    drawn = [fence for fence in known if len(known) <= FENCES_DRAWN or fence.name in named]
    return {fence.name: rings_of(fence) for fence in drawn[:FENCES_DRAWN]}
