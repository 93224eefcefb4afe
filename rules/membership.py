"""Where devices stand to fences, sparse: one row a device and rule, and one more for each fence it is in.

Rows of members are taken from one pool and linked: a fence in which a device is not costs nothing. What they
mean to the machine is ``fence_table.py``; folding into them ``judge_fences.py``.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corridor.compiled import compiled
from rules.errors import StateError
from rules.events import Record, Rows
from rules.fence_table import FencePhase
from rules.state import MEMBER, SAVED, STANDING

Index = npt.NDArray[np.int64]

NOBODY = -1  # the end of a chain


class Pool(NamedTuple):
    """Rows of members, taken and free."""

    members: Rows
    free: npt.NDArray[np.int32]  # (1,) the first free row


def fresh_standings(count: int) -> Rows:
    """Give (count,) rows of devices that were never looked at."""
    rows = np.zeros(count, STANDING)
    rows["following"] = rows["member"] = rows["nearest"] = NOBODY
    rows["clear_m"] = -1.0
    rows["last_time"] = rows["window_closes"] = -np.inf
    rows["due"] = np.inf
    return rows


def fresh_pool(room: int) -> Pool:
    """Give a pool of free rows."""
    members = np.zeros(room, MEMBER)
    members["following"] = np.arange(1, room + 1)
    members["following"][-1] = NOBODY
    return Pool(members, np.zeros(1, dtype=np.int32))


@compiled
def grown(pool: Pool) -> Pool:
    """Give the pool with twice the room."""
    old = pool.members
    members = np.zeros(2 * old.size, old.dtype)
    members[: old.size] = old
    for row in range(old.size, members.size):
        members[row]["following"] = row + 1
    members[members.size - 1]["following"] = pool.free[0]
    pool.free[0] = old.size
    return Pool(members, pool.free)


@compiled
def take(pool: Pool, standing: Record, before: int, fence: int) -> int:
    """Link a free row for a fence behind the member `before` (NOBODY: to the front); the pool has one."""
    row = int(pool.free[0])
    member = pool.members[row]
    pool.free[0] = member["following"]
    if before == NOBODY:
        member["following"] = standing["member"]
        standing["member"] = row
    else:
        member["following"] = pool.members[before]["following"]
        pool.members[before]["following"] = row
    member["fence"] = fence
    return row


@compiled
def release(pool: Pool, standing: Record, before: int, row: int) -> None:
    """Unlink the member behind `before` and free its row."""
    member = pool.members[row]
    if before == NOBODY:
        standing["member"] = member["following"]
    else:
        pool.members[before]["following"] = member["following"]
    member["following"] = pool.free[0]
    pool.free[0] = row


@compiled
def release_all(pool: Pool, standing: Record) -> None:
    """Free all members of a standing."""
    while standing["member"] != NOBODY:
        release(pool, standing, NOBODY, standing["member"])


@compiled
def copied(pool: Pool, standing: Record, into: Rows, filled: int) -> tuple[Rows, int]:
    """Copy the members of a standing behind the first `filled` rows of an array, or of a larger one."""
    row = standing["member"]
    while row != NOBODY:
        if filled == into.size:
            larger = np.zeros(2 * into.size + 1, into.dtype)
            larger[:filled] = into[:filled]
            into = larger
        into[filled] = pool.members[row]
        into[filled]["following"] = NOBODY
        filled += 1
        row = pool.members[row]["following"]
    return into, filled


@compiled
def gathered(pool: Pool, standings: Rows, numbers: Index) -> tuple[Rows, Rows, Index]:
    """Give what is saved of standings: heads, members, and where each one's begin."""
    heads, first = np.empty(len(numbers), SAVED), np.zeros(len(numbers) + 1, dtype=np.int64)
    members = np.empty(4 * len(numbers), MEMBER)
    for at in range(len(numbers)):
        standing = standings[numbers[at]]
        members, first[at + 1] = copied(pool, standing, members, first[at])
        pending = False
        for row in range(first[at], first[at + 1]):
            pending = pending or members[row]["count"] > 0
        heads[at]["visits"] = standing["visits"]
        heads[at]["members"] = first[at + 1] - first[at]
        heads[at]["window_closes"] = standing["window_closes"]
        # where nothing is pending, nothing depends on when the last look was
        heads[at]["last_time"] = standing["last_time"] if pending else -np.inf
    return heads, members[: first[-1]], first


@compiled
def linked(pool: Pool, standings: Rows, number: int, members: Rows) -> Pool:
    """Make `members`, ascending by fence, the members of a standing."""
    release_all(pool, standings[number])
    before = NOBODY
    for at in range(members.size):
        if pool.free[0] == NOBODY:
            pool = grown(pool)
        row = take(pool, standings[number], before, members[at]["fence"])
        member = pool.members[row]
        following = member["following"]
        pool.members[row] = members[at]
        member["following"] = following
        before = row
    standings[number]["clear_m"] = -1.0  # look again
    return pool


def as_bytes(heads: Rows, members: Rows, first: Index) -> list[bytes]:
    """Give what was `gathered` as bytes, one for each standing; links and safe regions are made anew."""
    head_bytes, member_bytes = heads.tobytes(), members.tobytes()
    ends = (first * MEMBER.itemsize).tolist()
    return [
        head_bytes[at * SAVED.itemsize : (at + 1) * SAVED.itemsize] + member_bytes[ends[at] : ends[at + 1]]
        for at in range(len(heads))
    ]


def from_bytes(data: bytes) -> tuple[np.void, Rows]:
    """Read what `as_bytes` gave.

    Raises
    ------
    StateError
        It is cut off, or holds a phase that does not exist.
    """
    if len(data) < SAVED.itemsize:
        raise StateError(f"saved membership has {len(data)} bytes; it is cut off")
    head = np.frombuffer(data, SAVED, count=1)[0]
    wanted = SAVED.itemsize + int(head["members"]) * MEMBER.itemsize
    if len(data) != wanted:
        raise StateError(f"saved membership has {len(data)} bytes; {wanted} were expected")
    members = np.frombuffer(data, MEMBER, offset=SAVED.itemsize).copy()
    if (members["phase"] >= len(FencePhase)).any() or (np.diff(members["fence"]) <= 0).any():
        raise StateError("saved membership holds a phase that does not exist, or fences out of order")
    return head, members


def visits_of(data: bytes) -> int:
    """Read how many visits there were, whatever the layout; 0 of too few bytes."""
    return int.from_bytes(data[:4], "little") if len(data) >= 4 else 0
