"""The table of subscriptions: who watches which device. Rows in, rows out; no place is in them."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from sip import CseqReserved, Pace, Subscription, SubscriptionChange
from sip.filters import Filters, parse_filters, write_filters
from waywarn.store import schema
from waywarn.store.bindings import peer_of, peer_row

Row = dict[str, Any]
Key = tuple[str, str, str]
_TABLE = schema.subscriptions
_IS_NAMED = (
    _TABLE.c.call_id == bindparam("call"),
    _TABLE.c.local_tag == bindparam("ours"),
    _TABLE.c.remote_tag == bindparam("theirs"),
)
_REMOVE = delete(_TABLE).where(*_IS_NAMED)
_RESERVE = update(_TABLE).where(*_IS_NAMED).values(reserved_cseq=bindparam("reserved"))


def write_subscriptions(connection: Connection, changes: Iterable[SubscriptionChange | CseqReserved]) -> None:
    """Write what is left of the changes: what one of them adds, a later one may end."""
    standing: dict[Key, Subscription | None] = {}
    reserved: dict[Key, int] = {}
    for change in changes:
        if isinstance(change, CseqReserved):
            reserved[change.key] = change.reserved_cseq
        else:
            standing[change.about.key] = change.after
    if standing:
        connection.execute(_REMOVE, [_named(key) for key in standing])
    if rows := [_row(each) for each in standing.values() if each is not None]:
        connection.execute(insert(_TABLE), rows)
    if reserved:  # last: what was decided before they were reserved knows fewer
        numbers = [{**_named(key), "reserved": number} for key, number in reserved.items()]
        connection.execute(_RESERVE, numbers)


def read_subscriptions(connection: Connection) -> tuple[Subscription, ...]:
    """Give all that were granted and have not ended."""
    return tuple(_subscription(dict(row)) for row in connection.execute(select(_TABLE)).mappings())


def _named(key: Key) -> Row:
    return dict(zip(("call", "ours", "theirs"), key, strict=True))


def _row(subscription: Subscription) -> Row:
    filters = subscription.filters
    return {
        "call_id": subscription.call_id,
        "local_tag": subscription.local_tag,
        "remote_tag": subscription.remote_tag,
        "local": subscription.local,
        "remote": subscription.remote,
        "remote_target": subscription.remote_target,
        "route": list(subscription.route),
        "watcher": subscription.watcher,
        "device": subscription.device,
        "event_id": subscription.event_id,
        "remote_cseq": subscription.remote_cseq,
        "reserved_cseq": subscription.reserved_cseq,
        "expires_at": subscription.expires_at,
        "pace": asdict(subscription.pace),
        "filters": write_filters(filters) if filters.filters else b"",
        **peer_row(subscription.flow),
    }


def _subscription(row: Row) -> Subscription:
    filters = row.pop("filters")
    return Subscription(
        route=tuple(row.pop("route")),
        flow=peer_of(row),
        pace=Pace(**row.pop("pace")),
        filters=parse_filters(filters) if filters else Filters(),
        **row,
    )
