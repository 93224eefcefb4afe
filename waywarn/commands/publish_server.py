"""Of the options of `waywarn publish`: whose place it is, by which server it goes, and the password."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from sip.device.channel import ServerAddress
from sip.device.request_writer import Identity
from sip.errors import PeerFault
from sip.peer import Transport as Protocol
from sip.tls import ServerTrust
from sip.uri import parse_uri
from waywarn.commands.fixes import stop
from waywarn.commands.publish_options import Transport

DEFAULT_PORT, DEFAULT_TLS_PORT = 5060, 5061  # RFC 3261, 19.1.2
MAX_PASSWORD_BYTES = 1_024


@dataclass(frozen=True, slots=True)
class Wire:
    """What the options say of the way to the server, beside --to."""

    server: str | None
    user: str | None
    password: str | None
    transport: Transport
    pin: str | None


def password_of(variable: str | None, file: Path | None, console: Console) -> str | None:
    """Give the password, of the environment or of a file's first line; None where neither is named."""
    if variable is not None and file is not None:
        stop("give --password-env or --password-file, not both", console)
    if variable is not None:
        if variable not in os.environ:
            stop(f"--password-env: the environment has no variable {variable!r}", console)
        return os.environ[variable]
    if file is None:
        return None
    try:
        with file.open("rb") as stream:
            first_line = stream.readline(MAX_PASSWORD_BYTES)
        return first_line.decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        stop(f"--password-file {file}: {error}", console)


def who_and_where(to: str, wire: Wire, console: Console) -> tuple[Identity, ServerAddress]:
    """Give whose place it is, and where the server listens: as --to says, unless other options do."""
    try:
        uri = parse_uri(to)
    except PeerFault as fault:
        stop(f"--to {to!r}: {fault.reason}; give sip:user@host or sip:user@host:port", console)
    if uri.user is None:
        stop(f"--to {to!r} names no user; give sip:user@host", console)
    host, port = (uri.host, uri.port) if wire.server is None else _host_and_port(wire.server, console)
    said = re.search(r";transport=(tcp|tls)\b", uri.parameters.lower())
    by = Protocol("TLS" if uri.scheme == "sips" else (said[1] if said else wire.transport.value).upper())
    is_secure = by is Protocol.TLS
    if (pin := wire.pin) is not None and (not is_secure or re.fullmatch(r"[0-9a-f]{64}", pin) is None):
        stop(f"--pin {pin!r} is not 64 lower-case hex digits, or goes without --transport tls", console)
    default = DEFAULT_TLS_PORT if is_secure else DEFAULT_PORT
    return (
        Identity(uri.aor, to, wire.user if wire.user is not None else uri.user, wire.password),
        ServerAddress(host.strip("[]"), port or default, by, ServerTrust(pin=pin)),
    )


def _host_and_port(text: str, console: Console) -> tuple[str, int | None]:
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::([0-9]{1,5}))?", text)
    port = int(match[2]) if match and match[2] else None
    if match is None or (port is not None and not 0 < port < 65_536):
        stop(f"--server {text!r} is not HOST or HOST:PORT", console)
    return match[1], port
