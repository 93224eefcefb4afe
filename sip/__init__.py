"""Bytes to fixes and back: PIDF-LO, SIP, the publishing device. Sockets only in the shell files.

Names load when they are first used: a publisher loads no server, a server no publisher.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sip.account import Account, RulePolicy
    from sip.directory import Directory
    from sip.errors import CallerError, MessageError, PeerFault, PidfError, SipError
    from sip.message import Request, Response, parse_message
    from sip.peer import Peer, Transport
    from sip.reply import Reply
    from sip.server.admitted import Admitted
    from sip.server.binding import Binding, BindingChange, Registered
    from sip.server.compositor import Compositor
    from sip.server.connections import Limits
    from sip.server.inbox import Inbox
    from sip.server.limits import Rates
    from sip.server.listener import ListenAddress, Listener
    from sip.server.notifier import Notifier
    from sip.server.outbound import Notification, Outbound
    from sip.server.outcome import Answer, Outcome, Refused
    from sip.server.pacing import Pace
    from sip.server.presence_server import PresenceServer
    from sip.server.publication import Publication, PublicationChange, Published
    from sip.server.registrar import Registrar
    from sip.server.relay import Forward, Relay
    from sip.server.report import LocationReport
    from sip.server.subscription import CseqReserved, Subscription, SubscriptionChange
    from sip.server.subscriptions import Subscriptions
    from sip.server.uas import Answered, Ignored, UserAgentServer
    from sip.tls import ServerCertificate, ServerTrust, TlsVersion

__all__ = [
    "Account",
    "Admitted",
    "Answer",
    "Answered",
    "Binding",
    "BindingChange",
    "CallerError",
    "Compositor",
    "CseqReserved",
    "Directory",
    "Forward",
    "Ignored",
    "Inbox",
    "Limits",
    "ListenAddress",
    "Listener",
    "LocationReport",
    "MessageError",
    "Notification",
    "Notifier",
    "Outbound",
    "Outcome",
    "Pace",
    "Peer",
    "PeerFault",
    "PidfError",
    "PresenceServer",
    "Publication",
    "PublicationChange",
    "Published",
    "Rates",
    "Refused",
    "Registered",
    "Registrar",
    "Relay",
    "Reply",
    "Request",
    "Response",
    "RulePolicy",
    "ServerCertificate",
    "ServerTrust",
    "SipError",
    "Subscription",
    "SubscriptionChange",
    "Subscriptions",
    "TlsVersion",
    "Transport",
    "UserAgentServer",
    "parse_message",
]

_HOMES = {
    "account": ("Account", "RulePolicy"),
    "directory": ("Directory",),
    "errors": ("CallerError", "MessageError", "PeerFault", "PidfError", "SipError"),
    "message": ("Request", "Response", "parse_message"),
    "peer": ("Peer", "Transport"),
    "reply": ("Reply",),
    "server.admitted": ("Admitted",),
    "server.binding": ("Binding", "BindingChange", "Registered"),
    "server.compositor": ("Compositor",),
    "server.connections": ("Limits",),
    "server.inbox": ("Inbox",),
    "server.limits": ("Rates",),
    "server.listener": ("ListenAddress", "Listener"),
    "server.notifier": ("Notifier",),
    "server.outbound": ("Notification", "Outbound"),
    "server.outcome": ("Answer", "Outcome", "Refused"),
    "server.pacing": ("Pace",),
    "server.presence_server": ("PresenceServer",),
    "server.publication": ("Publication", "PublicationChange", "Published"),
    "server.registrar": ("Registrar",),
    "server.relay": ("Forward", "Relay"),
    "server.report": ("LocationReport",),
    "server.subscription": ("CseqReserved", "Subscription", "SubscriptionChange"),
    "server.subscriptions": ("Subscriptions",),
    "server.uas": ("Answered", "Ignored", "UserAgentServer"),
    "tls": ("ServerCertificate", "ServerTrust", "TlsVersion"),
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
