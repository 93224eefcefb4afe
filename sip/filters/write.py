"""`Filters` to the bytes of a document that reads as the same: how a subscription keeps them."""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from sip.filters.conditions import Appeared, Changed, Condition, EnterOrExit, Moved, Vanished
from sip.filters.filter_set import Filter, Filters
from sip.filters.forms import LocationType
from sip.filters.parse import FILTER, LOCATION
from sip.filters.quantity import Quantity, Source
from sip.pidflo.geometry import CRS_2D
from sip.pidflo.namespaces import CIVIC, DYNAMIC, GML, GS
from sip.pidflo.numbers import METRE
from sip.pidflo.shapes import Circle, Polygon

_PREFIXES = {Source.DYNAMIC: ("dyn", DYNAMIC), Source.CIVIC: ("ca", CIVIC)}


def write_filters(filters: Filters) -> bytes:
    """Write a filter document; numbers in full, so that it reads as it was.

    Examples
    --------
    >>> from sip.filters.filter_set import Trigger
    >>> from sip.filters.parse import parse_filters
    >>> far = Filters((Filter("a", (Trigger((Moved(100.0),)),)),))
    >>> parse_filters(write_filters(far)) == far
    True
    """
    spaces = (("", FILTER), (":lf", LOCATION), (":gml", GML), (":gs", GS))
    declared = "".join(f' xmlns{prefix}="{space[1:-1]}"' for prefix, space in spaces)
    bound = "".join(
        f'<ns-binding prefix="{prefix}" urn="{space[1:-1]}"/>' for prefix, space in _PREFIXES.values()
    )
    written = "".join(map(_filter, filters.filters))
    return f"<filter-set{declared}><ns-bindings>{bound}</ns-bindings>{written}</filter-set>".encode()


def _filter(found: Filter) -> str:
    attributes = f" id={quoteattr(found.id)}"
    if found.uri is not None:
        attributes += f" uri={quoteattr(found.uri)}"
    if not found.is_enabled:
        attributes += ' enabled="false"'
    if found.is_removed:
        attributes += ' remove="true"'
    what = "" if found.location_type is None else _what(found.location_type)
    triggers = "".join(
        f"<trigger>{''.join(map(_condition, trigger.conditions))}</trigger>" for trigger in found.triggers
    )
    return f"<filter{attributes}>{what}{triggers}</filter>"


def _what(kind: LocationType) -> str:
    exact = ' exact="true"' if kind.exact else ""
    return f"<what><lf:locationType{exact}>{' '.join(sorted(kind.forms))}</lf:locationType></what>"


def _condition(condition: Condition) -> str:
    match condition:
        case Moved():
            return f"<lf:moved>{condition.distance_m!r}</lf:moved>"
        case EnterOrExit():
            return f"<lf:enterOrExit>{_area(condition.area.shape)}</lf:enterOrExit>"
        case Changed():
            attributes = "".join(_attributes(condition))
            return f"<changed{attributes}>{_path(condition.quantity)}</changed>"
        case Appeared():
            return f"<added>{_path(condition.quantity)}</added>"
        case Vanished():
            return f"<removed>{_path(condition.quantity)}</removed>"


def _attributes(changed: Changed) -> Iterator[str]:
    for name, value in (("by", changed.by), ("from", changed.was), ("to", changed.becomes)):
        if value is not None:
            yield f" {name}={quoteattr(value if isinstance(value, str) else repr(value))}"


def _path(quantity: Quantity) -> str:
    return f"//{_PREFIXES[quantity.source][0]}:{escape(quantity.name)}"


def _area(shape: Circle | Polygon) -> str:
    if isinstance(shape, Circle):
        radius = f'<gs:radius uom="{METRE}">{shape.radius_m!r}</gs:radius>'
        centre = f"<gml:pos>{shape.lat!r} {shape.lon!r}</gml:pos>"
        return f'<gs:Circle srsName="{CRS_2D}">{centre}{radius}</gs:Circle>'
    corners = " ".join(f"{lat!r} {lon!r}" for lon, lat in (*shape.ring, shape.ring[0]))
    ring = (
        f"<gml:exterior><gml:LinearRing><gml:posList>{corners}</gml:posList></gml:LinearRing></gml:exterior>"
    )
    return f'<gml:Polygon srsName="{CRS_2D}">{ring}</gml:Polygon>'
