"""An invitation: a token and the address to bring it to, as a person is told them, once.

How it is shown is the commands'; a sheet of many is ``code_sheet.py``.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from waywarn.config import Config
from waywarn.config.provision import devices_reach
from waywarn.provision.certificate import CertificateError, read_certificate
from waywarn.provision.enrolment_url import EnrolmentUrl, phone_url
from waywarn.provision.token import Issue, Token, TokenKind

HOUR_S = 3600.0


class InvitationError(ValueError):
    """The configuration has nowhere to invite to."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a person is given for a device.

    Parameters
    ----------
    name
        The device.
    issue
        The token, which is not kept.
    url
        Where to bring it, without it.
    """

    name: str
    issue: Issue
    url: EnrolmentUrl

    @property
    def text(self) -> str:
        """Everything as one address, as a QR code holds it."""
        if self.issue.kind is TokenKind.PHONE:
            return phone_url(self.url.host, self.url.port, self.issue.token)
        return str(EnrolmentUrl(self.url.host, self.url.port, self.url.pin, self.issue.token))


@dataclass(frozen=True, slots=True)
class Inviting:
    """Makes invitations of one kind, all valid for as long.

    Parameters
    ----------
    url
        Where devices go.
    kind, valid_s
        Of the tokens.
    random_bytes
        Gives so many bytes, from the system.
    """

    url: EnrolmentUrl
    kind: TokenKind
    valid_s: float
    random_bytes: Callable[[int], bytes]

    @classmethod
    def of(
        cls, config: Config, kind: TokenKind, *, valid_h: float, random_bytes: Callable[[int], bytes]
    ) -> "Inviting":
        """Read from the configuration where devices go, and from its certificate what they must be shown.

        Raises
        ------
        InvitationError
            There is no ``[provision]``, or its certificate cannot be read.
        """
        if config.provision is None:
            raise InvitationError(
                f"{config.file}: there is no [provision], where a device could bring its token;"
                ' write [provision] and listen = "0.0.0.0:8443"'
            )
        try:
            certificate = read_certificate(config.provision.certificate)
        except CertificateError as error:
            raise InvitationError(f"{error}; `waywarn device certificate` makes one") from None
        host, port = devices_reach(config.provision, config.sip)
        url = EnrolmentUrl(host, port, certificate.needed_pin)
        return cls(url, kind, valid_h * HOUR_S, random_bytes)

    def invite(self, name: str, now: float) -> Invitation:
        """Make one; its token is good once the table has it."""
        token = Token.fresh(self.random_bytes)
        return Invitation(name, Issue(token, self.kind, float(math.ceil(now + self.valid_s))), self.url)
