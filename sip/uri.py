"""SIP, SIPS and pres URIs: parsed strictly, compared as addresses of record.

Name-addr and Via, which hold a URI or a host, are in ``address.py``.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import unquote

from sip.errors import PeerFault

MAX_URI_BYTES = 2_048  # far beyond any address that a device is given; longer is 414

_KEPT_URIS = 4_096  # a device writes the same few in every request; 8 MB when full of the longest

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_ESCAPED = r"%[0-9A-Fa-f]{2}"
_URI = re.compile(
    rf"""
    (?:sips?|pres):
    (?:
        (?P<user>(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/]|{_ESCAPED})+)
        (?: : (?:[A-Za-z0-9\-_.!~*'()&=+$,]|{_ESCAPED})* )?
        @
    )?
    (?P<host> \[[0-9A-Fa-f:.]+\] | [A-Za-z0-9] (?:[A-Za-z0-9\-.]*[A-Za-z0-9.])? )
    (?: : (?P<port>\d{{1,5}}) )?
    (?P<parameters> (?: ; (?:[\[\]/:&+$A-Za-z0-9\-_.!~*'()]|{_ESCAPED})+
                      (?: = (?:[\[\]/:&+$A-Za-z0-9\-_.!~*'()]|{_ESCAPED})+ )? )* )
    (?P<headers> \? (?:[\[\]/?:+$A-Za-z0-9\-_.!~*'()=&]|{_ESCAPED})* )?
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Uri:
    """An address: scheme, user (unescaped, None without one), host in lower case, port, parameters."""

    scheme: str
    user: str | None
    host: str
    port: int | None = None
    parameters: str = ""
    headers: str = ""

    @property
    def aor(self) -> str:
        """The address of record: ``sip:user@host`` without port and parameters.

        ``sips:`` and ``pres:`` name the same resource as ``sip:`` does (RFC 3856 section 5, RFC 3861).
        """
        return f"sip:{self.user}@{self.host}" if self.user is not None else f"sip:{self.host}"

    @property
    def names_an_address(self) -> bool:
        """Whether the host is an IP address (or ``localhost``) instead of a domain."""
        try:
            ip_address(self.host.strip("[]"))
        except ValueError:
            return self.host == "localhost"
        return True


@lru_cache(maxsize=_KEPT_URIS)
def parse_uri(text: str) -> Uri:
    """Read a ``sip:``, ``sips:`` or ``pres:`` URI.

    Raises
    ------
    PeerFault
        414: too long. 416: another scheme. 400: not a URI.

    Examples
    --------
    >>> parse_uri("SIP:%61nna@Example.ORG:5060;transport=tcp").aor
    'sip:anna@example.org'
    """
    if len(text) > MAX_URI_BYTES:
        raise PeerFault(414, "Request-URI Too Long")
    match = _URI.fullmatch(text)
    if match is None:
        scheme = _SCHEME.match(text)
        if scheme and scheme[1].lower() not in {"sip", "sips", "pres"}:
            raise PeerFault(416, f"Unsupported URI Scheme {scheme[1][:32]}")
        raise PeerFault(400, "Bad URI")
    user, port = match["user"], match["port"]
    if port is not None and int(port) > 65_535:
        raise PeerFault(400, "Bad Port In URI")
    return Uri(
        text[: text.index(":")].lower(),
        unquote(user, errors="surrogateescape") if user and "%" in user else user,
        match["host"].lower(),
        int(port) if port else None,
        match["parameters"],
        match["headers"] or "",
    )
