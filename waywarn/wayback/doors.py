"""What the courier needs of others: who puts requests on the wire, who rings phones. Types only."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sip.message import Request
from sip.peer import Peer
from waywarn.wayback.states import Input


@dataclass(frozen=True, slots=True)
class Ticket:
    """Names an attempt, for whoever brings its answer."""

    command: str
    attempt: int
    is_plain: bool


class Post(Protocol):
    """Puts a request on the wire; its answer is brought to `Courier.heard`."""

    def __call__(self, request: Request, to: Peer, ticket: Ticket) -> None:
        """Send."""


class Bell(Protocol):
    """Rings a phone."""

    async def __call__(self, uri: str, for_s: float) -> tuple[Input, str]:
        """Ring; gives what came of it, and says it."""


class Elsewhere(Protocol):
    """Rings devices, and writes to them, at another server."""

    def address_of(self, device: str) -> str | None:
        """Give the address of a device there; None where it has none."""

    async def ring(self, uri: str, for_s: float) -> tuple[Input, str]:
        """Ring; gives what came of it, and says it."""

    async def tell(self, uri: str, text: str) -> tuple[Input, str]:
        """Write; gives what came of it, and says it."""


class Phones(NamedTuple):
    """Who rings phones.

    Parameters
    ----------
    bell
        Rings those that are registered here; a text says why nothing can.
    elsewhere
        Reaches devices that are not registered here.
    """

    bell: Bell | str
    elsewhere: Elsewhere | None = None
