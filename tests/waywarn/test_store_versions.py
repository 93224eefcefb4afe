"""A store of an older version is brought to this one; one of a newer version is refused untouched."""

import math
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from rules import Kind, Reason
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
CREATE TABLE alerts (
    fingerprint VARCHAR NOT NULL PRIMARY KEY, rule VARCHAR NOT NULL, device VARCHAR NOT NULL,
    status VARCHAR NOT NULL, starts_at FLOAT NOT NULL, ends_at FLOAT,
    record JSON NOT NULL, keep_until FLOAT
);
CREATE INDEX alerts_by_keep_until ON alerts (keep_until);
CREATE INDEX alerts_by_status ON alerts (status);
CREATE TABLE deliveries (
    id INTEGER NOT NULL PRIMARY KEY, fingerprint VARCHAR NOT NULL, edge VARCHAR NOT NULL,
    recipient VARCHAR NOT NULL, address_key VARCHAR NOT NULL, form VARCHAR NOT NULL,
    title TEXT NOT NULL, body TEXT NOT NULL, state VARCHAR NOT NULL, attempts INTEGER NOT NULL,
    next_attempt_at FLOAT NOT NULL, created_at FLOAT NOT NULL, sent_at FLOAT, last_error TEXT NOT NULL,
    keep_until FLOAT NOT NULL
);
CREATE INDEX deliveries_by_fingerprint ON deliveries (fingerprint, address_key);
CREATE INDEX deliveries_by_keep_until ON deliveries (keep_until);
CREATE INDEX deliveries_by_state ON deliveries (state, next_attempt_at);
INSERT INTO transitions VALUES (1, 7.0, 'way_to_school', 'anna', 'off_route', 'confirmed', 1795416115.0,
    16.372077, 48.208493, 312.4, 812.0, 40.0, 0.99999, 3, 1795416070.0, 0, 1e12);
INSERT INTO deliveries VALUES (1, 'way_to_school/anna/3', 'opened', 'mother', 'mother/1', 'full', 'a', 'b',
    'pending', 2, 9.0, 7.0, NULL, 'no answer', 1e12);
"""
VERSION_2 = (
    VERSION_1.replace("closes_alarm BOOLEAN NOT NULL,", "closes_alarm BOOLEAN NOT NULL, fence VARCHAR,")
    .replace("1795416070.0, 0, 1e12", "1795416070.0, 0, NULL, 1e12")
    .replace("store_meta VALUES (1)", "store_meta VALUES (2)")
    + """
INSERT INTO transitions VALUES (2, 7.0, 'at_school', 'anna', 'enter', 'confirmed', 1795416670.0,
    16.372077, 48.208493, -12.5, 0.0, 0.0, 0.03, 0, 1795416670.0, 0, 'School yard', 1e12);
"""
)
UNHEARD = replace(
    OFF_ROUTE,
    kind=Kind.SILENT,
    reason=Reason.NO_FIX,
    lon=math.nan,
    lat=math.nan,
    distance_m=math.nan,
    probability=math.nan,
    along_track_m=None,
    half_width_m=None,
    value=180.0,
    limit=180.0,
)
FULL = replace(
    ENTERED,
    kind=Kind.RETRACTED,
    path="north",
    other="ben",
    value=1.5,
    limit=2.5,
    eta=9.0,
    revises=Kind.ENTER,
    revises_time=8.0,
    closes_alarm=True,
)


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


def test_a_store_of_version_1_keeps_what_it_holds_and_takes_what_is_new(old: Path) -> None:
    with Store.open(old) as store:
        assert store.transitions("anna") == (OFF_ROUTE,)
        store.commit(Batch(now=8.0, transitions=((ENTERED, 1e12),)))
        assert store.transitions("anna") == (OFF_ROUTE, ENTERED)
        (waiting,) = store.due(10.0, 5)
        assert (waiting.part, waiting.attempts) == ("way_to_school/anna/3", 2)
    assert version(old) == SCHEMA_VERSION
    with Store.open(old) as again:
        assert again.transitions("anna") == (OFF_ROUTE, ENTERED)


def test_a_store_of_version_2_loses_nothing_and_holds_what_is_not_known(tmp_path: Path) -> None:
    file = tmp_path / "two.sqlite"
    write(file, VERSION_2)
    with Store.open(file) as store:
        assert store.transitions("anna") == (OFF_ROUTE, ENTERED)
        store.commit(Batch(now=8.0, transitions=((UNHEARD, 1e12), (FULL, 1e12))))
        *_, unheard, full = store.transitions("anna")
    assert math.isnan(unheard.lon)
    assert math.isnan(unheard.distance_m)
    assert (unheard.along_track_m, unheard.half_width_m, unheard.value) == (None, None, 180.0)
    assert unheard.as_json() == UNHEARD.as_json()
    assert full == FULL


@pytest.mark.parametrize("script", [VERSION_1, VERSION_2])
def test_an_older_store_comes_to_have_the_tables_of_a_new_one(tmp_path: Path, script: str) -> None:
    write(tmp_path / "old.sqlite", script)
    for name in ("old", "new"):
        Store.open(tmp_path / f"{name}.sqlite").close()
    assert form(tmp_path / "old.sqlite") == form(tmp_path / "new.sqlite")


def form(file: Path) -> dict[str, set[object]]:
    """Give the columns of each table, in whatever order, and its indices."""
    connection = sqlite3.connect(file)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found: dict[str, set[object]] = {}
    for table in tables:
        columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
        indices = connection.execute(f"PRAGMA index_list({table})").fetchall()
        found[table] = {(name, kind, needed) for _, name, kind, needed, _, _ in columns}
        found[table] |= {name for _, name, *_ in indices if not name.startswith("sqlite")}
    connection.close()
    return found


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
