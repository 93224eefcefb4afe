"""What comes by MESSAGE: genuine orders are taken in once, the rest is refused (docs/commands.md).

Carrying them out is ``duties.py``; that the same request is decided once, ``sip/device/user_agent.py``.
"""

import sqlite3
from collections.abc import Callable, Mapping
from secrets import token_hex

from sip.command import COMMAND_TYPE, Command, Result, ResultState, Validity, parse_command
from sip.errors import PeerFault
from sip.message import Request
from sip.multipart import parse_media_type
from sip.order import MAX_TEXT_BYTES
from waywarn import log
from waywarn.tracker.order_book import Known, OrderBook

PLAIN = "text/plain"
ACCEPTS = f"{COMMAND_TYPE}, {PLAIN}"
MAX_PLAIN_BYTES = MAX_TEXT_BYTES
BUSY_S = 60  # as long as a hook may take


class Orders:
    """Decides what is done with each MESSAGE.

    Parameters
    ----------
    book
        What was ordered before.
    session_keys
        Gives the keys of the newest registrations.
    clock
        Wall time, UTC seconds.
    carry_out
        Is handed each genuine, new order; it returns at once.
    show
        Is handed the text of a plain message, and tells whether it will be shown; None where nothing is
        there to show it with.
    """

    def __init__(
        self,
        book: OrderBook,
        *,
        session_keys: Callable[[], tuple[str, ...]],
        clock: Callable[[], float],
        carry_out: Callable[[Command], None],
        show: Callable[[str, Mapping[str, str]], bool] | None,
    ) -> None:
        self._book = book
        self._session_keys, self._clock = session_keys, clock
        self._carry_out, self._show = carry_out, show

    def take(self, request: Request) -> None:
        """Take a MESSAGE in.

        Raises
        ------
        PeerFault
            Another type of body (415), not what it says (400), not of our server (403), too many (503).
        """
        name = parse_media_type(request.headers.only("Content-Type") or PLAIN).name
        if name == COMMAND_TYPE:
            self._take_command(request.body)
        elif name == PLAIN and self._show is not None:
            self._take_plain(request.body)
        else:
            raise PeerFault(415, "Unsupported Media Type", (("Accept", self.accepts),))

    @property
    def accepts(self) -> str:
        """What is read, for an Accept field."""
        return ACCEPTS if self._show is not None else COMMAND_TYPE

    def _take_command(self, body: bytes) -> None:
        signed = parse_command(body)
        command = signed.command
        if not signed.is_signed_by(self._session_keys()):
            log.warn("order.unsigned", order=command.order.value, id=command.id)
            raise PeerFault(403, "Forbidden")
        now = self._clock()
        match self._begun(command, now):
            case Known.KNOWN:
                log.say("order.again", order=command.order.value, id=command.id)
            case Known.FULL:
                log.warn("order.no_room", order=command.order.value, id=command.id)
                raise PeerFault(503, "Service Unavailable", (("Retry-After", "3600"),))
            case Known.NEW:
                self._begin(command, command.validity(now))

    def _begun(self, command: Command, now: float) -> Known:
        try:
            return self._book.begin(command.id, command.expires_at, now)
        except sqlite3.Error as error:  # the disk is full: what cannot be remembered must not be carried out
            log.warn("order.not_kept", order=command.order.value, id=command.id, reason=str(error))
            raise PeerFault(500, "Server Internal Error") from None

    def _begin(self, command: Command, validity: Validity) -> None:
        log.say("order.taken", order=command.order.value, id=command.id, validity=validity.value)
        if validity is Validity.VALID:
            self._carry_out(command)
            return
        reason = "expired" if validity is Validity.EXPIRED else "clock"
        self._book.end(Result(command.id, ResultState.REFUSED, reason))

    def _take_plain(self, body: bytes) -> None:
        if len(body) > MAX_PLAIN_BYTES:
            raise PeerFault(413, "Request Entity Too Large")
        text = body.decode("utf-8", "replace").replace("\0", " ")
        if self._show is None or not self._show(text, {"WAYWARN_ID": token_hex(8)}):
            log.warn("message.no_room", bytes=len(body))
            raise PeerFault(503, "Service Unavailable", (("Retry-After", str(BUSY_S)),))
        log.say("message.taken", bytes=len(body))
