"""Real phones on loopback, and the whole service between them: they register, call, and are refused."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sip import Binding, ListenAddress, Transport
from tests.waywarn.baresip import Baresip, baresip
from waywarn.commands.device import device
from waywarn.config import load_config
from waywarn.service import Service
from waywarn.store import Store

pytestmark = pytest.mark.peer

DOMAIN = "127.0.0.1"  # sipsak and sipp know no server but the one in the address
PASSWORD = "a-word-that-passes"  # no blank: sipp and baresip would cut it there
ANNA = f"sip:anna@{DOMAIN}"
CONFIGURATION = f"""\
[service]
store = "waywarn.sqlite"
[sip]
domain = "{DOMAIN}"
listen = ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"]
expires_min_s = 3
[devices.anna]
password = "{PASSWORD}"
algorithms = ["SHA-256", "MD5"]
[devices.bert]
password = "{PASSWORD}"
algorithms = ["MD5"]
"""
BOTH = pytest.mark.parametrize("door", [0, 1], ids=["udp", "tcp"])
PATIENCE_S = 20.0


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 90))


@contextlib.asynccontextmanager
async def serving(
    folder: Path, algorithms: str = '["MD5"]', *, at: Sequence[ListenAddress] = ()
) -> AsyncIterator[Service]:
    text = CONFIGURATION.replace('["SHA-256", "MD5"]', algorithms)
    for address in at:
        by = f"{address.transport.lower()}:127.0.0.1:"
        text = text.replace(f"{by}0", f"{by}{address.port}")
    file = folder / "waywarn.toml"
    file.write_text(text)
    with Store.open(folder / "waywarn.sqlite") as store:
        service = Service(load_config(file, {}), store)
        task = asyncio.create_task(service.run())
        await service.ready()
        try:
            yield service
        finally:
            service.stop()
            await task


def program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: {package})")
    return found


def bindings(service: Service, aor: str = ANNA) -> tuple[Binding, ...]:
    return service._presence.registrar.bindings_of(aor, service._clock())


async def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for what other programs do."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not within {PATIENCE_S:.0f} s: {what}") from None


async def output_of(command: str, *arguments: str, folder: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        command,
        *arguments,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    finally:
        if process.returncode is None:
            process.kill()
    text = output.decode("utf-8", "replace")
    assert process.returncode == 0, text
    return text


async def registered(service: Service, *names: str) -> None:
    aors = [f"sip:{name}@{DOMAIN}" for name in names]
    await until(lambda: all(bindings(service, aor) for aor in aors), f"registered: {', '.join(names)}")


@contextlib.asynccontextmanager
async def two_phones(
    folder: Path, service: Service, *doors: int, anna: Sequence[str] = (), bert: Sequence[str] = ()
) -> AsyncIterator[tuple[Baresip, Baresip]]:
    """Run Anna's and Bert's, each by its door, and wait until both are registered."""
    at = [service.addresses[door] for door in doors]
    async with (
        baresip(folder / "anna", "anna", PASSWORD, at[0], *anna, domain=DOMAIN) as first,
        baresip(folder / "bert", "bert", PASSWORD, at[1], *bert, domain=DOMAIN) as second,
    ):
        await registered(service, "anna", "bert")
        yield first, second


@BOTH
def test_baresip_is_told_the_least_time_registers_again_in_it_and_goes(tmp_path: Path, door: int) -> None:
    async def story() -> None:
        async with serving(tmp_path) as service:
            at = service.addresses[door]
            async with baresip(tmp_path / "a", "anna", PASSWORD, at, "regint=2", domain=DOMAIN):
                await registered(service, "anna")
                (first,) = bindings(service)
                assert (first.flow.transport, first.expires_at - first.registered_at) == (at.transport, 3)
                assert first.user_agent.startswith("baresip")
                await until(lambda: bindings(service)[0].cseq > first.cseq, "registered again")
                assert len(bindings(service)) == 1
            await until(lambda: not bindings(service), "unregistered")

    run(story())


@pytest.mark.parametrize("doors", [(0, 1), (1, 0), (0, 0)], ids=["udp-tcp", "tcp-udp", "udp-udp"])
def test_baresip_calls_baresip_through_us(tmp_path: Path, doors: tuple[int, int]) -> None:
    async def story() -> None:
        async with (
            serving(tmp_path) as service,
            two_phones(tmp_path, service, *doors, bert=["answermode=auto"]) as (anna, bert),
        ):
            await anna.command("dial", f"sip:bert@{DOMAIN}")
            await anna.wait_for("CALL_RINGING")
            await anna.wait_for("CALL_ESTABLISHED")
            event = await bert.wait_for("CALL_ESTABLISHED")
            assert event["peeruri"].startswith(ANNA)
            await bert.command("hangup")
            await anna.wait_for("CALL_CLOSED")

    run(story())


def test_a_restart_forgets_no_phone(tmp_path: Path) -> None:
    async def story() -> None:
        async with contextlib.AsyncExitStack() as phones:
            async with serving(tmp_path) as service:
                at = service.addresses
                both = two_phones(tmp_path, service, 0, 0, bert=["answermode=auto"])
                anna, bert = await phones.enter_async_context(both)
            async with serving(tmp_path, at=at) as service:
                assert len(bindings(service)) == 1
                await anna.command("dial", f"sip:bert@{DOMAIN}")
                await bert.wait_for("CALL_ESTABLISHED")
                await anna.command("hangup")
                await bert.wait_for("CALL_CLOSED")
                await phones.aclose()

    run(story())


def test_a_call_that_is_given_up_stops_ringing(tmp_path: Path) -> None:
    async def story() -> None:
        async with serving(tmp_path) as service, two_phones(tmp_path, service, 0, 1) as (anna, bert):
            await anna.command("dial", f"sip:bert@{DOMAIN}")
            await bert.wait_for("CALL_INCOMING")
            await anna.wait_for("CALL_RINGING")
            await anna.command("hangup")
            await bert.wait_for("CALL_CLOSED")

    run(story())


def test_a_call_that_is_declined_ends_for_both(tmp_path: Path) -> None:
    async def story() -> None:
        async with serving(tmp_path) as service, two_phones(tmp_path, service, 0, 1) as (anna, bert):
            await anna.command("dial", f"sip:bert@{DOMAIN}")
            await bert.wait_for("CALL_INCOMING")
            await bert.command("hangup")
            refused = await anna.wait_for("CALL_CLOSED")
            assert refused["param"].startswith("486"), refused

    run(story())


def test_a_locked_phone_calls_nobody_and_can_still_be_called(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            serving(tmp_path) as service,
            two_phones(tmp_path, service, 0, 1, anna=["answermode=auto"]) as (anna, bert),
        ):
            order = ["lock", "anna", "--yes", "--wait", "0", "-c", str(tmp_path / "waywarn.toml")]
            await asyncio.to_thread(lambda: CliRunner().invoke(device, order, catch_exceptions=False))
            await until(lambda: ANNA in service._presence.directory.locked, "the lock is in force")
            await anna.command("dial", f"sip:bert@{DOMAIN}")
            refused = await anna.wait_for("CALL_CLOSED")
            assert refused["param"].startswith("403"), refused
            await bert.command("dial", ANNA)
            await anna.wait_for("CALL_ESTABLISHED")

    run(story())


def test_sipsak_asks_what_we_can_and_registers(tmp_path: Path) -> None:
    async def story() -> None:
        sipsak = program("sipsak", "sipsak")
        async with serving(tmp_path) as service:
            port = service.addresses[0].port
            uri = f"{ANNA}:{port}"
            said = await output_of(sipsak, "-vv", "-s", uri, folder=tmp_path)
            assert "SIP/2.0 200 OK" in said
            login = ("-u", "anna", "-a", PASSWORD)
            usrloc = ("-U", "-i", "-vv", "-C", f"{ANNA}:5099", "-x", "120")
            said = await output_of(sipsak, *usrloc, *login, "-s", uri, folder=tmp_path)
            assert "All usrloc tests completed successful" in said
            assert [each.contact for each in bindings(service)] == [f"{ANNA}:5099"]

    run(story())


async def sipp(folder: Path, scenario: str, at: ListenAddress, *fields: str) -> None:
    """Play one of our scenarios once; that it was played to its end is what is checked."""
    command = program("sipp", "sip-tester")
    login = f"[authentication username=anna password={PASSWORD}]"
    (folder / "who.csv").write_text(f"SEQUENTIAL\n{';'.join(('anna', login, DOMAIN, *fields))}\n")
    file = Path(__file__).parent / "scenarios" / f"{scenario}.xml"
    options = ["-sf", str(file), "-inf", "who.csv", "-i", "127.0.0.1", "-m", "1", "-nostdin"]
    options += ["-t", "u1" if at.transport is Transport.UDP else "t1", "-timeout", "15s", "-timeout_error"]
    await output_of(command, f"{at.host}:{at.port}", *options, folder=folder)


@BOTH
def test_sipp_registers_with_digest_asks_and_goes(tmp_path: Path, door: int) -> None:
    async def story() -> None:
        async with serving(tmp_path) as service:
            await sipp(tmp_path, "register", service.addresses[door])
            assert bindings(service) == ()

    run(story())


@BOTH
def test_a_message_reaches_baresip_which_takes_it(tmp_path: Path, door: int) -> None:
    async def story() -> None:
        async with serving(tmp_path) as service:
            at = service.addresses
            async with baresip(tmp_path / "b", "bert", PASSWORD, at[1 - door], domain=DOMAIN):
                await registered(service, "bert")
                await sipp(tmp_path, "message", at[door], "bert")

    run(story())


LINPHONE = """\
[sip]
sip_port=-1
sip_tcp_port=-1
sip_tls_port=-1
use_ipv6=0
guess_hostname=0
bind_address=127.0.0.1
register_only_when_network_is_up=0
default_proxy=0
[proxy_0]
reg_proxy=<sip:{host}:{port};transport={by}>
reg_route=<sip:{host}:{port};transport={by};lr>
reg_identity={aor}
reg_expires=120
reg_sendregister=1
publish=0
[auth_info_0]
username=anna
passwd={password}
realm={domain}
domain={domain}
[lime]
enabled=0
"""


@contextlib.asynccontextmanager
async def linphone(folder: Path, at: ListenAddress) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run linphonec with commands on its standard input; it keeps its databases in a home of its own."""
    found = program("linphonec", "linphone-cli")
    (folder / ".local/share/linphone").mkdir(parents=True)
    by = "udp" if at.transport is Transport.UDP else "tcp"
    values = {"host": at.host, "port": at.port, "by": by, "aor": ANNA, "password": PASSWORD, "domain": DOMAIN}
    (folder / "rc").write_text(LINPHONE.format(**values))
    process = await asyncio.create_subprocess_exec(
        *(found, "-c", str(folder / "rc")),
        env={**os.environ, "HOME": str(folder)},
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def says(process: asyncio.subprocess.Process, expected: str) -> None:
    """Ask linphonec whether it is registered until it says so."""
    assert process.stdin is not None
    assert process.stdout is not None
    while True:
        process.stdin.write(b"status register\n")
        line = b""
        while not line.startswith(b"registered"):
            line = await process.stdout.readline()
            assert line, "linphonec has ended"
        if expected.encode() in line:
            return
        await asyncio.sleep(0.1)


@BOTH
def test_linphone_registers_by_the_stronger_digest_and_goes(tmp_path: Path, door: int) -> None:
    async def story() -> None:
        async with serving(tmp_path, '["SHA-256", "MD5"]') as service:
            async with linphone(tmp_path / "home", service.addresses[door]) as process:
                await until(lambda: len(bindings(service)) == 1, "linphonec is registered")
                (binding,) = bindings(service)
                assert binding.user_agent.startswith("Linphonec")
                assert binding.instance is not None
                await asyncio.wait_for(says(process, f"registered, identity={ANNA}"), PATIENCE_S)
                await asyncio.wait_for(process.communicate(b"quit\n"), PATIENCE_S)
            await until(lambda: not bindings(service), "linphonec has unregistered")

    run(story())


def test_linphone_calls_baresip_and_hangs_up(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            serving(tmp_path, '["SHA-256", "MD5"]') as service,
            baresip(
                tmp_path / "b", "bert", PASSWORD, service.addresses[0], "answermode=auto", domain=DOMAIN
            ) as bert,
            linphone(tmp_path / "home", service.addresses[1]) as process,
        ):
            await registered(service, "anna", "bert")
            await asyncio.wait_for(says(process, f"registered, identity={ANNA}"), PATIENCE_S)
            assert process.stdin is not None
            process.stdin.write(f"call sip:bert@{DOMAIN}\n".encode())
            event = await bert.wait_for("CALL_ESTABLISHED")
            assert event["peeruri"].startswith(ANNA)
            process.stdin.write(b"terminate\n")
            await bert.wait_for("CALL_CLOSED")
            await asyncio.wait_for(process.communicate(b"quit\n"), PATIENCE_S)

    run(story())
