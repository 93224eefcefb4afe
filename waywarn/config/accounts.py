"""The tables of those who have a SIP account: devices, which publish, and watchers, who are people.

Accounts that the service itself was told of later are in the store.
"""

import secrets
from typing import Literal

from pydantic import Field

from waywarn.config.fields import Listing, SipUser
from waywarn.config.references import DevicePattern, EnvironmentSecret, FileSecret, PlainSecret
from waywarn.config.secret import Secret
from waywarn.config.table import Table

MIN_COARSE_M = 100  # less hides nothing
MAX_COARSE_M = 100_000


class AccountConfig(Table):
    """What every SIP account says: its user, its password and the digests that it may use."""

    sip_user: SipUser = Field(description="give the user of its SIP address; left out, it is the name")
    password: PlainSecret | None = Field(default=None, description="give the password as text")
    password_env: EnvironmentSecret | None = Field(default=None, description="name an environment variable")
    password_file: FileSecret | None = Field(default=None, description="name a file with the password in it")
    algorithms: Listing[Literal["SHA-256", "MD5"]] = Field(
        default=("SHA-256",), min_length=1, description='give a list, for example ["SHA-256"]'
    )

    @property
    def secret(self) -> Secret:
        """The password and where it came from."""
        sources = (self.password, self.password_env, self.password_file)
        given = (source for source in sources if source is not None)
        # of whom is watched at an operator's server none is needed: nobody knows this one
        return next(given, None) or Secret.of(
            secrets.token_urlsafe(32), "of nobody: it does not publish here"
        )


class DeviceConfig(AccountConfig):
    """``[devices.NAME]``: one account, which is one device; the name is its device_id."""

    retention_h: float = Field(default=24, gt=0, le=876_000, description="give hours, for example 24")
    retransmission: bool = Field(default=True, description="write true or false")
    # left out: it says itself whether it reads commands, in the User-Agent of its REGISTER
    commands: Literal["MESSAGE", "INFO", "OPTIONS"] | None = Field(
        default=None, description="name the method in which it hears commands"
    )


class WatchConfig(Table):
    """What a watcher may see of a device, or of all whose names a pattern stands for."""

    device: DevicePattern = Field(description='name one of [devices.NAME], or a pattern such as "van-*"')
    answer: Literal["allow", "polite_block", "deny"] = "allow"
    coarse_m: float | None = Field(
        default=None,
        ge=MIN_COARSE_M,
        le=MAX_COARSE_M,
        description="give metres, for example 1000: the place is told no better than that",
    )


class WatcherConfig(AccountConfig):
    """``[watchers.NAME]``: a person's account: is called, calls, sees the devices listed and no other."""

    watches: Listing[WatchConfig] = Field(default=(), description='give a list, as [{ device = "anna" }]')
