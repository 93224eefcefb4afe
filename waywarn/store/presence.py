"""What the presence server keeps across a restart, each kind to its table; publications are here.

What they mean is decided in ``sip/server``.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select

from sip import BindingChange, CseqReserved, Publication, PublicationChange, SubscriptionChange
from waywarn.store import schema
from waywarn.store.bindings import write_bindings
from waywarn.store.command_table import write_settlements
from waywarn.store.many import Row, write_many
from waywarn.store.subscriptions import write_subscriptions
from waywarn.wayback.ledger import Settlement

_KEPT = (PublicationChange, BindingChange, SubscriptionChange, CseqReserved, Settlement)

_ADD_PUBLICATION = insert(schema.publications)
_REMOVE_PUBLICATION = delete(schema.publications).where(
    schema.publications.c.entity_tag == bindparam("removed")
)


def write_presence(connection: Connection, changes: Sequence[object]) -> None:
    """Write changes, each kind in order."""
    if unknown := [change for change in changes if not isinstance(change, _KEPT)]:
        raise TypeError(f"no table keeps a {type(unknown[0]).__name__}")
    _write_publications(connection, (one for one in changes if isinstance(one, PublicationChange)))
    write_bindings(connection, (one for one in changes if isinstance(one, BindingChange)))
    write_subscriptions(
        connection, (one for one in changes if isinstance(one, SubscriptionChange | CseqReserved))
    )
    write_settlements(connection, (one for one in changes if isinstance(one, Settlement)))


def read_publications(connection: Connection) -> tuple[Publication, ...]:
    """Give the event state that was published and not removed."""
    rows = connection.execute(select(schema.publications)).mappings()
    return tuple(Publication(**row) for row in rows)


def _write_publications(connection: Connection, changes: Iterable[PublicationChange]) -> None:
    """Write what is left of the changes: a tag that one of them adds, a later one may remove."""
    removed: list[Row] = []
    added: dict[str, Row] = {}
    for change in changes:
        if change.removed is not None and added.pop(change.removed, None) is None:
            removed.append({"removed": change.removed})
        if change.added is not None:
            added[change.added.entity_tag] = _publication_row(change.added)
    write_many(connection, _REMOVE_PUBLICATION, removed)
    write_many(connection, _ADD_PUBLICATION, list(added.values()))


def _publication_row(publication: Publication) -> Row:
    return {
        "aor": publication.aor,
        "entity_tag": publication.entity_tag,
        "expires_at": publication.expires_at,
        "fix_time": publication.fix_time,
    }
