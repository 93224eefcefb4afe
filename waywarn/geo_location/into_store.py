"""Rows into the store, on the terms of the devices that they are of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from rules import Discard
from waywarn.config import Config
from waywarn.geo_location.place import Located, Refusal, Refused, read_row
from waywarn.geo_location.tally import Tally
from waywarn.store import Store, StoredFix, Terms

HOUR_S = 3600.0


class _Device(NamedTuple):
    """What an import needs of a device."""

    sip_user: str
    retention_s: float
    may_tell_place: bool


class IntoStore:
    """Takes pieces of a table in.

    A row is of the device that its device_id names, else of the one whose SIP user its username is. It is
    history: kept, shown and learned from, but not judged, and no alarm comes of it.

    Parameters
    ----------
    config
        Whose devices are taken beside those with an account in the store, and how long their places are kept.
    store
        Written in one transaction a piece; a row that is there already is passed over.
    now
        Wall time, UTC seconds.
    """

    def __init__(self, config: Config, store: Store, *, now: float) -> None:
        self._store, self._now = store, now
        self._devices = _devices(config, store)
        self._of_user = {device.sip_user: name for name, device in self._devices.items()}

    def take(self, rows: Iterable[Mapping[str, object]], tally: Tally) -> None:
        """Store what of a piece can be stored, and count the rest."""
        fixes: list[tuple[StoredFix, float]] = []
        for row in rows:
            tally.read += 1
            found = self._stored(read_row(row))
            if isinstance(found, Refusal):
                tally.refuse(found, row.get("id"))
            else:
                fixes.append(found)
        added = self._add(fixes)
        tally.taken += added
        if added < len(fixes):
            tally.refused[Refused.KNOWN] += len(fixes) - added

    def _add(self, fixes: Sequence[tuple[StoredFix, float]]) -> int:
        return self._store.import_fixes(fixes) if fixes else 0

    def _stored(self, located: Located | Refusal) -> tuple[StoredFix, float] | Refusal:
        if isinstance(located, Refusal):
            return located
        fix = located.fix
        name = fix.device_id if fix.device_id in self._devices else self._of_user.get(located.username)
        if name is None:
            return Refusal(Refused.UNKNOWN_DEVICE)
        device = self._devices[name]
        keep_until = fix.time + device.retention_s
        if keep_until <= self._now:
            return Refusal(Refused.PAST_RETENTION)
        terms = Terms(may_tell_place=device.may_tell_place, keep_until=keep_until)
        # Named late, as fixes are that come after their device's newest has been judged.
        stored = StoredFix(replace(fix, device_id=name), device.sip_user, located.shape, Discard.LATE, terms)
        return stored, self._now if located.inserted_at is None else located.inserted_at


def _devices(config: Config, store: Store) -> dict[str, _Device]:
    """Give the configuration's, and those that `waywarn device add` made; the former count."""
    enrolled = {
        held.name: _Device(held.sip_user, held.retention_s, may_tell_place=True)
        for held in store.accounts.all()
        if not held.is_revoked
    }
    configured = {
        name: _Device(device.sip_user, device.retention_h * HOUR_S, device.retransmission)
        for name, device in config.devices.items()
    }
    return enrolled | configured
