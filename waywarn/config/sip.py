"""``[sip]``: who we are to devices, where we listen, with which certificate, and how much may be asked.

What must hold between its keys is ``together.py``.
"""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from waywarn.config.fields import Domain, ListenAddress, Listing, Realm
from waywarn.config.references import PemFile
from waywarn.config.table import Table

if TYPE_CHECKING:
    from sip import Rates, ServerCertificate

MAX_PER_S = 1_000_000.0  # no limit at all: no core reads so many


class SipConfig(Table):
    """``[sip]``: who we are to devices, where we listen, how long publications and registrations live."""

    domain: Domain = Field(description='give the domain of sip:USER@domain, for example "example.org"')
    realm: Realm = Field(default="", description="give the digest realm; left out, it is the domain")
    listen: Listing[ListenAddress] = Field(
        min_length=1, description='give a list, for example ["udp:127.0.0.1:5060"]'
    )
    contact_host: Domain | None = Field(
        default=None,
        description="give the name or address by which devices reach this machine, where it listens on all",
    )
    # RFC 3903, 6: the server chooses, never longer than asked; 3600 is the default of RFC 3856 presence
    expires_default_s: int = Field(default=3600, gt=0, lt=2**32, description="give whole seconds")
    expires_min_s: int = Field(default=60, gt=0, lt=2**32, description="give whole seconds")
    expires_max_s: int = Field(default=86400, gt=0, lt=2**32, description="give whole seconds")
    certificate: PemFile | None = Field(default=None, description="name the PEM file of the certificate")
    key: PemFile | None = Field(default=None, description="name the PEM file of the certificate's key")
    tls_min: Literal["1.2", "1.3"] = "1.3"
    client_certificates: PemFile | None = Field(
        default=None, description="name the PEM file of those who sign the certificates of clients"
    )
    require_client_certificate: bool = Field(default=False, description="write true or false")
    max_unknown_per_source_per_s: float = Field(
        default=2_000.0, gt=0, le=MAX_PER_S, description="give requests a second, for example 2000"
    )
    max_per_account_per_s: float = Field(
        default=500.0, gt=0, le=MAX_PER_S, description="give requests a second, for example 500"
    )

    @property
    def speaks_tls(self) -> bool:
        """Whether one of its addresses is for TLS."""
        return any(each.transport == "tls" for each in self.listen)

    @property
    def server_certificate(self) -> "ServerCertificate | None":
        """The files for TLS; None where none are given. They are not read yet."""
        from sip import ServerCertificate, TlsVersion

        if self.certificate is None or self.key is None:
            return None
        return ServerCertificate(
            self.certificate,
            self.key,
            self.client_certificates,
            requires_client=self.require_client_certificate,
            least=TlsVersion(self.tls_min),
        )

    @property
    def rates(self) -> "Rates":
        """How much may be asked."""
        from sip import Rates

        return Rates(self.max_unknown_per_source_per_s, self.max_per_account_per_s)
