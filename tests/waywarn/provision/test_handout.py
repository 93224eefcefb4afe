"""What is handed out arrives as it was sent; whatever else arrives is one kind of error."""

import json
import tomllib
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waywarn.presets import Preset
from waywarn.provision.handout import Handout, HandoutError, Server
from waywarn.provision.linphone import linphone_document
from waywarn.provision.policy import POLICIES
from waywarn.provision.tracker_file import private_file, tracker_toml

PIN = "ab" * 32
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def handout(password: str = "secret", server: Server | None = None) -> Handout:
    where = server or Server("sip.example.org", 5061, "tls", PIN)
    return Handout("sip:anna@example.org", "anna", password, where, POLICIES[Preset.CHILD])


def sent(**changes: object) -> bytes:
    return json.dumps(handout().to_json() | changes).encode()


def test_a_handout_arrives_as_it_was_sent() -> None:
    assert Handout.from_json(sent()) == handout()


def test_the_password_shows_in_no_representation() -> None:
    assert "secret" not in repr(handout())


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"v": 2}, "of no version"),
        ({"server": None}, "server is missing"),
        ({"account": {"aor": "sip:anna@example.org", "user": "anna"}}, "password is no text"),
        ({"account": {"aor": "anna", "user": "anna", "password": "x"}}, "account.aor 'anna'"),
        ({"account": {"aor": "sip:example.org", "user": "anna", "password": "x"}}, "not of the form"),
        ({"account": {"aor": "sip:a@b.org", "user": "a\nb", "password": "x"}}, r"account\.user"),
        ({"server": {"host": "a b", "port": 1, "transport": "udp", "pin": ""}}, "server.host 'a b'"),
        ({"server": {"host": "a", "port": 0, "transport": "udp", "pin": ""}}, "server.port 0"),
        ({"server": {"host": "a", "port": 80.5, "transport": "udp", "pin": ""}}, "port is no whole number"),
        ({"server": {"host": "a", "port": True, "transport": "udp", "pin": ""}}, "port is no whole number"),
        ({"server": {"host": "a", "port": 1, "transport": "ws", "pin": ""}}, "server.transport 'ws'"),
        ({"server": {"host": "a", "port": 1, "transport": "tls", "pin": "ab"}}, "server.pin 'ab'"),
        ({"policy": handout().to_json()["policy"] | {"retain_days": 0}}, "policy.retain_days 0"),  # type: ignore[operator]  # a table
        ({"policy": {"every_m": 1, "at_most_every_s": 9, "at_least_every_s": 1}}, "policy: at_least_every_s"),
        (
            {"policy": {"every_m": 1e999, "at_most_every_s": 1, "at_least_every_s": 1}},
            "policy: every_m is inf",
        ),
    ],
)
def test_a_wrong_value_is_named(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(HandoutError, match=problem):
        Handout.from_json(sent(**changes))


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_handout_or_one_error(data: bytes) -> None:
    with pytest.raises(HandoutError):
        Handout.from_json(data)


@given(
    st.sampled_from(["account", "server", "policy"]),
    st.sampled_from(["aor", "host", "port", "every_m"]),
    JSON,
)
def test_any_value_in_its_place_is_taken_or_one_error(table: str, key: str, value: object) -> None:
    told = handout().to_json()
    told[table] = {**told[table], key: value}  # type: ignore[dict-item]  # each is a table
    with suppress(HandoutError):
        Handout.from_json(json.dumps(told).encode())


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=256))
def test_the_file_says_what_was_handed_out(password: str) -> None:
    given_out = handout(password)
    read = tomllib.loads(tracker_toml(given_out, gpsd="127.0.0.1:2947"))
    assert read["account"] == {"aor": "sip:anna@example.org", "user": "anna", "password": password}
    assert read["server"] == {"host": "sip.example.org", "port": 5061, "transport": "tls", "pin": PIN}
    assert read["policy"]["every_m"] == POLICIES[Preset.CHILD].every_m
    assert read["policy"]["adaptive"] is True
    assert read["policy"]["retain_days"] == 1.0
    assert read["source"] == {"gpsd": "127.0.0.1:2947"}


def test_the_file_is_for_its_owner_alone_and_whole_or_absent(tmp_path: Path) -> None:
    file = tmp_path / "tracker.toml"
    with private_file(file) as write:
        assert not file.exists()
        write("text")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("text", 0o600)
    with pytest.raises(RuntimeError), private_file(tmp_path / "other.toml"):
        raise RuntimeError
    assert [each.name for each in tmp_path.iterdir()] == ["tracker.toml"]


def test_a_file_that_was_readable_by_all_is_not_when_it_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "tracker.toml"
    file.write_text("old")
    file.chmod(0o644)
    with private_file(file) as write:
        write("new")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("new", 0o600)


def test_a_phone_is_told_its_account_and_to_ask_no_second_time() -> None:
    server = Server("2001:db8::1", 5060, "udp")
    document = linphone_document(handout('a<"&', server), realm="r&d", ha1="00ff", algorithm="SHA-256")
    sections = {
        section.attrib["name"]: {entry.attrib["name"]: entry.text for entry in section}
        for section in ET.fromstring(document)
    }
    assert sections["misc"]["transient_provisioning"] == "1"
    assert sections["proxy_0"]["reg_proxy"] == "<sip:[2001:db8::1]:5060;transport=udp>"
    assert sections["proxy_0"]["reg_identity"] == "sip:anna@example.org"
    assert sections["auth_info_0"]["ha1"] == "00ff"
    assert sections["auth_info_0"]["realm"] == "r&d"
    assert b"a&lt;" not in document
