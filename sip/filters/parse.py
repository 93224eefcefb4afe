"""Bytes to `Filters`: the document of RFC 4661 with the elements of RFC 6447.

A filter that asks for what is not done here is refused, not passed over: whoever is not told thinks that
nothing happened. So ``include`` and ``exclude`` are refused: a document is told whole.
"""

import re
from collections.abc import Callable

from corridor.errors import XmlError
from corridor.xmltree import Element, parse_xml
from sip.errors import PeerFault, PidfError
from sip.filters.area import Area
from sip.filters.conditions import Appeared, Changed, Condition, EnterOrExit, Moved, Vanished
from sip.filters.faults import FilterFault
from sip.filters.filter_set import (
    MAX_BYTES,
    MAX_CONDITIONS,
    MAX_FILTERS,
    MAX_TRIGGERS,
    Filter,
    Filters,
    Trigger,
)
from sip.filters.forms import EVERY_FORM, Form, LocationType
from sip.filters.quantity import Quantity, parse_path
from sip.pidflo.geometry import read_shape
from sip.pidflo.namespaces import namespace
from sip.pidflo.numbers import XML_SPACE, shown, single

_MAX_ELEMENTS = 2_000
_MAX_BINDINGS = 16
_MAX_TEXT = 256  # characters of an id, a URI or a value; each is kept as long as the subscription
FILTER = "{urn:ietf:params:xml:ns:simple-filter}"
LOCATION = "{urn:ietf:params:xml:ns:location-filter}"
_PREFIX = re.compile(r"[A-Za-z_][\w.\-]{0,63}", re.ASCII)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}

_Bindings = dict[str, str]


def parse_filters(data: bytes) -> Filters:
    """Read a filter document (RFC 4661, RFC 6447).

    Parameters
    ----------
    data
        The body of a SUBSCRIBE, of type ``application/simple-filter+xml``.

    Returns
    -------
    As they stand in the document; what a subscription makes of them is `Filters.updated`.

    Raises
    ------
    PeerFault
        488: not a filter document, one that cannot be, or one that asks for what is not done here; the
        reason says what. 413: over 16 kB. Nothing else is raised, whatever the bytes.

    Examples
    --------
    >>> parse_filters(b'''<filter-set xmlns="urn:ietf:params:xml:ns:simple-filter"
    ...     xmlns:lf="urn:ietf:params:xml:ns:location-filter"><filter id="123"><trigger>
    ...     <lf:moved>300</lf:moved></trigger></filter></filter-set>''').filters[0].triggers
    (Trigger(conditions=(Moved(distance_m=300.0),)),)
    """
    if len(data) > MAX_BYTES:
        raise PeerFault(413, f"filter of {len(data)} bytes is over the limit of {MAX_BYTES}")
    try:
        return _read(parse_xml(data, max_bytes=MAX_BYTES, max_elements=_MAX_ELEMENTS))
    except XmlError as error:
        raise FilterFault(f"filter: {error}") from None
    except PidfError as error:  # a number or a shape within
        raise FilterFault(error.reason) from None


def _read(root: Element) -> Filters:
    if root.name != f"{FILTER}filter-set":
        raise FilterFault(
            f"root is {root.local[:60]} in namespace {shown(namespace(root.name)[1:-1])}, not a filter-set"
        )
    package = root.attributes.get("package", "presence").strip(XML_SPACE)
    if package != "presence":
        raise FilterFault(f"filter-set is for the event package {shown(package)}, not for presence")
    bindings = _bindings(root)
    found = _all(root, f"{FILTER}filter", MAX_FILTERS, beside=(f"{FILTER}ns-bindings",))
    if not found:
        raise FilterFault("filter-set has no filter")
    return Filters(tuple(_filter(element, bindings) for element in found))


def _all(element: Element, name: str, most: int, *, beside: tuple[str, ...] = ()) -> list[Element]:
    """Give the children of that name; any other than those and `beside` is refused."""
    for child in element.children:
        if child.name not in {name, *beside}:
            raise FilterFault(f"{child.local[:60]} in {element.local[:60]} is not supported")
    found = element.find_all(name)
    if len(found) > most:
        raise FilterFault(f"{element.local} has {len(found)} {name.rpartition('}')[2]}; at most {most}")
    return found


def _bindings(root: Element) -> _Bindings:
    bindings: _Bindings = {}
    for group in root.find_all(f"{FILTER}ns-bindings"):
        for binding in _all(group, f"{FILTER}ns-binding", _MAX_BINDINGS):
            prefix, urn = _attribute(binding, "prefix"), _attribute(binding, "urn")
            if prefix is None or urn is None or not _PREFIX.fullmatch(prefix):
                raise FilterFault(f"ns-binding of {shown(prefix or '')} needs a prefix and a urn")
            if bindings.setdefault(prefix, urn) != urn:
                raise FilterFault(f"ns-bindings bind {shown(prefix)} twice")
    return bindings


def _filter(element: Element, bindings: _Bindings) -> Filter:
    name = _attribute(element, "id")
    if not name:
        raise FilterFault("filter has no id")
    try:
        triggers = _all(element, f"{FILTER}trigger", MAX_TRIGGERS, beside=(f"{FILTER}what",))
        _refuse_repeated_moves(triggers)
        return Filter(
            name,
            tuple(_trigger(trigger, bindings) for trigger in triggers),
            _location_type(element.find_all(f"{FILTER}what")),
            is_enabled=_boolean(element, "enabled", True),  # noqa: FBT003 (what stands for a missing one)
            is_removed=_boolean(element, "remove", False),  # noqa: FBT003
            uri=_attribute(element, "uri"),
        )
    except PeerFault as fault:
        raise FilterFault(f"filter {shown(name)}: {fault.reason}") from None


def _trigger(element: Element, bindings: _Bindings) -> Trigger:
    if not 0 < len(element.children) <= MAX_CONDITIONS:
        raise FilterFault(f"trigger has {len(element.children)} conditions; from 1 to {MAX_CONDITIONS}")
    return Trigger(tuple(_condition(child, bindings) for child in element.children))


def _condition(element: Element, bindings: _Bindings) -> Condition:
    reader = _READERS.get(element.name)
    if reader is None:
        raise FilterFault(f"{element.local[:60]} in trigger is not supported")
    return reader(element, bindings)


def _moved(element: Element, _bindings: _Bindings) -> Condition:
    _refuse_children(element)
    distance_m = single(element)
    if distance_m <= 0:
        raise FilterFault(f"moved {distance_m:g} is not a distance over 0 m")
    return Moved(distance_m)


def _enter_or_exit(element: Element, _bindings: _Bindings) -> Condition:
    if len(element.children) != 1:
        raise FilterFault(f"enterOrExit has {len(element.children)} areas; one Circle or Polygon is needed")
    return EnterOrExit(Area.of(read_shape(element.children[0], set())))


def _changed(element: Element, bindings: _Bindings) -> Condition:
    quantity = _quantity(element, bindings)
    by, was, becomes = (_attribute(element, name) for name in ("by", "from", "to"))
    if quantity.is_number:
        step, start, end = (
            None if text is None else single(Element(f"changed {name}", {}, text))
            for name, text in (("by", by), ("from", was), ("to", becomes))
        )
        if step is not None and step <= 0:
            raise FilterFault(f"changed by {step:g} is not over 0")
        return Changed(quantity, step, quantity.normal(start), quantity.normal(end))
    if by is not None:
        raise FilterFault(f"changed by {shown(by)}: {quantity.name} is a text")
    return Changed(quantity, None, was, becomes)


def _added(element: Element, bindings: _Bindings) -> Condition:
    return Appeared(_quantity(element, bindings))


def _removed(element: Element, bindings: _Bindings) -> Condition:
    return Vanished(_quantity(element, bindings))


_READERS: dict[str, Callable[[Element, _Bindings], Condition]] = {
    f"{FILTER}changed": _changed,
    f"{FILTER}added": _added,
    f"{FILTER}removed": _removed,
    f"{LOCATION}moved": _moved,
    f"{LOCATION}enterOrExit": _enter_or_exit,
}


def _quantity(element: Element, bindings: _Bindings) -> Quantity:
    _refuse_children(element)
    return parse_path(element.text, bindings)


def _refuse_children(element: Element) -> None:
    if element.children:
        raise FilterFault(f"{element.children[0].local[:60]} in {element.local} is not supported")


def _refuse_repeated_moves(triggers: list[Element]) -> None:
    moves = sum(len(trigger.find_all(f"{LOCATION}moved")) for trigger in triggers)
    if moves > 1:
        raise FilterFault(f"moved stands {moves} times; once in a filter (RFC 6447)")


def _location_type(whats: list[Element]) -> LocationType | None:
    found = [kind for what in whats for kind in _all(what, f"{LOCATION}locationType", 1)]
    if not whats:
        return None
    if len(found) != 1:
        raise FilterFault(f"what has {len(found)} locationType; one is needed")
    words = found[0].text.split()
    forms = {word: frozenset({Form(word)}) for word in Form} | {"any": EVERY_FORM}
    if not words or not set(words) <= set(forms):
        raise FilterFault(f"locationType {shown(found[0].text)} is not any, geodetic or civic")
    exact = _boolean(found[0], "exact", False)  # noqa: FBT003 (what stands for a missing one)
    return LocationType(frozenset().union(*(forms[word] for word in words)), exact)


def _attribute(element: Element, name: str) -> str | None:
    text = element.attributes.get(name)
    if text is None:
        return None
    text = text.strip(XML_SPACE)
    if len(text) > _MAX_TEXT:
        raise FilterFault(f"{name} of {element.local} is over {_MAX_TEXT} characters")
    return text


def _boolean(element: Element, name: str, default: bool) -> bool:  # noqa: FBT001 (a value, not a switch)
    text = _attribute(element, name)
    if text is None:
        return default
    if text not in _BOOLEANS:
        raise FilterFault(f"{name} {shown(text)} of {element.local} is neither true nor false")
    return _BOOLEANS[text]
