"""The kinds of value that a configuration holds, each checked as it is read.

Which key has which kind is ``models.py``; reading secrets is ``secret.py``.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from waywarn.config.secret import Secret, SecretError, Surroundings, from_environment, from_file, reason_of

MAX_NAME = 64  # a name stands in messages, one of which is an SMS of 160 characters
MAX_COMPARED = 1000  # names; comparing costs 6 us each, and a file may have a thousand errors
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_IPV6 = re.compile(r"\[[0-9A-Fa-f:.]+\]")
_SIP_USER = re.compile(r"[A-Za-z0-9_.!~*'()&=+$,;?/-]+")  # RFC 3261, 25.1: user, without escapes
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")

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
    """Where the service listens: transport (``udp`` or ``tcp``), host and port (0: any free one).

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
    """Refuse a name of a device, rule or recipient that could not stand in a message or a log line."""
    text = _text(name)
    if not text or len(text) > MAX_NAME or not text.isprintable() or text != text.strip() or "/" in text:
        raise wrong(
            f"{text[:MAX_NAME]!r} cannot be the name of a {what}",
            f"use 1 to {MAX_NAME} printable characters without a slash, for example "
            + {"device": "anna", "rule": "way_to_school"}.get(what, "mother"),
        )
    return text


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "not text")
    return value


def _surroundings(info: ValidationInfo) -> Surroundings:
    if not isinstance(info.context, Surroundings):
        raise TypeError("a configuration is read by load_config, which knows its folder and environment")
    return info.context


def _zone(value: object) -> ZoneInfo:
    name = _text(value)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: the name of a folder, such as "Europe"
        near = difflib.get_close_matches(name, available_timezones(), n=1)
        hint = f"did you mean {near[0]}?" if near else "give an IANA name, for example Europe/Vienna"
        raise wrong(f"{name[:60]!r} is not a time zone", hint) from None


def _when(value: object) -> str:
    from rules.errors import WindowError  # only a file with hours in it needs them
    from rules.window import Window

    text = _text(value)
    try:
        Window.parse(text, zone="UTC")  # the zone has a key of its own, and its own error
    except WindowError as error:
        raise wrong(str(error)) from None
    return text


def _listen(value: object) -> Listen:
    text = _text(value)
    expected = 'write "udp:127.0.0.1:5060" or "tcp:[::1]:5060"'
    transport, _, rest = text.partition(":")
    host, _, port = rest.rpartition(":")
    if transport not in {"udp", "tcp"}:
        raise wrong(f"transport {transport[:20]!r} of {text[:60]!r} is neither udp nor tcp", expected)
    if not (_HOST.fullmatch(host) or _IPV6.fullmatch(host)):
        raise wrong(f"host {host[:60]!r} of {text[:60]!r} is not an address", expected)
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535):
        raise wrong(f"port {port[:20]!r} of {text[:60]!r} is not 0 to 65535", expected)
    return Listen(transport, host.strip("[]"), int(port))


def _domain(value: object) -> str:
    text = _text(value)
    if not (_HOST.fullmatch(text) or _IPV6.fullmatch(text)):
        raise wrong(f"{text[:60]!r} is not a domain", "write a name or address, for example example.org")
    return text


def _realm(value: object) -> str:
    text = _text(value)
    if not text or not text.isascii() or not text.isprintable() or set('"\\') & set(text):
        raise wrong(f"{text[:60]!r} cannot be a realm", "use ASCII without quotes, for example example.org")
    return text


def _sip_user(value: object) -> str:
    text = _text(value)
    if not _SIP_USER.fullmatch(text):
        raise wrong(
            f"{text[:60]!r} cannot be the user of a SIP address", 'write sip_user = "anna" (ASCII, no blank)'
        )
    return text


def _device(value: object, info: ValidationInfo) -> str:
    return _known(_text(value), _surroundings(info).devices, "device", "devices")


def _recipient(value: object, info: ValidationInfo) -> str:
    return _known(_text(value), _surroundings(info).recipients, "recipient", "recipients")


def _known(name: str, known: frozenset[str], what: str, table: str) -> str:
    if name not in known:
        raise wrong(f"there is no {what} {name[:MAX_NAME]!r} ([{table}.NAME])", suggestion(name, known))
    return name


def _store(value: object, info: ValidationInfo) -> Path:
    file = _surroundings(info).folder / _text(value)
    try:
        usable = bool(value) and str(value).isprintable() and file.parent.is_dir() and not file.is_dir()
    except (OSError, ValueError):
        usable = False
    if not usable:
        raise wrong(f"{str(value)[:60]!r} cannot be the store's file", "name a file in a folder that exists")
    return file


def _path_file(value: object, info: ValidationInfo) -> Path:
    text = _text(value)
    folder = _surroundings(info).folder
    parts = text.split(
        "#"
    )  # "paths.geojson#name" chooses a line; a file whose own name has the sign is first
    names = [text, *("#".join(parts[:count]) for count in range(1, len(parts)))]
    reasons = [reason for name in names if (reason := _why_unreadable(folder / name))]
    if len(reasons) == len(names):
        raise wrong(
            f"path file {text[:60]!r} cannot be read ({reasons[-1]})",
            "name a GPX, GeoJSON, KML, CSV or Parquet file, relative to this configuration",
        )
    return folder / text


def _why_unreadable(file: Path) -> str:
    try:
        with file.open("rb") as readable:
            readable.read(1)
    except (OSError, ValueError) as error:
        return reason_of(error)
    return ""


def _plain_secret(value: object) -> Secret:
    text = _text(value)
    if not text or not text.isprintable():
        raise wrong("the secret is empty or has control characters", "give a text of printable characters")
    return Secret.of(text, "in the configuration")


def _plain_url(value: object) -> Secret:
    secret = _plain_secret(value)
    return _address(secret)


def _environment_secret(value: object, info: ValidationInfo) -> Secret:
    try:
        return from_environment(_text(value), _surroundings(info))
    except SecretError as error:
        raise wrong(error.problem, error.expected) from None


def _file_secret(value: object, info: ValidationInfo) -> Secret:
    try:
        return from_file(_text(value), _surroundings(info))
    except SecretError as error:
        raise wrong(error.problem, error.expected) from None


def _address(secret: Secret) -> Secret:
    if not _ADDRESS.fullmatch(secret.value.get_secret_value()):
        raise wrong(
            f"the address ({secret.source}) is not of the form scheme://...",
            "write for example mailto://user:password@mail.example.org?to=mother@example.org",
        )
    return secret


def _environment_url(value: object, info: ValidationInfo) -> Secret:
    return _address(_environment_secret(value, info))


def _file_url(value: object, info: ValidationInfo) -> Secret:
    return _address(_file_secret(value, info))


TimeZone = Annotated[ZoneInfo, BeforeValidator(_zone)]
When = Annotated[str, BeforeValidator(_when)]
ListenAddress = Annotated[Listen, BeforeValidator(_listen)]
Domain = Annotated[str, BeforeValidator(_domain)]
Realm = Annotated[str, BeforeValidator(_realm)]
SipUser = Annotated[str, BeforeValidator(_sip_user)]
DeviceName = Annotated[str, BeforeValidator(_device)]
RecipientName = Annotated[str, BeforeValidator(_recipient)]
StoreFile = Annotated[Path, BeforeValidator(_store)]
PathFile = Annotated[Path, BeforeValidator(_path_file)]
PlainSecret = Annotated[Secret, BeforeValidator(_plain_secret)]
EnvironmentSecret = Annotated[Secret, BeforeValidator(_environment_secret)]
FileSecret = Annotated[Secret, BeforeValidator(_file_secret)]
PlainUrl = Annotated[Secret, BeforeValidator(_plain_url)]
EnvironmentUrl = Annotated[Secret, BeforeValidator(_environment_url)]
FileUrl = Annotated[Secret, BeforeValidator(_file_url)]
Listing = Annotated[tuple[Value, ...], Field(strict=False)]  # TOML has lists; a frozen model has tuples
