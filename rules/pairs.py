"""A pair of devices as a device of its own, which hears the fixes of both.

So what is watched of two devices has a clock, a tail and a mark as everything else has, and late fixes of
either are late fixes of the pair. What is watched of a pair is ``watch/proximity.py``.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from corridor.batch import FixBatch
from rules.admission import OTHERS, OWN, Columns, columns_of
from rules.roster import Index
from rules.timetable import Floats
from rules.transition import Transition

_BETWEEN = "\x1f"  # in no name that a person gives
APART_S = 1e-6  # by which the other's fix is taken as later, so that two of one instant are two


class Copies(NamedTuple):
    """Fixes of a batch as pairs hear them: to be appended to it."""

    devices: Index  # (P,) rows of pairs
    first: Index  # (P + 1,) where each pair's begin
    position: Index  # (C,) of the fix that is copied
    member: Index  # (C,)


def pair_name(device: str, other: str) -> str:
    """Name a pair."""
    return f"{device}{_BETWEEN}{other}"


def is_pair(name: str) -> bool:
    """Tell whether a device is a pair."""
    return _BETWEEN in name


def members_of(name: str) -> tuple[str, ...]:
    """Give the devices whose fixes a device hears: its own, or those of both of a pair."""
    return tuple(name.split(_BETWEEN))


def copies_for(
    pairs: Mapping[int, Iterable[tuple[int, int]]], time: Floats, order: Index, first: Index, devices: Index
) -> Copies | None:
    """Give the fixes that pairs hear of a batch, in order of time; None if there is none.

    Parameters
    ----------
    pairs
        By the row of a device: the rows of the pairs that hear it, and as which member.
    time
        (K,) of the fixes, by their position.
    order, first, devices
        The batch, device by device.
    """
    heard: dict[int, list[tuple[Index, int]]] = {}
    for group, device in enumerate(devices.tolist()):
        for pair, as_which in pairs.get(device, ()):
            heard.setdefault(pair, []).append((order[first[group] : first[group + 1]], as_which))
    if not heard:
        return None
    positions, members = [], []
    for parts in heard.values():
        position: Index = np.concatenate([part for part, _ in parts])
        member: Index = np.concatenate([np.full(len(part), which) for part, which in parts])
        by_time = np.lexsort((position, member, time[position]))
        positions.append(position[by_time])
        members.append(member[by_time])
    begins = np.cumsum([0, *map(len, positions)])
    return Copies(np.array(list(heard)), begins, np.concatenate(positions), np.concatenate(members))


def with_copies(columns: Columns, rows: Index, members: Index) -> Columns:
    """Give columns with copies of some rows behind them, of pairs."""
    shared = ("time", "lon", "lat", "accuracy_m", "course_deg", "altitude_m", "speed_mps", "method")
    both: dict[str, Any] = {
        name: np.append(getattr(columns, name), getattr(columns, name)[rows]) for name in shared
    }
    both["time"][len(columns.time) :] += np.where(members == OTHERS, APART_S, 0.0)
    member = np.append(np.zeros(len(columns.time), dtype=np.uint8), members.astype(np.uint8))
    return columns._replace(**both, member=member)


def as_heard(name: str, fixes: FixBatch) -> tuple[Columns, Index]:
    """Give fixes of a device, or of the two of a pair, as it hears them: columns, and which rows of them."""
    columns, rows = columns_of(fixes), np.arange(len(fixes))
    if not is_pair(name):
        return columns, rows
    own = [code for code, device in enumerate(fixes.devices) if device == members_of(name)[0]]
    members = np.where(np.isin(fixes.device, own), OWN, OTHERS)
    return with_copies(columns, rows, members), len(fixes) + rows


def whose(said: Transition) -> str:
    """Name the device, or the pair, of whose fixes something was said."""
    return said.device if said.other is None else pair_name(said.device, said.other)
