"""Numbers, angles and lengths as XML Schema and RFC 5491 write them.

What the numbers mean together is ``geometry.py`` and ``motion.py``.
"""

import math
import re

from corridor.xmltree import Element
from sip.errors import PidfError
from sip.pidflo.flags import Flag

# xs:double without INF and NaN, which are no places; Python's float() would take "1_0" and Arabic digits
_DOUBLE = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
XML_SPACE = " \t\r\n"
METRE = "urn:ogc:def:uom:EPSG::9001"
RADIAN = "urn:ogc:def:uom:EPSG::9101"
DEGREE = "urn:ogc:def:uom:EPSG::9102"
_SHOWN = 40  # characters of a faulty value that a reason repeats


def shown(text: str) -> str:
    """Quote the start of a value for a reason phrase."""
    stripped = text.strip(XML_SPACE)
    return repr(stripped if len(stripped) <= _SHOWN else stripped[:_SHOWN] + "…")


def doubles(element: Element) -> list[float]:
    """Read the blank-separated xs:double list in an element.

    Raises
    ------
    PidfError
        One of them is not a finite number (``INF`` and ``NaN`` are legal xs:double, and no places).
    """
    return [_double(element, word) for word in element.text.split()]


def single(element: Element) -> float:
    """Read the one xs:double in an element."""
    numbers = doubles(element)
    if len(numbers) != 1:
        raise PidfError(f"{element.local} {shown(element.text)} is not one number")
    return numbers[0]


def length_m(element: Element, flags: set[Flag]) -> float:
    """Read a length; its unit is the metre, and is flagged where it is not named."""
    uom = element.attributes.get("uom", "").strip(XML_SPACE)
    if not uom:
        flags.add(Flag.UOM_MISSING)
    elif uom != METRE:
        raise PidfError(f"{element.local}: unit {shown(uom)} is not metres ({METRE})")
    return single(element)


def angle_deg(element: Element, flags: set[Flag]) -> float:
    """Read an angle in degrees or radians as degrees; a missing unit is flagged and means degrees."""
    uom = element.attributes.get("uom", "").strip(XML_SPACE)
    if not uom:
        flags.add(Flag.UOM_MISSING)
    elif uom == RADIAN:
        return math.degrees(single(element))
    elif uom != DEGREE:
        raise PidfError(f"{element.local}: unit {shown(uom)} is neither degrees nor radians")
    return single(element)


def _double(element: Element, word: str) -> float:
    number = float(word) if _DOUBLE.fullmatch(word) else math.nan
    if not math.isfinite(number):
        raise PidfError(f"{element.local}: {shown(word)} is not a finite number")
    return number
