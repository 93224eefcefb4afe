"""Explaining what the service has decided: from the ring of decisions that its store keeps of each device.

What the rows tell is ``rules/explaining/``; what would be decided of a file of fixes is ``explaining.py``.
"""

from collections.abc import Iterator, Sequence

from corridor import Fix, format_instant
from rules import Discard
from rules.explaining.moment import Moment
from rules.explaining.standing import Standing
from rules.state import fresh_device_rows
from waywarn.store import Entry, Store


class NotKeptError(LookupError):
    """Nothing is known of a decision, or not any more."""


def moments_kept(store: Store, device: str, time: float) -> tuple[Moment, ...]:
    """Give what was decided of the newest fix of a device up to an instant, and what time brought after.

    Parameters
    ----------
    store
        Of a service that runs or has run.
    device, time
        Whose fix, and up to when, UTC seconds.

    Raises
    ------
    NotKeptError
        There is no such fix, or the ring does not reach back to it.
    StateError
        The decision was kept in another layout.
    StoreError
        The store cannot be read.
    """
    found = store.newest_fix(device, time)
    if found is None:
        raise NotKeptError(f'no fix of device "{device}" up to {format_instant(time)} is kept')
    fix, discard, decided_at = found
    entries = store.decisions(device)
    at = next((at for at, entry in enumerate(entries) if entry.decided_at == decided_at), None)
    if at is None or (at == 0 and entries[0].number > 1):
        raise NotKeptError(_not_so_far(device, fix, entries))
    first = _moment(store, entries, at, fix=fix, discard=discard)
    return first, *_passed(store, entries, at, time)


def _moment(
    store: Store, entries: Sequence[Entry], at: int, *, fix: Fix | None, discard: Discard | None = None
) -> Moment:
    entry = entries[at]
    after = Standing.of(entry.standing, entry.device)
    before = Standing.of(entries[at - 1].standing, entry.device) if at else _nothing(entry.device)
    return Moment(
        before=before,
        after=after,
        time=fix.time if fix is not None else float(after.state["clock"]),
        fix=fix,
        discard=discard,
        said=store.said_at(entry.device, entry.decided_at),
    )


def _passed(store: Store, entries: Sequence[Entry], at: int, time: float) -> Iterator[Moment]:
    """Give what timers decided after an entry, before the next fix and up to an instant."""
    newest = entries[at].standing.device_rows[0]["time"]
    for later in range(at + 1, len(entries)):
        state = entries[later].standing.device_rows[0]
        moment = _moment(store, entries, later, fix=None)
        if state["time"] != newest:
            return
        if moment.said and max(said.time for said in moment.said) <= time:
            yield moment


def _nothing(device: str) -> Standing:
    return Standing(device, fresh_device_rows(1)[0], {}, {})


def _not_so_far(device: str, fix: Fix, entries: Sequence[Entry]) -> str:
    when = format_instant(fix.time)
    if len(entries) < 2:
        return f'how the fix of {when} of device "{device}" was decided is not kept'
    since = format_instant(float(entries[1].standing.device_rows[0]["time"]))
    return (
        f'how the fix of {when} of device "{device}" was decided is not kept any more: '
        f"the last {len(entries) - 1} decisions are, from {since} on"
    )
