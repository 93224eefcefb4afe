"""``[provision]``: the HTTPS door at which devices fetch their configuration.

What it does is ``waywarn/provision``.
"""

import re
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, Field, ValidationInfo

from waywarn.config.fields import Listen, ListenAddress, is_every_address, is_host, text_of, wrong
from waywarn.config.secret import Surroundings
from waywarn.config.sip import SipConfig
from waywarn.config.table import Table

_HOST = r"(\[[^\]]*\]|[^\[\]:/]*)"
_LISTEN = re.compile(_HOST + r":([0-9]{1,5})")
_ORIGIN = re.compile(r"https://" + _HOST + r"(?::([0-9]{1,5}))?/?")


class HostPort(NamedTuple):
    """A host and a port of it."""

    host: str
    port: int


def _listen(value: object) -> HostPort:
    match = _LISTEN.fullmatch(text_of(value))
    if match is None or not is_host(match[1]) or int(match[2]) > 65_535:
        raise wrong(
            f"{str(value)[:60]!r} is not an address and a port", 'write "0.0.0.0:8443" or "[::]:8443"'
        )
    return HostPort(match[1].strip("[]"), int(match[2]))


def _origin(value: object) -> HostPort:
    match = _ORIGIN.fullmatch(text_of(value))
    port = int(match[2] or 443) if match else 0
    if match is None or not is_host(match[1]) or not 0 < port < 65_536:
        said = f"{str(value)[:60]!r} is not the address of a server"
        raise wrong(said, 'write for example "https://home.example.org:8443"')
    return HostPort(match[1].strip("[]"), port)


def _file(value: object, info: ValidationInfo) -> Path:
    if not isinstance(info.context, Surroundings):
        raise TypeError("a configuration is read by load_config, which knows its folder")
    text = text_of(value)
    if not text or not text.isprintable():
        raise wrong(f"{text[:60]!r} cannot be a file", "name a file in PEM form")
    return info.context.folder / text


FileToMake = Annotated[Path, BeforeValidator(_file)]


class ProvisionConfig(Table):
    """``[provision]``: where devices come with their tokens.

    The two files need not be there yet: `waywarn device certificate` makes them.
    """

    listen: Annotated[HostPort, BeforeValidator(_listen)] = Field(
        description='write for example "0.0.0.0:8443"'
    )
    certificate: FileToMake = Field(
        default="provision.crt", validate_default=True, description="name a file in PEM form"
    )
    key: FileToMake = Field(
        default="provision.key", validate_default=True, description="name a file in PEM form"
    )
    url: Annotated[HostPort | None, BeforeValidator(_origin)] = Field(
        default=None, description='write for example "https://home.example.org:8443"'
    )
    sip_server: ListenAddress | None = Field(
        default=None, description='write for example "udp:home.example.org:5060"'
    )


def devices_reach(provision: ProvisionConfig, sip: SipConfig) -> HostPort:
    """Give where devices reach the door: as stated, else the address that is listened on, else the name."""
    if provision.url is not None:
        return provision.url
    host, port = provision.listen
    return HostPort(_name(sip) if is_every_address(host) else host, port)


def sip_server(provision: ProvisionConfig, sip: SipConfig, listening: tuple[Listen, ...]) -> Listen:
    """Give where devices reach the SIP server: as stated, else the safest that is listened on."""
    if provision.sip_server is not None:
        return provision.sip_server
    best = min(listening, key=lambda each: _PREFERENCE.index(each.transport))
    return Listen(best.transport, _name(sip) if is_every_address(best.host) else best.host, best.port)


def _name(sip: SipConfig) -> str:
    """Give what devices call this machine."""
    return (sip.contact_host or sip.domain).strip("[]")


# TLS hides places from whoever listens; UDP keeps no connection, which spares a battery.
_PREFERENCE = ("tls", "udp", "tcp")
