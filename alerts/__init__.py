"""What to tell whom and when: alerts from transitions, and their delivery through apprise.

Names load when they are first used; apprise only when an address is read or something is sent.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alerts.alert import Alert, AlertChange, AlertStatus, Edge, Ending, Notice
    from alerts.backoff import Backoff
    from alerts.book import AlertBook
    from alerts.channel import AppriseChannel, Channel, Failed, Sent
    from alerts.delivery import LIFECYCLE, Delivery, DeliveryEvent, DeliveryState, plan
    from alerts.dispatcher import Dispatcher
    from alerts.errors import AlertsError, DeliveryError, RecipientError
    from alerts.outbox import MemoryOutbox, Outbox
    from alerts.recipient import Address, Form, Recipient

__all__ = [
    "LIFECYCLE",
    "Address",
    "Alert",
    "AlertBook",
    "AlertChange",
    "AlertStatus",
    "AlertsError",
    "AppriseChannel",
    "Backoff",
    "Channel",
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
    "Notice",
    "Outbox",
    "Recipient",
    "RecipientError",
    "Sent",
    "plan",
]

_HOMES = {
    "alert": ("Alert", "AlertChange", "AlertStatus", "Edge", "Ending", "Notice"),
    "backoff": ("Backoff",),
    "book": ("AlertBook",),
    "channel": ("AppriseChannel", "Channel", "Failed", "Sent"),
    "delivery": ("LIFECYCLE", "Delivery", "DeliveryEvent", "DeliveryState", "plan"),
    "dispatcher": ("Dispatcher",),
    "errors": ("AlertsError", "DeliveryError", "RecipientError"),
    "outbox": ("MemoryOutbox", "Outbox"),
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
