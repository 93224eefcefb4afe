"""Who may ask anything of the server: an account, its digest secrets, its device, its holder's decisions.

Checking a request against an account is ``authenticator.py``; reading a file of them is not here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from sip.digest import ALGORITHMS, hash_a1
from sip.errors import CallerError, PeerFault
from sip.uri import parse_uri

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class RulePolicy:
    """What holds where a document is silent; the account holder is the Rule Maker (RFC 4119 2.2.2).

    Parameters
    ----------
    retention_s
        How long a place is kept, counted from the document's time stamp, else from its reception.
    retransmission_allowed
        Whether the place may be told to the account's recipients.
    """

    retention_s: float = DAY_S
    retransmission_allowed: bool = True


@dataclass(frozen=True, slots=True)
class Account:
    """One account is one device, or a person; the password itself is not kept.

    Parameters
    ----------
    username, realm
        Name in the digest, and for which realm its secrets hold.
    aor
        Address of record, ``sip:user@host``, the only one that it may publish for.
    device_id
        The device of its fixes; None for a person, who publishes none.
    ha1
        Per digest algorithm, in the order in which they are offered, the hash of
        ``username:realm:password`` in lower-case hex. An algorithm that is not in it is not accepted.
    policy
        What holds where its documents are silent.

    Raises
    ------
    CallerError
        The address is none, or an algorithm is unknown.
    """

    username: str
    realm: str
    aor: str
    device_id: str | None
    ha1: Mapping[str, str] = field(repr=False)
    policy: RulePolicy = RulePolicy()

    def __post_init__(self) -> None:
        if not self.ha1 or (unknown := sorted(set(self.ha1) - set(ALGORITHMS))):
            named = f"algorithm {unknown[0]!r}" if self.ha1 else "no algorithm"
            raise CallerError(f"account {self.username!r} has {named}; known are {', '.join(ALGORITHMS)}")
        try:
            canonical = parse_uri(self.aor).aor
        except PeerFault as fault:
            raise CallerError(
                f"account {self.username!r}: {self.aor!r} is no address: {fault.reason}"
            ) from None
        object.__setattr__(self, "aor", canonical)

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The algorithms it may use, most preferred first."""
        return tuple(self.ha1)

    @classmethod
    def with_password(
        cls,
        username: str,
        password: str,
        *,
        realm: str,
        aor: str,
        device_id: str | None,
        algorithms: Sequence[str] = ("SHA-256",),
        policy: RulePolicy | None = None,
    ) -> Self:
        """Make an account from a password; the strongest of `algorithms` will be offered first."""
        if unknown := sorted(set(algorithms) - set(ALGORITHMS)):
            raise CallerError(
                f"account {username!r} has algorithm {unknown[0]!r}; known are {', '.join(ALGORITHMS)}"
            )
        ordered = [name for name in ALGORITHMS if name in algorithms]
        ha1 = {name: hash_a1(name, username, realm, password) for name in ordered}
        return cls(username, realm, aor, device_id, ha1, policy or RulePolicy())
