"""What must hold of any request before anyone looks at what it asks for (RFC 3261 8.2, 16.3).

Its fields are ``sip/envelope.py``; who sent it is ``authenticator.py``; PUBLISH itself is ``compositor.py``.
"""

from sip.envelope import Envelope
from sip.errors import PeerFault
from sip.message import Request

SERVED = ("OPTIONS", "REGISTER", "PUBLISH", "SUBSCRIBE", "MESSAGE", "CANCEL")
KNOWN = frozenset(
    {
        *SERVED,
        *("ACK", "BYE", "INFO", "INVITE", "NOTIFY", "PRACK", "REFER", "UPDATE"),
    }
)
"""Methods that exist: those that are not served are 405, all others 501."""


def check_method(method: str) -> None:
    """Refuse a method that is not served: 405 with Allow where it exists, else 501."""
    if method in SERVED:
        return
    if method in KNOWN:
        raise PeerFault(405, "Method Not Allowed", (("Allow", ", ".join(SERVED)),))
    raise PeerFault(501, "Not Implemented")


def check_domain(envelope: Envelope, domains: frozenset[str]) -> None:
    """Refuse what is for somebody else: 404, or 483 where it may go no further.

    A host that is an address is us: nobody routes by it to another's server. This is no proxy, so
    Max-Forwards matters only for what we do not own.
    """
    target = envelope.target
    if target.host in domains or target.names_an_address:
        return
    if envelope.max_forwards == 0:
        raise PeerFault(483, "Too Many Hops")
    raise PeerFault(404, "Not Found")


def check_extensions(request: Request) -> None:
    """Refuse required extensions, for none is supported; Proxy-Require is not for us (8.2.2.3)."""
    required = request.headers.items_of("Require")
    if required:
        raise PeerFault(420, "Bad Extension", (("Unsupported", ", ".join(required)),))
