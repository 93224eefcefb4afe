"""What each watching kind measures, in words: one entry a kind.

When it is told, and what follows from it, is ``of_watch.py``.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from corridor.instant import format_instant
from rules.explaining.explanation import Explanation, Found
from rules.explaining.standing import Row
from rules.explaining.words import metres, percent, seconds
from rules.watch.arrival import Arrival
from rules.watch.judge_progress import VAGUE_HALF_WIDTHS
from rules.watch.movement import Movement
from rules.watch.progress import Progress
from rules.watch.proximity import Proximity
from rules.watch.silence import Silence
from rules.watch.speed import Speed
from rules.watch.watch import Watch
from rules.watch.wrong_way import WrongWay

Told = Callable[[Any, Row, Explanation], str]
"""Writes what was measured, from the rule, its row after, and the phases; nothing where it is not known."""


def _unknown(row: Row) -> Found:  # noqa: ARG001 (kinds differ)
    return Found.UNKNOWN


class Words(NamedTuple):
    """How one kind is explained."""

    measured: Told
    holds: str = "so"  # what the fixes of a run say, as "2 of 3 fixes ..."
    holds_not: str = "not so"
    counts: bool = True  # whether it counts runs of fixes
    rests: bool = False  # whether an alarm of it ends by rest, and no run
    yes: Found = Found.HOLDS
    no: Found = Found.HOLDS_NOT
    found: Callable[[Row], Found] = _unknown  # of a kind that counts none


def _speed(rule: Any, row: Row, made: Explanation) -> str:  # noqa: ARG001 (kinds differ)
    if math.isnan(row["value"]):
        return "no speed is stated, and none can be worked out from the fix before"
    open_ = ": no speed is stated, and the accuracies leave it open" * (made.found is Found.UNKNOWN)
    return f"{_kmh(row['value'])}, {_kmh(row['limit'])} allowed{open_}"


def _wrong_way(rule: Any, row: Row, made: Explanation) -> str:  # noqa: ARG001
    if row["last_distance_m"] > row["last_half_width_m"]:
        return f"{metres(row['last_distance_m'])} from the path: what is travelled off it does not count"
    vague_m = abs(float(row["last_accuracy_m"]))
    if math.isnan(row["value"]) or vague_m > row["limit"]:
        return f"accuracy {metres(vague_m)}: too vague to tell which way it goes"
    what = "on from where it turned" if made.alarm_was_open else "back from the farthest it came"
    limit = f"{metres(row['limit'])} {'needed' if made.alarm_was_open else 'allowed'}"
    surely_m = max(float(row["value"]) - vague_m, 0.0)
    return f"surely {metres(surely_m)} {what}, {limit}"


def _movement(rule: Any, row: Row, made: Explanation) -> str:
    if math.isnan(row["value"]):
        return "this is where it stands from now on"
    if made.after == "clearing" or (made.alarm_was_open and not made.alarm_open):
        return f"has stood for {seconds(row['value'])}, {seconds(row['limit'])} are asked for"
    sure = f"beyond with {percent(row['probability'])} (needs {percent(rule.raise_probability)})"
    return f"{metres(row['value'])} from where it stood, {metres(row['limit'])} allowed: {sure}"


def _proximity(rule: Any, row: Row, made: Explanation) -> str:  # noqa: ARG001
    if not abs(row["kept_time"] - row["since"]) <= rule.max_age_s:  # NaN: one was not heard of yet
        return f"not compared: {rule.other} has no fix within {seconds(rule.max_age_s)}"
    allowed = "at most" if rule.farther_m is not None else "at least"
    limit_m = rule.farther_m if rule.farther_m is not None else rule.nearer_m
    sure = "" if math.isnan(row["probability"]) else f": broken with {percent(row['probability'])}"
    needs = f" (needs {percent(rule.raise_probability)})" if sure else ""
    return f"{metres(row['value'])} from {rule.other}, {allowed} {metres(limit_m)} allowed{sure}{needs}"


def _silence(rule: Any, row: Row, made: Explanation) -> str:
    if made.found is Found.NO_FIX:
        return f"no fix for {seconds(row['value'])}, {seconds(row['limit'])} allowed"
    vague = f"accuracy {metres(abs(row['last_accuracy_m']))}"
    if rule.vague_s is None:
        return vague
    if row["count"]:
        lasted_s = float(row["last_time"] - row["run_since"])
        of = f"for {seconds(lasted_s)}, {seconds(rule.vague_s)} allowed"
        return f"{vague}, over {metres(rule.vague_m)}: too vague {of}"
    return f"{vague}, at most {metres(rule.vague_m)}: clear enough"


def _found_of_silence(row: Row) -> Found:
    return Found.HOLDS if row["count"] else Found.HOLDS_NOT


def _arrival(rule: Any, row: Row, made: Explanation) -> str:  # noqa: ARG001
    if row["fence"] < 0:
        return f"not seen since the window opened; must {rule.must}"
    name = rule.fence_name(int(row["fence"]))
    distance_m = float(row["last_distance_m"])
    where = f"{metres(abs(distance_m))} {'within' if distance_m <= 0 else 'from'} the edge of {name}"
    inside = 1.0 - float(row["probability"])
    return f"{where}: in it with {percent(inside)}; must {rule.must}"


def _progress(rule: Any, row: Row, made: Explanation) -> str:
    if made.found is Found.UNKNOWN:
        where = f"{metres(row['last_distance_m'])} from the path"
        return f"{where}, accuracy {metres(abs(row['last_accuracy_m']))}: tells nothing of the way along it"
    along = "" if math.isnan(row["last_along_m"]) else f"{metres(row['last_along_m'])} along the path"
    eta = "" if math.isnan(row["eta"]) else f", at its end by {format_instant(float(row['eta']))}"
    held = ""
    if not math.isnan(row["value"]):
        what = "stood for" if "stalled" in {made.before, made.after} else "late by"
        limit = "" if math.isnan(row["limit"]) else f", {seconds(row['limit'])} allowed"
        held = f"; {what} {seconds(row['value'])}{limit}"
    stood_s = float(row["last_time"] - row["kept_time"])
    if rule.stall_s is not None and made.after == "under_way" and stood_s > 0:
        held += f"; within {metres(rule.stall_m)} for {seconds(stood_s)}, {seconds(rule.stall_s)} allowed"
    return f"{along}{eta}{held}"


def _found_of_progress(row: Row) -> Found:
    """Tell whether the fix was on the path, and no vaguer than `judge_progress.py` takes it."""
    half_width_m = float(row["last_half_width_m"])
    on_path = row["last_distance_m"] <= half_width_m
    vague = abs(row["last_accuracy_m"]) > VAGUE_HALF_WIDTHS * half_width_m
    return Found.INSIDE if on_path and not vague else Found.UNKNOWN


def _kmh(speed_mps: float) -> str:
    return f"{speed_mps * 3.6:.0f} km/h"


WORDS: Mapping[type[Watch], Words] = MappingProxyType(
    {
        Speed: Words(_speed, "too fast", "not too fast"),
        WrongWay: Words(_wrong_way, "the wrong way", "the right way"),
        Movement: Words(_movement, "away", "where it stood", rests=True),
        Proximity: Words(_proximity, "breaking it", "keeping it"),
        Silence: Words(_silence, counts=False, found=_found_of_silence),
        Arrival: Words(_arrival, "inside", "outside", yes=Found.INSIDE, no=Found.OUTSIDE),
        Progress: Words(_progress, counts=False, found=_found_of_progress),
    }
)
"""By the class of the rule: how it is explained."""
