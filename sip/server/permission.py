"""What a watcher may see of a device: a value. Who has decided so is not known here."""

from dataclasses import dataclass
from enum import StrEnum


class Watching(StrEnum):
    """What becomes of a subscription (RFC 5025 3.2)."""

    ALLOW = "allow"
    POLITE_BLOCK = "polite_block"  # accepted, and told that there is no place
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Permission:
    """What one watcher may see of one device.

    Parameters
    ----------
    watching
        Whether at all.
    coarse_m
        Half the width of what the place is blurred to; 0 for the place as it was told.
    """

    watching: Watching
    coarse_m: float = 0.0


ALLOWED = Permission(Watching.ALLOW)
DENIED = Permission(Watching.DENY)
