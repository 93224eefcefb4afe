"""What a device is handed out when it is enrolled: account, server and policy, over HTTPS as JSON.

Both ends read and write it here. The device's file is ``tracker_file.py``, a phone's is ``linphone.py``.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Self

from sip.errors import PeerFault
from sip.uri import parse_uri
from waywarn.provision.policy import TrackingPolicy

VERSION = 1
MAX_BYTES = 16_384  # a handout has about 500
MAX_TEXT = 256
MAX_RETAIN_DAYS = 36_500.0  # as retention_h of the configuration
TRANSPORTS = ("udp", "tcp", "tls")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_PIN = re.compile(r"[0-9a-f]{64}")


class HandoutError(ValueError):
    """What came is no handout; says which value is wrong."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where the SIP server is reached.

    Parameters
    ----------
    host, port, transport
        ``udp``, ``tcp`` or ``tls``.
    pin
        SHA-256 of its certificate in lower-case hex, where the device could not check it otherwise; else "".
    """

    host: str
    port: int
    transport: str
    pin: str = ""

    def __post_init__(self) -> None:
        if not _HOST.fullmatch(self.host) or len(self.host) > MAX_TEXT:
            raise HandoutError(f"server.host {self.host[:60]!r} is no host")
        if not 0 < self.port < 65_536:
            raise HandoutError(f"server.port {self.port} is not 1 to 65535")
        if self.transport not in TRANSPORTS:
            raise HandoutError(f"server.transport {self.transport[:20]!r} is none of {', '.join(TRANSPORTS)}")
        if self.pin and not _PIN.fullmatch(self.pin):
            raise HandoutError(f"server.pin {self.pin[:70]!r} is not 64 hex digits")


@dataclass(frozen=True, slots=True)
class Handout:
    """Everything that a device needs; the password is nowhere else.

    Parameters
    ----------
    aor, user, password
        Its account.
    server
        Where it publishes.
    policy
        When.
    retain_days
        How long its places are kept, which its documents say.
    """

    aor: str
    user: str
    password: str = field(repr=False)
    server: Server
    policy: TrackingPolicy
    retain_days: float = 1.0

    def __post_init__(self) -> None:
        for name in ("aor", "user", "password"):
            text = getattr(self, name)
            if not 0 < len(text) <= MAX_TEXT or not text.isascii() or not text.isprintable():
                raise HandoutError(f"account.{name} is empty, too long, or no plain text")
        if not 0 < self.retain_days <= MAX_RETAIN_DAYS:
            raise HandoutError(f"policy.retain_days {self.retain_days} is not 0 to {MAX_RETAIN_DAYS:g}")
        try:
            uri = parse_uri(self.aor)
        except PeerFault as fault:
            raise HandoutError(f"account.aor {self.aor[:60]!r}: {fault.reason}") from None
        if uri.scheme != "sip" or uri.user is None:
            raise HandoutError(f"account.aor {self.aor[:60]!r} is not of the form sip:user@host")

    def to_json(self) -> dict[str, object]:
        """Give it as the values that JSON has."""
        return {
            "v": VERSION,
            "account": {"aor": self.aor, "user": self.user, "password": self.password},
            "server": asdict(self.server),
            "policy": {**asdict(self.policy), "retain_days": self.retain_days},
        }

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read what a server sent.

        Raises
        ------
        HandoutError
            It is none, whatever the bytes.
        """
        if len(data) > MAX_BYTES:
            raise HandoutError(f"it is larger than {MAX_BYTES} bytes")
        try:
            told = json.loads(data)
        except (ValueError, RecursionError):
            raise HandoutError("it is not JSON") from None
        if not isinstance(told, dict) or told.get("v") != VERSION:
            raise HandoutError(f"it is of no version that is known here ({VERSION})")
        account, server, policy = (_table(told, name) for name in ("account", "server", "policy"))
        try:
            return cls(
                **{name: _text(account, name) for name in ("aor", "user", "password")},
                server=Server(
                    _text(server, "host"),
                    _whole(server, "port"),
                    _text(server, "transport"),
                    _text(server, "pin"),
                ),
                policy=TrackingPolicy(
                    _number(policy, "every_m"),
                    _number(policy, "at_most_every_s"),
                    _number(policy, "at_least_every_s"),
                    adaptive=policy.get("adaptive") is True,
                ),
                retain_days=_number(policy, "retain_days"),
            )
        except HandoutError:
            raise
        except (ValueError, OverflowError) as error:
            raise HandoutError(f"policy: {error}") from None


def _table(told: Mapping[str, object], name: str) -> Mapping[str, object]:
    table = told.get(name)
    if not isinstance(table, dict):
        raise HandoutError(f"{name} is missing")
    return table


def _text(table: Mapping[str, object], name: str) -> str:
    value = table.get(name)
    if not isinstance(value, str):
        raise HandoutError(f"{name} is no text")
    return value


def _whole(table: Mapping[str, object], name: str) -> int:
    value = table.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise HandoutError(f"{name} is no whole number")
    return value


def _number(table: Mapping[str, object], name: str) -> float:
    value = table.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise HandoutError(f"{name} is no number")
    return value
