"""`waywarn record` with several trips: files, one file in pieces, the store; what it says and draws."""

import json
from pathlib import Path

import numpy as np
import pytest

from corridor import FixBatch, LocalFrame, format_instant, read_learned
from corridor import Path as Way
from rules import Discard
from tests.corridor.test_learning import LOWER_M, UPPER_M
from tests.corridor.trips import one_trip
from tests.waywarn.command_line import run
from waywarn.store import Batch, Store, StoredFix, Terms


def _rows(batch: FixBatch, trip: str) -> list[str]:
    return [
        f"anna,{trip},{format_instant(time)},{lon!r},{lat!r}\n"
        for time, lon, lat in zip(
            *(column.tolist() for column in (batch.time, batch.lon, batch.lat)), strict=True
        )
    ]


def _write(file: Path, *trips: FixBatch) -> Path:
    rows = [row for number, trip in enumerate(trips) for row in _rows(trip, f"t{number}")]
    file.write_text("device_id,trip,time,lon,lat\n" + "".join(rows))
    return file


@pytest.fixture(scope="module")
def trips() -> list[FixBatch]:
    lines = [LOWER_M] * 4 + [UPPER_M] * 2
    return [one_trip(line, seed) for seed, line in enumerate(lines, start=1)]


def test_several_files_become_corridors_and_it_is_said_what_was_kept(
    tmp_path: Path, trips: list[FixBatch]
) -> None:
    files = [_write(tmp_path / f"{number}.csv", trip) for number, trip in enumerate(trips)]
    other = _write(tmp_path / "other.csv", one_trip(LOWER_M + 5_000.0, 9))
    output, plot = tmp_path / "way.geojson", tmp_path / "way.png"
    ran = run("record", *files, other, "-o", output, "--name", "to school", "--plot", plot)
    assert (ran.exit_code, ran.stdout) == (0, "")
    for said in (
        "from 7 files, 7 trips",
        "from 6 of 7 trips",
        "other.csv: 0 % of its way is in common with the others",
        "m to each side, ",
        "way 2: 2 trips left the path at",
        'legal as "to school, way 2"',
    ):
        assert said in ran.stderr
    assert plot.stat().st_size > 20_000
    learned = read_learned(output)
    assert learned.trip_counts == (6, 2)
    main = json.loads(output.read_text())["features"][0]["properties"]
    assert (main["role"], main["devices"], main["first_at"][:10]) == ("main", ["anna"], "2026-01-02")
    assert Way.from_file(output).elapsed_s is not None


def test_a_file_is_cut_by_a_column_by_pauses_and_by_standing(tmp_path: Path, trips: list[FixBatch]) -> None:
    file = _write(tmp_path / "week.csv", *trips)
    expected = None
    for options in (("--by", "trip"), ("--gap-s", "900"), ("--gap-s", "900", "--standing-s", "600")):
        output = tmp_path / "way.geojson"
        ran = run("record", file, "-o", output, *options)
        assert ran.exit_code == 0, ran.stderr
        assert "from 6 of 6 trips" in ran.stderr
        lon = read_learned(output).main.path.lon
        expected = lon if expected is None else expected
        np.testing.assert_array_equal(lon, expected)


def test_a_path_learned_from_trips_serves_replay(tmp_path: Path, trips: list[FixBatch]) -> None:
    output = tmp_path / "way.geojson"
    assert run("record", _write(tmp_path / "week.csv", *trips), "--by", "trip", "-o", output).exit_code == 0
    further = _write(tmp_path / "further.csv", one_trip(LOWER_M, 77))
    assert "off_route" not in run("replay", "--path", output, "--half-width-m", "40", further).kinds
    strays = _write(tmp_path / "strays.csv", one_trip(UPPER_M, 78))
    assert "off_route" in run("replay", "--path", output, "--half-width-m", "40", strays).kinds
    name = f"{output}#way, way 2"
    assert "off_route" not in run("replay", "--path", name, "--half-width-m", "40", strays).kinds


CONFIG = """
[service]
store = "waywarn.sqlite"
[sip]
domain = "example.org"
listen = ["udp:127.0.0.1:5060"]
[devices.anna]
password = "secret"
"""


def _stored(batch: FixBatch, discard: Discard | None = None) -> tuple[StoredFix, ...]:
    terms = Terms(may_tell_place=True, keep_until=1e12)
    return tuple(StoredFix(fix, "anna", "Point", discard, terms) for fix in batch)


def test_the_store_s_own_fixes_are_trips_too(
    tmp_path: Path, trips: list[FixBatch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "waywarn.toml").write_text(CONFIG)
    late = trips[3].take(np.arange(40))
    impossible = one_trip(LOWER_M + 40_000.0, 5)
    with Store.open(tmp_path / "waywarn.sqlite") as store:
        for trip in (*trips[:3], trips[3].take(np.arange(40, len(trips[3])))):
            store.commit(Batch(now=0.0, fixes=_stored(trip)))
        store.commit(Batch(now=0.0, fixes=_stored(late, Discard.LATE)))
        store.commit(Batch(now=0.0, fixes=_stored(impossible, Discard.IMPLAUSIBLE)))
        store.commit(Batch(now=0.0, fixes=_stored(one_trip(LOWER_M, 8))))
    between = "2026-01-01T00:00:00Z..2026-01-08T00:00:00Z"
    ran = run(
        "record", "--from-store", "anna", "--between", between, "-c", "waywarn.toml", "-o", "way.geojson"
    )
    assert ran.exit_code == 0, ran.stderr
    assert "from 4 of 4 trips" in ran.stderr
    assert (
        _file_of(trips[:4], tmp_path)
        == json.loads((tmp_path / "way.geojson").read_text())["features"][0]["geometry"]
    )
    nobody = run("record", "--from-store", "ben", "-c", "waywarn.toml", "-o", "way.geojson")
    assert nobody.exit_code == 2
    assert "no place of device 'ben' is kept in that time" in nobody.stderr


def _file_of(trips: list[FixBatch], folder: Path) -> object:
    files = [_write(folder / f"{number}.csv", trip) for number, trip in enumerate(trips)]
    assert run("record", *files, "-o", folder / "files.geojson").exit_code == 0
    return json.loads((folder / "files.geojson").read_text())["features"][0]["geometry"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give files, or --from-store DEVICE"),
        (("a.csv", "--from-store", "anna"), "give files, or --from-store DEVICE"),
        (("--from-store", "anna"), "needs the service's configuration file"),
        (("--from-store", "anna", "-c", "waywarn.toml"), "there is no store yet"),
        (("a.csv", "-c", "waywarn.toml"), "give --from-store too"),
        (("a.csv", "b.csv", "--repair"), "mend files one by one"),
        (("a.csv", "b.csv", "--between", "yesterday"), "'yesterday' is not FROM..TO"),
        (("a.csv", "b.csv", "--between", "2026-01-02T00:00:00Z..2026-01-01T00:00:00Z"), "is not before"),
        (("a.csv", "b.csv", "--between", "2026..2027"), "'2026' is not RFC 3339"),
        (("a.csv", "b.csv", "--between", "2030-01-01T00:00:00Z..2031-01-01T00:00:00Z"), "none of"),
        (("a.csv", "nowhere.csv"), "nowhere.csv: it cannot be read"),
        (("a.csv", "far.csv"), "no way in common within 100 m"),
        (("both.csv", "a.csv"), "2 devices; choose one with --device, or see --by: 'anna', 'ben'"),
        (("a.csv", "--by", "tour"), "no column 'tour'"),
        (
            ("a.csv", "b.csv", "--least-half-width-m", "200"),
            "least_half_width_m 200 is more than apart_m 100",
        ),
        (("a.csv", "b.csv", "--plot", "no/such/folder.png"), "cannot be written: No such file"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    first = _write(tmp_path / "a.csv", one_trip(LOWER_M, 1))
    _write(tmp_path / "b.csv", one_trip(LOWER_M, 2))
    _write(tmp_path / "far.csv", one_trip(LOWER_M + 9_000.0, 3))
    both = first.read_text() + first.read_text().replace("anna", "ben").partition("\n")[2]
    (tmp_path / "both.csv").write_text(both)
    (tmp_path / "waywarn.toml").write_text(CONFIG)
    ran = run("record", *arguments, "-o", "way.geojson")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr


def test_one_trip_is_drawn_too(tmp_path: Path) -> None:
    plot = tmp_path / "one.png"
    file = _write(tmp_path / "a.csv", one_trip(LOWER_M, 1))
    assert run("record", file, "-o", tmp_path / "way.geojson", "--plot", plot).exit_code == 0
    assert plot.stat().st_size > 10_000


def test_a_picture_is_drawn_anywhere_on_earth(tmp_path: Path) -> None:
    for number, at in enumerate([(179.999, -17.0), (0.0, 89.99)]):
        degrees = LocalFrame(*at).from_enu([[0.0, 0.0]])[0]
        files = [
            _write(tmp_path / f"{number}-{seed}.csv", one_trip(LOWER_M, seed, at=tuple(degrees.tolist())))
            for seed in range(3)
        ]
        plot = tmp_path / f"{number}.png"
        assert run("record", *files, "-o", tmp_path / "way.geojson", "--plot", plot).exit_code == 0
        assert plot.stat().st_size > 20_000
