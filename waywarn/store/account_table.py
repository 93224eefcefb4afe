"""The accounts of the store as commands, the service and its HTTPS door use them: each call one transaction.

The statements are ``accounts.py`` and ``tokens.py``.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import Connection

from waywarn.provision.new_device import DeviceError, NewDevice
from waywarn.provision.stored_account import StoredAccount
from waywarn.provision.token import Issue, Token, TokenKind, TokenRefusal
from waywarn.store import accounts, tokens
from waywarn.store.command_table import end_all_of

Transaction = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class AccountTable:
    """Of a store that is open; `Store.accounts` gives it. Raises what `Store` raises."""

    reading: Transaction
    writing: Transaction

    def add(self, device: NewDevice, issue: Issue, now: float) -> None:
        """Add an account with its first token: both or neither.

        Raises
        ------
        DeviceError
            The name or the SIP user is another account's.
        """
        (fault,) = self.add_all([(device, issue)], now)
        if fault is not None:
            raise fault

    def add_all(self, wanted: Sequence[tuple[NewDevice, Issue]], now: float) -> list[DeviceError | None]:
        """Add an account with its first token for each device that can have one: all of these or none.

        Gives of each device what is wrong, in order; None where it was added.
        """
        with self.writing() as connection:
            faults = accounts.add_accounts(connection, (device for device, _ in wanted), now)
            added = {
                device.name: issue
                for (device, issue), fault in zip(wanted, faults, strict=True)
                if fault is None
            }
            tokens.issue_tokens(connection, added, now)
            return faults

    def issue(self, issues: Mapping[str, Issue], now: float) -> None:
        """Issue a token of each account: all or none. Earlier ones not used give nothing any more.

        Raises
        ------
        DeviceError
            There is no such account, or it was revoked.
        """
        with self.writing() as connection:
            for name in issues:
                held = accounts.read_account(connection, name)
                if held is None or held.is_revoked:
                    said = "was revoked" if held else "has no account in the store"
                    raise DeviceError("name", f"{name[:64]!r} {said}", "`device add` makes one")
            tokens.issue_tokens(connection, issues, now)

    def enrol(
        self,
        token: Token,
        kind: TokenKind,
        *,
        realm: str,
        secrets: Callable[[StoredAccount], Mapping[str, str]],
        now: float,
    ) -> StoredAccount | TokenRefusal:
        """Use a token: from now on the account has these secrets and no other, and the token is used.

        Parameters
        ----------
        token, kind
            What was brought, and for what.
        realm, secrets
            The digest realm, and what gives the account its hash per algorithm for it.
        now
            UTC seconds.
        """
        with self.writing() as connection:
            kept = tokens.read_token(connection, token)
            if kept is None:
                return TokenRefusal.UNKNOWN
            if refusal := kept.refusal(kind, now):
                return refusal
            held = accounts.read_account(connection, kept.account)
            if held is None or held.is_revoked:
                return TokenRefusal.REVOKED
            tokens.use_token(connection, token, now)
            return accounts.enrol_account(connection, held.name, realm=realm, ha1=secrets(held), now=now)

    def revoke(self, name: str, now: float) -> bool:
        """Cut a device off, and end what waits for it; tells whether it had an account until then."""
        with self.writing() as connection:
            revoked = accounts.revoke_account(connection, name, now)
            if revoked is not None:
                end_all_of(connection, name, now)
            return revoked is not None

    def all(self) -> tuple[StoredAccount, ...]:
        """Give all, the revoked too, in the order of their last changes."""
        return self.changed_after(0)

    def changed_after(self, revision: int) -> tuple[StoredAccount, ...]:
        """Give those that changed after a revision, in the order of their changes."""
        with self.reading() as connection:
            return tuple(accounts.read_accounts(connection, revision))

    def open_tokens(self) -> dict[str, float]:
        """Give, of each account that has a token not used, when it expires."""
        with self.reading() as connection:
            return tokens.newest_expiry(connection)

    def kind_of(self, name: str) -> TokenKind:
        """Give for what an account is: as its last token said, else for a tracker."""
        with self.reading() as connection:
            return tokens.newest_kind(connection, name) or TokenKind.TRACKER


def names_of(held: Sequence[StoredAccount]) -> tuple[str, ...]:
    """Give the names of those that are not revoked, sorted."""
    return tuple(sorted(each.name for each in held if not each.is_revoked))
