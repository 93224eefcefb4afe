"""`waywarn check` as its user meets it: what it explains, what it warns of, and how it ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rules import Window
from waywarn.config.explain import openings
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


def run(folder: Path, file: str = "waywarn.toml", **environ: str) -> subprocess.CompletedProcess[str]:
    secrets = {"BIKE_PASSWORD": "hunter2-bike", "SMS_URL": "smseagle://letmein-sms@127.0.0.1/+431234567"}
    return subprocess.run(
        [sys.executable, "-m", "waywarn", "check", "-c", file],
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


def test_every_line_at_fault_is_said_and_the_exit_code_is_2(folder: Path) -> None:
    (folder / "waywarn.toml").write_text(CONFIG.replace("= 10\n", "= -10\n").replace("udp:", "dup:"))
    done = run(folder)
    assert (done.returncode, done.stdout) == (2, "")
    first, second, last = done.stderr.splitlines()
    assert first.startswith(
        "waywarn.toml:6: sip.listen[0]: transport 'dup' of 'dup:127.0.0.1:5060' is neither"
    )
    assert (
        second
        == "waywarn.toml:27: rules.narrow.half_width_m: -10 is not more than 0; give metres, for example 40"
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
    done = run(folder, "none.toml")
    assert done.returncode == 2
    assert done.stderr.startswith("none.toml: cannot be read (no such file or directory)")


def test_a_foreign_package_in_the_place_of_ours_is_named_with_its_folder(folder: Path) -> None:
    foreign = folder / "elsewhere" / "rules"
    foreign.mkdir(parents=True)
    (foreign / "__init__.py").write_text('"""Another package of that name."""\n')
    done = run(folder, PYTHONPATH=str(foreign.parent))
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
    ]


def test_an_opening_that_is_now_comes_first() -> None:
    window = Window.parse("Mon-Fri 07:00-08:15", zone="UTC")
    assert next(openings(window, 1774595699.0)) == "Fri 27 Mar 2026 07:00 to 08:15"  # 07:14:59Z
