"""The tables of a configuration file as frozen models; the order of keys here is that of the documentation.

The rules' tables are the folder ``kinds``; what must hold between keys is ``together.py``.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from waywarn.config.accounts import DeviceConfig, WatcherConfig
from waywarn.config.fields import Instant, Listing, TimeZone, wrong
from waywarn.config.kinds.registry import AnyRule
from waywarn.config.operator import OperatorConfig
from waywarn.config.provision import ProvisionConfig
from waywarn.config.references import (
    AssignmentFile,
    DevicePattern,
    EnvironmentUrl,
    FileUrl,
    PlainUrl,
    RecipientName,
    RuleName,
    StoreFile,
)
from waywarn.config.secret import Secret
from waywarn.config.sip import SipConfig
from waywarn.config.table import MAX_SECONDS, Table


class ServiceConfig(Table):
    """``[service]``: where the service keeps what it must not forget, and how much it logs."""

    store: StoreFile = Field(description='give a file, for example "waywarn.sqlite"')
    log: Literal["debug", "info", "warning", "error"] = "info"
    assignments: AssignmentFile | None = Field(
        default=None, description="name a CSV file with the columns device, rule, from and to"
    )
    late_horizon_s: float | None = Field(
        default=None, ge=0, le=MAX_SECONDS, description="give seconds, for example 900; 0 for none"
    )


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


class AssignmentConfig(Table):
    """``[[assignments]]``: which device follows which rule, from when to when."""

    device: DevicePattern = Field(description='name one of [devices.NAME], or a pattern such as "van-*"')
    rule: RuleName = Field(description="name one of [rules.NAME]")
    begin: Instant | None = Field(
        default=None, alias="from", description="write for example 2026-11-25T07:00:00+01:00"
    )
    end: Instant | None = Field(
        default=None, alias="to", description="write for example 2026-11-25T15:00:00+01:00"
    )

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.begin is not None and self.end is not None and not self.begin < self.end:
            raise wrong("`to` is not after `from`", "give the earlier instant as `from`")
        return self


class TripConfig(Table):
    """``[trips.NAME]``: rules whose alarms about a device are one, with a history; and who is told of it."""

    rules: Listing[RuleName] = Field(
        min_length=1, description='give a list, for example ["way_to_school", "phone"]'
    )
    tell: Listing[RecipientName] = Field(default=(), description='give a list, for example ["mother"]')


class Tables(Table):
    """The whole file."""

    service: ServiceConfig = Field(description="add [service] with the store's file")
    sip: SipConfig = Field(description="add [sip] with domain and listen")
    provision: ProvisionConfig | None = Field(default=None, description="write [provision] with listen")
    devices: dict[str, DeviceConfig] = Field(default_factory=dict, description="write [devices.NAME]")
    operator: OperatorConfig | None = Field(default=None, description="write [operator]")
    watchers: dict[str, WatcherConfig] = Field(default_factory=dict, description="write [watchers.NAME]")
    rules: dict[str, AnyRule] = Field(default_factory=dict, description="write [rules.NAME]")
    assignments: Listing[AssignmentConfig] = Field(default=(), description="write [[assignments]]")
    trips: dict[str, TripConfig] = Field(default_factory=dict, description="write [trips.NAME]")
    recipients: dict[str, RecipientConfig] = Field(
        default_factory=dict, description="write [recipients.NAME]"
    )


def _only(*sources: Secret | None) -> Secret:
    return next(source for source in sources if source is not None)
