"""An ordinary phone: Debian's linphonec fetches its account from the door and registers with it."""

import asyncio
import configparser
import os
import shutil
from pathlib import Path

import pytest

from tests.waywarn.provision.enrolling import Home, fresh, home, run
from tests.waywarn.town import DOMAIN
from waywarn.provision.enrolment_url import phone_url
from waywarn.provision.token import TokenKind

PATIENCE_S = 40.0
START = """\
[misc]
config-uri={address}
[sip]
root_ca={root}
sip_port=-1
sip_tcp_port=-1
sip_tls_port=-1
"""  # any free port: it would take 5060
FOLDERS = (".local/share/linphone", ".config/linphone")  # without them its core does not start


@pytest.fixture
def linphonec() -> str:
    program = shutil.which("linphonec")
    if program is None:
        pytest.skip("linphonec is absent (Debian: linphone-cli)")
    return program


async def until_registered(here: Home) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not here.store.bindings():
            await asyncio.sleep(0.05)


@pytest.mark.peer
def test_linphone_takes_its_account_registers_and_forgets_the_address(tmp_path: Path, linphonec: str) -> None:
    async def story() -> None:
        async with home(tmp_path) as here:
            issue = fresh(kind=TokenKind.PHONE)
            here.add("anna", issue)
            address = phone_url("localhost", here.url.port, issue.token)  # its TLS matches no addresses
            file = phone / "linphonerc"
            file.write_text(START.format(address=address, root=tmp_path / "provision.crt"))
            process = await asyncio.create_subprocess_exec(
                linphonec,
                "-c",
                str(file),
                "-d",
                "0",
                env={"HOME": str(phone), "PATH": os.environ["PATH"]},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                await until_registered(here)
                (binding,) = here.store.bindings()
                await asyncio.wait_for(process.communicate(b"quit\n"), PATIENCE_S)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            (stored,) = here.store.accounts.all()
            kept = configparser.ConfigParser(interpolation=None, strict=False)
            kept.read_string(file.read_text())
            assert stored.ha1 is not None
            assert binding.aor == f"sip:anna@{DOMAIN}"
            assert kept["auth_info_0"]["ha1"] == stored.ha1["SHA-256"]
            assert kept["auth_info_0"]["algorithm"] == "SHA-256"
            assert kept["proxy_0"]["reg_identity"] == f"sip:anna@{DOMAIN}"
            assert f":{here.service.addresses[0].port};transport=udp>" in kept["proxy_0"]["reg_proxy"]
            assert "config-uri" not in kept["misc"]

    phone = tmp_path / "phone"
    for folder in FOLDERS:
        (phone / folder).mkdir(parents=True)
    run(story())
