"""Importing an existing `geo_location` table, and the view of that shape over our own store."""

import contextlib
import csv
import os
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from corridor.tracks import read_fixes
from tests.waywarn.command_line import Ran
from waywarn.cli import app
from waywarn.geo_location import Located, Refusal, Refused, read_row
from waywarn.geo_location.into_file import IntoFile
from waywarn.provision.new_device import NewDevice
from waywarn.provision.token import Issue, Token, TokenKind
from waywarn.store import Store

# as such tables are made in MySQL, in the words of SQLite
TABLE = """CREATE TABLE geo_location (
    id INTEGER PRIMARY KEY, insert_time DATETIME, username VARCHAR(64), device_id VARCHAR(64),
    gps_type VARCHAR(32), gps_latitude DOUBLE, gps_longitude DOUBLE, gps_altitude DOUBLE,
    gps_precision DOUBLE, gps_utctimestamp DATETIME
)"""
CONFIGURATION = """
service.store = "w.sqlite"
sip = { domain = "example.org", listen = ["tcp:127.0.0.1:0"] }
devices.anna = { password = "p", sip_user = "a.school" }
devices.van-7 = { password = "p", retention_h = 720, retransmission = false }
"""
NOW = int(time.time())
NAN = float("nan")


def waywarn(*arguments: str | Path) -> Ran:
    result = CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)
    return Ran(result.exit_code, result.stdout, result.stderr)


def when(seconds_ago: float) -> str:
    return datetime.fromtimestamp(NOW - seconds_ago, UTC).strftime("%Y-%m-%d %H:%M:%S")


Row = tuple[object, ...]
ROWS: list[Row] = [
    (1, when(59), "a.school", "", "Circle", 48.2, 16.37, 180.0, 12.5, when(60)),
    (2, when(49), "a.school", None, "Point", 48.3, 16.38, None, 0, when(50)),
    (3, when(39), "whoever", "van-7", "Point", -33.9, 151.2, None, None, when(100_000)),
    (4, when(39), "a.school", None, "Point", 48.4, 16.39, None, None, when(100_000)),  # past 24 h
    (5, when(39), "stranger", "x", "Point", 48.4, 16.39, None, None, when(40)),
    (6, when(39), "a.school", None, "Point", None, 16.39, None, None, when(40)),
    (7, when(39), "a.school", None, "Point", 95.0, 16.39, None, None, when(40)),
    (8, when(39), "a.school", None, "Point", 48.4, 16.39, None, None, None),
    (9, when(39), None, None, "Point", 48.4, 16.39, None, None, when(40)),
    (11, "1764144000000", "a.school", None, "Point", 48.4, 16.39, None, None, when(40)),
    (10, when(38), "a.school", None, "Point", 48.3, 16.38, None, None, when(50)),  # 2 once more
]


@pytest.fixture
def old(tmp_path: Path) -> str:
    (tmp_path / "w.toml").write_text(CONFIGURATION)
    with contextlib.closing(sqlite3.connect(tmp_path / "old.sqlite")) as connection:
        connection.execute(TABLE)
        connection.executemany("INSERT INTO geo_location VALUES (?,?,?,?,?,?,?,?,?,?)", ROWS)
        connection.commit()
    return f"sqlite:///{tmp_path}/old.sqlite"


def select(folder: Path, query: str) -> list[Row]:
    with contextlib.closing(sqlite3.connect(folder / "w.sqlite")) as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_rows_of_configured_devices_are_stored_on_their_terms_and_the_rest_counted(
    tmp_path: Path, old: str
) -> None:
    done = waywarn("import", old, "-c", tmp_path / "w.toml")
    assert done.exit_code == 0, done.stderr
    query = (
        "SELECT device_id, user_name, shape, lat, lon, altitude_m, accuracy_m, time FROM fixes ORDER BY id"
    )
    assert select(tmp_path, query) == [
        ("anna", "a.school", "Circle", 48.2, 16.37, 180.0, 12.5, NOW - 60),
        ("anna", "a.school", "Point", 48.3, 16.38, None, None, NOW - 50),
        ("van-7", "van-7", "Point", -33.9, 151.2, None, None, NOW - 100_000),
    ]
    terms = "SELECT discard, may_tell_place, keep_until - time, inserted_at FROM fixes ORDER BY id"
    assert select(tmp_path, terms) == [
        ("late", 1, 86_400, NOW - 59),
        ("late", 1, 86_400, NOW - 49),
        ("late", 0, 2_592_000, NOW - 39),
    ]
    assert "11 rows of geo_location" in done.stderr
    assert "3 fixes" in done.stderr
    for reason in set(Refused):
        assert f"1 {reason.value}" in done.stderr, reason
    assert "(id 4)" in done.stderr
    assert f"1 {Refused.NO_INSERT_TIME.value} (id 11: 1764144000000)" in done.stderr
    assert "(id 7: latitude 95.0 is outside [-90, 90])" in done.stderr


@pytest.mark.parametrize("revoked", [False, True])
def test_a_device_with_its_account_in_the_store_has_its_rows_until_it_is_revoked(
    tmp_path: Path, old: str, *, revoked: bool
) -> None:
    device = NewDevice.read("x-ray", profile="child", sip_user="stranger", retention_h="48")
    with Store.open(tmp_path / "w.sqlite") as store:
        store.accounts.add(device, Issue(Token.fresh(os.urandom), TokenKind.TRACKER, NOW + 60.0), NOW)
        if revoked:
            store.accounts.revoke("x-ray", NOW)
    done = waywarn("import", old, "-c", tmp_path / "w.toml")
    assert done.exit_code == 0, done.stderr
    query = "SELECT user_name, may_tell_place, keep_until - time FROM fixes WHERE device_id = 'x-ray'"
    assert select(tmp_path, query) == ([] if revoked else [("stranger", 1, 172_800)])


def test_running_it_twice_adds_nothing(tmp_path: Path, old: str) -> None:
    for _ in range(2):
        done = waywarn("import", old, "-c", tmp_path / "w.toml")
    assert "0 fixes" in done.stderr
    assert f"4 {Refused.KNOWN.value}" in done.stderr
    assert select(tmp_path, "SELECT count(*) FROM fixes") == [(3,)]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_of_fixes_has_all_that_are_fixes_whosever_and_however_old(
    tmp_path: Path, old: str, kind: str
) -> None:
    file = tmp_path / f"old.{kind}"
    done = waywarn("import", old, "--to", file)
    assert done.exit_code == 0, done.stderr
    batch = read_fixes(file).batch
    assert sorted(zip((batch.devices[n] for n in batch.device), batch.time.tolist(), strict=True)) == sorted(
        [
            *(("a.school", float(NOW - ago)) for ago in (60, 50, 100_000, 50)),
            ("van-7", float(NOW - 100_000)),
            ("x", float(NOW - 40)),
        ]
    )
    assert batch.lat.min() == -33.9
    assert not (tmp_path / "w.sqlite").exists()
    assert file.stat().st_mode & 0o777 == 0o600  # places of people


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_that_could_not_be_written_whole_is_not_left(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"old.{kind}"
    with pytest.raises(RuntimeError), IntoFile(file):
        raise RuntimeError
    assert not file.exists()


def test_scripts_for_such_a_table_go_on_working(tmp_path: Path, old: str) -> None:
    waywarn("import", old, "-c", tmp_path / "w.toml")
    newest = (
        "SELECT gps_latitude, gps_longitude, gps_utctimestamp FROM geo_location "
        "WHERE username = 'a.school' ORDER BY gps_utctimestamp DESC LIMIT 1"
    )
    assert select(tmp_path, newest) == [(48.3, 16.38, when(50))]
    assert select(tmp_path, "SELECT * FROM geo_location ORDER BY id LIMIT 1") == [
        (1, when(59), "a.school", "anna", "Circle", 48.2, 16.37, 180.0, 12.5, when(60))
    ]
    since = f"SELECT count(*) FROM geo_location WHERE gps_utctimestamp > '{when(70)}' AND gps_precision < 50"
    assert select(tmp_path, since) == [(1,)]
    latest = "SELECT username, max(insert_time) FROM geo_location GROUP BY username ORDER BY username"
    assert select(tmp_path, latest) == [("a.school", when(49)), ("van-7", when(39))]


def test_our_own_view_can_be_imported(tmp_path: Path, old: str) -> None:
    waywarn("import", old, "-c", tmp_path / "w.toml")
    done = waywarn("import", f"sqlite:///{tmp_path}/w.sqlite", "--to", tmp_path / "again.csv")
    assert done.exit_code == 0, done.stderr
    with (tmp_path / "again.csv").open() as readable:
        assert [row["device_id"] for row in csv.DictReader(readable)] == ["anna", "anna", "van-7"]


def test_an_older_view_is_made_anew(tmp_path: Path) -> None:
    Store.open(tmp_path / "w.sqlite").close()
    with contextlib.closing(sqlite3.connect(tmp_path / "w.sqlite")) as connection:
        connection.executescript("DROP VIEW geo_location; CREATE VIEW geo_location AS SELECT id FROM fixes;")
    Store.open(tmp_path / "w.sqlite").close()
    assert select(tmp_path, "SELECT gps_latitude FROM geo_location") == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sqlite:///{0}/old.sqlite"], "give either -c"),
        (["sqlite:///{0}/old.sqlite", "--to", "{0}/o.xml"], "neither .csv nor .parquet"),
        (["sqlite:///{0}/old.sqlite", "--to", "{0}/o.csv", "--table", "gone"], "has no table 'gone'"),
        (["sqlite:///{0}/old.sqlite", "--to", "{0}/kept.csv"], "kept.csv exists and is kept"),
        (["sqlite:///{0}/old.sqlite", "--to", "{0}/kept.parquet"], "kept.parquet exists and is kept"),
        (["sqlite:///{0}/typo.sqlite", "--to", "{0}/o.csv"], "there is no file"),
        (["mysql+pymysql://u:hush@127.0.0.1:1/d", "--to", "{0}/o.csv"], ""),
        (["nonsense", "--to", "{0}/o.csv"], "none that SQLAlchemy knows"),
        (["nonsense://u:hush@h/d", "--to", "{0}/o.csv"], "none that SQLAlchemy knows"),
        (["mssql+pymssql://u:hush@h/d", "--to", "{0}/o.csv"], "pip install pymssql"),
    ],
)
def test_what_cannot_be_read_is_said_without_a_password(
    tmp_path: Path, old: str, arguments: list[str], said: str
) -> None:
    assert old
    for kept in (tmp_path / "kept.csv", tmp_path / "kept.parquet"):
        kept.write_text("mine")
    done = waywarn("import", *(each.format(tmp_path) for each in arguments))
    assert done.exit_code == 2
    assert said in done.stderr
    assert "hush" not in done.stderr
    assert (tmp_path / "kept.csv").read_text() == (tmp_path / "kept.parquet").read_text() == "mine"
    assert not (tmp_path / "o.csv").exists()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (datetime(2026, 1, 1), 1767225600.0),  # noqa: DTZ001 (as a driver gives a DATETIME)
        (datetime(2026, 1, 1, tzinfo=UTC), 1767225600.0),
        ("2026-01-01 00:00:00", 1767225600.0),
        ("2026-01-01T01:00:00.5+01:00", 1767225600.5),
        (1767225600, 1767225600.0),
        ("1767225600.25", 1767225600.25),
    ],
)
def test_times_are_read_however_they_stand(value: object, seconds: float) -> None:
    row = {"username": "a", "gps_latitude": "48.2", "gps_longitude": 16, "gps_utctimestamp": value}
    located = read_row(row)
    assert isinstance(located, Located)
    assert located.fix.time == seconds


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("gps_latitude", "48,2", Refused.NO_PLACE),
        ("gps_latitude", NAN, Refused.OUT_OF_RANGE),
        ("gps_latitude", "inf", Refused.OUT_OF_RANGE),
        ("gps_precision", -1, Refused.OUT_OF_RANGE),
        ("gps_utctimestamp", "yesterday", Refused.NO_TIME),
        ("gps_utctimestamp", "0000-00-00 00:00:00", Refused.NO_TIME),
        ("gps_utctimestamp", -5, Refused.OUT_OF_RANGE),
        ("username", "a\x00b", Refused.NO_DEVICE),
        ("insert_time", NAN, Refused.NO_INSERT_TIME),
        ("insert_time", "inf", Refused.NO_INSERT_TIME),
        ("insert_time", 1_764_144_000_000, Refused.NO_INSERT_TIME),
        ("insert_time", "yesterday", Refused.NO_INSERT_TIME),
    ],
)
def test_a_row_that_is_no_fix_says_why(column: str, value: object, reason: Refused) -> None:
    row = {"username": "a", "gps_latitude": 48.2, "gps_longitude": 16.0, "gps_utctimestamp": 1.0}
    refusal = read_row({**row, column: value})
    assert isinstance(refusal, Refusal)
    assert refusal.reason is reason
    assert reason is Refused.NO_DEVICE or str(value) in refusal.said


@pytest.mark.parametrize("value", [None, "", " "])
def test_a_row_that_does_not_say_when_it_was_written_is_taken(value: object) -> None:
    row = {"username": "a", "gps_latitude": 48.2, "gps_longitude": 16.0, "gps_utctimestamp": 1.0}
    located = read_row({**row, "insert_time": value})
    assert isinstance(located, Located)
    assert located.inserted_at is None
