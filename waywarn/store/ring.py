"""The last decisions about each device: where it stood after each, kept in a ring of bounded size.

An entry is written in the transaction of its fixes, over the oldest of its device. What it tells is for
``rules/explaining/`` to say; who reads it is ``waywarn/kept.py``.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert as upsert_into

from rules import RuleKey, Snapshot
from rules.state import DEVICE_STATE, RULE_STATE, Rows
from rules.watch.row import WATCH_STATE
from waywarn.store.many import write_many
from waywarn.store.schema import decisions

KEPT = 50  # decisions of a device: an hour of a fix a minute, ten minutes of a detour at one in ten seconds
_WORTH_BYTES = 256  # a device that no rule looks at has 161; the 100 that compressing saves take 3 us
_STORED, _FASTEST = 0, 1  # zlib's levels; more takes twice as long for a few bytes
_HEADS_KEPT = 65_536
_RENEWED = ("number", "decided_at", "layout", "record", "keep_until")
_PLAIN = upsert_into(decisions)
_PUT = _PLAIN.on_conflict_do_update(
    index_elements=["device", "slot"], set_={name: _PLAIN.excluded[name] for name in _RENEWED}
)


@dataclass(frozen=True, slots=True)
class Decided:
    """Where devices stood after a decision.

    Parameters
    ----------
    standing
        All their rows, device by device.
    keep_until
        For each device the end of the retention of what that tells, UTC seconds.
    """

    standing: Snapshot
    keep_until: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A decision as it was kept.

    Parameters
    ----------
    device
        Its name.
    number
        Counts the decisions about the device, from 1.
    decided_at
        Wall time: that at which its fixes were stored.
    standing
        Where the device stood after it.
    """

    device: str
    number: int
    decided_at: float
    standing: Snapshot


class Ring:
    """Writes entries; knows which number each device's next one has."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def write(self, connection: Connection, decided: Decided, now: float) -> None:
        """Write entries within the transaction that is open; one that fails just leaves out numbers."""
        standing = decided.standing
        rows = [
            self._slot(connection, device)
            | {"decided_at": now, "layout": standing.layout, "record": record, "keep_until": keep_until}
            for device, record, keep_until in zip(
                standing.devices, pack(standing), decided.keep_until, strict=True
            )
        ]
        write_many(connection, _PUT, rows)

    def _slot(self, connection: Connection, device: str) -> dict[str, object]:
        if device not in self._numbers:
            newest = select(func.max(decisions.c.number)).where(decisions.c.device == device)
            self._numbers[device] = connection.scalar(newest) or 0
        self._numbers[device] = number = self._numbers[device] + 1
        return {"device": device, "slot": number % KEPT, "number": number}


def read_decisions(connection: Connection, device: str) -> tuple[Entry, ...]:
    """Give what is kept of a device, in order."""
    query = select(decisions).where(decisions.c.device == device).order_by(decisions.c.number)
    rows = connection.execute(query).mappings().all()
    return tuple(
        Entry(device, row["number"], row["decided_at"], unpack(device, row["layout"], row["record"]))
        for row in rows
    )


def pack(standing: Snapshot) -> list[bytes]:
    """Write the rows of each device: the keys of its rules, then the rows, compressed."""
    rules = _by_device(standing.rules, _pieces(standing.rule_rows))
    watches = _by_device(standing.watches, _pieces(standing.watch_rows))
    members = _by_device(standing.memberships, standing.membership_rows)
    records = []
    for device, row in zip(standing.devices, _pieces(standing.device_rows), strict=True):
        of_device = [each.get(device, ((), ())) for each in (rules, watches, members)]
        lengths = tuple(map(len, of_device[2][1]))
        head = _head(*(tuple(keys) for keys, _ in of_device), lengths)
        rows = (row, *(piece for _, pieces in of_device for piece in pieces))
        record = b"".join((head, *rows))
        records.append(zlib.compress(record, _STORED if len(record) < _WORTH_BYTES else _FASTEST))
    return records


def unpack(device: str, layout: str, record: bytes) -> Snapshot:
    """Read what `pack` wrote; of another layout nothing but the names."""
    data = zlib.decompress(record)
    begin = 4 + int.from_bytes(data[:4], "little")
    rules, watches, members, lengths = json.loads(data[4:begin])
    sizes = [
        DEVICE_STATE.itemsize,
        *(RULE_STATE.itemsize for _ in rules),
        *(WATCH_STATE.itemsize for _ in watches),
        *lengths,
    ]
    pieces: list[bytes] = []
    for size in sizes:
        pieces.append(data[begin : begin + size])
        begin += size
    named = [RuleKey(rule, device, fingerprint) for rule, fingerprint in chain(rules, watches, members)]
    pairs = list(zip(named, pieces[1:], strict=True))
    second, third = len(rules), len(rules) + len(watches)
    return Snapshot.from_rows(
        layout, [(device, pieces[0])], pairs[:second], pairs[third:], pairs[second:third]
    )


Keys = tuple[RuleKey, ...]


@lru_cache(maxsize=_HEADS_KEPT)
def _head(rules: Keys, watches: Keys, members: Keys, lengths: tuple[int, ...]) -> bytes:
    keys = [[[key.rule, key.fingerprint] for key in each] for each in (rules, watches, members)]
    head = json.dumps([*keys, lengths], separators=(",", ":")).encode()
    return len(head).to_bytes(4, "little") + head


def _pieces(rows: Rows) -> list[bytes]:
    data, size = rows.tobytes(), rows.dtype.itemsize
    return [data[begin : begin + size] for begin in range(0, len(data), size)]


def _by_device(
    keys: Sequence[RuleKey], pieces: Sequence[bytes]
) -> dict[str, tuple[list[RuleKey], list[bytes]]]:
    """Give the keys and rows of each device."""
    mine: dict[str, tuple[list[RuleKey], list[bytes]]] = {}
    for key, piece in zip(keys, pieces, strict=True):
        of_device = mine.setdefault(key.device, ([], []))
        of_device[0].append(key)
        of_device[1].append(piece)
    return mine
