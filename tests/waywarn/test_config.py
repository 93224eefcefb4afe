"""A good configuration: what its doors give, and what may be left out."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from rules import Deviation, Ends, Geofence, Starts
from rules.rule import RULES
from waywarn.config import Config, ConfigError, Listen, load_config
from waywarn.restart import warm_up

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "waywarn.example.toml"
ENVIRON = {
    "BERTA_PASSWORD": "berta-secret",
    "GRANDMOTHER_PASSWORD": "grandmother-secret",
    "VAN_7_PASSWORD": "van-secret",
    "MOTHER_SMS_URL": "smseagle://sms-secret@127.0.0.1/+431234567",
    "DISPATCH_URL": "json://user:dispatch-secret@127.0.0.1/hook",
}
SECRETS = (
    "anna-secret",
    "berta-secret",
    "father-secret",
    "van-secret",
    "sms-secret",
    "dispatch-secret",
    "user:password",
)
LINE = '{"type": "LineString", "coordinates": [[16, 48], [16.01, 48], [16.01, 48.01]]}'
TIMES = '["2026-01-01T07:00:00Z", "2026-01-01T07:10:00Z", "2026-01-01T07:20:00Z"]'
TIMED = f'{{"type": "Feature", "properties": {{"coordTimes": {TIMES}}}, "geometry": {LINE}}}'
AREA = '{"type": "Polygon", "coordinates": [[[16, 48], [16.01, 48], [16.01, 48.01], [16, 48]]]}'
DEPOTS = f"""{{"type": "FeatureCollection", "features": [
    {{"type": "Feature", "properties": {{"name": "north"}}, "geometry": {AREA}}},
    {{"type": "Feature", "properties": {{"name": "south", "radius_m": 120}},
      "geometry": {{"type": "Point", "coordinates": [16.2, 48.1]}}}}]}}"""
HOLIDAYS = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:autumn
DTSTART;VALUE=DATE:20261026
DTEND;VALUE=DATE:20261101
END:VEVENT
END:VCALENDAR
"""
SMALL = """
service.store = "w.sqlite"
sip = { domain = "example.org", listen = ["tcp:[::1]:0"] }
devices.anna.password = "anna-secret"
rules.way = { kind = "deviation", device = "anna", path = "school.geojson" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "waywarn.toml").write_bytes(EXAMPLE.read_bytes())
    (tmp_path / "anna.secret").write_text("anna-secret\r\n")
    (tmp_path / "father.url").write_text("mailto://u:father-secret@mail.example.org?to=father@example.org\n")
    (tmp_path / "holidays.ics").write_text(HOLIDAYS)
    (tmp_path / "school.geojson").write_text(LINE)
    for name in ("round.geojson", "detour.geojson"):
        (tmp_path / name).write_text(TIMED)
    (tmp_path / "depots.geojson").write_text(DEPOTS)
    return tmp_path


@pytest.fixture
def example(folder: Path) -> Config:
    return load_config(folder / "waywarn.toml", ENVIRON)


def small(folder: Path, more: str = "") -> Config:
    file = folder / "small.toml"
    file.write_text(SMALL + more)
    return load_config(file, {})


def test_the_example_says_all_that_it_shows(example: Config, folder: Path) -> None:
    assert example.service.store == folder / "waywarn.sqlite"
    assert example.sip.realm == example.sip.domain == "example.org"
    assert example.sip.listen == (Listen("udp", "127.0.0.1", 5060), Listen("tcp", "127.0.0.1", 5060))
    assert list(example.devices) == ["anna", "berta", "van-7"]
    assert example.devices["anna"].secret.value.get_secret_value() == "anna-secret"
    assert example.recipients_of("way_to_school") == ("mother", "father")
    assert example.recipients_of("a rule of an older file") == ()


def test_rules_are_made_with_their_numbers_their_preset_s_and_the_engine_s(example: Config) -> None:
    school, tour, *_ = example.engine_rules()
    assert isinstance(school, Deviation)
    assert isinstance(tour, Deviation)
    assert (school.name, school.device) == ("way_to_school", "anna")
    assert school.corridor.half_width_m == 40  # given: it overrides the preset's 30
    assert school.confirm_s == 20
    assert school.clear_probability == 0.35
    hours = "Mon, Tue, Wed, Thu, Fri 07:00-08:15, 2026-11-28 09:00-10:00 (Europe/Vienna)"
    assert str(school.window) == f"{hours} except on 20 days"
    assert (tour.starts, tour.ends, tour.default_accuracy_m) == (Starts.AT_START, Ends.AT_END, 20)
    assert tour.window is None


def test_a_corridor_has_the_numbers_of_its_rule(example: Config) -> None:
    tour = example.engine_rules()[1]
    assert isinstance(tour, Deviation)
    terms = tour.corridor.terms
    assert (terms.right_m.tolist(), terms.left_m.tolist(), terms.grace_m) == (50, 30, (120, 80))
    assert (terms.directed, terms.altitude_m) == (True, (0, 900))
    assert (tour.start_grace_m, tour.end_grace_m) == (100, 100)


def test_fence_rules_are_made_for_their_devices(example: Config) -> None:
    school, depots = example.engine_rules()[2:4]
    assert isinstance(school, Geofence)
    assert isinstance(depots, Geofence)
    assert (school.device, school.name, school.confirm_fixes, school.confirm_s) == (
        "anna",
        "at_school",
        2,
        10,
    )
    assert [school.fence_set.name(number) for number in range(len(school.fence_set))] == ["at school"]
    assert (depots.device, depots.exit_probability, depots.window is not None) == ("van-*", 0.9, True)
    assert [depots.fence_set.name(number) for number in range(len(depots.fence_set))] == ["north", "south"]


def test_several_names_and_patterns_make_one_rule_for_each_device(folder: Path) -> None:
    more = """
[devices."van[1]"]
sip_user = "van1"
password = "anna-secret"
[devices.van-2]
password = "anna-secret"
[rules.yard]
kind = "geofence"
devices = ["van-2", "van*"]
fences = "depots.geojson#north"
"""
    _, *yards = small(folder, more).engine_rules()
    assert all(isinstance(yard, Geofence) for yard in yards)
    watched = [[name for name in ("van[1]", "van1", "van-2") if yard.is_about(name)] for yard in yards]  # type: ignore[union-attr]  # checked above
    assert watched == [["van-2"], ["van[1]"]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "depots.geojson"),
        (DEPOTS.replace('"south"', '"north"'), "called 'north'"),
        (DEPOTS.replace("[16, 48]]]", "[16, 49]]]"), "not closed"),
    ],
)
def test_fences_that_cannot_be_are_placed_on_their_line(folder: Path, content: str, said: str) -> None:
    config = load_config(folder / "waywarn.toml", ENVIRON)
    (folder / "depots.geojson").write_text(content)
    with pytest.raises(
        ConfigError, match=rf"toml:{_line('fences = .depots')}: rules\.depots\.fences: .*{said}"
    ):
        config.engine_rules()


def test_a_fence_of_several_is_chosen_by_its_name_or_the_names_are_said(folder: Path) -> None:
    more = """
rules.yard = { kind = "geofence", device = "anna", fences = "depots.geojson#west" }
"""
    with pytest.raises(ConfigError, match=r"no fence is called 'west'; there are: 'north', 'south'"):
        small(folder, more).engine_rules()


def test_half_widths_that_do_not_fit_the_path_are_placed_on_their_line(folder: Path) -> None:
    file = folder / "small.toml"
    file.write_text(SMALL.replace('"school.geojson"', '"school.geojson", half_width_m = [40, 50]'))
    with pytest.raises(
        ConfigError, match=r"small.toml:5: rules\.way\.half_width_m: .* 2 numbers for 3 vertices"
    ):
        load_config(file, {}).engine_rules()


def test_accounts_carry_what_their_holder_decided(example: Config) -> None:
    anna, _, van, _ = example.accounts()
    assert (anna.aor, anna.device_id, anna.algorithms) == ("sip:anna@example.org", "anna", ("SHA-256",))
    assert van.algorithms == ("SHA-256", "MD5")
    assert van.policy.retention_s == 720 * 3600
    assert van.policy.retransmission_allowed


def test_recipients_have_their_addresses_zone_and_cap(example: Config) -> None:
    mother = example.recipient_objects()["mother"]
    assert (mother.time_zone, mother.sms_per_day) == ("Europe/Vienna", 10)
    assert [(address.key, address.form) for address in mother.addresses] == [
        ("mother/1", "full"),
        ("mother/phone", "sms"),
    ]


def test_no_secret_shows_in_any_representation(example: Config) -> None:
    shown = (
        f"{example!r} {example} {example.accounts()!r} {example.recipient_objects()!r} {example.warnings()}"
    )
    assert [secret for secret in SECRETS if secret in shown] == []


def test_a_configuration_is_frozen(example: Config) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        example.file = Path()  # type: ignore[misc]  # the point of the test
    with pytest.raises(TypeError):
        example.devices["x"] = example.devices["anna"]  # type: ignore[index]  # the point of the test


def test_little_must_be_said(folder: Path) -> None:
    config = small(folder)
    (rule,) = config.engine_rules()
    assert isinstance(rule, Deviation)
    assert (rule.corridor.half_width_m, rule.starts, rule.confirm_fixes) == (40, Starts.ON_PATH, 3)
    assert config.devices["anna"].sip_user == "anna"
    assert str(config.sip.listen[0]) == "tcp:[::1]:0"
    assert config.recipient_objects() == {}


def test_a_path_of_several_is_chosen_by_its_name(folder: Path) -> None:
    features = ", ".join(
        f'{{"type": "Feature", "properties": {{"name": "{name}"}}, "geometry": {LINE.replace("48.01", end)}}}'
        for name, end in (("a", "48.01"), ("b", "48.02"))
    )
    (folder / "school.geojson").write_text(f'{{"type": "FeatureCollection", "features": [{features}]}}')
    file = folder / "small.toml"
    file.write_text(SMALL.replace("school.geojson", "school.geojson#b"))
    (rule,) = load_config(file, {}).engine_rules()
    assert isinstance(rule, Deviation)
    assert rule.corridor.path.lat[-1] == 48.02


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "school.geojson"),
        (LINE.replace("[16.01, 48], [16.01, 48.01]", "[16, 48]"), "two distinct vertices"),
    ],
)
def test_a_path_that_is_none_is_placed_on_its_line(folder: Path, content: str, said: str) -> None:
    config = load_config(folder / "waywarn.toml", ENVIRON)
    (folder / "school.geojson").write_text(content)
    with pytest.raises(
        ConfigError, match=rf"toml:{_line('path = .school')}: rules\.way_to_school\.path: .*{said}"
    ):
        config.engine_rules()


def test_an_address_that_nobody_can_be_told_at_is_placed_on_its_line(folder: Path) -> None:
    environ = {**ENVIRON, "MOTHER_SMS_URL": "nosuchservice://hunter2-token"}
    with pytest.raises(ConfigError) as caught:
        load_config(folder / "waywarn.toml", environ).recipient_objects()
    assert caught.value.key == "recipients.mother.addresses[1]"
    assert caught.value.line == _line("MOTHER_SMS_URL")
    assert "hunter2" not in str(caught.value)


def _line(text: str) -> int:
    lines = EXAMPLE.read_text().splitlines()
    return next(
        number for number, line in enumerate(lines, 1) if text.replace(".", '"') in line or text in line
    )


def test_a_service_warms_up_with_every_kind_of_rule_of_the_example(example: Config) -> None:
    rules = example.engine_rules()
    assert {type(rule) for rule in rules} == set(RULES)
    warm_up(rules)


def test_reading_an_account_loads_no_compiler_and_no_geometry(folder: Path) -> None:
    (folder / "publisher.toml").write_text(SMALL.rsplit("rules.way", 1)[0])
    program = (
        "import sys; from pathlib import Path; from waywarn.config import load_config;"
        "load_config(Path(sys.argv[1]), {});"
        "print(*{'numba', 'shapely', 'pyproj', 'apprise', 'pyarrow', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder / "publisher.toml")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""


def doubts(folder: Path, more: str = "", mode: int = 0o600) -> str:
    config = small(folder, more)
    config.file.chmod(mode)
    return "\n".join(config.warnings())


def test_what_is_likely_not_meant_is_warned_of(folder: Path) -> None:
    more = """
[devices.md5]
password_file = "open.secret"
algorithms = ["MD5"]
[rules.narrow]
kind = "deviation"
device = "md5"
path = "school.geojson"
half_width_m = 10
time_zone = "Europe/Vienna"
tell = ["nobody_else"]
[devices.quiet]
password_file = "open.secret"
retransmission = false
[rules.quiet]
kind = "deviation"
device = "quiet"
path = "school.geojson"
starts = "at_once"
tell = ["nobody_else"]
[recipients.nobody_else]
time_zone = "UTC"
addresses = [{ url = "smseagle://sms-secret@127.0.0.1/+431234567", form = "sms" }]
[recipients.stranger]
time_zone = "UTC"
addresses = ["mailto://u:p@mail.example.org?to=a@example.org"]
[devices.idle]
password = "anna-secret"
[watchers.mother]
password_file = "open.secret"
algorithms = ["SHA-256", "MD5"]
[watchers.father]
password = "anna-secret"
[operator]
server = "tcp:sip.example.net:5060"
user = "waywarn"
password = "anna-secret"
[provision]
listen = "127.0.0.1:8443"
key = "open.secret"
"""
    secret = folder / "open.secret"
    secret.write_text("anna-secret")
    secret.chmod(0o644)
    said = doubts(folder, more, mode=0o644)
    for place, text in (
        ("5: rules.way.tell", "tells nobody"),
        (
            "5: rules.way.starts",
            "no deadline beside it: if anna never gets there, nothing is raised; add a rule of kind",
        ),
        ("4: devices.anna.password", "every user of this machine can read"),
        ("8: devices.md5.password_file", f"can read {secret}"),
        ("9: devices.md5.algorithms", "MD5 is allowed"),
        ("14: rules.narrow.half_width_m", "10 m is less than the accuracy of a usual fix (20 m)"),
        ("15: rules.narrow.time_zone", "no effect"),
        ("25: rules.quiet.tell", "without the place of 'quiet' where its document is silent"),
        ("26: recipients.nobody_else.sms_per_day", "is not stated"),
        ("28: recipients.nobody_else.addresses[0]", "every user of this machine can read"),
        ("29: recipients.stranger", "no rule tells this recipient"),
        ("32: devices.idle", "no rule watches this device"),
        ("35: watchers.mother.password_file", f"can read {secret}"),
        ("36: watchers.mother.algorithms", "MD5 is allowed"),
        ("38: watchers.father.password", "every user of this machine can read"),
        ("42: operator.password", "every user of this machine can read"),
        ("45: provision.key", f"can read {secret}"),
    ):
        assert [line for line in said.splitlines() if f"{place}: " in line and text in line], (place, said)
    assert "rules.quiet.starts" not in said
    assert "anna-secret" not in said
    assert "sms-secret" not in said


def test_a_careful_configuration_is_not_warned_of(folder: Path) -> None:
    assert doubts(folder).count("\n") == 1  # the small one: tells nobody, waits for its start
    text = SMALL.replace('"school.geojson"', '"school.geojson", starts = "at_once", tell = ["mother"]')
    file = folder / "careful.toml"
    mother = '{ time_zone = "UTC", addresses = ["mailto://u:p@example.org?to=m@example.org"] }'
    file.write_text(f"{text}recipients.mother = {mother}")
    file.chmod(0o600)
    assert load_config(file, {}).warnings() == ()
