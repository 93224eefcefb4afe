"""Enrolling: a token against an account's secrets, once; what it comes to is a value.

HTTP is ``door.py``; the rows are ``store/account_table.py``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from sip.digest import hash_a1
from waywarn.provision.attempts import Attempts
from waywarn.provision.handout import Handout, Server
from waywarn.provision.policy import POLICIES
from waywarn.provision.stored_account import StoredAccount
from waywarn.provision.token import Token, TokenKind, TokenRefusal
from waywarn.store.account_table import AccountTable

DAY_S = 86_400.0
PASSWORD_BYTES = 24  # 192 bits: a hash of it can be kept without fear of guessing


@dataclass(frozen=True, slots=True)
class Site:
    """What is the same for all devices: domain, realm, and where the SIP server is reached."""

    domain: str
    realm: str
    server: Server


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A device that has its secrets now; the password is here and nowhere else."""

    account: StoredAccount
    handout: Handout
    ha1: Mapping[str, str] = field(repr=False)
    realm: str


class Enroller:
    """Gives devices their accounts.

    Parameters
    ----------
    table
        The accounts and tokens.
    site
        Gives what is the same for all, as it is now: a renewed certificate has another pin.
    random_text
        Gives a text of so many random bytes, from the system.
    """

    def __init__(
        self, table: AccountTable, site: Callable[[], Site], random_text: Callable[[int], str]
    ) -> None:
        self._table, self._site, self._random_text = table, site, random_text
        self._attempts = Attempts()

    def wait_s(self, host: str, now: float) -> float:
        """Tell for how long a source must wait; 0: it may try."""
        return self._attempts.wait_s(host, now)

    def failed(self, host: str, now: float) -> None:
        """Count a try of a source that gave nothing."""
        self._attempts.failed(host, now)

    def enrol(self, written: str, kind: TokenKind, now: float) -> Enrolled | TokenRefusal:
        """Use a token; from then on the account's earlier secrets are void.

        Raises
        ------
        StoreError
            Nothing was used or changed.
        """
        token = Token.read(written)
        if token is None:
            return TokenRefusal.UNKNOWN
        site, password = self._site(), self._random_text(PASSWORD_BYTES)
        secrets = partial(_secrets, realm=site.realm, password=password)
        used = self._table.enrol(token, kind, realm=site.realm, secrets=secrets, now=now)
        if isinstance(used, TokenRefusal):
            return used
        handout = Handout(
            used.aor(site.domain),
            used.sip_user,
            password,
            site.server,
            POLICIES[used.profile],
            used.retention_s / DAY_S,
        )
        return Enrolled(used, handout, dict(used.ha1 or {}), site.realm)


def _secrets(account: StoredAccount, *, realm: str, password: str) -> dict[str, str]:
    return {name: hash_a1(name, account.sip_user, realm, password) for name in account.algorithms}
