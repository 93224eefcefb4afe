"""How an older store becomes one of this version, step by step, in the transaction that opens it.

New tables need no step: opening makes what is missing. A step changes tables that an older version has made.
"""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import Connection

from waywarn.store.schema import SCHEMA_VERSION, store_meta

# SQLite adds columns but takes back no NOT NULL: what may be unknown since has to be made anew.
_TRANSITIONS_3 = """CREATE TABLE transitions_3 (
    id INTEGER NOT NULL PRIMARY KEY, decided_at FLOAT NOT NULL,
    rule VARCHAR NOT NULL, device VARCHAR NOT NULL, kind VARCHAR NOT NULL, reason VARCHAR NOT NULL,
    time FLOAT NOT NULL, lon FLOAT, lat FLOAT, distance_m FLOAT, along_track_m FLOAT, half_width_m FLOAT,
    probability FLOAT, episode INTEGER NOT NULL, starts_at FLOAT NOT NULL, closes_alarm BOOLEAN NOT NULL,
    fence VARCHAR, path VARCHAR, other VARCHAR, value FLOAT, "limit" FLOAT, eta FLOAT,
    revises VARCHAR, revises_time FLOAT, keep_until FLOAT NOT NULL
)"""
# Of a fence the older versions held 0 for a place along a path.
_COPY_TRANSITIONS_3 = """INSERT INTO transitions_3 (id, decided_at, rule, device, kind, reason, time, lon,
    lat, distance_m, along_track_m, half_width_m, probability, episode, starts_at, closes_alarm, fence,
    keep_until)
SELECT id, decided_at, rule, device, kind, reason, time, lon, lat, distance_m,
    CASE WHEN fence IS NULL THEN along_track_m END, CASE WHEN fence IS NULL THEN half_width_m END,
    probability, episode, starts_at, closes_alarm, fence, keep_until FROM transitions"""

STEPS: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        1: ("ALTER TABLE transitions ADD COLUMN fence VARCHAR",),  # fence rules
        2: (  # every kind of rule, trips, revisions
            _TRANSITIONS_3,
            _COPY_TRANSITIONS_3,
            "DROP TABLE transitions",
            "ALTER TABLE transitions_3 RENAME TO transitions",
            "CREATE INDEX transitions_by_keep_until ON transitions (keep_until)",
            "ALTER TABLE deliveries ADD COLUMN part VARCHAR NOT NULL DEFAULT ''",
            "UPDATE deliveries SET part = fingerprint",
            "CREATE INDEX alerts_by_whose ON alerts (rule, device, ends_at)",
        ),
        3: (),  # registrations, subscriptions, accounts, commands: new tables alone
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
