"""The file that enrolling writes is one that the tracker reads, and publishes with at once."""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from corridor import format_instant
from sip.device.adaptive_rate import AdaptiveRate
from sip.device.publish_policy import PublishPolicy
from sip.peer import Transport
from tests.waywarn.provision.enrolling import fresh, home, prepare, run
from tests.waywarn.town import DOMAIN
from waywarn.presets import Preset
from waywarn.provision.handout import Handout, Server
from waywarn.provision.policy import POLICIES
from waywarn.provision.tracker_file import tracker_toml
from waywarn.tracker.device_file import read_device_file

PIN = "ab" * 32
PATIENCE_S = 40.0


@pytest.mark.parametrize("preset", Preset)
@pytest.mark.parametrize("server", [Server("sip.example.org", 5061, "tls", PIN), Server("::1", 5060, "udp")])
def test_the_tracker_reads_each_profile_as_it_was_meant(
    tmp_path: Path, preset: Preset, server: Server
) -> None:
    policy = POLICIES[preset]
    handout = Handout("sip:anna@example.org", "a", 'p"\\w', server, policy, retain_days=0.5)
    (tmp_path / "tracker.toml").write_text(tracker_toml(handout))
    read = read_device_file(tmp_path / "tracker.toml", {})
    made = read.settings.policy
    assert isinstance(made, AdaptiveRate if policy.adaptive else PublishPolicy)
    assert (made.every_m, made.at_most_every_s, made.at_least_every_s) == (
        policy.every_m,
        policy.at_most_every_s,
        policy.at_least_every_s,
    )
    assert (read.settings.identity.username, read.settings.identity.password) == ("a", 'p"\\w')
    assert read.settings.retain_s == 43_200
    assert (read.settings.server.host, read.settings.server.port) == (server.host, server.port)
    assert read.settings.server.transport is Transport(server.transport.upper())
    assert read.source == "gpsd://127.0.0.1:2947"


async def waywarn(folder: Path, *words: str | Path, told: str = "") -> tuple[int | None, str]:
    """Run a command as a device does; gives its code and all that it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "waywarn",
        *map(str, words),
        cwd=Path.cwd(),
        env={**os.environ, "XDG_STATE_HOME": str(folder)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(told.encode()), PATIENCE_S)
    return process.returncode, said.decode()


@pytest.mark.parametrize("transport", ["udp", "tls"])
def test_a_device_is_enrolled_and_publishes_at_once(tmp_path: Path, transport: str) -> None:
    async def story() -> None:
        file = prepare(tmp_path)
        if transport == "tls":
            files = 'certificate = "provision.crt"\nkey = "provision.key"\nlisten = ["tls:127.0.0.1:0", '
            file.write_text(file.read_text().replace('listen = ["udp:127.0.0.1:0", ', files))
        async with home(tmp_path) as here:
            issue = fresh()
            here.add("anna", issue, profile="bicycle")
            tracker = tmp_path / "tracker.toml"
            words = ("device", "enroll", str(here.url), str(issue.token))
            code, said = await waywarn(tmp_path, *words, "-o", tracker)
            assert (code, f"enrolled as sip:anna@{DOMAIN}" in said) == (0, True), said
            began = time.time() - 60
            lines = [
                f'{{"time": "{format_instant(began + 20 * n)}", "lat": 48.2, "lon": {16.37 + n / 1000}}}\n'
                for n in range(3)
            ]
            code, said = await waywarn(tmp_path, "publish", "-c", tracker, "-", told="".join(lines))
            assert (code, "delivered 3" in said) == (0, True), said
            assert here.store.count_fixes() == 3

    run(story())
