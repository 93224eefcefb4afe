"""`waywarn record`: what it writes, what it says, and how it refuses."""

import json
from pathlib import Path

import pytest

from corridor import Path as Way
from tests.waywarn.command_line import run
from tests.waywarn.walks import START, write_walk


def test_a_trip_becomes_a_path_that_a_rule_can_use(tmp_path: Path) -> None:
    walk, output = write_walk(tmp_path / "walk.csv"), tmp_path / "school.geojson"
    ran = run("record", walk, "-o", output, "--name", "to school")
    assert (ran.exit_code, ran.stdout) == (0, "")
    feature = json.loads(output.read_text())
    properties = feature["properties"]
    assert (properties["name"], properties["recorded_from"]) == ("to school", "walk.csv")
    assert (properties["device"], properties["tolerance_m"]) == ("anna", 5.0)
    assert properties["started_at"] == "2026-01-01T08:00:00Z"
    assert len(properties["elapsed_s"]) == len(feature["geometry"]["coordinates"])
    path = Way.from_file(output)
    assert path.length_m == pytest.approx(199 * 7.0, abs=5)
    assert path.elapsed_s is not None
    assert path.elapsed_s[-1] == 199 * 5.0


def test_it_says_what_it_read_removed_and_wrote(tmp_path: Path) -> None:
    walk = write_walk(tmp_path / "walk.csv", extra="anna,,1,2,\nanna,2026-01-01T09:00:00Z,1,95,\n")
    ran = run("record", walk, "-o", tmp_path / "school.geojson")
    assert ran.exit_code == 0
    for said in (
        "200 fixes of 1 device",
        "accuracy_m from accuracy_m",
        "2 rows",
        "row 202: time is missing",
        "row 203: latitude 95.0 is outside [-90, 90]",
        "within 5 m of the path",
        "vertices, 1,39",
        "16 min 35 s from 2026-01-01T08:00:00Z",
        "school.geojson",
    ):
        assert said in ran.stderr


def test_one_device_of_several_is_chosen(tmp_path: Path) -> None:
    first = write_walk(tmp_path / "a.csv").read_text()
    second = write_walk(tmp_path / "b.csv", device="ben").read_text().partition("\n")[2]
    (tmp_path / "both.csv").write_text(first + second)
    output = tmp_path / "path.geojson"
    refused = run("record", tmp_path / "both.csv", "-o", output)
    assert refused.exit_code == 2
    assert "2 devices; choose one: 'anna', 'ben'; choose with --device" in refused.stderr
    assert not output.exists()
    for choice in (("--device", "ben"), ("--where", "device_id=ben")):
        assert run("record", tmp_path / "both.csv", "-o", output, *choice).exit_code == 0
        assert json.loads(output.read_text())["properties"]["device"] == "ben"
    unknown = run("record", tmp_path / "both.csv", "-o", output, "--device", "eve")
    assert unknown.exit_code == 2
    assert "no fix of device 'eve'; there are: 'anna', 'ben'" in unknown.stderr


def test_a_trip_is_chosen_by_its_time(tmp_path: Path) -> None:
    day = write_walk(tmp_path / "a.csv").read_text()
    next_day = write_walk(tmp_path / "b.csv", start=START + 86_400).read_text().partition("\n")[2]
    (tmp_path / "both.csv").write_text(day + next_day)
    output = tmp_path / "path.geojson"
    ran = run("record", tmp_path / "both.csv", "-o", output, "--since", "2026-01-02T00:00:00Z")
    assert ran.exit_code == 0
    assert "200 more are not of the chosen device or time" in ran.stderr
    assert json.loads(output.read_text())["properties"]["started_at"] == "2026-01-02T08:00:00Z"
    empty = run("record", tmp_path / "both.csv", "-o", output, "--until", "2025-01-01T00:00:00Z")
    assert empty.exit_code == 2
    assert "none of 400 fixes is between --since and --until" in empty.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.csv",), "nowhere.csv: it cannot be read: No such file"),
        (("walk.csv", "--where", "device_id"), "'device_id' is not COLUMN=TEXT"),
        (("walk.csv", "--where", "route=7"), "no column 'route' to select by"),
        (("walk.csv", "--naive-zone", "Nowhere/Land"), "'Nowhere/Land' is not a known time zone"),
        (("walk.csv", "--since", "yesterday"), "'yesterday' is not RFC 3339"),
        (("walk.csv", "--tolerance-m", "0"), "tolerance-m"),
        (("naive.csv",), "has no zone"),
        (("naive.csv",), "see --naive-zone"),
        (("standing.csv",), "stays within 25 m"),
        (("walk.csv", "-o", "no/such/folder.geojson"), "cannot be written: No such file"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    walk = write_walk(tmp_path / "walk.csv")
    (tmp_path / "naive.csv").write_text(walk.read_text().replace("Z,", ","))
    standing = [f"anna,2026-01-01T08:{minute:02}:00Z,16.3,48.2,8\n" for minute in range(60)]
    (tmp_path / "standing.csv").write_text("device_id,time,lon,lat,accuracy_m\n" + "".join(standing))
    output = () if "-o" in arguments else ("-o", "path.geojson")
    ran = run("record", *arguments, *output)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr


def test_naive_times_are_read_in_the_zone_given(tmp_path: Path) -> None:
    walk = write_walk(tmp_path / "walk.csv")
    walk.write_text(walk.read_text().replace("Z,", ","))
    output = tmp_path / "path.geojson"
    assert run("record", walk, "-o", output, "--naive-zone", "Europe/Vienna").exit_code == 0
    assert json.loads(output.read_text())["properties"]["started_at"] == "2026-01-01T07:00:00Z"


SWAPPED = "-37.8142,144.9632"


def write_line(file: Path, *places: str) -> Path:
    coordinates = ", ".join(f"[{place}]" for place in places)
    file.write_text(f'{{"type": "LineString", "coordinates": [{coordinates}]}}')
    return file


def swapped_walk(file: Path) -> Path:
    header, *rows = write_walk(file).read_text().splitlines()
    cells = [row.split(",") for row in rows]
    turned = [
        ",".join([c[0], c[1], c[3], f"{float(c[2]) + 100:.7f}", c[4]]) for c in cells
    ]  # 116 degrees east
    file.write_text("\n".join([header, *turned]))
    return file


def jumping_walk(file: Path) -> Path:
    """Write a walk whose recorder went on a day later, 1,390 km to the west."""
    later = write_walk(file, start=START + 86_400).read_text().partition("\n")[2]
    moved = "".join(row.replace(",16.", ",-2.") + "\n" for row in later.splitlines()[:50])
    return write_walk(file, extra=moved)


def test_coordinates_that_are_swapped_are_an_error_and_turned_on_demand(tmp_path: Path) -> None:
    walk, output = swapped_walk(tmp_path / "walk.csv"), tmp_path / "path.geojson"
    refused = run("record", walk, "-o", output)
    assert refused.exit_code == 2
    assert "row 2: latitude 116.3 is outside [-90, 90]" in refused.stderr
    assert not output.exists()
    ran = run("record", walk, "-o", output, "--repair")
    assert ran.exit_code == 0
    assert (
        "repaired  all rows: latitudes are outside [-90, 90]; longitude and latitude change places: "
        in ran.stderr
    )
    assert "(48.2, 116.3) becomes (116.3, 48.2)" in ran.stderr
    assert Way.from_file(output).lon[0] == pytest.approx(116.3, abs=1e-6)


def test_a_jump_of_over_1000_km_is_an_error_and_the_longest_piece_kept_on_demand(tmp_path: Path) -> None:
    walk, output = jumping_walk(tmp_path / "walk.csv"), tmp_path / "path.geojson"
    before = walk.read_bytes()
    refused = run("record", walk, "-o", output)
    assert refused.exit_code == 2
    assert (
        "km from the one before it; choose a trip with --since and --until, or see --repair" in refused.stderr
    )
    assert not output.exists()
    ran = run("record", walk, "-o", output, "--repair")
    assert ran.exit_code == 0
    assert "the longest piece, vertices 1 to " in ran.stderr
    assert "beyond a jump" in ran.stderr
    assert Way.from_file(output).length_m == pytest.approx(199 * 7.0, abs=5)
    assert walk.read_bytes() == before


def test_a_drawn_line_is_mended_on_demand_and_each_thing_said(tmp_path: Path) -> None:
    line, output = (
        write_line(tmp_path / "way.geojson", SWAPPED, "-37.815,144.964", "null,null"),
        tmp_path / "o.json",
    )
    assert run("record", line, "-o", output).exit_code == 2
    ran = run("record", line, "-o", output, "--repair")
    assert ran.exit_code == 0
    left_out, turned = [row for row in ran.stderr.splitlines() if row.startswith("repaired")]
    assert left_out == "repaired  vertex 3: (nan, nan) is no place; it is left out"
    assert turned == (
        "repaired  all 2 vertices: latitude 144.9632 is outside [-90, 90]; longitude and latitude change "
        "places: vertex 1 is (-37.8142, 144.9632) and becomes (144.9632, -37.8142)"
    )
    assert Way.from_file(output).lon.tolist() == [144.9632, 144.964]


def test_a_line_that_cannot_be_mended_is_refused(tmp_path: Path) -> None:
    line, output = write_line(tmp_path / "way.geojson", "null,null", SWAPPED), tmp_path / "o.json"
    ran = run("record", line, "-o", output, "--repair")
    assert ran.exit_code == 2
    assert "1 vertices would be left, a path needs two" in ran.stderr
    assert not output.exists()


def test_a_good_trip_needs_no_repair(tmp_path: Path) -> None:
    walk = write_walk(tmp_path / "walk.csv")
    plain = run("record", walk, "-o", tmp_path / "a.geojson", "--name", "way")
    mended = run("record", walk, "-o", tmp_path / "b.geojson", "--name", "way", "--repair")
    assert "repaired" not in mended.stderr
    assert plain.exit_code == mended.exit_code == 0
    assert (tmp_path / "a.geojson").read_text() == (tmp_path / "b.geojson").read_text()
