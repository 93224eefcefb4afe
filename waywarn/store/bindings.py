"""The table of registrations: where each address of record can be reached. Rows in, rows out."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from sip import Binding, BindingChange, Peer, Transport
from waywarn.store import schema

Row = dict[str, Any]
_TABLE = schema.bindings
_REMOVE = delete(_TABLE).where(_TABLE.c.aor == bindparam("of"), _TABLE.c.key == bindparam("named"))


def write_bindings(connection: Connection, changes: Iterable[BindingChange]) -> None:
    """Write what is left of the changes: what one of them adds, a later one may remove."""
    removed: set[tuple[str, str]] = set()
    added: dict[tuple[str, str], Binding] = {}
    for change in changes:
        for key in change.removed:
            removed.add(key)
            added.pop(key, None)
        added |= {binding.key: binding for binding in change.added}
    gone = sorted(removed | set(added))  # one that is refreshed is written anew
    if gone:
        connection.execute(_REMOVE, [{"of": aor, "named": key} for aor, key in gone])
    if added:
        connection.execute(insert(_TABLE), [_row(binding) for binding in added.values()])


def read_bindings(connection: Connection) -> tuple[Binding, ...]:
    """Give all that were registered and not removed."""
    return tuple(_binding(dict(row)) for row in connection.execute(select(_TABLE)).mappings())


def peer_row(peer: Peer) -> Row:
    """Give a peer as columns."""
    return {
        "transport": peer.transport.value,
        "host": peer.host,
        "port": peer.port,
        "door": peer.door,
    }


def peer_of(row: Row) -> Peer:
    """Take a peer out of a row, whose other columns are left."""
    return Peer(Transport(row.pop("transport")), row.pop("host"), row.pop("port"), row.pop("door"))


def _row(binding: Binding) -> Row:
    return {
        "aor": binding.aor,
        "key": binding.key[1],
        "contact": binding.contact,
        "q": binding.q,
        "expires_at": binding.expires_at,
        "registered_at": binding.registered_at,
        "call_id": binding.call_id,
        "cseq": binding.cseq,
        "instance": binding.instance,
        "registration_id": binding.registration_id,
        "user_agent": binding.user_agent,
        "session_key": binding.session_key,
        **peer_row(binding.flow),
    }


def _binding(row: Row) -> Binding:
    del row["key"]
    return Binding(flow=peer_of(row), **row)
