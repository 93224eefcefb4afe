"""The Contact fields of a REGISTER: where an address of record can be reached, read and compared.

What is kept of them is ``server/registrar.py``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from sip.address import Address, parse_address
from sip.errors import PeerFault
from sip.headers import Headers
from sip.uri import Uri, parse_uri

ANY = "*"
MAX_CONTACT_CHARACTERS = 512  # a long one, with a GRUU and an IPv6 address, has 200
MAX_INSTANCE_CHARACTERS = 128  # a UUID's URN in brackets has 47
MAX_REGISTRATION_ID = 2**31 - 1  # RFC 5626 11

_Q = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?", re.ASCII)
_INSTANCE = re.compile(rf"<urn:[!-;=?-~]{{1,{MAX_INSTANCE_CHARACTERS - 6}}}>", re.IGNORECASE)
_DIGITS = re.compile(r"\d{1,10}", re.ASCII)
_PRINTABLE = re.compile(r"[!-~]+")  # the header fields of a URI are not read, but kept and written again
_NEVER_ASSUMED = ("user", "ttl", "method", "maddr", "transport")


@dataclass(frozen=True, slots=True)
class Contact:
    """One place to reach somebody.

    Parameters
    ----------
    text
        The URI as it was written.
    q
        Preference, 0 to 1; 1 where none is given.
    expires
        As asked for, unread; None where it is not said here.
    instance
        ``+sip.instance``, ``<urn:...>``: which device, whatever address it has; else None.
    registration_id
        ``reg-id``: which of its flows (RFC 5626); None without an instance.
    """

    text: str
    q: float = 1.0
    expires: str | None = None
    instance: str | None = None
    registration_id: int | None = None


def read_contacts(headers: Headers) -> tuple[Contact, ...]:
    """Give the Contact items of a request in order; ``*`` must have been looked for before.

    Raises
    ------
    PeerFault
        400: an item is malformed, too long, or no SIP URI.

    Examples
    --------
    >>> read_contacts(Headers([("m", "<sip:anna@192.0.2.1;ob>;q=0.5;expires=60, sip:anna@home")]))[0].q
    0.5
    """
    return tuple(_contact(item) for item in headers.items_of("Contact"))


def is_same(one: Uri, other: Uri) -> bool:
    """Compare two URIs as RFC 3261 19.1.4 does.

    Not the same: another scheme, user, host or port (one that is not written is not the usual one); a
    parameter that both have with another value; and user, ttl, method, maddr or transport in one only.

    Examples
    --------
    >>> is_same(parse_uri("sip:anna@Home;ob"), parse_uri("sip:%61nna@home"))
    True
    >>> is_same(parse_uri("sip:anna@home"), parse_uri("sip:anna@home:5060"))
    False
    """
    if (one.scheme, one.user, one.host, one.port) != (other.scheme, other.user, other.host, other.port):
        return False
    if one.headers != other.headers:
        return False
    ours, theirs = _parameters(one), _parameters(other)
    alike = all(value == theirs[name] for name, value in ours.items() if name in theirs)
    return alike and all((name in ours) == (name in theirs) for name in _NEVER_ASSUMED)


def _contact(item: str) -> Contact:
    if len(item) > MAX_CONTACT_CHARACTERS:
        raise PeerFault(400, "Contact Too Long")
    address = parse_address(item)
    try:
        scheme = parse_uri(address.uri).scheme
    except PeerFault:
        scheme = None
    if scheme not in {"sip", "sips"} or _PRINTABLE.fullmatch(address.uri) is None:
        raise PeerFault(400, "Bad Contact URI")
    instance = _instance(address)
    return Contact(
        address.uri,
        _q(address.parameters.get("q")),
        address.parameters.get("expires"),
        instance,
        _registration_id(address.parameters.get("reg-id")) if instance else None,
    )


def _q(text: str | None) -> float:
    if text is None:
        return 1.0
    if _Q.fullmatch(text) is None:
        raise PeerFault(400, "Bad q In Contact")
    return float(text)


def _instance(address: Address) -> str | None:
    text = address.parameters.get("+sip.instance")
    if text is not None and _INSTANCE.fullmatch(text) is None:
        raise PeerFault(400, "Bad +sip.instance")
    return text


def _registration_id(text: str | None) -> int | None:
    if text is None:
        return None
    if _DIGITS.fullmatch(text) is None or not 0 < int(text) <= MAX_REGISTRATION_ID:
        raise PeerFault(400, "Bad reg-id")
    return int(text)


def _parameters(uri: Uri) -> Mapping[str, str]:
    pairs = (text.partition("=") for text in uri.parameters.split(";") if text)
    return {unquote(name).lower(): unquote(value).lower() for name, _, value in pairs}
