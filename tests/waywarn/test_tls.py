"""TLS and limits as their keys say: what is refused, what is doubtful, and the service that speaks it."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from sip import Request, ServerTrust, Transport
from sip.device.caller import call
from sip.device.channel import ServerAddress
from sip.headers import Headers
from tests.sip.authority import Authority
from waywarn.config import Config, ConfigError, load_config
from waywarn.config.doors import open_all
from waywarn.config.doubts import doubts
from waywarn.service import Service
from waywarn.store import Store

PAIRS = [("From", "<sip:t@t>;tag=1"), ("To", "<sip:t@t>"), ("Call-ID", "t"), ("CSeq", "1 OPTIONS")]


def configured(folder: Path, *lines: str, listen: str = "tls:127.0.0.1:0") -> Config:
    file = folder / "waywarn.toml"
    given = ["[service]", 'store = "waywarn.sqlite"', "[sip]", 'domain = "example.org"']
    file.write_text("\n".join([*given, f'listen = ["{listen}"]', *lines]))
    return load_config(file, {})


def files(folder: Path, *, days: int = 1) -> tuple[Authority, list[str]]:
    authority = Authority(folder)
    certificate, key = authority.issue("127.0.0.1", days=days)
    return authority, [f'certificate = "{certificate.name}"', f'key = "{key.name}"']


def test_what_cannot_be_is_named_with_its_key(tmp_path: Path) -> None:
    _, good = files(tmp_path)
    for lines, said in {
        (): "an address is for TLS, and there is no certificate",
        (good[0],): "an address is for TLS, and there is no key",
        (*good, "require_client_certificate = true"): "nobody's is accepted",
        (*good, 'client_certificates = "nowhere.pem"'): "nowhere.pem",
        (*good, 'tls_min = "1.1"'): "tls_min",
        (*good, "max_per_account_per_s = 0"): "max_per_account_per_s",
    }.items():
        with pytest.raises(ConfigError, match=said):
            configured(tmp_path, *lines)
    with pytest.raises(ConfigError, match="none of udp, tcp and tls"):
        configured(tmp_path, *good, listen="sctp:127.0.0.1:0")
    (tmp_path / "ours-127.0.0.1.key").write_text("no key")
    with pytest.raises(ConfigError, match=r"ours-127\.0\.0\.1\.key"):
        open_all(configured(tmp_path, *good))


def test_what_is_doubtful_is_warned_of(tmp_path: Path) -> None:
    _, good = files(tmp_path)
    assert doubts(configured(tmp_path, *good)) == ()
    files(tmp_path, days=-1)
    (tmp_path / "ours-127.0.0.1.key").chmod(0o644)
    said = [each.problem for each in doubts(configured(tmp_path, *good, 'tls_min = "1.2"'))]
    assert sorted(said) == [
        "TLS 1.2 is spoken",
        "certificate has expired",
        f"every user of this machine can read {tmp_path / 'ours-127.0.0.1.key'}",
    ]


def test_the_service_speaks_tls_and_takes_a_new_certificate_on_sighup(tmp_path: Path) -> None:
    async def asked(service: Service, trust: ServerTrust) -> int:
        server = ServerAddress("127.0.0.1", service.addresses[0].port, Transport.TLS, trust)
        async with call(server) as caller:
            return (await caller.ask(Request("OPTIONS", "sip:127.0.0.1", Headers(PAIRS)))).status

    async def story(store: Store) -> None:
        authority, lines = files(tmp_path)
        service = Service(configured(tmp_path, *lines), store)
        running = asyncio.create_task(service.run())
        await service.ready()
        assert await asked(service, ServerTrust(authorities=authority.file)) == 200
        later, _ = files(tmp_path)
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert await asked(service, ServerTrust(authorities=later.file)) == 200
        (tmp_path / "ours-127.0.0.1.crt").write_text("half a file")
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert await asked(service, ServerTrust(authorities=later.file)) == 200  # still
        service.stop()
        await running

    with Store.open(tmp_path / "waywarn.sqlite") as store:
        asyncio.run(asyncio.wait_for(story(store), 60))
