"""PIDF-LO documents (RFC 4119, 5491) in and out."""

from corridor.shapes import Distribution
from sip.pidflo.confidence import Confidence
from sip.pidflo.flags import Flag
from sip.pidflo.motion import Motion
from sip.pidflo.parse import parse_each, parse_pidf
from sip.pidflo.presence import Carrier, Place, Presence
from sip.pidflo.shapes import ArcBand, Circle, Ellipse, Ellipsoid, Point, Polygon, Prism, Shape, Sphere
from sip.pidflo.usage import Usage
from sip.pidflo.write import write_pidf

__all__ = [
    "ArcBand",
    "Carrier",
    "Circle",
    "Confidence",
    "Distribution",
    "Ellipse",
    "Ellipsoid",
    "Flag",
    "Motion",
    "Place",
    "Point",
    "Polygon",
    "Presence",
    "Prism",
    "Shape",
    "Sphere",
    "Usage",
    "parse_each",
    "parse_pidf",
    "write_pidf",
]
