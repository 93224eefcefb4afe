"""The accounts of the store in the directory of the running service: the new come in, the revoked go.

What an account had (registrations, publications, subscriptions) ends by `Gone` in order with the requests
(``intake.py``); its connections end at once.
"""

import asyncio
from collections.abc import Iterable

from sip import Account, CallerError, Directory
from waywarn import log
from waywarn.provision.stored_account import StoredAccount
from waywarn.store.account_table import AccountTable


class Roll:
    """Follows the store's accounts.

    Parameters
    ----------
    table
        Where they are kept.
    directory
        Those of the configuration are in it already, and stay: a stored one of the same name or address
        is passed over and said in the log.
    domain
        Of their addresses.
    """

    def __init__(self, table: AccountTable, directory: Directory, *, domain: str) -> None:
        self._table, self._directory, self._domain = table, directory, domain
        self._configured = frozenset(account.aor for account in directory)
        self._names = frozenset(account.device_id for account in directory)
        self._aors: dict[str, str] = {}
        self._revisions: dict[str, int] = {}
        self._revision = 0

    @property
    def revision(self) -> int:
        """All changes up to this one were seen."""
        return self._revision

    async def follow(self) -> tuple[str, ...]:
        """Look for changes, and follow them; gives what `apply` gives.

        Raises
        ------
        StoreError
            The store cannot be read; nothing was followed.
        """
        return self.apply(await asyncio.to_thread(self._table.changed_after, self.revision))

    def apply(self, changed: Iterable[StoredAccount]) -> tuple[str, ...]:
        """Follow all changes of the store since `revision`, passing over what was followed before.

        Gives the addresses whose holder until now must be cut off: the account was revoked, or has other
        secrets. Of one that was revoked before, something may have been kept, unless another has its address.
        """
        known = tuple(changed)
        self._revision = max((each.revision for each in known), default=self._revision)
        return self._follow(known)

    def enrolled(self, account: StoredAccount) -> tuple[str, ...]:
        """Follow one change that is told of before `follow` finds it; gives what `apply` gives.

        `revision` stays: another account may have been revoked a moment before, by another process.
        """
        return self._follow((account,))

    def _follow(self, changed: Iterable[StoredAccount]) -> tuple[str, ...]:
        gone: dict[str, None] = {}
        left: dict[str, None] = {}
        for each in changed:
            if self._revisions.get(each.name, 0) >= each.revision:
                continue
            self._revisions[each.name] = each.revision
            if (aor := self._take_out(each)) is not None:
                gone[aor] = None
            elif each.is_revoked:
                left[each.aor(self._domain)] = None
            self._take_in(each)
        return (*gone, *(aor for aor in left if aor not in gone and self._directory.of_aor(aor) is None))

    def _take_out(self, stored: StoredAccount) -> str | None:
        """Take an account as it was out of the directory; gives its address if it was there."""
        aor = self._aors.pop(stored.name, None)
        held = self._directory.of_aor(aor) if aor is not None else None
        if held is not None and held.device_id == stored.name:  # else the next holder was enrolled before
            self._directory.remove(held.aor)
            log.say("account.removed", device=stored.name)
        return aor

    def _take_in(self, stored: StoredAccount) -> None:
        """Put an account as it is now into the directory, if it can be used."""
        if stored.is_revoked:
            return
        if stored.name in self._names:
            log.warn("account.passed_over", device=stored.name, why="the configuration has one of that name")
            return
        try:
            account = stored.account(domain=self._domain, realm=self._directory.realm)
            if account is not None:
                self._put(stored.name, account)
        except CallerError as error:
            log.warn("account.passed_over", device=stored.name, why=str(error))
            return
        if account is None and stored.ha1 is not None:
            why = f"it was enrolled for realm {stored.realm}: give it a new token"
            log.warn("account.passed_over", device=stored.name, why=why)

    def _put(self, name: str, account: Account) -> None:
        if account.aor in self._configured:
            raise CallerError(f"the configuration has an account of the address {account.aor}")
        self._directory.put(account)
        self._aors[name] = account.aor
        log.say_detail("account.added", device=name)
