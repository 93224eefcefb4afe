"""Whatever the bytes, reading gives a `Config` or a `ConfigError`, and never a secret."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from waywarn.config import Config, ConfigError, load_config
from waywarn.config.kinds.registry import KINDS

SECRET = "hunter2-of-the-fuzzer"
LINES_TEXT = f"""\
[service]
store = "w.sqlite"
log = "info"
[sip]
domain = "example.org"
listen = ["udp:127.0.0.1:5060"]
expires_min_s = 60
[devices.anna]
password = "{SECRET}"
[devices.berta]
password_env = "BERTA"
algorithms = ["SHA-256", "MD5"]
retention_h = 24
[rules.way]
kind = "deviation"
device = "anna"
path = "school.geojson"
preset = "child"
half_width_m = 40
when = "Mon-Fri 07:00-08:15"
time_zone = "Europe/Vienna"
tell = ["mother"]
[rules.yard]
kind = "geofence"
devices = ["anna", "b*"]
circle = {{ lon = 16.37, lat = 48.2, radius_m = 80 }}
says = ["enter", "dwell"]
dwell_s = 600
[rules.back]
kind = "wrong_way"
device = "anna"
path = "school.geojson"
back_m = 50
while = "inside yard"
[rules.round]
kind = "progress"
device = "anna"
path = "school.geojson"
stall_s = 300
departs = "07:10"
points = {{ mill = 10, bridge = 20 }}
when = "daily 07:00-08:15"
time_zone = "UTC"
late_s = 60
[rules.there]
kind = "arrival"
device = "b*"
fences = "school.geojson"
must = "stay"
[rules.heard]
kind = "silence"
devices = ["anna"]
vague_m = 80
[rules.fast]
kind = "speed"
device = "anna"
limit_kmh = 30
path = "school.geojson"
stretches = [{{ from_m = 0, to_m = 9, limit_mps = 3 }}]
[rules.near]
kind = "proximity"
device = "anna"
other = "berta"
farther_m = 50
[rules.parked]
kind = "movement"
device = "anna"
move_m = 50
[recipients.mother]
time_zone = "Europe/Vienna"
sms_per_day = 10
addresses = [
  "mailto://user:{SECRET}@mail.example.org?to=m@example.org",
  {{ url = "json://{SECRET}@example.org", form = "sms" }},
]
"""
LINES = LINES_TEXT.splitlines()
VALUES = (
    "0",
    "-1",
    "1e400",
    "nan",
    "99999999999999999999999",
    "true",
    '""',
    '"x"',
    "'\u00e9'",
    '"\\u0000"',
    "[]",
    "[[]]",
    "{}",
    "{a = 1}",
    "[{}, 1]",
    "1979-05-27",
    "07:32:00",
    '"' + "a" * 5000 + '"',
    '"/"',
    '".."',
    '"inside it"',
    '"outside  "',
    *(f'"{kind}"' for kind in KINDS),
)
SECRET_KEYS = ("password", "addresses", "url", "x.y", '""')  # and keys not known, which may be misspelt
SECRET_VALUES = (f'"{SECRET}"', f'["{SECRET}"]', f'{{ x = "{SECRET}" }}')


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "school.geojson").write_text("{}")
    return folder / "waywarn.toml"


def outcome(file: Path, data: bytes) -> Config | ConfigError:
    file.write_bytes(data)
    try:
        return load_config(file, {"BERTA": SECRET})
    except ConfigError as error:
        return error


def read(file: Path, data: bytes, *, secret: str | None = SECRET) -> None:
    found = outcome(file, data)
    if isinstance(found, ConfigError):
        assert found.problems
        assert all(1 <= problem.line <= data.count(b"\n") + 1 for problem in found.problems)
    assert secret is None or secret not in f"{found} {found!r}"


@given(data=st.binary(max_size=200))
@example(data=b"")
@example(data=b"\xef\xbb\xbf[a]\nb=1")
@example(data=b"a = {" + b"a = {" * 5000)
def test_any_bytes(file: Path, data: bytes) -> None:
    read(file, data)


@settings(max_examples=300, deadline=None)
@given(
    cuts=st.lists(
        st.tuples(
            st.integers(0, 1000), st.integers(0, 60), st.sampled_from([*"[]{}=\"'.,#\n\\ \u00e9\x00", "[["])
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_good_file_with_pieces_cut_out_and_others_put_in(
    file: Path, cuts: list[tuple[int, int, str]]
) -> None:
    text = "\n".join(LINES)
    for start, length, put in cuts:
        text = text[:start] + put + text[start + length :]
    whole = text.count(SECRET) == LINES_TEXT.count(SECRET)  # a cut secret is text like any other
    read(file, text.encode(), secret=SECRET if whole else None)


@settings(max_examples=300, deadline=None)
@given(
    values=st.lists(
        st.tuples(st.sampled_from(range(len(LINES))), st.sampled_from(VALUES + SECRET_VALUES)),
        min_size=1,
        max_size=6,
    )
)
def test_a_good_file_with_other_values(file: Path, values: list[tuple[int, str]]) -> None:
    lines = list(LINES)
    for number, value in values:
        key, sign, _ = lines[number].partition(" = ")
        if sign and not key.startswith(" ") and (value not in SECRET_VALUES or key in SECRET_KEYS):
            lines[number] = f"{key} = {value}"
    read(file, "\n".join(lines).encode())


@settings(max_examples=200, deadline=None)
@given(
    tables=st.lists(
        st.tuples(
            st.sampled_from(
                [
                    *("service", "sip", "devices", "devices.a", "rules.b", "rules.c", "recipients.c"),
                    '"" . x',
                ]
            ),
            st.lists(
                st.tuples(
                    st.sampled_from(
                        [
                            *("password", "device", "tell", "addresses", "listen", "x.y", '""', "url"),
                            *("kind", "while", "points", "stretches", "says", "other", "limit_kmh", "paths"),
                        ]
                    ),
                    st.sampled_from(VALUES),
                ),
                max_size=3,
            ),
        ),
        max_size=5,
    )
)
def test_tables_that_were_never_meant(file: Path, tables: list[tuple[str, list[tuple[str, str]]]]) -> None:
    text = "\n".join(
        f"[{name}]\n" + "\n".join(f"{key} = {value}" for key, value in pairs) for name, pairs in tables
    )
    read(file, text.encode())
