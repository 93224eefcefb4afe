"""The file of a device: what may stand in it, and what is said of what may not."""

import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.device.adaptive_rate import AdaptiveRate
from sip.device.channel import ServerAddress
from sip.device.publish_policy import PublishPolicy
from sip.order import Order
from sip.peer import Transport
from sip.tls import ServerTrust
from waywarn.config.problem import ConfigError
from waywarn.provision.handout import Handout, Server
from waywarn.provision.policy import POLICIES
from waywarn.provision.tracker_file import tracker_toml
from waywarn.tracker.device_file import DeviceFile, read_device_file

PIN = "0f" * 32
WHOLE = f"""\
[account]
aor = "sip:anna@example.org"
user = "a"
password_env = "PW"
[server]
host = "192.0.2.1"
port = 5061
transport = "tls"
pin = "{PIN}"
[source]
gpsd = "127.0.0.1:2947"
receiver = "/dev/ttyACM0"
device = "phone"
[policy]
adaptive = false
every_m = 30
retain_days = 2
retransmission_allowed = false
[queue]
state = "state"
most = 500
per_second = 5
[orders]
reachable = false
hook_limit_s = 5
[hooks]
ring = "paplay '/usr/share/a sound.oga'"
lock = ["loginctl", "lock-sessions"]
"""


def read(folder: Path, text: str) -> DeviceFile:
    file = folder / "tracker.toml"
    file.write_text(text)
    return read_device_file(file, {"PW": "secret", "HOME": "/h"})


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    device = read(tmp_path, WHOLE)
    settings = device.settings
    assert (device.source, device.device) == ("gpsd://127.0.0.1:2947/dev/ttyACM0", "phone")
    assert device.state == tmp_path / "state"
    assert (settings.identity.aor, settings.identity.username) == ("sip:anna@example.org", "a")
    assert settings.identity.password == "secret"
    assert settings.server == ServerAddress("192.0.2.1", 5061, Transport.TLS, ServerTrust(pin=PIN))
    assert settings.policy == PublishPolicy(every_m=30)
    assert (settings.retain_s, settings.retransmission_allowed) == (2 * 86_400, False)
    assert (settings.most_kept, settings.per_second, settings.is_reachable) == (500, 5, False)
    assert settings.hooks.programs == {
        Order.RING: ("paplay", "/usr/share/a sound.oga"),
        Order.LOCK: ("loginctl", "lock-sessions"),
    }
    assert settings.hooks.environ == {"HOME": "/h"}, "no hook is given the password"
    assert "secret" not in repr(device)


def test_what_enrolling_writes_is_read(tmp_path: Path) -> None:
    for policy in POLICIES.values():
        handout = Handout(
            "sip:anna@example.org", "anna", 'a "p\\w"', Server("home.example", 5061, "tls", PIN), policy
        )
        device = read(tmp_path, tracker_toml(handout))
        assert device.settings.identity.password == 'a "p\\w"'
        assert device.source == "gpsd://127.0.0.1:2947"
        made = AdaptiveRate if policy.adaptive else PublishPolicy
        assert isinstance(device.settings.policy, made)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('aor = "sip:anna@example.org"', "", "account.aor: is missing; give the address"),
        ('aor = "sip:anna@example.org"', 'aor = "mailto:a"', "Unsupported URI Scheme"),
        ('user = "a"', 'usr = "a"', "usr: is not known here; did you mean user?"),
        ('user = "a"', 'password = "x"', "is given beside password"),
        ('"PW"', '"NONE"', "'NONE' is not set or empty"),
        ("port = 5061", "port = 0", ":7: server.port: input should be greater than 0"),
        (f'pin = "{PIN}"', 'pin = "abc"', "server.pin: is not of that form; give the SHA-256"),
        ('transport = "tls"', "", "server.pin: is given without TLS"),
        ('"127.0.0.1:2947"', '"somewhere"', "is not host:port; as 127.0.0.1:2947"),
        ("every_m = 30", "stand_m = 30", "policy: stand_m is for adaptive = true"),
        ("adaptive = false", "heartbeat_s = 1", "heartbeat_s 1 is shorter than at_least_every_s 60"),
        ("lock = [", "lok = [", "hooks.lok: is no order; did you mean lock?"),
        ("paplay '", "paplay ", "hooks.ring: cannot be taken apart"),
        ('["loginctl", "lock-sessions"]', "[]", "hooks.lock: is empty"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in WHOLE
    with pytest.raises(ConfigError) as wrong:
        read(tmp_path, WHOLE.replace(old, new))
    assert said in str(wrong.value)
    assert "tracker.toml:" in str(wrong.value)


@given(st.text(max_size=60), st.integers(0, len(WHOLE)), st.integers(0, 40))
def test_whatever_it_holds_it_is_read_or_refused(text: str, begin: int, length: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tracker.toml"
        file.write_text(WHOLE[:begin] + text + WHOLE[begin + length :], encoding="utf-8", errors="replace")
        with contextlib.suppress(ConfigError):
            read_device_file(file, {"PW": "secret"})
