"""A store of an older version is brought to this one; one of a newer version is refused untouched."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from tests.alerts.story import ENTERED, OFF_ROUTE
from waywarn.store import Batch, Store, StoreUnavailableError
from waywarn.store.schema import SCHEMA_VERSION

# As version 1 made them; the tables that no step changes are left out.
VERSION_1 = """
CREATE TABLE store_meta (schema_version INTEGER NOT NULL);
INSERT INTO store_meta VALUES (1);
CREATE TABLE transitions (
    id INTEGER NOT NULL PRIMARY KEY, decided_at FLOAT NOT NULL,
    rule VARCHAR NOT NULL, device VARCHAR NOT NULL,
    kind VARCHAR NOT NULL, reason VARCHAR NOT NULL, time FLOAT NOT NULL,
    lon FLOAT NOT NULL, lat FLOAT NOT NULL,
    distance_m FLOAT NOT NULL, along_track_m FLOAT NOT NULL, half_width_m FLOAT NOT NULL,
    probability FLOAT NOT NULL, episode INTEGER NOT NULL, starts_at FLOAT NOT NULL,
    closes_alarm BOOLEAN NOT NULL,
    keep_until FLOAT NOT NULL
);
CREATE INDEX transitions_by_keep_until ON transitions (keep_until);
INSERT INTO transitions VALUES (1, 7.0, 'way_to_school', 'anna', 'off_route', 'confirmed', 1795416115.0,
    16.372077, 48.208493, 312.4, 812.0, 40.0, 0.99999, 3, 1795416070.0, 0, 1e12);
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    file = tmp_path / "store.sqlite"
    write(file, VERSION_1)
    return file


def write(file: Path, script: str) -> None:
    connection = sqlite3.connect(file)
    connection.executescript(script)
    connection.close()


def version(file: Path) -> int:
    connection = sqlite3.connect(file)
    found: int = connection.execute("SELECT schema_version FROM store_meta").fetchone()[0]
    connection.close()
    return found


def test_a_store_of_version_1_keeps_what_it_holds_and_takes_fences(old: Path) -> None:
    with Store.open(old) as store:
        assert store.transitions("anna") == (OFF_ROUTE,)
        store.commit(Batch(now=8.0, transitions=((ENTERED, 1e12),)))
        assert store.transitions("anna") == (OFF_ROUTE, ENTERED)
    assert version(old) == SCHEMA_VERSION
    with Store.open(old) as again:
        assert again.transitions("anna") == (OFF_ROUTE, ENTERED)


def test_a_store_of_this_version_is_left_as_it_is(tmp_path: Path) -> None:
    for _ in range(2):
        with Store.open(tmp_path / "store.sqlite") as store:
            store.commit(Batch(now=8.0, transitions=((replace(ENTERED, fence=None), 1e12),)))
            assert {said.fence for said in store.transitions("anna")} == {None}


@pytest.mark.parametrize("stranger", [SCHEMA_VERSION + 1, 0])
def test_a_store_of_an_unknown_version_is_refused_and_left_alone(old: Path, stranger: int) -> None:
    write(old, f"UPDATE store_meta SET schema_version = {stranger}")
    with pytest.raises(StoreUnavailableError, match=f"schema is version {stranger}"):
        Store.open(old)
    assert version(old) == stranger
