"""Accounts of people in a configuration: what they may see, and each mistake on its line."""

from pathlib import Path

import pytest

from waywarn.config import ConfigError, load_config

HEAD = """[service]
store = "w.sqlite"
[sip]
domain = "example.org"
listen = ["udp:127.0.0.1:0"]
[devices.anna]
password = "a"
[watchers.mother]
"""


def read(tmp_path: Path, tables: str) -> None:
    file = tmp_path / "waywarn.toml"
    file.write_text(HEAD + tables)
    load_config(file, {})


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ("", "there is no password or password_env or password_file"),
        ('password = "m"\nsip_user = "anna"', "'anna' is the user of device 'anna' too"),
        ('password = "m"\nwatches = [{ device = "ana" }]', "no device is called 'ana'"),
        ('password = "m"\nwatches = [{ device = "anna", coarse_m = 20 }]', "coarse_m"),
        ('password = "m"\nwatches = [{ device = "anna", answer = "maybe" }]', "maybe"),
        ('password = "m"\nretention_h = 3', "retention_h"),
    ],
)
def test_a_watcher_that_cannot_be_is_said_on_its_line(tmp_path: Path, tables: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        read(tmp_path, tables)
    assert len(caught.value.problems) == 1


def test_a_watcher_is_an_account_without_a_device(tmp_path: Path) -> None:
    file = tmp_path / "waywarn.toml"
    file.write_text(HEAD + 'password = "m"\nwatches = [{ device = "anna", coarse_m = 500 }]')
    config = load_config(file, {})
    assert [(one.aor, one.device_id) for one in config.accounts()] == [
        ("sip:anna@example.org", "anna"),
        ("sip:mother@example.org", None),
    ]
    assert [(watch.device, watch.answer, watch.coarse_m) for watch in config.watchers["mother"].watches] == [
        ("anna", "allow", 500)
    ]


def test_what_a_watcher_will_not_see_is_doubted(tmp_path: Path) -> None:
    file = tmp_path / "waywarn.toml"
    hidden = HEAD.replace('password = "a"', 'password = "a"\nretransmission = false')
    file.write_text(hidden + 'password = "m"\nwatches = [{ device = "anna" }]')
    file.chmod(0o600)
    (doubt,) = [text for text in load_config(file, {}).warnings() if "watchers.mother" in text]
    assert "'anna' may be told to nobody" in doubt


@pytest.mark.parametrize("anywhere", ["0.0.0.0:0", "[::]:0", "[0::0]:0"])
def test_an_address_of_no_host_is_doubted_unless_the_host_is_named(tmp_path: Path, anywhere: str) -> None:
    file = tmp_path / "waywarn.toml"
    everywhere = HEAD.replace("127.0.0.1:0", anywhere) + 'password = "m"'
    file.write_text(everywhere)
    assert any("give contact_host" in text for text in load_config(file, {}).warnings())
    file.write_text(everywhere.replace("[devices.anna]", 'contact_host = "192.0.2.1"\n[devices.anna]'))
    assert not any("contact_host" in text for text in load_config(file, {}).warnings())
