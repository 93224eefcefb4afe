"""Wrong configurations: each with the line, the key and the words that its owner reads."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from waywarn.config import ConfigError, load_config

ENVIRON = {"ANNA_PASSWORD": "hunter2-env", "SMS_URL": "smseagle://token@127.0.0.1/+431234567"}
SECRETS = ("hunter2", "letmein", "token@")
GOOD = """\
[service]
store = "waywarn.sqlite"

[sip]
domain = "example.org"
listen = [
    "udp:127.0.0.1:5060",
    "tcp:127.0.0.1:5060",
]

[devices.anna]
password_file = "anna.secret"

[devices.berta]
password = "hunter2"

[rules.way_to_school]
kind = "deviation"
device = "anna"
path = "school.geojson"
when = "Mon-Fri 07:00-08:15"
time_zone = "Europe/Vienna"
tell = ["mother"]

[recipients.mother]
time_zone = "Europe/Vienna"
addresses = [
    "mailto://user:letmein@mail.example.org?to=mother@example.org",
    { url_env = "SMS_URL", form = "sms" },
]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "anna.secret").write_text("hunter2-file\n")
    (tmp_path / "empty.secret").write_text("\n")
    (tmp_path / "two.secret").write_text("hunter2\nhunter2\n")
    (tmp_path / "raw.secret").write_bytes(b"hunter2\xff")
    (tmp_path / "school.geojson").write_text('{"type": "LineString", "coordinates": [[16, 48], [16.01, 48]]}')
    return tmp_path


def problems(folder: Path, text: str | bytes, environ: Mapping[str, str] = ENVIRON) -> tuple[str, ...]:
    file = folder / "waywarn.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError) as caught:
        load_config(file, environ)
    said = str(caught.value)
    assert not [secret for secret in SECRETS if secret in said or secret in repr(caught.value)]
    assert said.count(str(file)) == len(caught.value.problems)
    return tuple(str(problem).replace(f"{file}:", "") for problem in caught.value.problems)


def test_the_configuration_that_the_table_spoils_is_good(folder: Path) -> None:
    file = folder / "waywarn.toml"
    file.write_text(GOOD)
    assert load_config(file, ENVIRON).recipients_of("way_to_school") == ("mother",)


# one spoiled spot each: what is replaced, by what, and what is said
SPOILED = [
    (
        "[service]",
        "[service",
        "1: is not TOML: expected ']' at the end of a table declaration (column 9); text",
    ),
    ('"waywarn.sqlite"', "waywarn.sqlite", "2: is not TOML: invalid value (column 9)"),
    ("[sip]", '[service]\nlog = "info"\n[sip]', "4: is not TOML: cannot declare ('service',) twice"),
    ('"waywarn.sqlite"', '"no/such/w.sqlite"', "2: service.store: 'no/such/w.sqlite' cannot be the store"),
    ('"waywarn.sqlite"', '""', "2: service.store: '' cannot be the store's file; name a file in a folder"),
    ('"waywarn.sqlite"', '"a\\u0000"', "2: service.store: 'a\\x00' cannot be the store's file"),
    ("[sip]", 'log = "inf"\n[sip]', "4: service.log: 'inf' is none of the choices; did you mean info?"),
    ('store = "waywarn.sqlite"', "", "1: service.store: is missing; give a file"),
    ('[service]\nstore = "waywarn.sqlite"', "", "1: service: is missing; add [service]"),
    ('domain = "example.org"', 'domian = "x"', "4: sip.domain: is missing; give the domain"),
    ('domain = "example.org"', 'domian = "x"', "5: sip.domian: is not known here; did you mean domain?"),
    ('"example.org"', '"exa mple"', "5: sip.domain: 'exa mple' is not a domain"),
    ("[devices.anna]", 'realm = "a\\"b"\n[devices.anna]', "11: sip.realm: 'a\"b' cannot be a realm"),
    ("udp:", "ws:", "7: sip.listen[0]: transport 'ws' of 'ws:127.0.0.1:5060' is none of udp, tcp and tls"),
    (
        "tcp:127.0.0.1:5060",
        "tcp:127.0.0.1:65536",
        "8: sip.listen[1]: port '65536' of 'tcp:127.0.0.1:65536' is not",
    ),
    ("tcp:127.0.0.1:5060", "tcp:127.0.0.1", "8: sip.listen[1]: host '' of 'tcp:127.0.0.1' is not an address"),
    (
        "tcp:127.0.0.1:5060",
        "tcp:::1:5060",
        "8: sip.listen[1]: host '::1' of 'tcp:::1:5060' is not an address",
    ),
    ("tcp:127.0.0.1", "tcp:127.0.0.256", "8: sip.listen[1]: host '127.0.0.256' of"),
    ("tcp:127.0.0.1", "tcp:[fe80::g]", "8: sip.listen[1]: host '[fe80::g]' of"),
    ("tcp:127.0.0.1", "tcp:[127.0.0.1]", "8: sip.listen[1]: host '[127.0.0.1]' of"),
    ("tcp:127", "udp:127", "8: sip.listen[1]: 'udp:127.0.0.1:5060' is named twice"),
    (
        "[devices.anna]",
        "expires_min_s = 7200\n[devices.anna]",
        "4: sip.expires_default_s: 3600 is not between",
    ),
    ("[devices.anna]", "expires_max_s = 0\n[devices.anna]", "11: sip.expires_max_s: 0 is not more than 0"),
    ("[devices.anna]", "[device.anna]", "11: device: is not known here; did you mean devices?"),
    ("[devices.anna]", "[devices.'a/b']", "11: devices.'a/b': 'a/b' cannot be the name of a device"),
    (
        "[devices.berta]",
        "[devices.'b b']",
        "14: devices.'b b'.sip_user: 'b b' cannot be the user of a SIP address",
    ),
    (
        "[devices.berta]",
        '[devices.berta]\nsip_user = "anna"',
        "15: devices.berta.sip_user: 'anna' is the user of",
    ),
    ('password = "hunter2"', "", "14: devices.berta: there is no password or password_env or password_"),
    (
        'password = "hunter2"',
        'password = "hunter2"\npassword_env = "ANNA_PASSWORD"',
        "16: devices.berta.password_env: password is given too; give exactly one of",
    ),
    (
        'password = "hunter2"',
        "password = 12345",
        "15: devices.berta.password: the value is a number, not text",
    ),
    ('password = "hunter2"', 'password = ""', "15: devices.berta.password: the secret is empty"),
    (
        'password = "hunter2"',
        'pasword = "hunter2"',
        "15: devices.berta.pasword: is not known here; did you mean",
    ),
    (
        'password = "hunter2"',
        'password_env = "NONE"',
        "15: devices.berta.password_env: environment variable 'NONE'",
    ),
    (
        "anna.secret",
        "none.secret",
        "12: devices.anna.password_file: secret file 'none.secret' cannot be read (no",
    ),
    ("anna.secret", "empty.secret", "12: devices.anna.password_file: secret file 'empty.secret' is empty"),
    (
        "anna.secret",
        "two.secret",
        "12: devices.anna.password_file: secret file 'two.secret' holds more than one",
    ),
    ("anna.secret", "raw.secret", "12: devices.anna.password_file: secret file 'raw.secret' is not UTF-8"),
    ("anna.secret", ".", "12: devices.anna.password_file: secret file '.' cannot be read (is a directory)"),
    (
        "[devices.berta]",
        'algorithms = ["SHA-256",\n"MD4"]\n[devices.berta]',
        "15: devices.anna.algorithms[1]: 'MD4' is",
    ),
    ("[devices.berta]", "algorithms = []\n[devices.berta]", "14: devices.anna.algorithms: is empty"),
    (
        "[devices.berta]",
        "retention_h = -1\n[devices.berta]",
        "14: devices.anna.retention_h: -1 is not more than 0",
    ),
    (
        "[devices.berta]",
        "retransmission = 1\n[devices.berta]",
        "14: devices.anna.retransmission: 1 is a number, not",
    ),
    (
        '"deviation"',
        '"deviate"',
        "18: rules.way_to_school.kind: 'deviate' is none of the choices; did you mean",
    ),
    ('device = "anna"', 'device = "ana"', "19: rules.way_to_school.device: no device is called 'ana'"),
    (
        'device = "anna"',
        "",
        "17: rules.way_to_school: there is no device or devices or assigned; give exactly one of",
    ),
    (
        "school.geojson",
        "shcool.geojson",
        "20: rules.way_to_school.path: path file 'shcool.geojson' cannot be read",
    ),
    (
        "when",
        "half_width_m = -3\nwhen",
        "21: rules.way_to_school.half_width_m: -3 is not more than 0; give metres,",
    ),
    (
        "when",
        "half_width = 3\nwhen",
        "21: rules.way_to_school.half_width: is not known here; did you mean half_w",
    ),
    ("when", "half_width_m = inf\nwhen", "21: rules.way_to_school.half_width_m: inf is not a finite number"),
    ("when", 'half_width_m = "40"\nwhen', "21: rules.way_to_school.half_width_m: '40' is text, not a number"),
    (
        "when",
        "half_width_m = [40,\n-1]\nwhen",
        "22: rules.way_to_school.half_width_m[1]: -1 is not more than 0",
    ),
    ("when", 'half_width_m = [40, "x"]\nwhen', "21: rules.way_to_school.half_width_m[1]: 'x' is text, not a"),
    (
        "when",
        "half_width_m = []\nwhen",
        "21: rules.way_to_school.half_width_m: is empty; give metres, for exam",
    ),
    ("when", "half_width_m = {}\nwhen", "21: rules.way_to_school.half_width_m: is a table, not a number"),
    (
        "when",
        "left_half_width_m = 0\nwhen",
        "21: rules.way_to_school.left_half_width_m: 0 is not more than 0",
    ),
    (
        "when",
        "start_disc_m = 60000\nwhen",
        "21: rules.way_to_school.start_disc_m: 60000 is not at most 50000",
    ),
    (
        "when",
        "directed = 1\nwhen",
        "21: rules.way_to_school.directed: 1 is a number, not true or false; write t",
    ),
    (
        "when",
        "altitude_m = [9, 1]\nwhen",
        "21: rules.way_to_school.altitude_m: 9 is not less than 1; give the lo",
    ),
    (
        "when",
        "altitude_m = [9]\nwhen",
        "21: rules.way_to_school.altitude_m[1]: is missing; give the band in metres",
    ),
    ("when", "fences = 'a'\nwhen", "21: rules.way_to_school.fences: is not known here; did you mean"),
    (
        "when",
        "half_width_m = 07:00:00\nwhen",
        "21: rules.way_to_school.half_width_m: the value is a date or time,",
    ),
    (
        "when",
        "confirm_fixes = 2.5\nwhen",
        "21: rules.way_to_school.confirm_fixes: 2.5 is a number, not a whole",
    ),
    (
        "when",
        "confirm_fixes = true\nwhen",
        "21: rules.way_to_school.confirm_fixes: true is true or false, not a",
    ),
    (
        "when",
        "raise_probability = 95\nwhen",
        "21: rules.way_to_school.raise_probability: 95 is not less than 1;",
    ),
    (
        "when",
        'preset = "chidl"\nwhen',
        "21: rules.way_to_school.preset: 'chidl' is none of the choices; did you",
    ),
    ("when", "rule.x = 1\nwhen", "21: rules.way_to_school.rule: is not known here; known here: altitude_m"),
    (
        'time_zone = "Europe/Vienna"\ntell',
        "tell",
        "21: rules.way_to_school.when: needs a time_zone beside it",
    ),
    ('"Mon-Fri 07:00-08:15"', '"Mon-Fry 07:00-08:15"', "21: rules.way_to_school.when: "),
    (
        '"Europe/Vienna"',
        '"Europe/Viena"',
        "22: rules.way_to_school.time_zone: 'Europe/Viena' is not a time zone; did",
    ),
    ('"Europe/Vienna"', '"Europe"', "22: rules.way_to_school.time_zone: 'Europe' is not a time zone"),
    (
        '"Europe/Vienna"',
        '"/etc/passwd"',
        "22: rules.way_to_school.time_zone: '/etc/passwd' is not a time zone",
    ),
    (
        '["mother"]',
        '["mother",\n"fahter"]',
        "24: rules.way_to_school.tell[1]: there is no recipient 'fahter'",
    ),
    ('["mother"]', '["mother", "mother"]', "23: rules.way_to_school.tell[1]: 'mother' is named twice"),
    ('["mother"]', '"mother"', "23: rules.way_to_school.tell: 'mother' is text, not a list"),
    (
        "mailto://user:letmein@mail",
        "user:letmein@mail",
        "28: recipients.mother.addresses[0].url: the address (in",
    ),
    (
        '"SMS_URL"',
        '"SMS"',
        "29: recipients.mother.addresses[1].url_env: environment variable 'SMS' is not set",
    ),
    ('"sms"', '"SMS"', "29: recipients.mother.addresses[1].form: 'SMS' is none of the choices"),
    (
        'url_env = "SMS_URL", ',
        "",
        "29: recipients.mother.addresses[1]: there is no url or url_env or url_file; give exactly one",
    ),
    (
        'form = "sms" }',
        'form = "sms", url = "x://hunter2" }',
        "29: recipients.mother.addresses[1].url: url_env is",
    ),
    (
        "[recipients.mother]",
        "[recipients]\nmother = 1\n[recipients.m]",
        "26: recipients.mother: the value is a number",
    ),
]


@pytest.mark.parametrize(("good", "bad", "said"), SPOILED, ids=[said[:60] for _, _, said in SPOILED])
def test_each_spoiled_spot_is_named(folder: Path, good: str, bad: str, said: str) -> None:
    assert good in GOOD
    found = problems(folder, GOOD.replace(good, bad, 1))
    assert [line for line in found if line.startswith(said)], found


def test_all_problems_of_a_file_are_said_in_order_of_lines(folder: Path) -> None:
    text = GOOD.replace('"anna"', '"ana"').replace("udp:", "dup:").replace("letmein@mail", "", 1)
    found = problems(folder, text.replace("school.geojson", "none"))
    assert [int(re.match(r"\d+", line)[0]) for line in found] == [7, 19, 20]  # type: ignore[index]  # all have a line


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("none.toml", "no such file or directory"),
        ("", "is a directory"),
        ("x" * 5000, "file name too long"),
        ("\0", "embedded null byte"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(folder: Path, name: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(folder / name, {})
    assert str(caught.value) == f"{folder / name}: cannot be read ({why}); name a TOML file with -c"


def test_bytes_that_are_not_text_are_named_by_their_line(folder: Path) -> None:
    assert problems(folder, GOOD.encode().replace(b"[sip]", b"# f\xfcr\n[sip]")) == (
        "4: byte 0xfc is not UTF-8; save the file as UTF-8",
    )


def test_a_byte_order_mark_does_no_harm(folder: Path) -> None:
    file = folder / "waywarn.toml"
    file.write_text(GOOD, encoding="utf-8-sig")
    assert load_config(file, ENVIRON).sip.domain == "example.org"


def test_files_too_large_too_deep_or_with_endless_numbers_are_refused(folder: Path) -> None:
    assert "larger than" in problems(folder, b"#" * (4 * 1024 * 1024 + 1))[0]
    assert "nested too deeply" in problems(folder, "a = " + "[" * 100_000)[0]
    assert "is not TOML" in problems(folder, "a = " + "1" * 5000)[0]


def test_the_first_problem_is_the_error_s_own(folder: Path) -> None:
    file = folder / "waywarn.toml"
    file.write_text(GOOD.replace("udp:", "dup:"))
    with pytest.raises(ConfigError) as caught:
        load_config(file, ENVIRON)
    error = caught.value
    assert (error.file, error.line, error.key) == (str(file), 7, "sip.listen[0]")
    assert error.problem.startswith("transport 'dup'")
    assert error.expected.startswith("write ")


def test_a_list_whose_only_entry_is_wrong_is_not_called_empty(folder: Path) -> None:
    text = GOOD.replace('    "udp:127.0.0.1:5060",\n', "").replace(
        '"tcp:127.0.0.1:5060"', '"tcp:127.0.0.1:65536"'
    )
    (said,) = problems(folder, text)
    assert "sip.listen[0]: port '65536'" in said


FENCED = """\
[service]
store = "waywarn.sqlite"
[sip]
domain = "example.org"
listen = ["udp:127.0.0.1:5060"]
[devices.anna]
password = "hunter2"
[devices.van-7]
password = "hunter2"
[rules.at_school]
kind = "geofence"
device = "anna"
circle = { lon = 16.37, lat = 48.2, radius_m = 80 }
[rules.depots]
kind = "geofence"
devices = ["anna", "van-*"]
fences = "school.geojson#north"
confirm_fixes = 2
"""

SPOILED_FENCES = [
    (
        '"geofence"',
        '"geofense"',
        "11: rules.at_school.kind: 'geofense' is none of the choices; did you mean geof",
    ),
    (
        'kind = "geofence"\n',
        "",
        '10: rules.at_school.kind: is missing; write kind = "deviation", "geofence" or another',
    ),
    (
        '"anna"\n',
        '"ana"\n',
        "12: rules.at_school.device: no device is called 'ana' ([devices.NAME]); did you mean",
    ),
    (
        'device = "anna"\n',
        "",
        "10: rules.at_school: there is no device or devices or assigned; give exactly one",
    ),
    (
        '"van-*"]',
        '"truck-*"]',
        "16: rules.depots.devices[1]: no device is called 'truck-*' ([devices.NAME]);",
    ),
    ('"van-*"]', '"anna"]', "16: rules.depots.devices[1]: 'anna' is named twice; name it once"),
    ('["anna", "van-*"]', "[]", "16: rules.depots.devices: is empty; give a list"),
    (
        "confirm",
        'device = "anna"\nconfirm',
        "18: rules.depots.device: devices is given too; give exactly one of dev",
    ),
    (
        "circle = { lon = 16.37, lat = 48.2, radius_m = 80 }\n",
        "",
        "10: rules.at_school: there is no fences or circle; give exa",
    ),
    (
        "confirm",
        "circle.lon = 1\nconfirm",
        "18: rules.depots.circle: fences is given too; give exactly one of fences, c",
    ),
    ("confirm", "circle.lon = 1\nconfirm", "18: rules.depots.circle.lat: is missing; give degrees north"),
    (
        "radius_m = 80",
        "radius_m = 0",
        "13: rules.at_school.circle.radius_m: 0 is not more than 0; give metres",
    ),
    (
        "radius_m = 80",
        "radius = 80",
        "13: rules.at_school.circle.radius: is not known here; did you mean radius_m?",
    ),
    (
        "lat = 48.2",
        "lat = 116.3",
        "13: rules.at_school.circle.lat: 116.3 is not at most 90; give degrees north, for",
    ),
    (
        "lat = 48.2",
        "lat = '48'",
        "13: rules.at_school.circle.lat: '48' is text, not a number; give degrees north, fo",
    ),
    (
        "{ lon = 16.37, lat = 48.2, radius_m = 80 }",
        "80",
        "13: rules.at_school.circle: the value is a number, not a",
    ),
    (
        "school.geojson",
        "none.geojson",
        "17: rules.depots.fences: fence file 'none.geojson#north' cannot be read (no s",
    ),
    (
        "confirm",
        "half_width_m = 3\nconfirm",
        "18: rules.depots.half_width_m: is not known here; known here: assigned, circle, con",
    ),
    (
        "confirm",
        "enter_probability = 1\nconfirm",
        "18: rules.depots.enter_probability: 1 is not less than 1; give a pro",
    ),
    (
        "confirm_fixes = 2",
        "confirm_fixes = 0",
        "18: rules.depots.confirm_fixes: 0 is not at least 1; give a count",
    ),
    ("confirm", 'when = "Mon"\nconfirm', "18: rules.depots.when: needs a time_zone beside it"),
]


def test_the_fences_that_the_table_spoils_are_good(folder: Path) -> None:
    file = folder / "waywarn.toml"
    file.write_text(FENCED)
    depots = load_config(file, ENVIRON).rules["depots"]
    assert [depots.watches(device) for device in ("anna", "van-7", "van-", "truck")] == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("good", "bad", "said"), SPOILED_FENCES, ids=[said[:50] for _, _, said in SPOILED_FENCES]
)
def test_each_spoiled_spot_of_a_fence_is_named(folder: Path, good: str, bad: str, said: str) -> None:
    assert good in FENCED
    found = problems(folder, FENCED.replace(good, bad, 1))
    assert [line for line in found if line.startswith(said)], found
