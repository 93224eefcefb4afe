"""`[operator]`: at which server which devices are watched, and what of it cannot be."""

import os
from pathlib import Path

import pytest

from tests.waywarn.test_config import ENVIRON, EXAMPLE
from waywarn.config import Config, ConfigError, load_config
from waywarn.config.explain_operator import operator_sections
from waywarn.config.operator_door import AtOperator, at_operator

DEVICES = """
service.store = "w.sqlite"
sip = { domain = "example.org", listen = ["tcp:127.0.0.1:0"] }
devices.anna = { sip_user = "a" }
devices.van-1 = {}
devices.van-2 = {}
devices.here.password = "device-secret"
"""
OPERATOR = """
[operator]
server = "tcp:sip.example.net:5060"
user = "waywarn"
password = "operator-secret"
watches = ["anna", "van-*"]
"""


def load(folder: Path, text: str) -> Config:
    file = folder / "w.toml"
    file.write_text(DEVICES + text)
    return load_config(file, {})


def opened(folder: Path, text: str) -> AtOperator:
    config = load(folder, text)
    there = at_operator(config, config.accounts())
    assert there is not None
    return there


def test_devices_are_watched_at_their_addresses(tmp_path: Path) -> None:
    there = opened(
        tmp_path,
        f"""{OPERATOR}
domain = "example.net"
[operator.at]
van-2 = "sip:Fleet2@EXAMPLE.com;transport=tcp"
""",
    )
    assert {each.account.device_id: each.address for each in there.watched} == {
        "anna": "sip:a@example.net",
        "van-1": "sip:van-1@example.net",
        "van-2": "sip:Fleet2@example.com",
    }
    assert (there.account.address, there.account.server) == (
        "sip:waywarn@example.net",
        "sip:sip.example.net:5060;transport=tcp",
    )
    assert there.per_child == 250


def test_two_devices_of_one_user_are_told_apart_by_their_parts(tmp_path: Path) -> None:
    at = '[operator.at]\nvan-1 = { address = "sip:a@example.org", part = "watch" }\n'
    both = at + 'anna = { address = "sip:a@example.org", part = "phone-*" }\n'
    there = opened(tmp_path, OPERATOR + both)
    assert [(each.address, each.part) for each in there.watched[:2]] == [
        ("sip:a@example.org", "phone-*"),
        ("sip:a@example.org", "watch"),
    ]
    config = load(tmp_path, OPERATOR + at)
    with pytest.raises(ConfigError, match="where device 'anna' is watched too"):
        at_operator(config, config.accounts())


def test_a_device_that_is_watched_there_has_an_account_that_nobody_can_use(tmp_path: Path) -> None:
    config = load(tmp_path, OPERATOR)
    first, second = config.devices["anna"].secret, config.devices["anna"].secret
    assert first.value.get_secret_value() != second.value.get_secret_value()
    assert "operator-secret" not in repr(config)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "devices.anna: there is no password"),
        (OPERATOR.replace("password =", "# password ="), "operator: there is no password"),
        (OPERATOR.replace("tcp:", "http:"), "operator.server"),
        (OPERATOR.replace('"anna"', '"ana"'), "operator.watches"),
        (OPERATOR + "per_child = 251\n", "operator.per_child"),
        (OPERATOR + "per_chidl = 251\n", "operator.per_chidl"),
        (
            OPERATOR + '[operator.at]\nzoe = "sip:z@example.org"\n',
            "operator.at.zoe: no device is called 'zoe'",
        ),
        (OPERATOR + '[operator.at]\nhere = "sip:z@example.org"\n', "'here' is not watched"),
        (OPERATOR + '[operator.at]\nanna = "mailto:z@example.org"\n', "operator.at.anna"),
        (OPERATOR + '[operator.at]\nanna = "sip:example.org"\n', "no SIP address with a user"),
    ],
)
def test_what_cannot_be_is_said_with_its_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, text)
    assert said in str(raised.value)
    assert "operator-secret" not in str(raised.value)


def test_check_tells_where_devices_are_watched(tmp_path: Path) -> None:
    (section,) = operator_sections(load(tmp_path, OPERATOR + "per_child = 2\n"))
    rows = dict(section.rows)
    assert rows["server"] == "tcp:sip.example.net:5060"
    assert rows["watches"] == "3 devices in 2 processes of at most 2"
    assert "operator-secret" not in str(section)


def test_the_example_s_table_is_good_once_it_is_put_in_force(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text().splitlines()
    begin = lines.index("# [operator]")
    end = next(n for n, line in enumerate(lines) if n > begin and not line.startswith("#"))
    table = "\n".join(line.removeprefix("# ").removeprefix("#") for line in lines[begin:end])
    named = '[devices.berta]\npassword_env = "BERTA_PASSWORD"\n[devices.van-7]\n'
    file = tmp_path / "w.toml"
    file.write_text(
        'service.store = "w.sqlite"\nsip = { domain = "d", listen = ["tcp:127.0.0.1:0"] }\n' + named + table
    )
    config = load_config(file, {**ENVIRON, **os.environ, "OPERATOR_PASSWORD": "operator-secret"})
    there = at_operator(config, config.accounts())
    assert there is not None
    assert [each.address for each in there.watched] == ["sip:anna@example.org", "sip:fleet7@example.org"]
