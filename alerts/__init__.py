"""What to tell whom and when: alerts from transitions, and their delivery through apprise.

Names load when they are first used; apprise only when an address is read or something is sent.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alerts.alert import Alert, AlertChange, AlertStatus, Edge
    from alerts.backoff import Backoff
    from alerts.book import AlertBook
    from alerts.channel import AppriseChannel, Channel, Failed, Sent
    from alerts.claims import Claims
    from alerts.delivery import LIFECYCLE, WAITING, Delivery, DeliveryEvent, DeliveryState, landed
    from alerts.dispatcher import Dispatcher
    from alerts.ending import Ending
    from alerts.errors import AlertsError, DeliveryError, RecipientError
    from alerts.notice import Notice
    from alerts.outbox import MemoryOutbox, Outbox, revised
    from alerts.past import MemoryPast, Past
    from alerts.planning import Order, Rewriting, Withdrawal, plan
    from alerts.recipient import Address, Form, Recipient

__all__ = [
    "LIFECYCLE",
    "WAITING",
    "Address",
    "Alert",
    "AlertBook",
    "AlertChange",
    "AlertStatus",
    "AlertsError",
    "AppriseChannel",
    "Backoff",
    "Channel",
    "Claims",
    "Delivery",
    "DeliveryError",
    "DeliveryEvent",
    "DeliveryState",
    "Dispatcher",
    "Edge",
    "Ending",
    "Failed",
    "Form",
    "MemoryOutbox",
    "MemoryPast",
    "Notice",
    "Order",
    "Outbox",
    "Past",
    "Recipient",
    "RecipientError",
    "Rewriting",
    "Sent",
    "Withdrawal",
    "landed",
    "plan",
    "revised",
]

_HOMES = {
    "alert": ("Alert", "AlertChange", "AlertStatus", "Edge"),
    "backoff": ("Backoff",),
    "book": ("AlertBook",),
    "channel": ("AppriseChannel", "Channel", "Failed", "Sent"),
    "claims": ("Claims",),
    "delivery": ("LIFECYCLE", "WAITING", "Delivery", "DeliveryEvent", "DeliveryState", "landed"),
    "dispatcher": ("Dispatcher",),
    "ending": ("Ending",),
    "errors": ("AlertsError", "DeliveryError", "RecipientError"),
    "notice": ("Notice",),
    "outbox": ("MemoryOutbox", "Outbox", "revised"),
    "past": ("MemoryPast", "Past"),
    "planning": ("Order", "Rewriting", "Withdrawal", "plan"),
    "recipient": ("Address", "Form", "Recipient"),
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
