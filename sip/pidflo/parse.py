"""Bytes to `Presence`: the document as a whole, and which of its locations counts.

One location is read in ``location.py``. Whether a document may be published at all is the compositor's.
"""

import re
from collections.abc import Iterable

from corridor.errors import XmlError
from corridor.xmltree import Element, parse_xml
from sip.errors import PidfError
from sip.pidflo.location import Candidate, find_candidate, read_location
from sip.pidflo.namespaces import DATA_MODEL, PIDF, UNDERSTOOD, XINCLUDE, namespace
from sip.pidflo.numbers import XML_SPACE, shown
from sip.pidflo.presence import Carrier, Presence

MAX_BYTES = 65_536  # what a UDP datagram could carry at most; a usual document has 1,200 bytes
MAX_LOCATIONS = 64  # of one user's devices; more are an attack, or a fault
_MAX_REASON = 200  # characters: the reason goes into a SIP reason phrase and into the log
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"]+")
_CARRIERS = {
    f"{DATA_MODEL}device": Carrier.DEVICE,
    f"{PIDF}tuple": Carrier.TUPLE,
    f"{DATA_MODEL}person": Carrier.PERSON,
}
_RANKS = {carrier: rank for rank, carrier in enumerate(Carrier)}
_MUST_UNDERSTAND = f"{PIDF}mustUnderstand"
_TRUE = frozenset({"true", "1"})


def parse_pidf(data: bytes) -> Presence:
    """Read a PIDF-LO document (RFC 3863, 4119, 5491, 5962, 7459).

    Of several locations the first device's that has one counts, else the first tuple's, else the first
    person's (RFC 5491, rule 8); in it the first shape. A civic address is a location too: where it
    takes precedence, the presence has no place.

    Parameters
    ----------
    data
        The whole body, at most 64 kB.

    Raises
    ------
    PidfError
        Not a presence document, or its location cannot be; the reason says what, where and the value.
        Nothing else is raised, whatever the bytes.

    Examples
    --------
    >>> parse_pidf(b"<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='pres:anna@example.org'/>").place
    """
    try:
        return _read(parse_xml(data, max_bytes=MAX_BYTES))
    except XmlError as error:
        raise PidfError(str(error)[:_MAX_REASON]) from None
    except PidfError as error:
        raise PidfError(error.reason[:_MAX_REASON]) from None


def parse_each(data: bytes) -> tuple[Presence | PidfError, ...]:
    """Read every location of a document in which a presence server has put several devices together.

    Parameters
    ----------
    data
        The whole body, at most 64 kB.

    Returns
    -------
    tuple
        For each device, tuple and person with a location what it says, or why it cannot be: one that is
        wrong does not take the others with it. First to be believed first (RFC 5491, rule 8); of more than
        `MAX_LOCATIONS` the rest is left out.

    Raises
    ------
    PidfError
        Not a presence document.

    Examples
    --------
    >>> parse_each(b"<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='pres:anna@example.org'/>")
    ()
    """
    try:
        root = parse_xml(data, max_bytes=MAX_BYTES)
        entity = _entity(root)
    except XmlError as error:
        raise PidfError(str(error)[:_MAX_REASON]) from None
    except PidfError as error:
        raise PidfError(error.reason[:_MAX_REASON]) from None
    located = [candidate for candidate in _candidates(root) if candidate.has_location]
    return tuple(_one(candidate, entity) for candidate in located[:MAX_LOCATIONS])


def _one(candidate: Candidate, entity: str) -> Presence | PidfError:
    try:
        return read_location(candidate, entity, ())
    except PidfError as error:
        return PidfError(error.reason[:_MAX_REASON])


def _read(root: Element) -> Presence:
    entity = _entity(root)
    candidates = _candidates(root)
    chosen = next((found for found in candidates if found.has_location), None) or next(
        (found for found in candidates if found.dynamic is not None), None
    )
    return Presence(entity) if chosen is None else read_location(chosen, entity, candidates)


def _entity(root: Element) -> str:
    """Give whose presence it is, of a document whose frame is sound."""
    if root.name != f"{PIDF}presence":
        raise PidfError(
            f"root is {root.local[:60]} in namespace {shown(namespace(root.name)[1:-1])}, not a PIDF presence"
        )
    entity = root.attributes.get("entity", "").strip(XML_SPACE)
    if not _URI.fullmatch(entity):
        raise PidfError(f"presence has no entity URI: {shown(entity)}")
    _refuse_demands(root)
    _refuse_repeated_ids(root)
    return entity


def _refuse_demands(root: Element) -> None:
    """Refuse what would have to be fetched, or understood and is not (RFC 3863, 4.2.3)."""
    left = [root]
    while left:  # a stack: each element of each document passes here
        element = left.pop()
        left += element.children
        if element.name.startswith(XINCLUDE):
            raise PidfError("XInclude is refused")
        demand = element.attributes.get(_MUST_UNDERSTAND)
        if demand and demand.strip(XML_SPACE) in _TRUE and namespace(element.name) not in UNDERSTOOD:
            raise PidfError(f"element {element.local[:60]} must be understood and is not known here")


def _refuse_repeated_ids(root: Element) -> None:
    ids = [element.attributes.get("id", "").strip(XML_SPACE) for element in root.find_all(f"{PIDF}tuple")]
    for repeated in sorted({name for name in ids if ids.count(name) > 1}):
        raise PidfError(f"tuple id {shown(repeated)} is not unique")


def _candidates(root: Element) -> list[Candidate]:
    """Give what could hold a location, first to be believed first."""
    found: Iterable[Candidate] = (
        find_candidate(_CARRIERS[child.name], child) for child in root.children if child.name in _CARRIERS
    )
    return sorted(found, key=lambda candidate: _RANKS[candidate.carrier])
