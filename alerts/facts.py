"""The words that fill the gaps of ``phrases.py``: names, numbers and times of an alarm's or event's evidence.

What may not be told is not among them: there is one place where a message can give a place away.
"""

import math
import re
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from alerts.alert import Alert
from alerts.notice import Notice
from alerts.template import Words
from alerts.words import (
    clock,
    direction_in_words,
    distance_in_words,
    duration_in_words,
    lateness_in_words,
    moment,
    short_moment,
    speed_in_words,
)
from rules.transition import MEASURES, Kind, Reason, Transition

NAMES = frozenset({"device", "other", "fence", "place", "destination", "path", "point"})
"""The words that may be of any length."""

UNNAMED_FENCE = "a fence"
UNNAMED_POINT = "a point of the way"
UNNAMED_DEVICE = "the other one"

_UNITS: Mapping[str, Callable[[float], str]] = {
    "m": distance_in_words,
    "s": duration_in_words,
    "mps": speed_in_words,
    "deg": direction_in_words,
}
# A path is called like its file.
_PATH_FILE = re.compile(r"(?<=.)\.(geojson|json|gpx|kml|csv|parquet)$", re.IGNORECASE)
_HOW = {Reason.SHORTCUT: "by a shortcut", Reason.JUMPED: "unseen"}
# Two devices: the distance where it is told, else only that it is not as it should be.
_APART = {Kind.TOO_FAR: ("{} from", "too far from"), Kind.TOO_NEAR: ("only {} from", "too near to")}


def facts(alarm: Alert, notice: Notice, zone: ZoneInfo) -> Words:
    """Give the words for a rule's alarm, or an event, as one of its notices has them.

    Parameters
    ----------
    alarm
        Whose beginning is told.
    notice
        Whose numbers, places and times are told.
    zone
        The reader's.
    """
    said = notice.transition
    words = {
        "device": plain(alarm.device),
        "other": plain(said.other or alarm.opened.transition.other or "") or UNNAMED_DEVICE,
        "since": short_moment(alarm.starts_at, zone),
        "at": clock(said.time, zone),
        "fence": UNNAMED_FENCE,
        "point": UNNAMED_POINT,
        # where a device is missed: that it is not there tells little of where it is
        "destination": plain(alarm.opened.transition.fence or ""),
        "how": _HOW.get(said.reason, ""),
        **_measured(said, is_told=notice.may_tell_place),
        **_of_time(alarm, said, zone),
    }
    words["stretch"] = words.get("value") or "a part"
    measured, unmeasured = _APART.get(said.kind, ("", ""))
    words["apart"] = measured.format(words["value"]) if "value" in words else unmeasured
    return {**words, **_of_place(said)} if notice.may_tell_place else words


def plain(name: str) -> str:
    """Names come from configuration: one line, nothing invisible, so no header can be forged."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())


def _of_place(said: Transition) -> dict[str, str]:
    fence, path = plain(said.fence or ""), _PATH_FILE.sub("", plain(said.path or ""))
    words = {"place": fence, "path": path, "fence": fence or UNNAMED_FENCE, "point": path or UNNAMED_POINT}
    if math.isfinite(said.distance_m):
        words["distance"] = distance_in_words(said.distance_m)
    if said.half_width_m is not None and math.isfinite(said.half_width_m):
        words["half_width"] = distance_in_words(said.half_width_m)
    return words


def _measured(said: Transition, *, is_told: bool) -> dict[str, str]:
    """Give value and limit in the unit of the kind; distances tell of a place."""
    measure = MEASURES.get(said.kind)
    if measure is None:
        return {}
    unit = measure.value.rsplit("_", 1)[1]
    if unit == "m" and not is_told:
        return {}
    words = {
        name: _UNITS[unit](number)
        for name, number in (("value", said.value), ("limit", said.limit))
        if number is not None and math.isfinite(number)
    }
    if said.kind is Kind.PASSED and said.value is not None and math.isfinite(said.value):
        words["lateness"] = lateness_in_words(said.value)
    return words


def _of_time(alarm: Alert, said: Transition, zone: ZoneInfo) -> dict[str, str]:
    heard_at = alarm.starts_at
    if said.kind is Kind.SILENT and said.value is not None and math.isfinite(said.value):
        heard_at = said.time - said.value
    words = {"heard": clock(heard_at, zone), "heard_moment": short_moment(heard_at, zone)}
    if said.eta is not None and math.isfinite(said.eta):
        words |= {"eta": clock(said.eta, zone), "eta_moment": moment(said.eta, zone)}
    return words
