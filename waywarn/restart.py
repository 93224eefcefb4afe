"""What a start takes over from the store, and what a changed configuration makes of it.

Nothing is forgotten silently: a state that cannot be kept is said in the log, and an alarm whose rule
is gone is ended and told to those who were told of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from alerts import AlertBook, AlertChange, Recipient, plan
from corridor import Fix, FixBatch
from rules import Engine, Geofence
from rules.pairs import members_of
from rules.rule import Rule
from sip import Compositor
from waywarn import log
from waywarn.intake import kept
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
        for sentence in engine.restore(snapshot):
            log.warn("state.not_restored", what=sentence)
    for alarm in engine.open_alarms:
        if "/".join(map(str, alarm)) not in standing:  # its end was told while its rule was not configured
            engine.forget(alarm)
    for device, after, _ in engine.tails:
        fixes, said = store.tail(members_of(device), after)
        if not engine.recall(device, FixBatch.from_fixes(fixes), said):
            log.warn("tail.not_restored", device=device)


def end_orphans(
    store: Store, engine: Engine, book: AlertBook, recipients: Mapping[str, Recipient], now: float
) -> tuple[AlertChange, ...]:
    """End each open alarm whose rule no longer stands behind it: gone, renamed, or with another geometry.

    The all-clear is planned for everybody; only those who were told of the alarm will get it.
    """
    standing = {(alarm.rule, alarm.device) for alarm in engine.open_alarms}
    orphans = [alarm for alarm in book.open_alarms if (alarm.rule, alarm.device) not in standing]
    changes = tuple(change for alarm in orphans for change in book.end_orphan(alarm.rule, alarm.device, now))
    alerts = tuple(kept(change, now) for change in changes)
    store.commit(
        Batch(
            now=now,
            alerts=alerts,
            deliveries=tuple(
                (row, keep_until)
                for change, keep_until in alerts
                for row in plan(change, recipients.values(), now)
            ),
        )
    )
    for change in changes:
        log.warn("alert.orphaned", alert=change.after.fingerprint)
    return changes


def warm_up(rules: Sequence[Rule]) -> None:
    """Compile or load the loops before the first device waits for them, on an engine of its own."""
    kinds = {type(rule): rule for rule in reversed(rules)}
    engine = Engine([_of_nobody(rule) for rule in kinds.values()], late_horizon_s=1.0)
    engine.step(FixBatch.from_fixes(Fix("nobody", time, 0.0, 0.0) for time in (0.0, 60.0)))
    engine.step((), now=60.0)


def _of_nobody(rule: Rule) -> Rule:
    """Give a rule about a device that nobody has; a condition would ask for a geofence rule about it too."""
    if isinstance(rule, Geofence):
        return replace(rule, device="nobody")
    return replace(rule, device="nobody", condition=None)
