"""The accounts that exist now: found by name, address and device, added and taken out while the server runs.

What an account is, is ``account.py``; whoever needs to know them is given the one directory.
"""

from collections.abc import Iterable, Iterator

from sip.account import Account
from sip.errors import CallerError


class Directory:
    """All accounts of one realm.

    Parameters
    ----------
    accounts
        Those that exist at first; their names and addresses differ.
    realm
        Theirs, as told in challenges.

    Raises
    ------
    CallerError
        Two accounts share a name or address, or one is of another realm.
    """

    def __init__(self, accounts: Iterable[Account], *, realm: str) -> None:
        self.realm = realm
        self.locked: set[str] = set()
        """Addresses of record whose outgoing calls are refused."""
        self._of_user: dict[str, Account] = {}
        self._of_aor: dict[str, Account] = {}
        self._of_device: dict[str, Account] = {}
        for account in accounts:
            if account.username in self._of_user or account.aor in self._of_aor:
                raise CallerError(f"account {account.username!r} or its address {account.aor} occurs twice")
            self.put(account)

    def of_user(self, username: str) -> Account | None:
        """Give the account of a name in the digest."""
        return self._of_user.get(username)

    def of_aor(self, aor: str) -> Account | None:
        """Give the account of an address of record."""
        return self._of_aor.get(aor)

    def of_device(self, device_id: str) -> Account | None:
        """Give the account of a device; where two are of one, that which was put last."""
        return self._of_device.get(device_id)

    def put(self, account: Account) -> None:
        """Add an account, or put it in the place of the one of its address.

        Raises
        ------
        CallerError
            It is of another realm, or its name is that of another address.
        """
        if account.realm != self.realm:
            raise CallerError(
                f"account {account.username!r} is of realm {account.realm!r}, not {self.realm!r}"
            )
        namesake = self._of_user.get(account.username)
        if namesake is not None and namesake.aor != account.aor:
            raise CallerError(f"account {account.username!r} is that of {namesake.aor} already")
        self.remove(account.aor)
        self._of_user[account.username] = account
        self._of_aor[account.aor] = account
        if account.device_id is not None:
            self._of_device[account.device_id] = account

    def remove(self, aor: str) -> None:
        """Take an account out; one that is not there is no error."""
        account = self._of_aor.pop(aor, None)
        if account is None:
            return
        del self._of_user[account.username]
        if account.device_id is not None and self._of_device.get(account.device_id) is account:
            del self._of_device[account.device_id]

    def __iter__(self) -> Iterator[Account]:
        return iter(self._of_aor.values())

    def __len__(self) -> int:
        return len(self._of_aor)
