"""What a start takes over from the store, and what a changed configuration makes of it.

Nothing is forgotten silently: a state that cannot be kept is said in the log, and an alarm whose rule
is gone is ended and told to those who were told of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from alerts import AlertBook, AlertChange, Recipient, plan
from corridor import Fix, FixBatch
from rules import Deviation, Engine, Geofence, Snapshot
from rules.rule import Rule
from sip import Compositor
from waywarn import log
from waywarn.intake import UNKNOWN_RETENTION_S, kept
from waywarn.store import Batch, Store


def restore(
    store: Store, compositor: Compositor, engine: Engine, book: AlertBook, *, trips: Collection[str] = ()
) -> None:
    """Fill the rooms with what the store holds.

    Parameters
    ----------
    store
        What was committed.
    compositor, engine, book
        As they were made; nothing is in them yet.
    trips
        Names of the trips, whose alarms are numbered on.

    Raises
    ------
    StoreError
        The store cannot be read.
    """
    compositor.restore(store.publications())
    book.restore(store.open_alerts(), store.alert_numbers(trips))
    standing = {alarm.fingerprint for alarm in book.open_alarms}
    for snapshot in store.states():
        for sentence in engine.restore(_without_told_ends(snapshot, standing)):
            log.warn("state.not_restored", what=sentence)


def end_orphans(
    store: Store, engine: Engine, book: AlertBook, recipients: Mapping[str, Recipient], now: float
) -> tuple[AlertChange, ...]:
    """End each open alarm whose rule no longer stands behind it: gone, renamed, or with another geometry.

    The all-clear is planned for everybody; only those who were told of the alarm will get it.
    """
    standing = {(key.rule, key.device) for key in engine.snapshot().alarms_open()}
    orphans = [alarm for alarm in book.open_alarms if (alarm.rule, alarm.device) not in standing]
    changes = tuple(change for alarm in orphans for change in book.end_orphan(alarm.rule, alarm.device, now))
    keep_until = now + UNKNOWN_RETENTION_S  # these messages tell no place
    store.commit(
        Batch(
            now=now,
            alerts=tuple(kept(change, now) for change in changes),
            deliveries=tuple(
                (row, keep_until) for change in changes for row in plan(change, recipients.values(), now)
            ),
        )
    )
    for change in changes:
        log.warn("alert.orphaned", alert=change.after.fingerprint)
    return changes


def _without_told_ends(snapshot: Snapshot, standing: Collection[str]) -> Snapshot:
    """Begin rules anew whose alarm was ended while they were not configured: they may raise again."""
    episodes = dict(zip(snapshot.rules, snapshot.rule_rows["episode"].tolist(), strict=True))
    told = [
        key for key in snapshot.alarms_open() if f"{key.rule}/{key.device}/{episodes[key]}" not in standing
    ]
    return snapshot.without_alarms(told)


def warm_up(rules: Sequence[Rule]) -> None:
    """Compile or load the loops before the first device waits for them, on an engine of its own."""
    deviations = [rule for rule in rules if isinstance(rule, Deviation)][:1]
    geofences = [rule for rule in rules if isinstance(rule, Geofence)][:1]
    awake: list[Deviation | Geofence] = [
        *(replace(rule, device="nobody", window=None) for rule in deviations),
        *(replace(rule, device="nobody", window=None) for rule in geofences),
    ]
    lon, lat = next(
        ((rule.corridor.path.lon[0], rule.corridor.path.lat[0]) for rule in deviations), (0.0, 0.0)
    )
    Engine(awake).step(FixBatch.from_fixes(Fix("nobody", time, lon, lat) for time in (0.0, 60.0)))
