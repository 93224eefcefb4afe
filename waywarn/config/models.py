"""The tables of a configuration file as frozen models; the order of keys here is that of the documentation.

What must hold between keys is ``together.py``. A number of a rule that is None was not given: its preset's
or the engine's default is in force.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from waywarn.config.fields import Domain, ListenAddress, Listing, Realm, SipUser, TimeZone, When
from waywarn.config.presets import PRESETS
from waywarn.config.references import (
    DeviceName,
    EnvironmentSecret,
    EnvironmentUrl,
    FileSecret,
    FileUrl,
    PathFile,
    PlainSecret,
    PlainUrl,
    RecipientName,
    StoreFile,
)
from waywarn.config.secret import Secret

Metres = Annotated[float | None, Field(gt=0, le=50_000, description="give metres, for example 40")]
Seconds = Annotated[float | None, Field(gt=0, le=604_800, description="give seconds, for example 180")]
# 0.5 is a fix exactly on the corridor's edge: an alarm is raised above it and cleared below it
Raise = Annotated[
    float | None, Field(gt=0.5, lt=1, description="give a probability from 0.5 to 1, for example 0.95")
]
Clear = Annotated[
    float | None, Field(gt=0, lt=0.5, description="give a probability from 0 to 0.5, for example 0.25")
]


class Table(BaseModel):
    """What all tables share: no unknown key, no silent conversion, no change, no value in an error."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
        arbitrary_types_allowed=True,
    )


class ServiceConfig(Table):
    """``[service]``: where the service keeps what it must not forget, and how much it logs."""

    store: StoreFile = Field(description='give a file, for example "waywarn.sqlite"')
    log: Literal["debug", "info", "warning", "error"] = "info"


class SipConfig(Table):
    """``[sip]``: who we are to devices, where we listen, and for how long a publication lives."""

    domain: Domain = Field(description='give the domain of sip:USER@domain, for example "example.org"')
    realm: Realm = Field(default="", description="give the digest realm; left out, it is the domain")
    listen: Listing[ListenAddress] = Field(
        min_length=1, description='give a list, for example ["udp:127.0.0.1:5060"]'
    )
    # RFC 3903, 6: the server chooses, never longer than asked; 3600 is the default of RFC 3856 presence
    expires_default_s: int = Field(default=3600, gt=0, lt=2**32, description="give whole seconds")
    expires_min_s: int = Field(default=60, gt=0, lt=2**32, description="give whole seconds")
    expires_max_s: int = Field(default=86400, gt=0, lt=2**32, description="give whole seconds")


class DeviceConfig(Table):
    """``[devices.NAME]``: one account, which is one device; the name is its device_id."""

    sip_user: SipUser = Field(description="give the user of its SIP address; left out, it is the name")
    password: PlainSecret | None = Field(default=None, description="give the password as text")
    password_env: EnvironmentSecret | None = Field(default=None, description="name an environment variable")
    password_file: FileSecret | None = Field(default=None, description="name a file with the password in it")
    algorithms: Listing[Literal["SHA-256", "MD5"]] = Field(
        default=("SHA-256",), min_length=1, description='give a list, for example ["SHA-256"]'
    )
    retention_h: float = Field(default=24, gt=0, le=876_000, description="give hours, for example 24")
    retransmission: bool = Field(default=True, description="write true or false")

    @property
    def secret(self) -> Secret:
        """The password and where it came from."""
        return _only(self.password, self.password_env, self.password_file)


class RuleConfig(Table):
    """``[rules.NAME]``: which device keeps to which path, when an alarm rises, and who is told."""

    kind: Literal["deviation"] = Field(description='write kind = "deviation"')
    device: DeviceName = Field(description="name one of [devices.NAME]")
    path: PathFile = Field(description='name the path\'s file, for example "school.geojson"')
    preset: Literal["child", "bicycle", "car", "truck"] | None = None
    half_width_m: Metres = None
    confirm_fixes: int | None = Field(
        default=None, ge=1, le=10_000, description="give a count, for example 3"
    )
    confirm_s: float | None = Field(
        default=None, ge=0, le=604_800, description="give seconds, for example 20"
    )
    raise_probability: Raise = None
    clear_probability: Clear = None
    starts: Literal["on_path", "at_start", "at_once"] | None = None
    ends: Literal["at_end", "never"] | None = None
    start_grace_m: Metres = None
    end_grace_m: Metres = None
    silence_s: Seconds = None
    default_accuracy_m: Metres = None
    when: When | None = Field(default=None, description='write for example "Mon-Fri 07:00-08:15"')
    time_zone: TimeZone | None = Field(default=None, description='write for example "Europe/Vienna"')
    tell: Listing[RecipientName] = Field(default=(), description='give a list, for example ["mother"]')

    def stated(self) -> dict[str, float | str]:
        """Give the numbers and choices that the rule's own table states."""
        return self.model_dump(
            exclude_none=True,
            include={*PRESETS["child"], "clear_probability", "default_accuracy_m", "starts", "ends"},
        )

    def in_force(self) -> dict[str, float | str]:
        """Give the preset's numbers, overridden by those stated; all else is the engine's default."""
        return {**(PRESETS[self.preset] if self.preset else {}), **self.stated()}


class AddressConfig(Table):
    """One address of a recipient: an apprise URL, and the form of what is sent to it."""

    url: PlainUrl | None = Field(default=None, description="give the address as text")
    url_env: EnvironmentUrl | None = Field(default=None, description="name an environment variable")
    url_file: FileUrl | None = Field(default=None, description="name a file with the address in it")
    form: Literal["full", "sms"] = "full"
    name: str | None = Field(
        default=None, max_length=40, description='give a short name, for example "phone"'
    )

    @model_validator(mode="before")
    @classmethod
    def _plain_text_is_a_url(cls, value: object) -> object:
        return {"url": value} if isinstance(value, str) else value

    @property
    def secret(self) -> Secret:
        """The address, which holds a password, and where it came from."""
        return _only(self.url, self.url_env, self.url_file)


class RecipientConfig(Table):
    """``[recipients.NAME]``: who is told, where, in which time zone."""

    time_zone: TimeZone = Field(description='write for example "Europe/Vienna"')
    sms_per_day: int | None = Field(default=None, ge=1, le=10_000, description="give a count, for example 10")
    addresses: Listing[AddressConfig] = Field(min_length=1, description="give a list of addresses")


class Tables(Table):
    """The whole file."""

    service: ServiceConfig = Field(description="add [service] with the store's file")
    sip: SipConfig = Field(description="add [sip] with domain and listen")
    devices: dict[str, DeviceConfig] = Field(default_factory=dict, description="write [devices.NAME]")
    rules: dict[str, RuleConfig] = Field(default_factory=dict, description="write [rules.NAME]")
    recipients: dict[str, RecipientConfig] = Field(
        default_factory=dict, description="write [recipients.NAME]"
    )


def _only(*sources: Secret | None) -> Secret:
    return next(source for source in sources if source is not None)
