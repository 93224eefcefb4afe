"""Instants in documents: RFC 3339 to the letter, with a zone (RFC 3863, 4.1.7).

The reader of files, ``corridor/instant.py``, forgives more; a presence document names the moment of a
child's place, and nobody guesses its zone.
"""

import re

from corridor.errors import InstantError
from corridor.fix import LIMITS
from corridor.instant import parse_instant
from corridor.xmltree import Element
from sip.errors import PidfError
from sip.pidflo.numbers import XML_SPACE, shown

_STRICT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,20})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)


def read_instant(element: Element) -> float:
    """Read the instant in an element as UTC seconds.

    Raises
    ------
    PidfError
        It is not RFC 3339, has no zone, does not exist, or lies before 1970 or after 9999.
    """
    text = element.text.strip(XML_SPACE)
    if not _STRICT.fullmatch(text):
        raise PidfError(
            f"{element.local} {shown(text)} is not RFC 3339 with a zone (for example 2026-11-23T07:40:00Z)"
        )
    try:
        seconds = parse_instant(text)
    except InstantError as error:
        raise PidfError(f"{element.local}: {error}") from None
    low, high = LIMITS["time"]
    if not low <= seconds <= high:
        raise PidfError(f"{element.local} {shown(text)} is before 1970 or after 9999")
    return seconds
