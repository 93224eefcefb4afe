"""Evidence as files: read back by other readers, checked against each other, and true to what may be told."""

import csv
import hashlib
import io
import math
import subprocess
from dataclasses import replace
from pathlib import Path
from shutil import which

import gpxpy
import pytest
from matplotlib.image import imread

from corridor.tracks import read_fixes
from rules import Discard
from sip.pidflo import Circle, Point, parse_pidf
from tests.waywarn.evidence.cases import START, WHOSE, alarm, case, place, walk
from waywarn.evidence import Case, write_folder
from waywarn.evidence.gpx import write_gpx
from waywarn.evidence.last_place import write_last_place
from waywarn.evidence.map_picture import draw_case
from waywarn.evidence.summary import FILES, write_summary
from waywarn.evidence.tables import alerts_csv, places_csv
from waywarn.store.records import Records

NASTY = 'a<b>&"c" \u00e4'


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def test_gpx_is_read_back_by_our_own_reader_as_it_was_stored(tmp_path: Path) -> None:
    made = case(walk())
    (tmp_path / "track.gpx").write_bytes(write_gpx(made))
    batch = read_fixes(tmp_path / "track.gpx").batch
    track = [(each.fix.time, each.fix.lon, each.fix.lat) for each in made.track]
    read = list(zip(batch.time, batch.lon, batch.lat, strict=True))[-40:]
    assert read == [pytest.approx(each, abs=1e-7) for each in track]


def test_gpx_is_read_back_by_another_reader() -> None:
    made = replace(case(walk()), device=NASTY)
    gpx = gpxpy.parse(write_gpx(made).decode())
    assert gpx.version == "1.1"
    (track,) = gpx.tracks
    assert track.name == NASTY
    points = track.segments[0].points
    assert len(points) == 40
    assert points[-1].time is not None
    assert points[-1].time.timestamp() == made.track[-1].fix.time
    assert points[0].source == "GPS"
    ours = {element.tag.rpartition("}")[2]: element.text for element in points[3].extensions}
    assert ours == {"accuracy_m": "80", "speed_mps": "1.4", "course_deg": "80"}
    assert gpx.waypoints[0].name == f"last place of {NASTY}"


def test_children_of_a_gpx_point_stand_in_the_order_of_the_schema() -> None:
    order = ["time", "name", "src", "extensions"]
    lines = write_gpx(case(walk(1))).decode().split("<wpt")[1].split("</wpt>")[0].splitlines()
    found = [line[1:].partition(">")[0] for line in lines if line[1:].partition(">")[0] in order]
    assert found == order


def test_the_last_place_is_a_pidf_lo_with_the_circle_and_the_terms() -> None:
    document = write_last_place(case(walk()))
    assert document is not None
    read = parse_pidf(document)
    last = walk().places[-1]
    assert isinstance(read.shape, Circle)
    assert math.isclose(read.shape.lat, last.fix.lat, abs_tol=1e-9)
    assert (read.shape.radius_m, read.time, read.method) == (20.0, last.fix.time, "GPS")
    assert read.entity == "pres:anna@example.org"
    assert read.usage.retention_expiry == last.stored.terms.keep_until
    assert not read.flags


def test_a_place_without_accuracy_is_a_point_and_is_said_to_be_vague() -> None:
    made = case(Records((place(0, accuracy_m=None),), ()))
    document = write_last_place(made)
    assert document is not None
    assert isinstance(parse_pidf(document).shape, Point)
    said = write_summary(made, set())
    assert "How exactly   not known" in said
    assert "No radius     of 1 places none was told" in said


def test_every_place_is_in_the_table_and_only_the_possible_ones_in_the_track() -> None:
    records = walk(5)
    wild = place(6, discard=Discard.IMPLAUSIBLE)
    late = place(7, discard=Discard.LATE)
    made = case(Records((*records.places, wild, late), ()))
    assert [each.fix.time for each in made.track] == [
        *(each.fix.time for each in records.places),
        late.fix.time,
    ]
    table = rows(places_csv(made))
    assert len(table) == 7
    assert table[5]["not_judged"] == "implausible"
    assert table[0]["time_utc"] == "2026-11-26T06:40:00Z"
    assert table[0]["time_local"] == "2026-11-26 07:40:00 CET (UTC+0100)"
    assert table[0]["radius_95_m"] == "20"
    assert "1 more places are in places.csv only" in write_summary(made, set())


def test_what_is_passed_on_leaves_out_what_may_not_be() -> None:
    records = walk(5)
    private = place(6, may_tell_place=False)
    hidden = replace(alarm(private), opened=replace(alarm(private).opened, may_tell_place=False))
    both = Records((*records.places, private), (*records.alerts, hidden))
    kept, passed = Case.to_keep(both, **WHOSE), Case.to_pass_on(both, **WHOSE)
    assert kept.last == private
    assert (passed.last, passed.withheld) == (records.places[-1], 1)
    assert rows(places_csv(kept))[-1]["may_be_passed_on"] == "no"
    assert f"{private.fix.lat:.6f}" in write_summary(kept, set())
    for data in (
        write_gpx(passed),
        places_csv(passed),
        alerts_csv(passed),
        write_summary(passed, set()).encode(),
    ):
        assert f"{private.fix.lat:.5f}".encode() not in data
    assert "1 places are left out" in write_summary(passed, set())
    assert len(rows(alerts_csv(passed))) == 2  # that it was raised is told; where, is not


@pytest.mark.parametrize("sign", ["=", "-", "+", "@"])
def test_a_name_that_a_spreadsheet_would_run_is_a_text(sign: str) -> None:
    made = case(walk(5))
    rule = replace(made.alerts[0], rule=f"{sign}cmd|' /C calc'!A0")
    assert rows(alerts_csv(replace(made, alerts=(rule,))))[0]["name"] == f"'{sign}cmd|' /C calc'!A0"


def test_a_place_in_the_south_is_a_number() -> None:
    first = place(0)
    south = replace(first.stored, fix=replace(first.fix, lat=-33.9, lon=-70.5, altitude_m=-12.0))
    (row,) = rows(places_csv(case(Records((replace(first, stored=south),), ()))))
    assert (row["lat"], row["lon"]) == ("-33.9000000", "-70.5000000")
    assert row["height_above_ellipsoid_m"] == "-12.0"


def test_the_summary_fits_a_page_of_80_columns_but_for_a_link() -> None:
    made = case(walk())
    long = replace(made.alerts[0], rule="the_way_to_school_and_back_on_tuesdays_and_thursdays_of_may")
    for each in (made, replace(made, alerts=(long,)), replace(made, device="anna " * 12)):
        said = write_summary(each, {name for name, _ in FILES})
        assert [line for line in said.splitlines() if len(line) > 80 and "https://" not in line] == []


@pytest.mark.parametrize("minutes", [1, 2, 40])
def test_the_picture_is_drawn(minutes: int) -> None:
    drawn = draw_case(case(walk(minutes)))
    assert drawn is not None
    height, width, _ = imread(io.BytesIO(drawn)).shape
    assert width > 1000
    assert height > 700


@pytest.mark.parametrize("lon", [179.9999, -180.0])
def test_a_track_over_the_antimeridian_or_the_pole_is_drawn(lon: float) -> None:
    first, second = place(0), place(1)
    there = replace(first.stored, fix=replace(first.fix, lon=lon, lat=89.9))
    across = replace(second.stored, fix=replace(second.fix, lon=-lon, lat=89.9))
    records = Records((replace(first, stored=there), replace(second, stored=across)), ())
    assert draw_case(case(records)) is not None


@pytest.mark.parametrize("name", ["$anna$", r"$\frac{$ & $x$", "$$"])
def test_a_name_with_dollar_signs_is_written_as_it_is(name: str) -> None:
    made = replace(case(walk()), device=name)
    rule = replace(made.alerts[0].opened.transition, rule=name)
    alert = replace(made.alerts[0], opened=replace(made.alerts[0].opened, transition=rule))
    assert draw_case(replace(made, alerts=(alert,))) is not None


def test_without_a_place_there_is_no_picture() -> None:
    assert draw_case(case(Records((), ()))) is None
    assert "none is kept of this time" in write_summary(case(Records((), ())), set())


def test_the_list_of_values_holds_every_file(tmp_path: Path) -> None:
    written = write_folder(case(walk()), tmp_path / "evidence")
    assert (tmp_path / "evidence").stat().st_mode & 0o077 == 0
    names = {file.name for file in written.files}
    assert names == {
        "SHA256SUMS", "alerts.csv", "last-place.xml", "map.png", "places.csv", "summary.txt", "track.gpx",
    }  # fmt: skip
    sums = written.files[-1].read_bytes()
    assert hashlib.sha256(sums).hexdigest() == written.sha256
    listed = {line[66:]: line[:64] for line in sums.decode().splitlines()}
    assert listed == {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in written.files[:-1]}
    if which("sha256sum"):
        check = ["sha256sum", "--strict", "-c", "SHA256SUMS"]
        assert (
            subprocess.run(check, cwd=tmp_path / "evidence", check=False, capture_output=True).returncode == 0
        )
    summary = (tmp_path / "evidence" / "summary.txt").read_text()
    assert all(name in summary for name in names)
    assert "95 %" in summary
    assert START > 0


def test_nobody_else_reads_the_files_in_a_folder_that_others_can_open(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    folder.mkdir(mode=0o755)
    for file in write_folder(case(walk(3)), folder).files:
        assert file.stat().st_mode & 0o777 == 0o600, file


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="give a new folder"):
        write_folder(case(walk(3)), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["other.txt"]
