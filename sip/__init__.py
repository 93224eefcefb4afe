"""Bytes to fixes and back: PIDF-LO, SIP, the publishing device. Sockets only in the shell files.

Names load when they are first used: a publisher loads no server, a server no publisher.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sip.account import Account, RulePolicy
    from sip.errors import CallerError, MessageError, PeerFault, PidfError, SipError
    from sip.message import Request, Response, parse_message
    from sip.peer import Peer, Transport
    from sip.reply import Reply
    from sip.server.compositor import Compositor
    from sip.server.listener import Limits, ListenAddress, Listener
    from sip.server.publication import Accepted, Admitted, Publication, PublicationChange, Refused
    from sip.server.uas import Ignored, UserAgentServer

__all__ = [
    "Accepted",
    "Account",
    "Admitted",
    "CallerError",
    "Compositor",
    "Ignored",
    "Limits",
    "ListenAddress",
    "Listener",
    "MessageError",
    "Peer",
    "PeerFault",
    "PidfError",
    "Publication",
    "PublicationChange",
    "Refused",
    "Reply",
    "Request",
    "Response",
    "RulePolicy",
    "SipError",
    "Transport",
    "UserAgentServer",
    "parse_message",
]

_HOMES = {
    "account": ("Account", "RulePolicy"),
    "server.compositor": ("Compositor",),
    "errors": ("CallerError", "MessageError", "PeerFault", "PidfError", "SipError"),
    "server.listener": ("Limits", "ListenAddress", "Listener"),
    "message": ("Request", "Response", "parse_message"),
    "peer": ("Peer", "Transport"),
    "server.publication": ("Accepted", "Admitted", "Publication", "PublicationChange", "Refused"),
    "reply": ("Reply",),
    "server.uas": ("Ignored", "UserAgentServer"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
