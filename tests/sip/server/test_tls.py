"""TLS: which versions, whose certificates, and what a handshake may cost."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from sip.device.caller import call
from sip.device.channel import ServerAddress, UnansweredError
from sip.errors import CallerError
from sip.message import Response
from sip.peer import Peer, Transport
from sip.server.connections import Limits
from sip.tls import ServerCertificate, ServerTrust, TlsVersion, pin_of
from tests.sip.authority import Authority
from tests.sip.home import Home, at_home
from tests.sip.talk import Talk, account

OPTIONS = Talk(peer=Peer(Transport.TLS, "127.0.0.1", 1)).request(method="OPTIONS", headers={"Via": None})


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def at(home: Home, trust: ServerTrust, host: str = "127.0.0.1") -> ServerAddress:
    return ServerAddress(host, home.port(Transport.TLS), Transport.TLS, trust)


async def ask(server: ServerAddress) -> Response:
    async with call(server) as caller:
        return await asyncio.wait_for(caller.ask(OPTIONS), 10)


def serve(
    context: ssl.SSLContext, scene: Callable[[Home], Awaitable[None]], limits: Limits | None = None
) -> None:
    async def whole() -> None:
        async with at_home([account("anna")], tls=context, limits=limits) as home:
            await scene(home)

    asyncio.run(whole())


def test_a_server_is_known_by_who_signed_its_certificate_or_by_a_pin(authority: Authority) -> None:
    certificate, key = authority.issue("127.0.0.1")
    pem = certificate.read_text().partition("-----END")[0] + "-----END CERTIFICATE-----\n"
    pin = pin_of(ssl.PEM_cert_to_DER_cert(pem))

    async def scene(home: Home) -> None:
        for trust in (ServerTrust(authorities=authority.file), ServerTrust(pin=pin)):
            assert (await ask(at(home, trust))).status == 200

    serve(ServerCertificate(certificate, key).context(), scene)


@pytest.mark.parametrize("case", ["another name", "another authority", "another pin", "the system's"])
def test_another_server_is_told_nothing(authority: Authority, tmp_path: Path, case: str) -> None:
    host = "example.org" if case == "another name" else "127.0.0.1"
    trust = {
        "another name": ServerTrust(authorities=authority.file),
        "another authority": ServerTrust(authorities=Authority(tmp_path, "theirs").file),
        "another pin": ServerTrust(pin="0" * 64),
        "the system's": ServerTrust(),
    }[case]

    async def scene(home: Home) -> None:
        with pytest.raises(UnansweredError, match="certificate"):
            await ask(at(home, trust))
        assert home.received == 0

    serve(ServerCertificate(*authority.issue(host)).context(), scene)


@pytest.mark.parametrize("least", TlsVersion)
def test_an_older_version_is_spoken_where_it_is_allowed_only(authority: Authority, least: TlsVersion) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")

    async def scene(home: Home) -> None:
        for version, spoken in (("-tls1_2", least is TlsVersion.TLS_1_2), ("-tls1_3", True)):
            where = f"127.0.0.1:{home.port(Transport.TLS)}"
            client = await asyncio.create_subprocess_exec(
                *(openssl, "s_client", "-connect", where, version, "-CAfile", authority.file, "-brief"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            assert (await asyncio.wait_for(client.wait(), 10) == 0) is spoken

    serve(ServerCertificate(*authority.issue("127.0.0.1"), least=least).context(), scene)


@pytest.mark.parametrize("rule", ["asked", "required"])
@pytest.mark.parametrize("own", ["none", "ours", "theirs"])
def test_clients_are_asked_for_certificates(
    authority: Authority, tmp_path: Path, rule: str, own: str
) -> None:
    signer = Authority(tmp_path, "clients")
    signers = {"ours": signer, "theirs": Authority(tmp_path, "others")}
    context = ServerCertificate(
        *authority.issue("127.0.0.1"), client_certificates=signer.file, requires_client=rule == "required"
    ).context()
    mine = ServerTrust(authorities=authority.file).context()
    if own != "none":
        mine.load_cert_chain(*signers[own].issue("anna.example.org"))

    async def scene(home: Home) -> None:
        port = home.port(Transport.TLS)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=mine)
        writer.write(b"\r\n\r\n")
        try:
            answer = await asyncio.wait_for(reader.read(2), 5)
        except OSError:  # TLS 1.3 refuses after the client believes to be in
            answer = b""
        assert answer == (b"\r\n" if own == "ours" or (own, rule) == ("none", "asked") else b"")
        writer.close()

    serve(context, scene)


def test_handshakes_that_do_not_come_on_are_few_and_end(authority: Authority) -> None:
    async def scene(home: Home) -> None:
        port, listener = home.port(Transport.TLS), home.listener
        assert listener is not None
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        async with asyncio.timeout(5):
            while listener.connections < 2:
                await asyncio.sleep(0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await asyncio.wait_for(reader.readexactly(1), 5)  # the third is cut off
        for each, its_writer in silent:
            assert await asyncio.wait_for(each.read(), 5) == b""  # its time was up
            its_writer.close()
        writer.close()
        async with asyncio.timeout(5):
            while listener.connections:
                await asyncio.sleep(0)
        assert (await ask(at(home, ServerTrust(authorities=authority.file)))).status == 200

    limits = Limits(max_handshakes=2, handshake_s=0.2)
    serve(ServerCertificate(*authority.issue("127.0.0.1")).context(), scene, limits)


def test_a_renewed_certificate_is_shown_to_who_comes_next(authority: Authority, tmp_path: Path) -> None:
    later = Authority(tmp_path, "later")

    async def scene(home: Home) -> None:
        assert home.listener is not None
        async with call(at(home, ServerTrust(authorities=authority.file))) as before:
            assert (await before.ask(OPTIONS)).status == 200
            home.listener.renew_tls(ServerCertificate(*later.issue("127.0.0.1")).context())
            assert (await before.ask(OPTIONS)).status == 200
        assert (await ask(at(home, ServerTrust(authorities=later.file)))).status == 200

    serve(ServerCertificate(*authority.issue("127.0.0.1")).context(), scene)


def test_a_file_that_is_none_is_named(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.issue("127.0.0.1")
    (broken := tmp_path / "broken.pem").write_text("no certificate")
    for files in ((tmp_path / "missing.crt", key), (broken, key), (certificate, broken)):
        with pytest.raises(CallerError, match=files[0].name):
            ServerCertificate(*files).context()
    (empty := tmp_path / "empty.pem").write_text("")
    for file in (tmp_path / "missing.pem", broken, empty):  # an empty one is not those of the system
        with pytest.raises(CallerError, match=file.name):
            ServerTrust(authorities=file).context()
    with pytest.raises(CallerError, match="pin"):
        ServerTrust(pin="ABCD")


def test_what_is_wrong_with_its_dates_is_known_before_anybody_calls(authority: Authority) -> None:
    assert ServerCertificate(*authority.issue("127.0.0.1")).doubt() == ""
    asked = ServerCertificate(
        *authority.issue("127.0.0.1"), client_certificates=authority.file, requires_client=True
    )
    assert asked.doubt() == ""
    expired = ServerCertificate(*authority.issue("127.0.0.1", days=-1))
    assert expired.doubt() == "certificate has expired"
