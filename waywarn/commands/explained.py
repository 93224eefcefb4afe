"""How an explanation is shown: a page for a person, or JSON, an object for each rule.

What is explained is ``waywarn/explaining.py`` and ``waywarn/kept.py``; the sentences are those of
``rules/explaining/``.
"""

import json
import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from corridor.errors import InstantError
from corridor.instant import format_instant, parse_instant

if TYPE_CHECKING:
    from datetime import tzinfo

    from rules.explaining.explanation import Explanation
    from rules.explaining.moment import Moment
    from rules.rule import Rule

WHOM = "DEVICE@TIME"


def device_and_time(text: str, zone: "tzinfo | None" = None) -> tuple[str, float]:
    """Read ``DEVICE@TIME``; the last @ counts.

    Raises
    ------
    typer.BadParameter
        It is none.
    """
    device, at, instant = text.rpartition("@")
    if not at or not device:
        _refuse(f"{text!r} is not {WHOM}, as anna@2026-11-23T07:40:00Z")
    try:
        return device, parse_instant(instant, naive_zone=zone)
    except InstantError as error:
        _refuse(str(error))


def _refuse(why: str) -> NoReturn:
    raise typer.BadParameter(why, param_hint=WHOM)


def show(rules: "Sequence[Rule]", moments: "Sequence[Moment]", asked: float, *, as_json: bool) -> None:
    """Write why each rule did what it did to standard output.

    Parameters
    ----------
    rules
        Those that are in force.
    moments
        In order of time.
    asked
        The instant that was asked for.
    as_json
        One object for each rule and moment, not a page.
    """
    from rules.explaining.explain import explain

    page = Console(highlight=False, emoji=False, soft_wrap=True)
    for number, moment in enumerate(moments):
        explained = explain(rules, moment)
        if as_json:
            for each in explained:
                sys.stdout.write(json.dumps({"time": format_instant(moment.time), **each.as_json()}) + "\n")
            continue
        page.print(_wrapped(page, _heading(moment, asked if number == 0 else None)), style="bold")
        if not explained:
            page.print("  no rule is about it")
        for each in explained:
            _print(page, each)


def _heading(moment: "Moment", asked: float | None) -> str:
    name, when = escape(moment.device), format_instant(moment.time)
    fix = moment.fix
    if fix is None:
        return f"{name}, no fix until {when}"
    stated = "no accuracy stated" if fix.accuracy_m is None else f"accuracy {fix.accuracy_m:g} m"
    place = f"{fix.lon:.5f}, {fix.lat:.5f}, {stated}"
    nearest = "" if asked in (None, moment.time) else ", the newest until then"
    return f"{name}, fix of {when} ({place}){nearest}"


def _print(page: Console, each: "Explanation") -> None:
    phases = "" if each.after is None else f": {_words(each.before)} -> {_words(each.after)}"
    style = "red" if each.alarm_open else "cyan"
    page.print(f"  [{style}]{escape(each.rule)}[/]{phases}")
    for why in each.why:
        page.print(_wrapped(page, escape(why), "      "))


def _words(phase: str | None) -> str:
    return "not known" if phase is None else phase.replace("_", " ")


def _wrapped(page: Console, text: str, indent: str = "") -> str:
    """Wrap for a person at a terminal; a program or a file gets each thing in one line."""
    if not page.is_terminal:
        return indent + text
    return textwrap.fill(
        text,
        max(40, page.width),
        initial_indent=indent,
        subsequent_indent=indent and f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
