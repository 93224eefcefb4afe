"""Accounts that are kept in the store: added, enrolled, revoked, by this process or another.

What a row says is ``provision/stored_account.py``; the tokens are ``tokens.py``.
"""

from collections.abc import Container, Iterable, Iterator, Mapping

from sqlalchemy import Connection, RowMapping, func, select, update
from sqlalchemy.dialects.sqlite import Insert, insert

from waywarn.presets import Preset
from waywarn.provision.new_device import DeviceError, NewDevice
from waywarn.provision.stored_account import StoredAccount
from waywarn.store.schema import accounts
from waywarn.store.tokens import drop_tokens


def add_accounts(
    connection: Connection, devices: Iterable[NewDevice], now: float
) -> list[DeviceError | None]:
    """Write those that can be added; a revoked one of that name becomes the new one.

    Gives of each device what is wrong, in order; None where it was added.
    """
    stand = select(accounts.c.sip_user, accounts.c.name).where(accounts.c.revoked_at.is_(None))
    holders = {row.sip_user: row.name for row in connection.execute(stand)}
    names = set(holders.values())
    revision = _next_revision(connection)
    faults: list[DeviceError | None] = []
    rows: list[dict[str, object]] = []
    for device in devices:
        fault = _fault(device, names, holders)
        faults.append(fault)
        if fault is None:
            names.add(device.name)
            holders[device.sip_user] = device.name
            rows.append(_new_row(device, now, revision + len(rows)))
    if rows:
        connection.execute(_ADDITION, rows)
    return faults


def _fault(device: NewDevice, names: Container[str], holders: Mapping[str, str]) -> DeviceError | None:
    if device.name in names:
        said = f"{device.name!r} has an account"
        return DeviceError("name", said, "`device token` gives it a new token")
    if (holder := holders.get(device.sip_user)) is not None:
        return DeviceError("sip_user", f"{device.sip_user!r} is the SIP user of {holder!r}")
    return None


def _new_row(device: NewDevice, now: float, revision: int) -> dict[str, object]:
    return {
        "name": device.name,
        "sip_user": device.sip_user,
        "profile": device.profile.value,
        "retention_s": device.retention_s,
        "algorithms": list(device.algorithms),
        "created_at": now,
        "revision": revision,
        "realm": None,
        "ha1": None,
        "enrolled_at": None,
        "revoked_at": None,
    }


def _addition() -> Insert:
    written = insert(accounts)
    fresh = {column.name: written.excluded[column.name] for column in accounts.c if column.name != "name"}
    return written.on_conflict_do_update(index_elements=["name"], set_=fresh)


_ADDITION = _addition()


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


def _next_revision(connection: Connection) -> int:
    # one writer at a time: nobody else has read the same greatest one
    return (connection.scalar(select(func.max(accounts.c.revision))) or 0) + 1


def _to_account(row: RowMapping) -> StoredAccount:
    values = dict(row) | {"profile": Preset(row["profile"]), "algorithms": tuple(row["algorithms"])}
    return StoredAccount(**values)
