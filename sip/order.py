"""What a device can be asked to do, and the arguments of each: the table that both ends check.

How an order is written, signed and answered is ``command.py``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sip.errors import PeerFault
from sip.uri import parse_uri

MAX_TEXT_BYTES = 480  # what a person reads on a small screen; the whole MESSAGE stays below 1,300 bytes
MAX_URI_CHARACTERS = 200
MAX_RING_S = 300

UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, separators of lines, turns of the writing direction, halves of surrogate pairs."""

Argument = str | int


class Order(StrEnum):
    """What a device can be asked to do."""

    RING = "ring"
    MESSAGE = "message"
    LOCATE = "locate"
    LOCK = "lock"
    UNLOCK = "unlock"
    SHUTDOWN = "shutdown"
    PHOTO = "photo"
    CALLBACK = "callback"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class _Rule:
    """What one argument has to be."""

    says: str
    accepts: Callable[[Argument], bool]
    required: bool = True


def wrong_arguments(order: Order, arguments: Mapping[str, Argument]) -> str:
    """Say what is wrong with the arguments of a command; an empty text where nothing is.

    Examples
    --------
    >>> wrong_arguments(Order.RING, {"for_s": 0})
    'ring: for_s is not 1 to 300'
    """
    rules = _ARGUMENTS[order]
    for name, value in arguments.items():
        if name not in rules:
            return f"{order}: there is no argument {name[:40]!r}"
        if not rules[name].accepts(value):
            return f"{order}: {name} is not {rules[name].says}"
    missing = [name for name, rule in rules.items() if rule.required and name not in arguments]
    return f"{order}: {missing[0]} is missing ({rules[missing[0]].says})" if missing else ""


def _is_text(value: Argument) -> bool:
    # a line break may stand in it; what UNSHOWN holds could steer a terminal that shows it
    return (
        isinstance(value, str)
        and UNSHOWN.search(value.replace("\n", " ")) is None
        and 0 < len(value.encode()) <= MAX_TEXT_BYTES
    )


def _is_ring_time(value: Argument) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_RING_S


def _is_sip_uri(value: Argument) -> bool:
    if not isinstance(value, str) or len(value) > MAX_URI_CHARACTERS:
        return False
    try:
        uri = parse_uri(value)
    except PeerFault:
        return False
    return uri.scheme in {"sip", "sips"} and uri.user is not None and not uri.headers


_TEXT = f"1 to {MAX_TEXT_BYTES} bytes without control characters"
_ARGUMENTS: Mapping[Order, Mapping[str, _Rule]] = {
    Order.RING: {"for_s": _Rule(f"1 to {MAX_RING_S}", _is_ring_time)},
    Order.MESSAGE: {"text": _Rule(_TEXT, _is_text)},
    Order.LOCATE: {},
    Order.LOCK: {"text": _Rule(_TEXT, _is_text, required=False)},
    Order.UNLOCK: {},
    Order.SHUTDOWN: {},
    Order.PHOTO: {"camera": _Rule("front or back", {"front", "back"}.__contains__, required=False)},
    Order.CALLBACK: {
        "uri": _Rule(f"a sip: address with a user, of {MAX_URI_CHARACTERS} characters at most", _is_sip_uri),
        "media": _Rule("audio or video", {"audio", "video"}.__contains__),
    },
    Order.REPORT: {},
}
"""Exactly these; a device that let one pass that it does not know would do half of what was meant."""
