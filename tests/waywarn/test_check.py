"""`waywarn check` as its user meets it: what it explains, what it warns of, and how it ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rules import Window
from waywarn.config.explain_rules import openings
from waywarn.rooms import HOME, foreign_rooms

CONFIG = """\
[service]
store = "waywarn.sqlite"
[sip]
domain = "example.org"
realm = "home"
listen = ["udp:127.0.0.1:5060", "tcp:[::1]:5060"]
[devices.anna]
password_file = "anna.secret"
algorithms = ["MD5", "SHA-256"]
retention_h = 36
[devices.bike]
password_env = "BIKE_PASSWORD"
retransmission = false
[rules.way_to_school]
kind = "deviation"
device = "anna"
path = "school.geojson"
preset = "truck"
confirm_s = 30
when = "daily 07:00-08:15"
time_zone = "Europe/Vienna"
tell = ["mother"]
[rules.narrow]
kind = "deviation"
device = "anna"
path = "school.geojson"
half_width_m = 10
[recipients.mother]
time_zone = "Europe/Vienna"
addresses = [
    "mailto://user:letmein-mail@mail.example.org?to=mother@example.org",
    { url_env = "SMS_URL", form = "sms" },
]
"""
SECRETS = ("letmein", "hunter2")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return fill(tmp_path)


def fill(folder: Path) -> Path:
    (folder / "waywarn.toml").write_text(CONFIG)
    (folder / "anna.secret").write_text("hunter2\n")
    (folder / "school.geojson").write_text('{"type": "LineString", "coordinates": [[16, 48], [16.1, 48]]}')
    return folder


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    return run(fill(tmp_path_factory.mktemp("check")))


def run(
    folder: Path, *options: str, file: str = "waywarn.toml", **environ: str
) -> subprocess.CompletedProcess[str]:
    secrets = {"BIKE_PASSWORD": "hunter2-bike", "SMS_URL": "smseagle://letmein-sms@127.0.0.1/+431234567"}
    return subprocess.run(
        [sys.executable, "-m", "waywarn", "check", "-c", file, *options],
        cwd=folder,
        env={**os.environ, **secrets, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_good_configuration_is_explained(explained: subprocess.CompletedProcess[str]) -> None:
    done = explained
    assert (done.returncode, done.stderr) == (0, "")
    for line in (
        "waywarn.toml is good",
        "  listens           udp:127.0.0.1:5060",
        "                    tcp:[::1]:5060",
        "  domain            example.org, digest realm home",
        "  store             waywarn.sqlite (will be made)",
        "  publications      live 1 h, or as asked from 1 min to 1 d",
        "  account           sip:anna@example.org",
        "  digest            SHA-256, MD5; password from file anna.secret",
        "  document silent   place kept for 36 h, alarms may tell it",
        "                    (what a document says explicitly wins)",
        "  digest            SHA-256; password from environment variable BIKE_PASSWORD",
        "  document silent   place kept for 24 h, alarms go out without it",
        "Rule way_to_school: anna keeps to its path",
        "  path              school.geojson: 7.46 km, 2 vertices",
        "  corridor          150 m to each side",
        "  by this file      confirm_s 30",
        "  by default        clear_probability 0.35, starts on_path, ends at_end",
        "  awake             daily 07:00-08:15 (Europe/Vienna)",
        "  tells             mother (full): mailto://user:****@mail.example.org/mother%40example.org",
        "                    mother (sms, at most 10 a day): smseagle://****@127.0.0.1/%2B431234567",
        "  tells             nobody",
    ):
        assert any(shown.startswith(line) for shown in done.stdout.splitlines()), line
    (preset,) = [line for line in done.stdout.splitlines() if line.startswith("  by preset truck   ")]
    assert preset.endswith(
        "half_width_m 150, confirm_fixes 3, raise_probability 0.98, "
        "start_grace_m 300, end_grace_m 300, silence_s 900"
    )
    assert [secret for secret in SECRETS if secret in done.stdout] == []


def test_nothing_but_text_reaches_a_pipe(explained: subprocess.CompletedProcess[str]) -> None:
    done = explained
    assert "\x1b" not in done.stdout
    assert [line for line in done.stdout.splitlines() if line != line.rstrip()] == []


def test_a_terminal_of_80_columns_is_kept(folder: Path) -> None:
    done = run(folder, FORCE_COLOR="1", COLUMNS="80")
    assert "\x1b[" in done.stdout
    plain = [_without_colour(line) for line in done.stdout.splitlines()]
    assert max(map(len, plain)) <= 80


def _without_colour(line: str) -> str:
    head, *rest = line.split("\x1b[")
    return head + "".join(piece.partition("m")[2] for piece in rest)


def test_warnings_are_counted_and_do_not_fail(explained: subprocess.CompletedProcess[str]) -> None:
    done = explained
    warnings = done.stdout.partition("warnings\n")[2].splitlines()
    assert f"{len(warnings)} warnings" in done.stdout
    assert any(line.startswith("  waywarn.toml:14: rules.way_to_school.starts: ") for line in warnings)
    assert any(
        line.startswith("  waywarn.toml:27: rules.narrow.half_width_m: 10 m is less") for line in warnings
    )
    assert any("no deadline beside it" in line for line in warnings)
    assert any("MD5 is allowed" in line for line in warnings)


def test_the_hundredth_line_is_told_by_its_number(folder: Path) -> None:
    text = (folder / "waywarn.toml").read_text()
    faulty = text + "\n" * (98 - text.count("\n")) + "[rules.hundredth]\nkind = 'tides'\n"
    (folder / "waywarn.toml").write_text(faulty)
    done = run(folder)
    assert done.returncode == 2
    assert "waywarn.toml:100:" in done.stderr  # and no picture of a hundred


def test_every_line_at_fault_is_said_and_the_exit_code_is_2(folder: Path) -> None:
    (folder / "waywarn.toml").write_text(CONFIG.replace("= 10\n", "= -10\n").replace("udp:", "dup:"))
    done = run(folder)
    assert (done.returncode, done.stdout) == (2, "")
    first, second, last = done.stderr.splitlines()
    assert first.startswith(
        "waywarn.toml:6: sip.listen[0]: transport 'dup' of 'dup:127.0.0.1:5060' is none of"
    )
    assert (
        second
        == "waywarn.toml:27: rules.narrow.half_width_m: -10 is not more than 0; give metres, for example 40, "
        'a list with one number for each vertex, or "learned" for a path that was recorded from several trips'
    )
    assert last == "2 problems; nothing was started"


def test_paths_and_addresses_are_opened_and_all_faults_said_together(folder: Path) -> None:
    (folder / "school.geojson").write_text("{")
    done = run(folder, SMS_URL="nosuchservice://letmein-sms")
    assert done.returncode == 2
    assert [line.split(": ")[:2] for line in done.stderr.splitlines()[:-1]] == [
        ["waywarn.toml:17", "rules.way_to_school.path"],
        ["waywarn.toml:26", "rules.narrow.path"],
        ["waywarn.toml:32", "recipients.mother.addresses[1]"],
    ]
    assert "letmein" not in done.stderr


def test_a_file_that_is_not_there_is_said(folder: Path) -> None:
    done = run(folder, file="none.toml")
    assert done.returncode == 2
    assert done.stderr.startswith("none.toml: cannot be read (no such file or directory)")


def test_a_foreign_package_in_the_place_of_ours_is_named_with_its_folder(folder: Path) -> None:
    foreign = folder / "elsewhere" / "rules"
    foreign.mkdir(parents=True)
    (foreign / "__init__.py").write_text('"""Another package of that name."""\n')
    done = run(folder, PYTHONPATH=os.pathsep.join([str(foreign.parent), str(HOME)]))
    assert done.returncode == 2
    assert f"package 'rules' is taken from {foreign}, not from {HOME / 'rules'}; remove it" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_room_is_foreign_here() -> None:
    assert list(foreign_rooms()) == []


def test_the_next_openings_are_in_the_window_s_own_time() -> None:
    window = Window.parse("Sat, Sun 22:00-06:00", zone="Europe/Vienna")
    friday_noon = 1774612800.0  # 2026-03-27T12:00:00Z; clocks go forward on Sunday the 29th
    assert list(openings(window, friday_noon)) == [
        "Sat 28 Mar 2026 22:00 to Sun 29 Mar 06:00",
        "Sun 29 Mar 2026 22:00 to Mon 30 Mar 06:00",
        "Sat 04 Apr 2026 22:00 to Sun 05 Apr 06:00",
    ]


def test_an_opening_that_is_now_comes_first() -> None:
    window = Window.parse("Mon-Fri 07:00-08:15", zone="UTC")
    assert next(openings(window, 1774595699.0)) == "Fri 27 Mar 2026 07:00 to 08:15"  # 07:14:59Z


EVERY_SHAPE = """
[rules.shaped]
kind = "deviation"
device = "anna"
path = "school.geojson"
half_width_m = [40, 60]
left_half_width_m = 30
start_disc_m = 120
directed = true
altitude_m = [0, 900]
[rules.yards]
kind = "geofence"
devices = ["anna", "b*"]
fences = "yards.geojson"
exit_probability = 0.9
tell = ["mother"]
[rules.at_school]
kind = "geofence"
device = "anna"
circle = { lon = 16.37, lat = 48.2, radius_m = 8 }
"""
AREA = '{"type": "Polygon", "coordinates": [[[16, 48], [16.001, 48], [16.001, 48.001], [16, 48]]]}'
YARDS = [f'{{"type": "Feature", "properties": {{"name": "yard {n}"}}, "geometry": {AREA}}}' for n in range(7)]


def test_corridors_of_every_shape_and_fences_are_explained(folder: Path) -> None:
    (folder / "waywarn.toml").write_text(CONFIG + EVERY_SHAPE)
    (folder / "yards.geojson").write_text(
        f'{{"type": "FeatureCollection", "features": [{", ".join(YARDS)}]}}'
    )
    done = run(folder)
    assert (done.returncode, done.stderr) == (0, "")
    for line in (
        "  corridor          40 to 60 m to the right of travel, 30 m to the left",
        "                    inside too: within 120 m of its start",
        "                    in the path's direction: a fix that states a course against it is outside",
        "                    from 0 to 900 m of altitude, where a fix states one",
        "  by this file      half_width_m [40, 60], left_half_width_m 30, start_disc_m 120, altitude_m [0,",
        "                    at once: two fixes in a row more than two half widths outside",
        "Rule yards: each of anna, b* enters and leaves 7 fences",
        "  devices           anna, bike",
        "  fences            yards.geojson: 7 fences",
        "                    yard 0: 3 vertices, 134 m across",
        "                    yard 4: 3 vertices",
        "                    and 2 more",
        "  says              enter: one fix in the fence with a probability of 0.5 or more",
        "                    once each, by the fence's name; nothing stays open",
        "  by this file      exit_probability 0.9",
        "  by default        confirm_fixes 1, confirm_s 0, enter_probability 0.5, silence_s 180, default_ac",
        "Rule at_school: anna enters and leaves 1 fence",
        "  fences            at school: a circle, 16 m across",
    ):
        assert any(shown.startswith(line) for shown in done.stdout.splitlines()), line
    warnings = done.stdout.partition("warnings\n")[2]
    assert "rules.at_school.circle.radius_m: 8 m is less than the accuracy of a usual fix" in warnings
    assert "rules.yards.tell: messages go out without the fence of 'bike' where its document" in warnings


BAD_FENCES = [  # a ring, what is said of it, and what could be done
    (
        "[16, 48], [16.001, 48.001], [16.001, 48], [16, 48.001], [16, 48]",
        "crosses or touches itself",
        "is split",
    ),
    ("", "feature 3", "it is left out"),
    ("[16, 48], [16.001, 48], [16.001, 48.001]", "vertex 2 is not vertex 0", "the ring is closed"),
    ("[16, 48], [16.001, 48], [16, 48]", "three distinct vertices", "it is left out"),
    ("[48, 116], [48.1, 116], [48.1, 116.1], [48, 116]", "vertex 0: latitude 116.0", "change places"),
]


@pytest.mark.parametrize(("ring", "said", "offered"), BAD_FENCES, ids=[said for _, said, _ in BAD_FENCES])
def test_a_fence_that_cannot_be_is_named_and_a_repair_said_on_demand(
    folder: Path, ring: str, said: str, offered: str
) -> None:
    (folder / "waywarn.toml").write_text(CONFIG + EVERY_SHAPE)
    features = [*YARDS[:2], YARDS[2].replace(AREA, f'{{"type": "Polygon", "coordinates": [[{ring}]]}}')]
    (folder / "yards.geojson").write_text(
        f'{{"type": "FeatureCollection", "features": [{", ".join(features)}]}}'
    )
    before = (folder / "yards.geojson").read_bytes()
    done = run(folder, "--repair")
    assert done.returncode == 2
    fault, heading, *repairs, _ = done.stderr.splitlines()
    assert fault.startswith("waywarn.toml:47: rules.yards.fences: yards.geojson: ")
    assert "feature 3" in fault
    assert said in fault
    assert heading == "rules.yards.fences could be repaired (nothing was written):"
    assert any(offered in repair for repair in repairs), repairs
    assert (folder / "yards.geojson").read_bytes() == before


BAD_PATHS = [
    (
        "[48, 116], [48.1, 116]",
        "vertex 1: latitude 116.0 is outside",
        "all 2 vertices: latitude 116 is outside",
    ),
    (
        "[16, 48], [null, 1], [16.1, 48]",
        "vertex 2: lon None is not a number",
        "vertex 2: (nan, 1) is no place; it is left out",
    ),
    ("[16, 48], [16.1, 48], [60, 48]", "vertex 3: 3,231 km from the one before", "vertices 1 to 2, is kept"),
]


@pytest.mark.parametrize(("line", "said", "offered"), BAD_PATHS, ids=[said for _, said, _ in BAD_PATHS])
def test_a_path_that_cannot_be_is_named_and_a_repair_said_on_demand(
    folder: Path, line: str, said: str, offered: str
) -> None:
    file = folder / "school.geojson"
    file.write_text(f'{{"type": "LineString", "coordinates": [{line}]}}')
    before = file.read_bytes()
    plain, asked = run(folder), run(folder, "--repair")
    for done in (plain, asked):
        assert done.returncode == 2
        assert done.stderr.startswith("waywarn.toml:17: rules.way_to_school.path: ")
        assert said in done.stderr
    assert "repair" not in plain.stderr
    assert "rules.way_to_school.path could be repaired (nothing was written):\n" in asked.stderr
    assert offered in asked.stderr
    assert file.read_bytes() == before


def test_half_widths_that_do_not_fit_the_path_are_an_error(folder: Path) -> None:
    (folder / "waywarn.toml").write_text(CONFIG.replace("half_width_m = 10", "half_width_m = [10, 20, 30]"))
    done = run(folder, "--repair")
    assert done.returncode == 2
    first, last = done.stderr.splitlines()
    assert first.startswith("waywarn.toml:27: rules.narrow.half_width_m: ")
    assert "3 numbers for 2 vertices" in first
    assert last == "1 problem; nothing was started"


def test_a_circle_without_a_radius_is_an_error_and_left_out_on_demand(folder: Path) -> None:
    (folder / "waywarn.toml").write_text(CONFIG + EVERY_SHAPE)
    circle = '{"type": "Feature", "properties": {"name": "well", "radius_m": 0}, "geometry": POINT}'
    feature = circle.replace("POINT", '{"type": "Point", "coordinates": [16, 48]}')
    (folder / "yards.geojson").write_text(
        f'{{"type": "FeatureCollection", "features": [{YARDS[0]}, {feature}]}}'
    )
    done = run(folder, "--repair")
    assert done.returncode == 2
    assert 'rules.yards.fences: yards.geojson: feature 2 "well"' in done.stderr
    assert "radius_m 0" in done.stderr
    assert "it is left out" in done.stderr
