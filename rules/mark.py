"""A mark as bytes: where a device stood under all its rules before the fixes of its tail.

Taking and putting marks is ``fold.py``, when that happens ``late.py``.
"""

import hashlib
import struct
from itertools import chain

import numpy as np

from rules.errors import StateError
from rules.fold import Fold, Mark
from rules.judge_fences import Journal
from rules.ledger import Folded
from rules.membership import as_bytes, from_bytes
from rules.state import DEVICE_STATE, MEMBER, RULE_STATE, SAVED, Rows
from rules.watch.row import WATCH_STATE

_DIGEST_BYTES = 16
_LENGTH = struct.Struct("<I")
_SETTLED = struct.Struct("<d")


def mark_as_bytes(fold: Fold, mark: Mark, settled: float) -> bytes:
    """Give a mark of one device as bytes, with the event time up to which its fixes are settled."""
    pieces = [
        _digest(fold, int(mark.devices[0])),
        _SETTLED.pack(settled),
        mark.states.tobytes(),
        mark.corridors.before.tobytes(),
        mark.watches.before.tobytes(),
        *chain.from_iterable((_LENGTH.pack(len(each)), each) for each in _memberships(mark.journal)),
    ]
    return b"".join(pieces)


def mark_from_bytes(fold: Fold, device: int, data: bytes) -> tuple[Mark, float] | None:
    """Read what `mark_as_bytes` gave; None if the device's rules are not what they were.

    Raises
    ------
    StateError
        It is cut off.
    """
    fresh = fold.fresh(device)
    if data[:_DIGEST_BYTES] != _digest(fold, device):
        return None
    cuts = np.cumsum(
        [
            _DIGEST_BYTES,
            _SETTLED.size,
            DEVICE_STATE.itemsize,
            RULE_STATE.itemsize * len(fresh.corridors.numbers),
            WATCH_STATE.itemsize * len(fresh.watches.numbers),
        ]
    ).tolist()
    if len(data) < cuts[-1]:
        raise StateError(f"saved mark has {len(data)} bytes; {cuts[-1]} were expected at least")
    settled = _SETTLED.unpack(data[cuts[0] : cuts[1]])[0]
    state, corridors, watches = (
        np.frombuffer(data[low:high], dtype).copy()
        for low, high, dtype in zip(cuts[1:], cuts[2:], (DEVICE_STATE, RULE_STATE, WATCH_STATE), strict=False)
    )
    mark = Mark(
        fresh.devices,
        state,
        Folded(fresh.corridors.numbers, corridors, corridors),
        Folded(fresh.watches.numbers, watches, watches),
        _journal(fresh.journal, data[cuts[-1] :]),
    )
    return mark, settled


def _digest(fold: Fold, device: int) -> bytes:
    """Digest what the device's rules are, in their order."""
    keys = [
        *(fold.corridors.key(row) for row in fold.corridors.of_device(device).tolist()),
        *(fold.watches.key(row) for row in fold.watches.of_device(device).tolist()),
        *(key for key, _ in fold.fences.saved(fold.roster, fold.fences.of_device(device))),
    ]
    return hashlib.blake2b(repr(keys).encode(), digest_size=_DIGEST_BYTES).digest()


def _memberships(journal: Journal) -> list[bytes]:
    heads = np.zeros(len(journal.numbers), SAVED)
    for name in ("visits", "window_closes", "last_time"):
        heads[name] = journal.standings[name]
    heads["members"] = np.diff(journal.first)
    return as_bytes(heads, journal.members, journal.first)


def _journal(fresh: Journal, data: bytes) -> Journal:
    """Read memberships into standings that are fresh."""
    members: list[Rows] = []
    at = 0
    for standing in fresh.standings:
        if len(data) < at + _LENGTH.size:
            raise StateError(f"saved mark has {len(data)} bytes of memberships; it is cut off")
        end = at + _LENGTH.size + _LENGTH.unpack(data[at : at + _LENGTH.size])[0]
        head, mine = from_bytes(data[at + _LENGTH.size : end])
        for name in ("visits", "window_closes", "last_time"):
            standing[name] = head[name]
        members.append(mine)
        at = end
    first = np.cumsum([0, *map(len, members)])
    return Journal(fresh.numbers, fresh.standings, first, np.concatenate([np.empty(0, MEMBER), *members]))
