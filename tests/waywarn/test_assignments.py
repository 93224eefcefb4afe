"""Who follows which rule from when to when, by the configuration, a file and the store; and days excepted."""

import time
from datetime import date
from pathlib import Path

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from corridor import parse_instant
from rules import Both, Deviation, Geofence, Spans, Window
from waywarn.assignment import Assignment
from waywarn.assignment_file import AssignmentFileError, read_assignments
from waywarn.commands.assign import assign
from waywarn.commands.check import check
from waywarn.config import Config, ConfigError, load_config
from waywarn.config.followers import unknown
from waywarn.store import Store

BASE = """
service.store = "w.sqlite"
sip = { domain = "example.org", listen = ["tcp:[::1]:0"] }
devices.van-1.password = "a"
devices.van-2.password = "b"
devices.anna.password = "c"
"""
ROUTE = """
[rules.route]
kind = "deviation"
path = "way.geojson"
"""
HOURS = """when = "Mon-Fri 07:00-08:15"
time_zone = "Europe/Vienna"
"""
LINE = '{"type": "LineString", "coordinates": [[16, 48], [16.01, 48], [16.01, 48.01]]}'
SEVEN, NINE = parse_instant("2026-11-25T07:00:00Z"), parse_instant("2026-11-25T09:00:00Z")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "way.geojson").write_text(LINE)
    return tmp_path


def read(folder: Path, more: str, base: str = BASE) -> Config:
    file = folder / "waywarn.toml"
    file.write_text(base + more)
    return load_config(file, {})


def problems(folder: Path, more: str, base: str = BASE) -> str:
    with pytest.raises(ConfigError) as caught:
        read(folder, more, base).engine_rules()
    return str(caught.value)


def followed(config: Config) -> list[tuple[str, str, object]]:
    return [(rule.name, rule.device, rule.window) for rule in config.engine_rules()]


def run(command: object, *arguments: str | Path) -> tuple[int, str]:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command)  # type: ignore[type-var]  # a command of ours
    done = CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)
    return done.exit_code, done.stdout + done.stderr


# Devices by name and pattern


def test_a_deviation_rule_is_made_for_each_device_of_its_patterns_and_its_path_is_read_once(
    folder: Path,
) -> None:
    made = read(folder, ROUTE + 'devices = ["anna", "van-*"]').engine_rules()
    assert [rule.device for rule in made] == ["anna", "van-1", "van-2"]
    assert len({id(rule.corridor) for rule in made if isinstance(rule, Deviation)}) == 1


def test_a_rule_without_device_must_be_assigned(folder: Path) -> None:
    assert "give exactly one of device, devices, assigned" in problems(folder, ROUTE)
    assert "rules.route.assigned: device is given too" in problems(
        folder, ROUTE + 'device = "anna"\nassigned = true'
    )
    assert "rules.route.assigned" in problems(folder, ROUTE + "assigned = false")
    assert read(folder, ROUTE + "assigned = true").engine_rules() == ()


# Assignments


def test_a_device_follows_a_rule_from_when_to_when(folder: Path) -> None:
    more = """
[[assignments]]
device = "van-2"
rule = "route"
from = 2026-11-25T08:00:00+01:00
to = "2026-11-25T09:00:00Z"
"""
    span = Spans(((SEVEN, NINE),), "UTC")
    assert followed(read(folder, ROUTE + more)) == [("route", "van-2", span)]
    hours = Window.parse("Mon-Fri 07:00-08:15", zone="Europe/Vienna")
    (rule,) = read(folder, ROUTE + HOURS + more).engine_rules()
    assert rule.window == Both(hours, Spans(((SEVEN, NINE),), "Europe/Vienna"))


def test_an_assignment_without_beginning_and_end_is_for_ever(folder: Path) -> None:
    more = '[[assignments]]\ndevice = "van-*"\nrule = "route"\n'
    assert followed(read(folder, ROUTE + more)) == [("route", "van-1", None), ("route", "van-2", None)]


def test_several_times_of_one_device_are_one_rule(folder: Path) -> None:
    rows = "".join(
        '[[assignments]]\ndevice = "van-2"\nrule = "route"\n'
        f"from = 2026-11-{day}T08:00:00Z\nto = 2026-11-{day}T12:00:00Z\n"
        for day in (26, 25)
    )
    ((*_, window),) = followed(read(folder, ROUTE + rows))
    assert isinstance(window, Spans)
    assert len(window.spans) == 2


def test_whom_a_rule_names_follows_it_always_whatever_is_assigned(folder: Path) -> None:
    more = 'device = "anna"\n[[assignments]]\ndevice = "*a*"\nrule = "route"\nto = 2026-11-25T08:00:00Z\n'
    config = read(folder, ROUTE + more)
    assert [(device, window is None) for _, device, window in followed(config)] == [
        ("anna", True),
        ("van-1", False),
        ("van-2", False),
    ]
    assert "rules.route: 'anna' follows it always, whatever is assigned" in "\n".join(config.warnings())


def test_a_fence_may_be_assigned_too(folder: Path) -> None:
    more = """
[rules.yard]
kind = "geofence"
circle = { lon = 16.37, lat = 48.2, radius_m = 80 }
device = "van-*"
[[assignments]]
device = "*"
rule = "yard"
to = 2026-11-25T09:00:00Z
"""
    made = read(folder, more).engine_rules()
    assert [(rule.device, rule.window is None) for rule in made] == [("van-*", True), ("anna", False)]
    assert len({id(rule.fence_set) for rule in made if isinstance(rule, Geofence)}) == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('device = "van-2"', "assignments[0].rule: is missing; name one of [rules.NAME]"),
        ('device = "van-2"\nrule = "rout"', "assignments[0].rule: there is no rule 'rout'"),
        ('device = "bus-2"\nrule = "route"', "assignments[0].device: no device is called 'bus-2'"),
        (
            'device = "van-2"\nrule = "route"\nfrom = 2026-11-25T08:00:00',
            "assignments[0].from: time 2026-11-25",
        ),
        (
            'device = "van-2"\nrule = "route"\nfrom = "soon"',
            "assignments[0].from: time 'soon' is not RFC 3339",
        ),
        ('device = "van-2"\nrule = "route"\nfrom = 7', "assignments[0].from: 7 is a number, not text"),
        ('device = "van-2"\nrule = "route"\nbegin = 7', "assignments[0].begin: is not known here"),
        (
            'device = "van-2"\nrule = "route"\nfrom = 2026-11-25T08:00:00Z\nto = 2026-11-25T08:00:00Z',
            "assignments[0]: `to` is not after `from`",
        ),
    ],
)
def test_a_faulty_assignment_is_named(folder: Path, row: str, said: str) -> None:
    assert said in problems(folder, ROUTE + "assigned = true\n[[assignments]]\n" + row)


# A file of them

FILED = BASE + 'service.assignments = "assignments.csv"\n'


def test_a_file_of_assignments_is_read(folder: Path) -> None:
    (folder / "assignments.csv").write_text(
        "\ufeffRule,device,driver,from,to\n"
        "route,van-2,\"Mayer, Anna\",2026-11-25T07:00:00Z,2026-11-25T09:00:00Z\n"
        "\n"
        "route,van-1,,,\n"
    )  # fmt: skip
    assert followed(read(folder, ROUTE, FILED)) == [
        ("route", "van-2", Spans(((SEVEN, NINE),))),
        ("route", "van-1", None),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "assignments.csv:1: there is no column 'device'; the first line is device,rule,from,to"),
        ("device;rule;from;to\n", "assignments.csv:1: there is no column 'device'"),
        ("device,rule,from,to\nvan-1,route,soon,\n", "assignments.csv:2: time 'soon' is not RFC 3339"),
        ("device,rule,from,to\nvan-1,route,2026-11-25T07:00:00,\n", "assignments.csv:2: time '2026-11-25T07"),
        ("device,rule,from,to\nvan-1,route\n", "assignments.csv:2: has 2 columns, the first line has more"),
        ("device,rule,from,to\n,route,,\n", "assignments.csv:2: device is empty"),
        ("device,rule,from,to\n\nvan-3,route,,\n", "assignments.csv:3: device: no device is called 'van-3'"),
        ("device,rule,from,to\nvan-1,rout,,\n", "assignments.csv:2: rule: there is no rule 'rout'"),
        ('device,rule,from,to\n"van"-1,route,,\n', "assignments.csv:2: is not CSV"),
        (
            "device,rule,from,to\nvan-1,route,2026-11-25T07:00:00Z,2026-11-25T06:00:00Z\n",
            "assignments.csv:2: `to` 2026-11-25T06:00:00Z is not after `from` 2026-11-25T07:00:00Z",
        ),
    ],
)
def test_a_faulty_row_is_named(folder: Path, text: str, said: str) -> None:
    (folder / "assignments.csv").write_text(text)
    assert said in problems(folder, ROUTE, FILED)


def test_a_file_of_many_faults_names_the_first(folder: Path) -> None:
    (folder / "assignments.csv").write_text("device,rule,from,to\n" + "van-3,rout,,\n" * 1000)
    assert len(problems(folder, ROUTE, FILED).splitlines()) <= 20
    (folder / "assignments.csv").write_bytes(b"device,rule,from,to\nvan-\xff,route,,\n")
    assert "assignments.csv:2: byte 0xff is not UTF-8" in problems(folder, ROUTE, FILED)
    with pytest.raises(AssignmentFileError, match="cannot be read"):
        read_assignments(folder / "absent.csv")
    assert "service.assignments: file 'absent.csv' cannot be read" in problems(
        folder, ROUTE, BASE + 'service.assignments = "absent.csv"\n'
    )


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["", "device,rule,from,to\n"]),
    st.text(max_size=80) | st.text(alphabet='device,rule,from,to\n"\r 20Z:-', max_size=120),
)
def test_any_text_is_rows_or_faults(tmp_path: Path, head: str, text: str) -> None:
    file = tmp_path / "any.csv"
    file.write_bytes((head + text).encode(errors="surrogatepass"))
    try:
        rows = read_assignments(file)
    except AssignmentFileError as error:
        rows = []
        assert error.faults  # noqa: PT017 (rows or faults: both are right)
    assert all(row.line > 1 for row in rows)


def test_thousands_of_vehicles_are_loaded_in_seconds(folder: Path) -> None:
    vans = [f"bus-{number:04}" for number in range(5000)]
    devices = "".join(f'devices.{van}.password = "x"\n' for van in vans)
    rows = "".join(
        f"{van},route,2026-11-2{day}T07:00:00Z,2026-11-2{day}T15:00:00Z\n" for van in vans for day in (5, 6)
    )
    (folder / "assignments.csv").write_text("device,rule,from,to\n" + rows)
    config = read(folder, ROUTE + HOURS, FILED + devices)
    begin = time.perf_counter()
    made = config.engine_rules()
    assert time.perf_counter() - begin < 5.0  # measured: see docs/decisions/0065
    assert len(made) == 5000
    assert len({id(rule.corridor) for rule in made if isinstance(rule, Deviation)}) == 1


def test_a_rule_that_nobody_follows_is_warned_of(folder: Path) -> None:
    (folder / "assignments.csv").write_text("device,rule,from,to\n")
    said = "\n".join(read(folder, ROUTE, FILED).warnings())
    assert "rules.route: nobody follows this rule; assign it" in said
    assert said.count("no rule watches this device") == 3


# In the store


def test_the_store_keeps_assignments_and_a_command_writes_them(folder: Path) -> None:
    read(folder, ROUTE + "assigned = true")
    command = ("-c", folder / "waywarn.toml")
    assert run(assign, *command, "--list") == (0, "no assignment is kept in the store\n")
    times = ("--from", "2026-11-25T08:00:00+01:00", "--to", "2026-11-25T09:00:00Z")
    code, said = run(assign, *command, "van-*", "route", *times)
    told = "1: van-* follows route from 2026-11-25T07:00:00Z to 2026-11-25T09:00:00Z; in force when"
    assert (code, said) == (0, f"{told} `waywarn run` starts next\n")
    assert run(assign, *command, "anna", "route")[0] == 0
    assert run(assign, *command, "--list")[1].splitlines() == [
        "1\tvan-*\troute\t2026-11-25T07:00:00Z\t2026-11-25T09:00:00Z",
        "2\tanna\troute",
    ]
    assert run(assign, *command, "--remove", "2") == (0, "")
    with Store.open(folder / "w.sqlite") as store:
        assert store.assignments() == {1: Assignment("van-*", "route", SEVEN, NINE)}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["van-3", "route"], "no device is called 'van-3'; did you mean van-"),
        (["van-1", "rout"], "there is no rule 'rout'; did you mean route?"),
        (["van-1"], "give a device and a rule"),
        (["--from", "2026-11-25T08:00:00Z"], "give a device and a rule"),
        (["van-1", "route", "--from", "soon"], "time 'soon' is not RFC 3339"),
        (["van-1", "route", "--to", "2026-11-25T08:00:00"], "has no zone"),
        (["--remove", "7"], "there is no assignment 7"),
    ],
)
def test_a_command_that_makes_no_sense_changes_nothing(folder: Path, arguments: list[str], said: str) -> None:
    read(folder, ROUTE + "assigned = true")
    code, output = run(assign, "-c", folder / "waywarn.toml", *arguments)
    assert code == 2
    assert said in output
    with Store.open(folder / "w.sqlite") as store:
        assert store.assignments() == {}


def test_what_the_store_holds_stands_beside_the_file_and_what_is_not_configured_is_passed_over(
    folder: Path,
) -> None:
    from waywarn.config.doors import open_all

    config = read(folder, ROUTE + '[[assignments]]\ndevice = "anna"\nrule = "route"\n')
    stored = [
        Assignment("van-1", "route", SEVEN, NINE),
        Assignment("van-9", "route"),
        Assignment("van-1", "gone"),
    ]
    assert [rule.device for rule in open_all(config, stored).rules] == ["anna", "van-1"]
    assert [*map(str, unknown(config, stored))] == ["van-9 follows route", "van-1 follows gone"]


# Days excepted

HOLIDAYS = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
SUMMARY:Autumn
DTSTART;VALUE=DATE:20261026
DTEND;VALUE=DATE:20261101
END:VEVENT
END:VCALENDAR
"""


def test_days_are_excepted_by_dates_and_by_a_file(folder: Path) -> None:
    (folder / "holidays.ics").write_text(HOLIDAYS)
    days = 'except = ["2026-12-24..2027-01-06", 2026-12-08, "2026-12-07", "holidays.ics"]\n'
    (rule,) = read(folder, ROUTE + HOURS + days + 'device = "anna"').engine_rules()
    assert isinstance(rule.window, Window)
    assert len(rule.window.excepted) == 14 + 2 + 6
    assert {date(2026, 10, 31), date(2026, 12, 8), date(2027, 1, 6)} <= rule.window.excepted


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ('["absent.ics"]', "except[0]: 'absent.ics' is no date, and no file that can be read (no such file"),
        ('["2026-12-24", "2026-12-32"]', 'except[1]: "2026-12-32" is not a date'),
        ('["2026-12-24..2026-12-23"]', 'except[0]: "2026-12-24..2026-12-23" ends before it begins'),
        ('["way.geojson"]', "except[0]: way.geojson: has 0 events"),
        ("[7]", "except[0]: 7 is a number, not text"),
        ('"2026-12-24"', "except: '2026-12-24' is text, not a list"),
        ("[2026-12-24T07:00:00Z]", "except[0]: "),
    ],
)
def test_excepted_days_that_cannot_be_had_are_named(folder: Path, days: str, said: str) -> None:
    assert said in problems(folder, ROUTE + HOURS + f'device = "anna"\nexcept = {days}')


def test_days_are_excepted_only_from_hours(folder: Path) -> None:
    said = problems(folder, ROUTE + 'device = "anna"\nexcept = ["2026-12-24"]')
    assert "rules.route.except: needs a when beside it" in said


def test_check_says_who_follows_and_which_days_are_excepted(folder: Path) -> None:
    days = 'except = ["2026-01-01..2034-12-31"]\n'
    rows = '[[assignments]]\ndevice = "van-*"\nrule = "route"\nto = 2026-11-25T09:00:00Z\n'
    read(folder, ROUTE + HOURS + days + rows + ROUTE.replace("route", "idle") + "assigned = true")
    code, said = run(check, "-c", folder / "waywarn.toml")
    assert code == 0, said
    told = [" ".join(line.split()) for line in said.splitlines()]
    assert "Rule route: whoever it is assigned to keeps to its path" in told
    assert "assigned 2 times, to van-1, van-2" in told
    assert "except on 3,287 days, from 2026-01-01 to 2034-12-31" in told
    assert "assigned to nobody by this file; the store may hold more (`waywarn assign --list`)" in told
    assert "no rule watches this device" not in said  # the store may assign it
