"""Where one device stood at one moment: its rows taken out of a snapshot, by rule.

What the rows hold is ``state.py`` and ``watch/row.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from rules.errors import StateError
from rules.membership import from_bytes
from rules.snapshot import LAYOUT, RuleKey, Snapshot
from rules.state import Rows, fresh_device_rows

Row = Any  # one row of a structured array: numpy has no type for its fields


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Rows of one device.

    Parameters
    ----------
    device
        Its name.
    state
        The row of DEVICE_STATE; a fresh one before its first fix.
    rows
        Of deviation and watching rules, by key.
    members
        (M,) of MEMBER, of geofence rules, by key.
    """

    device: str
    state: Row
    rows: Mapping[RuleKey, Row]
    members: Mapping[RuleKey, Rows]

    @classmethod
    def of(cls, snapshot: Snapshot, device: str) -> Self:
        """Take the rows of a device out of a snapshot.

        Raises
        ------
        StateError
            The snapshot was saved in another layout.
        """
        if snapshot.layout != LAYOUT:
            raise StateError(f"saved in layout {snapshot.layout}; this is {LAYOUT}")
        states = dict(zip(snapshot.devices, snapshot.device_rows, strict=True))
        rows = {
            key: row
            for keys, each in (
                (snapshot.rules, snapshot.rule_rows),
                (snapshot.watches, snapshot.watch_rows),
            )
            for key, row in zip(keys, each, strict=True)
            if key.device == device
        }
        members = {
            key: from_bytes(data)[1]
            for key, data in zip(snapshot.memberships, snapshot.membership_rows, strict=True)
            if key.device == device
        }
        return cls(device, states.get(device, fresh_device_rows(1)[0]), rows, members)

    def key_of(self, rule: str) -> RuleKey | None:
        """Give the key under which a rule of a name stands here, whatever its geometry."""
        return next((key for key in (*self.rows, *self.members) if key.rule == rule), None)
