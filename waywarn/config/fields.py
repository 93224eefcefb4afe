"""The kinds of value that a configuration holds, each checked as it is read.

Which key has which kind is ``models.py``; reading secrets is ``secret.py``.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

MAX_NAME = 64  # a name stands in messages, one of which is an SMS of 160 characters
OWN_USER = "waywarn"  # as whom the service itself commands, writes and calls, at its own domain
MAX_HOST = 253  # RFC 1035, 2.3.4: 255 octets with the length bytes
MAX_COMPARED = 1000  # names; comparing costs 6 us each, and a file may have a thousand errors
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_DOTTED = re.compile(r"[0-9.]+")
_SIP_USER = re.compile(r"[A-Za-z0-9_.!~*'()&=+$,;?/-]+")  # RFC 3261, 25.1: user, without escapes

Value = TypeVar("Value")


def wrong(problem: str, expected: str = "") -> PydanticCustomError:
    """Make the error that a check raises: what is wrong, and what to write instead."""
    return PydanticCustomError("wrong", "{problem}", {"problem": problem, "expected": expected})


def suggestion(name: str, known: Iterable[str]) -> str:
    """Say which known name was likely meant, or which there are.

    Examples
    --------
    >>> suggestion("moter", ["mother", "father"])
    'did you mean mother?'
    """
    names = sorted(name for name in known if name.isprintable())
    near = difflib.get_close_matches(name, names, n=1) if len(names) <= MAX_COMPARED else ()
    if near:
        return f"did you mean {near[0]}?"
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"known here: {listed}" if names else "there is none"


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the service listens: transport (``udp``, ``tcp`` or ``tls``), host and port (0: any free one).

    Examples
    --------
    >>> str(Listen("udp", "::1", 5060))
    'udp:[::1]:5060'
    """

    transport: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}:{host}:{self.port}"


def check_name(name: object, what: str) -> str:
    """Refuse a name of a device, rule, trip or recipient that could not stand in a message or a log line."""
    text = text_of(name)
    if not text or len(text) > MAX_NAME or not text.isprintable() or text != text.strip() or "/" in text:
        raise wrong(
            f"{text[:MAX_NAME]!r} cannot be the name of a {what}",
            f"use 1 to {MAX_NAME} printable characters without a slash, for example "
            + {"device": "anna", "rule": "way_to_school", "trip": "morning"}.get(what, "mother"),
        )
    return text


def text_of(value: object) -> str:
    """Give a value that is text; refuse any other."""
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "not text")
    return value


def _zone(value: object) -> ZoneInfo:
    name = text_of(value)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: the name of a folder, such as "Europe"
        near = difflib.get_close_matches(name, available_timezones(), n=1)
        hint = f"did you mean {near[0]}?" if near else "give an IANA name, for example Europe/Vienna"
        raise wrong(f"{name[:60]!r} is not a time zone", hint) from None


def _when(value: object) -> str:
    from rules.errors import WindowError  # only a file with hours in it needs them
    from rules.window import Window

    text = text_of(value)
    try:
        Window.parse(text, zone="UTC")  # the zone has a key of its own, and its own error
    except WindowError as error:
        raise wrong(str(error)) from None
    return text


def _instant(value: object) -> float:
    """Read an instant, of which TOML has a kind of its own, as UTC seconds."""
    from corridor.errors import InstantError
    from corridor.instant import parse_instant, utc_seconds

    try:
        if isinstance(value, datetime):
            return utc_seconds(value)
        return parse_instant(text_of(value))
    except InstantError as error:
        raise wrong(str(error), "write for example 2026-11-25T07:00:00+01:00") from None


def is_host(text: str) -> bool:
    """Tell a name, an IPv4 address or an IPv6 address in brackets (RFC 3261, 25.1: host) from other text."""
    address = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if address == text and not _DOTTED.fullmatch(text):
        return _HOST.fullmatch(text) is not None and len(text) <= MAX_HOST
    try:
        return ip_address(address).version == (4 if address == text else 6)
    except ValueError:
        return False


def is_every_address(host: str) -> bool:
    """Tell whether an address that is listened on stands for all of the machine's."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def _listen(value: object) -> Listen:
    text = text_of(value)
    expected = 'write "udp:127.0.0.1:5060" or "tcp:[::1]:5060"'
    transport, _, rest = text.partition(":")
    host, _, port = rest.rpartition(":")
    if transport not in {"udp", "tcp", "tls"}:
        raise wrong(f"transport {transport[:20]!r} of {text[:60]!r} is none of udp, tcp and tls", expected)
    if not is_host(host):
        raise wrong(f"host {host[:60]!r} of {text[:60]!r} is not an address", expected)
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535):
        raise wrong(f"port {port[:20]!r} of {text[:60]!r} is not 0 to 65535", expected)
    return Listen(transport, host.strip("[]"), int(port))


def _domain(value: object) -> str:
    text = text_of(value)
    if not is_host(text):
        raise wrong(f"{text[:60]!r} is not a domain", "write a name or address, for example example.org")
    return text


def _realm(value: object) -> str:
    text = text_of(value)
    if not text or not text.isascii() or not text.isprintable() or set('"\\') & set(text):
        raise wrong(f"{text[:60]!r} cannot be a realm", "use ASCII without quotes, for example example.org")
    return text


def _sip_user(value: object) -> str:
    text = text_of(value)
    if not _SIP_USER.fullmatch(text) or len(text) > MAX_NAME:
        raise wrong(
            f"{text[:60]!r} cannot be the user of a SIP address",
            f'write sip_user = "anna" (ASCII, no blank, at most {MAX_NAME} letters)',
        )
    return text


TimeZone = Annotated[ZoneInfo, BeforeValidator(_zone)]
When = Annotated[str, BeforeValidator(_when)]
Instant = Annotated[float, BeforeValidator(_instant)]
ListenAddress = Annotated[Listen, BeforeValidator(_listen)]
Domain = Annotated[str, BeforeValidator(_domain)]
Realm = Annotated[str, BeforeValidator(_realm)]
SipUser = Annotated[str, BeforeValidator(_sip_user)]
Listing = Annotated[tuple[Value, ...], Field(strict=False)]  # TOML has lists; a frozen model has tuples
