"""``[operator]``: somebody else's SIP server, where devices are watched: the table, and what goes together.

What becomes of it is ``operator_door.py``.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator, model_validator

from waywarn.config.fields import (
    Domain,
    Listen,
    ListenAddress,
    Listing,
    SipUser,
    text_of,
    wrong,
)
from waywarn.config.keys import Finding, Raw, exactly_one, repeated
from waywarn.config.references import DevicePattern, EnvironmentSecret, FileSecret, PlainSecret, is_about
from waywarn.config.secret import Secret
from waywarn.config.table import Table

MAX_PER_CHILD = 250  # sip.agent_talk.MAX_WATCHED: the library's limit, less a few
PASSWORDS = ("password", "password_env", "password_file")


def _sip_address(value: object) -> str:
    from sip.errors import PeerFault
    from sip.uri import parse_uri

    text = text_of(value)
    try:
        uri = parse_uri(text)
    except PeerFault as fault:
        raise wrong(
            f"{text[:60]!r} is no SIP address ({fault.reason})", 'write "sip:anna@example.org"'
        ) from None
    if not text.lower().startswith(("sip:", "sips:")) or not uri.user:
        raise wrong(f"{text[:60]!r} is no SIP address with a user", 'write "sip:anna@example.org"')
    return text


SipAddress = Annotated[str, BeforeValidator(_sip_address)]


class PlaceConfig(Table):
    """Where a device is watched: its address there, and which of its user's devices it is."""

    address: SipAddress = Field(description='give a SIP address, for example "sip:anna@example.org"')
    part: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description='give the id of its tuple or device, or a pattern such as "phone-*"',
    )

    @model_validator(mode="before")
    @classmethod
    def _plain_text_is_an_address(cls, value: object) -> object:
        return {"address": value} if isinstance(value, str) else value


class OperatorConfig(Table):
    """``[operator]``: at which server, as whom, and which devices are watched there."""

    server: ListenAddress = Field(description='give transport, host and port: "tcp:sip.example.org:5060"')
    domain: Domain | None = Field(default=None, description="give its domain; left out, it is that of [sip]")
    user: SipUser = Field(description='give the user of our account there, for example "waywarn"')
    password: PlainSecret | None = Field(default=None, description="give the password as text")
    password_env: EnvironmentSecret | None = Field(default=None, description="name an environment variable")
    password_file: FileSecret | None = Field(default=None, description="name a file with the password in it")
    watches: Listing[DevicePattern] = Field(
        default=(), description='give a list, for example ["anna", "van-*"]'
    )
    at: dict[str, PlaceConfig] = Field(
        default_factory=dict, description='write anna = "sip:USER@DOMAIN" for a device of another address'
    )
    bound_to: Domain | None = Field(
        default=None, description="give the local IP address to use; left out, the machine chooses"
    )
    per_child: int = Field(
        default=MAX_PER_CHILD, ge=1, le=MAX_PER_CHILD, description="give a count, for example 250"
    )

    @field_validator("server")
    @classmethod
    def _is_plain(cls, server: Listen) -> Listen:
        if server.transport == "tls":
            raise wrong("tls is not for a server that is watched: the library knows no TLS 1.3", "write tcp")
        return server

    @property
    def secret(self) -> Secret:
        """The password and where it came from."""
        sources = (self.password, self.password_env, self.password_file)
        return next(source for source in sources if source is not None)


def is_watched_there(operator: object, device: str) -> bool:
    """Tell from the raw table whether a device is watched there: then it needs no password here."""
    patterns = operator.get("watches") if isinstance(operator, Mapping) else None
    listed = patterns if isinstance(patterns, list) else []
    return any(isinstance(pattern, str) and is_about(pattern, device) for pattern in listed)


def operator_findings(operator: Raw, devices: Mapping[str, Raw]) -> Iterator[Finding]:
    """Find keys of the table that exclude, need or contradict one another."""
    yield from exactly_one(("operator",), operator, PASSWORDS)
    yield from repeated(("operator", "watches"), operator.get("watches"))
    places = operator.get("at")
    for name in places if isinstance(places, Mapping) else ():
        place = ("operator", "at", name)
        if name not in devices:
            yield place, f"no device is called {name[:60]!r} ([devices.NAME])", "name one"
        elif not is_watched_there(operator, name):
            yield place, f"{name[:60]!r} is not watched", "name it in watches too"
