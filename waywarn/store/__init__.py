"""The store: what was answered 200 is here, and what was raised, until it is told."""

from waywarn.store.commit import Batch, StoredFix, Terms
from waywarn.store.database import StoreError, StoreRefusedError, StoreUnavailableError
from waywarn.store.purge import Purged
from waywarn.store.ring import Decided, Entry
from waywarn.store.store import Store

__all__ = [
    "Batch",
    "Decided",
    "Entry",
    "Purged",
    "Store",
    "StoreError",
    "StoreRefusedError",
    "StoreUnavailableError",
    "StoredFix",
    "Terms",
]
