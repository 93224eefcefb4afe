"""An account that the store keeps, as its row says; the SIP server's is made of it once it has secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sip import Account, RulePolicy
from waywarn.presets import Preset


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """One row.

    Parameters
    ----------
    name
        The device.
    realm, ha1
        For which digest realm, and per algorithm, its secrets; None until a device was enrolled with it.
    enrolled_at, revoked_at
        UTC seconds; None: not.
    revision
        Grows with each change of any account: who has seen one has seen all before it.
    """

    name: str
    sip_user: str
    profile: Preset
    retention_s: float
    algorithms: tuple[str, ...]
    created_at: float
    revision: int
    realm: str | None = None
    ha1: Mapping[str, str] | None = field(default=None, repr=False)
    enrolled_at: float | None = None
    revoked_at: float | None = None

    @property
    def is_revoked(self) -> bool:
        """Whether it was cut off."""
        return self.revoked_at is not None

    def aor(self, domain: str) -> str:
        """Give its address of record."""
        return f"sip:{self.sip_user}@{domain.lower()}"

    def account(self, *, domain: str, realm: str) -> Account | None:
        """Make the account of the SIP server; None where it may not be used.

        It may not before it was enrolled, when it was revoked, and when it was enrolled for another realm:
        the hashes hold for that one.
        """
        if self.is_revoked or self.ha1 is None or self.realm != realm:
            return None
        return Account(
            self.sip_user,
            realm,
            self.aor(domain),
            self.name,
            dict(self.ha1),
            RulePolicy(retention_s=self.retention_s),
        )
