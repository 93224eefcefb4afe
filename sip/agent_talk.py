"""What a SIP agent in a child process is told, and what it says: values, and their form on the pipe.

The agent is ``agent.py``. The form is JSON and every field is checked when it is read: the child holds a
SIP library written in C, and what comes from it must not be able to do anything in the parent.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, get_args

from sip.errors import CallerError

MAX_WORD_BYTES = 262_144  # one word on the pipe: a list of 250 addresses, or a body of 4 kB escaped
MAX_WATCHED = 250  # of one agent; the library aborts at its 257th buddy


class Ending(StrEnum):
    """How a call or a message ended."""

    ANSWERED = "answered"  # the call was taken, or the message was
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AgentAccount:
    """At which server an agent is whom.

    Parameters
    ----------
    address
        Its own, ``sip:USER@DOMAIN``.
    server
        Where requests go first, ``sip:HOST:PORT;transport=tcp``.
    user, password
        For its digest, whatever the realm.
    transport
        ``tcp`` or ``udp``.
    bound_to
        The local address to use; empty for any.
    registers
        Whether it registers, so that it can be called.
    expires_s
        Life of its registration.
    """

    address: str
    server: str
    user: str
    password: str
    transport: str = "tcp"
    bound_to: str = ""
    registers: bool = True
    expires_s: int = 600

    def __repr__(self) -> str:
        return f"AgentAccount({self.address} at {self.server})"  # never the password


# To the child


@dataclass(frozen=True, slots=True)
class Ring:
    """Call somebody, for so long."""

    number: int
    uri: str
    for_s: float


@dataclass(frozen=True, slots=True)
class Tell:
    """Send a MESSAGE."""

    number: int
    uri: str
    media_type: str
    text: str


@dataclass(frozen=True, slots=True)
class Stop:
    """End in order."""


# From the child


@dataclass(frozen=True, slots=True)
class Beat:
    """It is alive, and its library handles events."""


@dataclass(frozen=True, slots=True)
class Registered:
    """An answer to its REGISTER."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription is in another state now: ``active``, ``pending`` or ``terminated``."""

    address: str
    state: str
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Notified:
    """A NOTIFY brought a presence document."""

    address: str
    body: bytes
    received_at: float


@dataclass(frozen=True, slots=True)
class Unread:
    """A NOTIFY that cannot be used: cut off by the library, or another type."""

    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class Settled:
    """How a `Ring` or `Tell` ended; `after_s` from the request on, `status` 0 where none came."""

    number: int
    ending: Ending
    status: int
    after_s: float


Order = Ring | Tell | Stop
Word = Beat | Registered | Subscribed | Notified | Unread | Settled


def write_word(word: Order | Word) -> bytes:
    """Write a value for the pipe.

    Examples
    --------
    >>> write_word(Registered(200, "OK"))
    b'{"is": "Registered", "status": 200, "reason": "OK"}'
    """
    values = {
        name: value.decode("latin-1") if isinstance(value, bytes) else value
        for name, value in asdict(word).items()
    }
    return json.dumps({"is": type(word).__name__, **values}).encode()


def read_word(data: bytes) -> Word:
    """Read what a child said.

    Raises
    ------
    CallerError
        It is nothing of the kind, whatever the bytes.

    Examples
    --------
    >>> read_word(b'{"is": "Registered", "status": 200, "reason": "OK"}')
    Registered(status=200, reason='OK')
    """
    word: Word = _read(data, get_args(Word))
    return word


def read_order(data: bytes) -> Order:
    """Read what a parent said; raises as `read_word`."""
    order: Order = _read(data, get_args(Order))
    return order


def _read(data: bytes, kinds: Iterable[type]) -> Any:
    try:
        values = json.loads(data[:MAX_WORD_BYTES])
        kind: Any = {each.__name__: each for each in kinds}[values.pop("is")]
        known = {field.name: field.type for field in fields(kind)}
        return kind(**{name: _typed(known[name], value) for name, value in values.items()})
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise CallerError(f"not a word of an agent: {type(error).__name__}") from None


def _typed(wanted: object, value: object) -> object:
    if wanted is Ending:
        return Ending(str(value))
    if wanted is bytes and isinstance(value, str):
        return value.encode("latin-1")
    if wanted is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if type(value) is wanted:
        return value
    raise TypeError(f"{str(value)[:40]!r} is no {wanted}")
