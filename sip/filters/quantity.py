"""The values that a filter can watch, by the XPath that names them (RFC 6447, 3.2 and 3.3; RFC 5962, 5139).

Of XPath there is ``//prefix:element`` and nothing else, as RFC 6447 asks. How values are compared is
``conditions.py``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sip.filters.faults import FilterFault
from sip.filters.seen import Seen
from sip.pidflo.civic import CIVIC_NAMES
from sip.pidflo.motion import Motion
from sip.pidflo.namespaces import CIVIC, CIVICS, DYNAMIC, DYNAMICS
from sip.pidflo.numbers import XML_SPACE, shown

_PATH = re.compile(r"//([A-Za-z_][\w.\-]{0,63}):([A-Za-z_][\w.\-]{0,63})", re.ASCII)
_SPEED, _HEADING, _ORIENTATION = "speed", "heading", "orientation"
_MOTIONS = frozenset({_SPEED, _HEADING, _ORIENTATION})


class Source(StrEnum):
    """Which part of a document a value stands in."""

    DYNAMIC = "dynamic"
    CIVIC = "civic"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One element whose value is watched."""

    source: Source
    name: str

    @property
    def namespace(self) -> str:
        """The namespace of the element, without braces."""
        return (DYNAMIC if self.is_number else CIVIC)[1:-1]

    @property
    def is_number(self) -> bool:
        """Whether its value is a number: metres per second, or degrees."""
        return self.source is Source.DYNAMIC

    def of(self, seen: Seen) -> float | str | None:
        """Give its value, or None where nothing is said of it; of two angles the first."""
        if self.source is Source.CIVIC:
            return next((value for name, value in seen.civic if name == self.name), None)
        motion = seen.motion or Motion()
        match self.name:
            case "speed":
                return motion.speed_mps
            case "heading":
                return motion.heading_deg
            case _:
                return motion.orientation_deg

    def normal(self, value: float | None) -> float | None:
        """Give a value as `of` gives it: directions from 0 to 360."""
        return value if value is None or self.name == _SPEED else value % 360.0

    def difference(self, a: float, b: float) -> float:
        """Give how far two values are apart; directions the shorter way round."""
        if self.name == _SPEED:
            return abs(a - b)
        turn = abs(a - b) % 360.0
        return min(turn, 360.0 - turn)


def parse_path(text: str, bindings: Mapping[str, str]) -> Quantity:
    """Read the XPath of a ``changed``, ``added`` or ``removed``.

    Parameters
    ----------
    text
        Of the element.
    bindings
        Namespace, without braces, by prefix.

    Raises
    ------
    FilterFault
        Another XPath, a prefix that is not bound, or an element that is not watched here.

    Examples
    --------
    >>> parse_path(" //d:speed ", {"d": "urn:ietf:params:xml:ns:pidf:geopriv10:dynamic"}).name
    'speed'
    """
    match = _PATH.fullmatch(text.strip(XML_SPACE))
    if match is None:
        raise FilterFault(f"XPath {shown(text)} is not of the form //prefix:element")
    prefix, name = match.groups()
    if prefix not in bindings:
        raise FilterFault(f"XPath {shown(text)}: prefix {shown(prefix)} is not in ns-bindings")
    space = "{" + bindings[prefix] + "}"
    if space in DYNAMICS and name in _MOTIONS:
        return Quantity(Source.DYNAMIC, name)
    if space in CIVICS and name in CIVIC_NAMES:
        return Quantity(Source.CIVIC, name)
    raise FilterFault(f"XPath {shown(text)}: {name} of {shown(bindings[prefix])} is not watched here")
