"""The SIP request that carries a command, and what its answer means.

Pure; who sends it, and when, is ``courier.py``. The Via is added by whoever puts it on the wire.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple, Protocol

from sip.command import COMMAND_TYPE, PRODUCT
from sip.headers import Headers
from sip.message import Request, Response
from sip.order import Order
from sip.peer import Peer
from waywarn.wayback.errand import Errand
from waywarn.wayback.states import Input

# What no other attempt betters: the device does not know such a request, or does not want it.
FOR_GOOD = frozenset({400, 405, 406, 413, 415, 416, 420, 488, 489, 501, 505, 513, 600, 603, 606})


class Carrier(StrEnum):
    """The method that a device hears commands in."""

    MESSAGE = "MESSAGE"
    INFO = "INFO"
    OPTIONS = "OPTIONS"


class Way(Protocol):
    """How a device is reached: one registration of it, as `sip.server.binding.Binding` has it."""

    @property
    def contact(self) -> str:
        """The address that it registered."""

    @property
    def flow(self) -> Peer:
        """Where its REGISTER came from, and requests go to."""

    @property
    def session_key(self) -> str:
        """The session hash of its digest."""

    @property
    def user_agent(self) -> str | None:
        """What it calls itself."""


class Written(NamedTuple):
    """A request, and whether its answer is all that will be heard."""

    request: Request
    is_plain: bool


def reads_commands(way: Way, carrier: Carrier | None) -> bool:
    """Tell whether a device says, or its configuration says for it, that it reads commands."""
    return carrier is not None or f"{PRODUCT}/" in (way.user_agent or "")


def write_request(
    errand: Errand, way: Way, carrier: Carrier | None, *, aor: str, sender: str, fresh: Callable[[], str]
) -> Written:
    """Write the request for one attempt.

    Parameters
    ----------
    errand, way
        What, and by which registration.
    carrier
        As the configuration says; None where it says nothing.
    aor, sender
        Whose it is, and our own address.
    fresh
        Gives a token that nobody can guess, at each call another.
    """
    if errand.order is Order.MESSAGE and not reads_commands(way, carrier):
        method, media_type = Carrier.MESSAGE, "text/plain;charset=utf-8"
        body = str(errand.arguments["text"]).encode()
    else:
        method, media_type = carrier or Carrier.MESSAGE, COMMAND_TYPE
        body = errand.command.signed(way.session_key)
    pairs = (
        ("Max-Forwards", "70"),
        ("From", f"<{sender}>;tag={fresh()}"),
        ("To", f"<{aor}>"),
        ("Call-ID", fresh()),
        ("CSeq", f"1 {method}"),
        ("Content-Type", media_type),
    )
    return Written(Request(method.value, way.contact, Headers(pairs), body), media_type != COMMAND_TYPE)


def meaning(response: Response | None, *, is_plain: bool) -> tuple[Input, str]:
    """Give what an answer, or that there was none, means for a command, and say it.

    Examples
    --------
    >>> meaning(Response(415, "Unsupported Media Type", Headers()), is_plain=False)
    (<Input.DECLINED: 'declined'>, 'the device answers 415: it does not read commands')
    """
    if response is None:
        return Input.UNREACHED, "the device does not answer"
    status = response.status
    if 200 <= status < 300:
        return (Input.DELIVERED, "delivered") if is_plain else (Input.TAKEN, "the device has it")
    if status in FOR_GOOD:
        unread = " it does not read commands" if not is_plain and status in {405, 415, 501} else ""
        return Input.DECLINED, f"the device answers {status}{':' + unread if unread else ''}"
    return Input.UNREACHED, f"the device answers {status}"
