"""Rules and devices of which the store alone has an account; and the table of the HTTPS door."""

import time
from pathlib import Path

import pytest

from rules import Silence
from waywarn.config import Config, ConfigError, Listen, load_config
from waywarn.config.doors import open_all
from waywarn.config.enrolled import Enrolled, enrolled_in
from waywarn.config.provision import devices_reach, sip_server
from waywarn.own_file import new_file
from waywarn.provision.certificate import self_signed
from waywarn.provision.new_device import NewDevice
from waywarn.provision.token import Issue, Token, TokenKind
from waywarn.store import Store

BASE = """
service.store = "w.sqlite"
sip = { domain = "example.org", listen = ["tcp:[::]:5060", "udp:0.0.0.0:5062"] }
devices.van-1.password = "a"
"""
DOOR = 'provision.listen = "0.0.0.0:8443"\n'
RULE = """
[rules.heard]
kind = "silence"
silence_s = 60
devices = [{}]
"""


def read(folder: Path, more: str, base: str = BASE) -> Config:
    (folder / "waywarn.toml").write_text(base + more)
    return load_config(folder / "waywarn.toml", {})


def add(folder: Path, *names: str, revoked: bool = False) -> None:
    with Store.open(folder / "w.sqlite") as store:
        for number, name in enumerate(names):
            token = Token.fresh((number + sum(name.encode())).to_bytes)
            store.accounts.add(NewDevice.read(name, profile="car"), Issue(token, TokenKind.TRACKER, 1e9), 0.0)
            if revoked:
                store.accounts.revoke(name, 1.0)


def watched(config: Config) -> list[str]:
    rules = config.engine_rules()
    assert all(isinstance(rule, Silence) for rule in rules)
    return [str(rule.device) for rule in rules]


def test_patterns_and_names_stand_for_devices_of_the_store_too(tmp_path: Path) -> None:
    add(tmp_path, "van-2", "anna", "bus")
    config = read(tmp_path, RULE.format('"van-*", "anna"'))
    assert watched(config) == ["van-1", "van-2", "anna"]
    assert [*config.device_names] == ["van-1", "anna", "bus", "van-2"]
    assert [*config.devices] == ["van-1"]


def test_a_revoked_device_is_watched_by_nobody_and_its_rule_still_loads(tmp_path: Path) -> None:
    add(tmp_path, "van-2", "anna", revoked=True)
    assert watched(read(tmp_path, RULE.format('"van-*", "anna"'))) == ["van-1"]
    assert watched(read(tmp_path, RULE.format('"anna"'))) == []


def test_a_pattern_may_wait_for_devices_where_there_is_a_door_for_them(tmp_path: Path) -> None:
    assert watched(read(tmp_path, DOOR + RULE.format('"bus-*"'))) == []
    with pytest.raises(ConfigError, match=r"no device is called 'bus-\*'"):
        read(tmp_path, RULE.format('"bus-*"'))


WAITING = """
[watchers.mother]
password = "m"
watches = [{ device = "anna" }, { device = "van-1" }]
[[assignments]]
device = "bus"
rule = "heard"
[rules.near]
kind = "proximity"
device = "anna"
other = "dora"
farther_m = 100
"""


def test_a_name_may_wait_for_its_device_but_nothing_is_watched_before(tmp_path: Path) -> None:
    config = read(tmp_path, DOOR + RULE.format('"anna", "van-1"') + WAITING)
    assert {each.key for each in config.strangers} == {
        "rules.heard.devices[0]",
        "watchers.mother.watches[0].device",
        "assignments[0].device",
        "rules.near.device",
        "rules.near.other",
    }
    for door in (config.engine_rules, lambda: open_all(config)):
        with pytest.raises(ConfigError, match="no device is called 'anna'") as caught:
            door()
        assert set(config.strangers) <= set(caught.value.problems)
    add(tmp_path, "anna", "bus", "dora")
    assert read(tmp_path, DOOR + RULE.format('"anna", "van-1"') + WAITING).strangers == ()


def test_without_a_door_for_devices_a_name_is_at_fault_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no device is called 'dora'") as caught:
        read(tmp_path, RULE.format('"anna"') + WAITING)
    assert len(caught.value.problems) == 5


def test_a_watcher_may_see_a_device_of_the_store_and_check_has_no_doubt_of_it(tmp_path: Path) -> None:
    add(tmp_path, "van-2")
    watcher = """[watchers.mother]
password = "m"
watches = [{ device = "van-*" }]
"""
    config = read(tmp_path, watcher + RULE.format('"van-*"'))
    assert [said for said in config.warnings() if "van-2" in said] == []


@pytest.mark.parametrize("content", [None, b"", b"not a database at all" * 100])
def test_a_store_that_is_not_there_or_none_has_no_devices(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "w.sqlite"
    if content is not None:
        file.write_bytes(content)
    assert enrolled_in(file) == Enrolled()
    assert enrolled_in(None) == Enrolled()
    assert file.exists() == (content is not None)


def test_the_door_says_where_devices_come_and_go(tmp_path: Path) -> None:
    config = read(tmp_path, DOOR)
    assert config.provision is not None
    assert config.provision.certificate == tmp_path / "provision.crt"
    assert devices_reach(config.provision, config.sip) == ("example.org", 8443)
    assert sip_server(config.provision, config.sip, config.sip.listen) == Listen("udp", "example.org", 5062)


def test_a_door_whose_files_cannot_be_used_is_doubted(tmp_path: Path) -> None:
    now = time.time()
    (certificate, key), (old, old_key) = (
        self_signed(["a"], now=made_at, valid_days=2) for made_at in (now, now - 9 * 86_400)
    )

    def doubted(**files: bytes) -> str:
        for name in ("crt", "key"):
            (tmp_path / f"provision.{name}").unlink(missing_ok=True)
        for name, data in files.items():
            with new_file(tmp_path / f"provision.{name}") as stream:
                stream.write(data)
        return "\n".join(each for each in read(tmp_path, DOOR).warnings() if "provision." in each)

    assert doubted() == doubted(crt=certificate, key=key) == ""
    for files in ({"crt": certificate}, {"key": key}, {"crt": certificate, "key": old_key}):
        assert "provision.certificate: " in doubted(**files)
        assert "`waywarn run` does not start with it" in doubted(**files)
    assert "provision.certificate: certificate has expired" in doubted(crt=old, key=old_key)


def test_what_is_stated_is_what_devices_are_told(tmp_path: Path) -> None:
    stated = (
        DOOR + 'provision.url = "https://home.example.net"\nprovision.sip_server = "tcp:[2001:db8::1]:5060"\n'
    )
    config = read(tmp_path, stated)
    assert config.provision is not None
    assert devices_reach(config.provision, config.sip) == ("home.example.net", 443)
    reached = sip_server(config.provision, config.sip, config.sip.listen)
    assert reached == Listen("tcp", "2001:db8::1", 5060)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('listen = "8443"', "provision.listen: '8443' is not an address and a port"),
        ('listen = "a b:8443"', "provision.listen: 'a b:8443' is not an address"),
        ('listen = "[::::]:8443"', "provision.listen: '[::::]:8443' is not an address"),
        ('listen = "home..org:8443"', "provision.listen: 'home..org:8443' is not an address"),
        ('listen = "[::]:1"\nurl = "https://a..b"', "is not the address of a server"),
        ('listen = "[::]:70000"', "is not an address and a port"),
        ('listen = "[::]:1"\nurl = "http://a"', "provision.url: 'http://a' is not the address of a server"),
        ('listen = "[::]:1"\nurl = "https://a/b"', "is not the address of a server"),
        ('listen = "[::]:1"\nurl = "https://a:0"', "is not the address of a server"),
        ('listen = "[::]:1"\nkey = ""', "provision.key: '' cannot be a file"),
        ("", "provision.listen"),
    ],
)
def test_a_fault_of_the_door_is_named(tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, f"[provision]\n{line}\n")
    assert problem in str(caught.value)
