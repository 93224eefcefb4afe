"""Commands to a device and what became of them: the bodies of two kinds of MESSAGE, read and written.

What can be asked is ``order.py``; how it is signed, ``signed_json.py``; when it is sent, and how often, is
the server's ``waywarn/wayback``. The format is told in docs/commands.md.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from sip.errors import CallerError, PeerFault
from sip.order import UNSHOWN, Argument, Order, wrong_arguments
from sip.signed_json import is_signed_by, read_signed, sign

COMMAND_TYPE = "application/vnd.waywarn.command+json"
RESULT_TYPE = "application/vnd.waywarn.result+json"
PRODUCT = "waywarn-commands"
"""A device that reads commands says so in the User-Agent of its REGISTER: ``waywarn-commands/1``."""

MAX_DETAIL_BYTES = 300
MAX_LIFETIME_S = 604_800.0  # a week: a device remembers the ids of so long
CLOCK_TOLERANCE_S = 300.0  # how far a device's clock may be behind; one that is ahead refuses earlier

_VERSION = 1
_LATEST = 253_370_764_800.0  # 9999-01-01: a lifetime on, it is still a year that RFC 3339 can write
_ID = re.compile(r"[A-Za-z0-9]{16,64}")
_TIME = "%Y-%m-%dT%H:%M:%SZ"  # not corridor's: that room loads numpy, and a device reads this one
_WHOLE_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


class ResultState(StrEnum):
    """What became of a command; none of them changes any more."""

    DONE = "done"
    REFUSED = "refused"  # the device would not, and did nothing
    FAILED = "failed"  # it tried


class Validity(StrEnum):
    """Whether a command may be carried out now."""

    VALID = "valid"
    EXPIRED = "expired"
    NOT_YET = "not yet"  # it was issued later than the device's clock shows: that clock is wrong


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that a device is asked to do.

    Parameters
    ----------
    id
        16 to 64 letters and digits, never used again: a device carries a command of this id out once.
    order, arguments
        What, and how; the arguments are those of docs/commands.md.
    issued_at, expires_at
        From when to when, whole UTC seconds; at `expires_at` it may not be begun any more.

    Raises
    ------
    CallerError
        Any of these is not as said.

    Examples
    --------
    >>> ring = Command("0123456789abcdef", Order.RING, {"for_s": 30}, 0.0, 600.0)
    >>> parse_command(ring.signed("5e55")).command == ring
    True
    """

    id: str
    order: Order
    arguments: Mapping[str, Argument]
    issued_at: float
    expires_at: float

    def __post_init__(self) -> None:
        _check_id(self.id)
        if wrong := wrong_arguments(self.order, self.arguments):
            raise CallerError(wrong)
        _check_times(self.issued_at, self.expires_at)
        object.__setattr__(self, "arguments", MappingProxyType(dict(self.arguments)))

    def __hash__(self) -> int:
        return hash(self.id)

    def validity(self, now: float) -> Validity:
        """Tell whether it may be begun at `now`, by the device's clock."""
        if now >= self.expires_at:
            return Validity.EXPIRED
        return Validity.VALID if now >= self.issued_at - CLOCK_TOLERANCE_S else Validity.NOT_YET

    def signed(self, session_key: str) -> bytes:
        """Write the body of its MESSAGE, signed with the key of the device's registration."""
        return sign(
            {
                "v": _VERSION,
                "id": self.id,
                "command": self.order.value,
                "arguments": dict(self.arguments),
                "issued_at": datetime.fromtimestamp(self.issued_at, UTC).strftime(_TIME),
                "expires_at": datetime.fromtimestamp(self.expires_at, UTC).strftime(_TIME),
            },
            session_key,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a command, in the words of the device.

    Raises
    ------
    CallerError
        The id or the detail is not as a result may have it.
    """

    id: str
    state: ResultState
    detail: str = ""

    def __post_init__(self) -> None:
        _check_id(self.id)
        if not _is_detail(self.detail):
            raise CallerError(
                f"detail {self.detail[:40]!r} is not printable text of {MAX_DETAIL_BYTES} bytes at most"
            )

    @classmethod
    def cut(cls, id: str, state: ResultState, detail: str) -> Self:  # noqa: A002 (the member's name)
        """Make one of any text: what cannot stand in it becomes a blank, and its end is cut off."""
        shown = UNSHOWN.sub(" ", detail)
        return cls(id, state, shown.encode()[:MAX_DETAIL_BYTES].decode("utf-8", "ignore"))

    def signed(self, session_key: str) -> bytes:
        """Write the body of its MESSAGE, signed with the key of the device's registration."""
        return sign(
            {"v": _VERSION, "id": self.id, "state": self.state.value, "detail": self.detail}, session_key
        )


@dataclass(frozen=True, slots=True)
class _Signed:
    """What was read, not yet believed: ask `is_signed_by` first."""

    _members: Mapping[str, Any] = field(repr=False)
    _signature: str = field(repr=False)

    def is_signed_by(self, session_keys: Iterable[str]) -> bool:
        """Tell whether one of these session keys signed it, in constant time for each."""
        return is_signed_by(self._members, self._signature, session_keys)


@dataclass(frozen=True, slots=True)
class SignedCommand(_Signed):
    """A command as it came."""

    command: Command


@dataclass(frozen=True, slots=True)
class SignedResult(_Signed):
    """A result as it came."""

    result: Result


def parse_command(body: bytes) -> SignedCommand:
    """Read the body of a command.

    Raises
    ------
    PeerFault
        400: it is not what docs/commands.md describes. Whose it is, and whether it is in time, is not
        looked at: ask `SignedCommand.is_signed_by` and `Command.validity`.
    """
    members, signature = read_signed(body)
    _check_names(members, {"v", "id", "command", "arguments", "issued_at", "expires_at"})
    try:
        order = Order(members["command"])
    except ValueError:
        raise PeerFault(400, "Unknown Command") from None
    arguments = members["arguments"]
    if not isinstance(arguments, dict):
        raise PeerFault(400, "Bad Arguments")
    times = _instant(members["issued_at"]), _instant(members["expires_at"])
    try:
        command = Command(_text(members["id"]), order, arguments, *times)
    except CallerError as error:
        raise PeerFault(400, f"Bad Command: {error}") from None
    return SignedCommand(members, signature, command)


def parse_result(body: bytes) -> SignedResult:
    """Read the body of a result.

    Raises
    ------
    PeerFault
        400: it is not what docs/commands.md describes. Whose it is, is not looked at.
    """
    members, signature = read_signed(body)
    _check_names(members, {"v", "id", "state", "detail"})
    try:
        result = Result(_text(members["id"]), ResultState(members["state"]), _text(members["detail"]))
    except ValueError:  # also what `Result` refuses
        raise PeerFault(400, "Bad Result") from None
    return SignedResult(members, signature, result)


def _check_id(text: str) -> None:
    if _ID.fullmatch(text) is None:
        raise CallerError(f"command id {text[:80]!r} is not 16 to 64 letters and digits")


def _check_times(issued_at: float, expires_at: float) -> None:
    if issued_at % 1 or expires_at % 1 or not 0 <= issued_at <= _LATEST:
        raise CallerError(f"a command was issued at {issued_at}: give whole UTC seconds")
    if not issued_at < expires_at <= issued_at + MAX_LIFETIME_S:
        raise CallerError(
            f"a command expires {expires_at - issued_at:.0f} s after it was issued; "
            f"give 1 to {MAX_LIFETIME_S:.0f}"
        )


def _check_names(members: Mapping[str, Any], names: set[str]) -> None:
    if members.keys() != names:
        different = sorted(members.keys() ^ names)[0]
        raise PeerFault(400, f"Missing Or Unknown Member {different[:40]!r}")
    version = members["v"]
    if isinstance(version, bool) or version != _VERSION:
        raise PeerFault(400, "Unknown Version")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise PeerFault(400, "Member That Is No Text")
    return value


def _instant(value: object) -> float:
    text = _text(value)
    if _WHOLE_SECONDS.fullmatch(text) is None:
        raise PeerFault(400, "Time That Is Not YYYY-MM-DDThh:mm:ssZ")
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise PeerFault(400, "Time That Does Not Exist") from None


def _is_detail(text: str) -> bool:
    return UNSHOWN.search(text) is None and len(text.encode()) <= MAX_DETAIL_BYTES
