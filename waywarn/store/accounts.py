"""Accounts that are kept in the store: added, enrolled, revoked, by this process or another.

What a row says is ``provision/stored_account.py``; the tokens are ``tokens.py``.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, RowMapping, Select, func, insert, or_, select, update

from waywarn.presets import Preset
from waywarn.provision.new_device import DeviceError, NewDevice
from waywarn.provision.stored_account import StoredAccount
from waywarn.store.schema import accounts
from waywarn.store.tokens import drop_tokens


def add_account(connection: Connection, device: NewDevice, now: float) -> None:
    """Write one; a revoked one of that name becomes this one.

    Raises
    ------
    DeviceError
        The name or the SIP user is another account's.
    """
    held = connection.execute(_of_either(device)).mappings().all()
    for row in held:
        if row["name"] != device.name:
            raise DeviceError("sip_user", f"{device.sip_user!r} is the SIP user of {row['name']!r}")
        if row["revoked_at"] is None:
            raise DeviceError(
                "name", f"{device.name!r} has an account", "`device token` gives it a new token"
            )
    values = {
        "sip_user": device.sip_user,
        "profile": device.profile.value,
        "retention_s": device.retention_s,
        "algorithms": list(device.algorithms),
        "created_at": now,
        "revision": _next_revision(connection),
        "realm": None,
        "ha1": None,
        "enrolled_at": None,
        "revoked_at": None,
    }
    if held:
        connection.execute(update(accounts).where(accounts.c.name == device.name).values(values))
    else:
        connection.execute(insert(accounts).values(name=device.name, **values))


def enrol_account(
    connection: Connection, name: str, *, realm: str, ha1: Mapping[str, str], now: float
) -> StoredAccount:
    """Give an account its secrets, in place of those that it had; gives it as it is now."""
    values = {"realm": realm, "ha1": dict(ha1), "enrolled_at": now, "revision": _next_revision(connection)}
    written = update(accounts).where(accounts.c.name == name).values(values).returning(accounts)
    return _to_account(connection.execute(written).mappings().one())


def revoke_account(connection: Connection, name: str, now: float) -> StoredAccount | None:
    """Cut one off: its secrets and tokens are gone. None where there is none, or it was revoked before."""
    values = {"realm": None, "ha1": None, "revoked_at": now, "revision": _next_revision(connection)}
    held = accounts.c.name == name, accounts.c.revoked_at.is_(None)
    row = (
        connection.execute(update(accounts).where(*held).values(values).returning(accounts))
        .mappings()
        .first()
    )
    if row is None:
        return None
    drop_tokens(connection, name)
    return _to_account(row)


def read_account(connection: Connection, name: str) -> StoredAccount | None:
    """Give the account of a device, a revoked one too."""
    row = connection.execute(select(accounts).where(accounts.c.name == name)).mappings().first()
    return None if row is None else _to_account(row)


def read_accounts(connection: Connection, after: int = 0) -> Iterator[StoredAccount]:
    """Give all accounts, or those that changed after a revision, in the order of their revisions."""
    changed = select(accounts).where(accounts.c.revision > after).order_by(accounts.c.revision)
    return map(_to_account, connection.execute(changed).mappings())


def _of_either(device: NewDevice) -> Select[tuple[object, ...]]:
    of_user = (accounts.c.sip_user == device.sip_user) & accounts.c.revoked_at.is_(None)
    return select(accounts).where(or_(accounts.c.name == device.name, of_user))


def _next_revision(connection: Connection) -> int:
    # one writer at a time: nobody else has read the same greatest one
    return (connection.scalar(select(func.max(accounts.c.revision))) or 0) + 1


def _to_account(row: RowMapping) -> StoredAccount:
    values = dict(row) | {"profile": Preset(row["profile"]), "algorithms": tuple(row["algorithms"])}
    return StoredAccount(**values)
