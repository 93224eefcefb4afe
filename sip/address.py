"""From, To and Via: the fields that say who sent a request and where its answer goes.

Header syntax in general is ``headers.py``; where an answer is sent is decided in ``reply.py``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sip.errors import PeerFault
from sip.headers import QUOTED, TOKEN, parse_parameters, unquote

MAX_ADDRESS_CHARACTERS = 2_048  # a URI has no more either
_KEPT_ADDRESSES = 2_048  # a device writes the same few in every request; 12 MB when full of the longest

MAGIC_COOKIE = "z9hG4bK"  # RFC 3261 8.1.1.7; compared without case as 25.1 compares tokens

# No two runs of blanks stand beside each other in these patterns: matching stays linear in hostile input.
_NAME_ADDR = re.compile(
    rf"""(?: ({QUOTED}) | (  (?:{TOKEN}\s+)*{TOKEN} )? ) \s* < ([^<>\s]+) > \s* (;.*)? """,
    re.VERBOSE | re.DOTALL,
)
_ADDR_SPEC = re.compile(r"([^<>\s;?,\"]+)\s*(;.*)?", re.DOTALL)
_VIA = re.compile(
    rf"""SIP \s*/\s* 2\.0 \s*/\s* ({TOKEN}) \s+
         ( \[[0-9A-Fa-f:.]+\] | [A-Za-z0-9\-._]+ ) (?: \s* : \s* (\d{{1,5}}) )? (?: \s* (;.*) )? """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Address:
    """A From or To: display name, URI as it stands, and the field's own parameters."""

    display: str
    uri: str
    parameters: Mapping[str, str | None]

    @property
    def tag(self) -> str | None:
        """The tag, or None (a request by the rules of RFC 2543 has none)."""
        return self.parameters.get("tag")


@dataclass(frozen=True, slots=True)
class Via:
    """One hop: transport, sent-by host and port, parameters."""

    transport: str
    host: str
    port: int | None
    parameters: Mapping[str, str | None]

    @property
    def branch(self) -> str | None:
        """The branch where it names a transaction by RFC 3261; None by the rules of RFC 2543."""
        branch = self.parameters.get("branch") or ""
        cookie, said = branch[: len(MAGIC_COOKIE)], branch[len(MAGIC_COOKIE) :]
        named = said and (cookie == MAGIC_COOKIE or cookie.lower() == MAGIC_COOKIE.lower())
        return branch if named else None

    @property
    def sent_by(self) -> str:
        """Host and port as they name a transaction."""
        return f"{self.host.lower()}:{self.port or 5060}"


@lru_cache(maxsize=_KEPT_ADDRESSES)
def parse_address(value: str) -> Address:
    r"""Read a From or To field.

    Raises
    ------
    PeerFault
        400: no name-addr or addr-spec (RFC 4475 3.1.2.13 to 15 are such), or too long.

    Examples
    --------
    >>> parse_address('"Anna \\"A\\"" <sip:anna@example.org>;tag=1').tag
    '1'
    """
    if len(value) > MAX_ADDRESS_CHARACTERS:
        raise PeerFault(400, "Address Too Long")
    match = _NAME_ADDR.fullmatch(value.strip())
    if match:
        quoted, plain, uri, rest = match.groups()
        return Address(unquote(quoted) if quoted else plain or "", uri, parse_parameters(rest or ""))
    match = _ADDR_SPEC.fullmatch(value.strip())
    if match is None:
        raise PeerFault(400, "Bad Address")
    return Address("", match[1], parse_parameters(match[2] or ""))


@lru_cache(maxsize=16)  # asked three times of the same request: for its name, its answer, and where to
def parse_via(value: str) -> Via:
    """Read one item of a Via field.

    Raises
    ------
    PeerFault
        400: not a hop of SIP/2.0.
    """
    match = _VIA.fullmatch(value.strip())
    if match is None:
        raise PeerFault(400, "Bad Via")
    transport, host, port, rest = match.groups()
    if port is not None and not 0 < int(port) < 65_536:
        raise PeerFault(400, "Bad Port In Via")
    return Via(transport.upper(), host, int(port) if port else None, parse_parameters(rest or ""))
