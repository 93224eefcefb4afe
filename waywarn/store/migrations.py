"""How an older store becomes one of this version, step by step, in the transaction that opens it.

New tables need no step: opening makes what is missing. A step changes tables that an older version has made.
"""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import Connection

from waywarn.store.schema import SCHEMA_VERSION, store_meta

STEPS: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        1: ("ALTER TABLE transitions ADD COLUMN fence VARCHAR",),  # fence rules
    }
)
"""What makes a version the next one; there is a step from every version that was ever published."""


def can_migrate(version: int) -> bool:
    """Whether a store of that version can be brought to this one; a newer one cannot."""
    return all(step in STEPS for step in range(version, SCHEMA_VERSION)) and version <= SCHEMA_VERSION


def migrate(connection: Connection, version: int) -> None:
    """Take every step from `version` on, within the transaction that is open on `connection`."""
    for step in range(version, SCHEMA_VERSION):
        for statement in STEPS[step]:
            connection.exec_driver_sql(statement)
    connection.execute(store_meta.update().values(schema_version=SCHEMA_VERSION))
