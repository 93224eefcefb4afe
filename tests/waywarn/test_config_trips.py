"""The tables of trips: whom one tells, what is wrong with one, and what `waywarn check` says of it."""

from pathlib import Path

import pytest

from waywarn.config import Config, ConfigError, load_config
from waywarn.config.doors import open_all
from waywarn.config.explain import explain

TOML = """\
service.store = "w.sqlite"
sip = { domain = "example.org", listen = ["udp:127.0.0.1:0"] }
devices.anna.password = "anna-secret"
devices.ben.password = "ben-secret"
[rules.way]
kind = "deviation"
device = "anna"
path = "school.geojson"
starts = "at_once"
[rules.phone]
kind = "silence"
device = "anna"
tell = ["father"]
[rules.other]
kind = "silence"
device = "ben"
tell = ["father"]
[trips.morning]
rules = ["way", "phone"]
tell = ["mother"]
[recipients.mother]
time_zone = "Europe/Vienna"
addresses = ["mailto://user:pass@mail.example.org?to=mother@example.org"]
[recipients.father]
time_zone = "Europe/Vienna"
addresses = ["mailto://user:pass@mail.example.org?to=father@example.org"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "school.geojson").write_text('{"type": "LineString", "coordinates": [[16, 48], [16.1, 48]]}')
    return tmp_path


def read(folder: Path, old: str = "", new: str = "") -> Config:
    file = folder / "waywarn.toml"
    assert old in TOML
    file.write_text(TOML.replace(old, new, 1))
    return load_config(file, {})


def test_whom_a_trip_tells_all_its_rules_tell(folder: Path) -> None:
    config = read(folder)
    assert config.trip_of_rule == {"way": "morning", "phone": "morning"}
    told = {name: config.recipients_of(name) for name in ("morning", "way", "phone", "other", "gone")}
    assert told == {
        "morning": ("mother",),
        "way": ("mother",),
        "phone": ("mother",),
        "other": ("father",),
        "gone": (),
    }


def test_a_trip_that_names_nobody_tells_those_whom_its_rules_name(folder: Path) -> None:
    config = read(folder, 'tell = ["mother"]', "")
    assert config.recipients_of("morning") == ("father",)
    assert (config.recipients_of("way"), config.recipients_of("phone")) == ((), ("father",))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('["way", "phone"]', '["wya", "phone"]', "19: trips.morning.rules[0]: there is no rule 'wya'"),
        ('["way", "phone"]', "[]", "19: trips.morning.rules: is empty; give a list"),
        ('["way", "phone"]', '["way", "way"]', "19: trips.morning.rules[1]: 'way' is named twice"),
        ('rules = ["way", "phone"]\n', "", "18: trips.morning.rules: is missing; give a list"),
        ('tell = ["mother"]', 'tell = ["moter"]', "20: trips.morning.tell[0]: there is no recipient 'moter'"),
        (
            'tell = ["mother"]',
            'rule = ["way"]',
            "20: trips.morning.rule: is not known here; did you mean rules?",
        ),
        (
            "trips.morning",
            "trips.way",
            "18: trips.way: 'way' is the name of a rule too; give the trip another",
        ),
        ("trips.morning", 'trips."a/b"', "18: trips.'a/b': 'a/b' cannot be the name of a trip; use 1 to 64"),
        (
            'tell = ["mother"]',
            '[trips.evening]\nrules = ["phone"]',
            "21: trips.evening.rules[0]: 'phone' belongs to the trip 'morning' too; leave it in one",
        ),
    ],
)
def test_each_mistake_is_named_with_its_line(folder: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(folder, old, new)
    (found,) = str(caught.value).splitlines()
    assert found.startswith(f"{folder / 'waywarn.toml'}:{problem}")


def test_what_is_likely_not_meant_is_warned_of(folder: Path) -> None:
    warnings = "\n".join(read(folder).warnings())
    assert "rules.phone.tell: has no effect: the trip 'morning' says whom to tell" in warnings
    assert "tells nobody" not in warnings
    warnings = "\n".join(read(folder, '["way", "phone"]', '["way", "other"]').warnings())
    assert "trips.morning.rules: no device follows two of these rules" in warnings


def test_a_trip_is_explained_and_its_rules_name_it(folder: Path) -> None:
    config = read(folder)
    sections = {
        section.title: dict(section.rows)
        for section in explain(config, open_all(config), now=1_790_000_000.0)
    }
    trip = sections["Trip morning: 2 rules, one alarm"]
    assert trip["rules"] == "way\nphone"
    assert "an update, once for each rule" in trip["one alarm"]
    assert trip["tells"].startswith("mother (full)")
    (way,) = [rows for title, rows in sections.items() if title.startswith("Rule way:")]
    assert way["part of"].startswith("the trip morning")
    assert way["tells"] == trip["tells"]
