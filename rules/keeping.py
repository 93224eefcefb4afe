"""What is saved of an engine, and how it stands again where it did: all rows, or those of a step.

The rows are ``state.py`` and ``watch/row.py``; the form in which they are saved ``snapshot.py``.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from rules.corridor_ledger import CorridorLedger
from rules.fold import Fold
from rules.snapshot import FURTHER_PATH, LAYOUT, RuleKey, Snapshot
from rules.state import Rows, take_rows
from rules.step import Part
from rules.watch.ledger import WatchLedger

_NO_INDEX = np.empty(0, dtype=np.int64)


def snapshot_of(fold: Fold, marks: Mapping[str, bytes]) -> Snapshot:
    """Give a copy of all rows, with the marks of devices that have tails."""
    names = fold.roster.names(range(len(fold.roster)))
    return Snapshot(
        names,
        fold.roster.rows[: len(names)].copy(),
        *_all_of(fold.corridors),
        *_columns_of(fold.fences.saved(fold.roster, fold.fences.everyone())),
        *_all_of(fold.watches),
        tuple(marks),
        tuple(marks.values()),
    )


def standing_of(fold: Fold, devices: Sequence[str]) -> Snapshot:
    """Give a copy of all rows of some devices, device by device."""
    rows = [fold.roster.row(device) for device in devices]
    corridors = np.concatenate([_NO_INDEX, *map(fold.corridors.of_device, rows)])
    watches = np.concatenate([_NO_INDEX, *map(fold.watches_of, devices)])
    standings = [number for row in rows for number in fold.fences.of_device(row)]
    return Snapshot(
        tuple(devices),
        take_rows(fold.roster.rows, np.array(rows, dtype=np.int64)),
        tuple(map(fold.corridors.key, corridors.tolist())),
        take_rows(fold.corridors.rows, corridors),
        *_columns_of(fold.fences.saved(fold.roster, standings)),
        tuple(map(fold.watches.key, watches.tolist())),
        take_rows(fold.watches.rows, watches),
    )


def changed_of(fold: Fold, part: Part, marks: Mapping[str, bytes]) -> Snapshot:
    """Give the rows that a step changed, as it left them, and marks that were not saved yet."""
    numbers = [number for journal in part.journals for number in journal.numbers.tolist()]
    return Snapshot(
        fold.roster.names(part.devices.tolist()),
        part.after,
        tuple([fold.corridors.key(row) for row in part.folded.numbers.tolist()]),
        part.folded.after,
        *_columns_of(fold.fences.saved(fold.roster, numbers)),
        tuple([fold.watches.key(row) for row in part.watched.numbers.tolist()]),
        part.watched.after,
        tuple(marks),
        tuple(marks.values()),
    )


def restore_into(fold: Fold, snapshot: Snapshot) -> tuple[tuple[str, ...], tuple[RuleKey, ...]]:
    """Take over saved rows; gives what was not, and the rules whose alarm was open there."""
    notes: list[str] = []
    known = len(fold.roster)
    if snapshot.layout == LAYOUT:
        rows = [fold.roster.row(name) for name in snapshot.devices]
        fold.roster.rows[rows] = snapshot.device_rows
    elif snapshot.devices:
        notes.append(
            "the devices' newest fixes are forgotten: they were saved in layout "
            f"{snapshot.layout}, this is {LAYOUT}"
        )
    for key in snapshot.memberships:
        fold.roster.row(key.device)
    fold.fences.know(fold.roster.names(range(known, len(fold.roster))))
    orphans = set(snapshot.alarms_open())
    for ledger, keys, saved in (
        (fold.corridors, snapshot.rules, snapshot.rule_rows),
        (fold.watches, snapshot.watches, snapshot.watch_rows),
    ):
        notes += _take_over(ledger, keys, saved, snapshot.layout, orphans)
        ledger.set_wakes(np.arange(len(ledger.rules)), fold.roster.rows)
    memberships = dict(zip(snapshot.memberships, snapshot.membership_rows, strict=True))
    notes += fold.fences.take_over(memberships, fold.roster, whole=snapshot.layout == LAYOUT)
    return tuple(notes), tuple(key for key in (*snapshot.rules, *snapshot.watches) if key in orphans)


def _take_over(
    ledger: CorridorLedger | WatchLedger,
    keys: Sequence[RuleKey],
    rows: Rows,
    layout: str,
    orphans: set[RuleKey],
) -> list[str]:
    """Take over the rows of a ledger's rules; those that are kept are no orphans."""
    notes = []
    row_of = {ledger.key(row)[:2]: row for row in range(len(ledger.rules))}
    for key, row in zip(keys, rows, strict=True):
        position = row_of.get((key.rule, key.device))
        why = _why_not(key, position, layout, ledger.key)
        if position is not None:
            ledger.take_over(position, row, whole=not why)
        if not why:
            orphans.discard(key)
        if not why or FURTHER_PATH in key.rule:  # the row of the first path tells
            continue
        alarm = f"; its alarm {row['episode']} was open and must be ended" if key in orphans else ""
        notes.append(f'rule "{key.rule}" of device "{key.device}" {why}{alarm}')
    return notes


def _why_not(key: RuleKey, position: int | None, layout: str, key_of: Callable[[int], RuleKey]) -> str:
    """Say why a saved row cannot be kept; empty where it can."""
    if position is None:
        return "is not configured any more: its state is dropped"
    if layout != LAYOUT:
        return f"begins anew: its state was saved in layout {layout}, this is {LAYOUT}"
    if key != key_of(position):
        return "begins anew: its path or half width has changed"
    return ""


def _all_of(ledger: CorridorLedger | WatchLedger) -> tuple[tuple[RuleKey, ...], Rows]:
    return tuple(map(ledger.key, range(len(ledger.rules)))), ledger.rows.copy()


def _columns_of(memberships: list[tuple[RuleKey, bytes]]) -> tuple[tuple[RuleKey, ...], tuple[bytes, ...]]:
    return tuple([key for key, _ in memberships]), tuple([data for _, data in memberships])
