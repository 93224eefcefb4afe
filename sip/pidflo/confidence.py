"""How sure a stated region is (RFC 7459, section 4).

What that makes of a radius is ``accuracy.py``.
"""

import re
from dataclasses import dataclass

from corridor.shapes import Distribution
from corridor.xmltree import Element
from sip.pidflo.flags import Flag
from sip.pidflo.numbers import XML_SPACE

_DECIMAL = re.compile(r"\+?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")


@dataclass(frozen=True, slots=True)
class Confidence:
    """Probability that the target is in the stated region, in percent; None where it is not known."""

    percent: float | None = 95.0  # RFC 7459, 4: what a document means that says nothing
    distribution: Distribution = Distribution.UNKNOWN

    def __post_init__(self) -> None:
        if self.percent is not None and not 0 < self.percent < 100:
            raise ValueError(f"confidence {self.percent:g} is outside (0, 100)")


_UNSAID = Confidence()


def read_confidence(element: Element | None, flags: set[Flag]) -> Confidence:
    """Read a ``confidence`` element; one that cannot be is flagged and read as unknown, never refused."""
    if element is None:
        return _UNSAID
    spread = element.attributes.get("pdf", "").strip(XML_SPACE)
    distribution = Distribution(spread) if spread in set(Distribution) else Distribution.UNKNOWN
    text = element.text.strip(XML_SPACE)
    if text == "unknown":
        flags.add(Flag.CONFIDENCE_UNKNOWN)
        return Confidence(None, distribution)
    percent = float(text) if _DECIMAL.fullmatch(text) else 0.0
    if 0 < percent < 100:
        return Confidence(percent, distribution)
    flags |= {Flag.CONFIDENCE_INVALID, Flag.CONFIDENCE_UNKNOWN}
    return Confidence(None, distribution)
