"""Staying reachable: over a lost connection, a server that falls silent, another address, and to the end."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from sip.device import caller as caller_module
from sip.device.caller import Caller
from sip.device.channel import MOST_UNANSWERED_PINGS, ServerAddress
from sip.device.registration_client import RegistrationClient
from sip.device.request_writer import Identity
from sip.peer import Transport
from sip.stun import is_stun, stun_answer
from waywarn.tracker import reachable as reachable_module
from waywarn.tracker.reachable import MAKE_ANEW_S, Reachable

HOST = "127.0.0.1"


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 30))


@dataclass
class Registrar:
    """Answers each REGISTER with 200, as long as it is told to, and keeps what it saw."""

    contacts: list[str] = field(default_factory=list)
    lives: list[str] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    pings: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    seen_at: int | None = None  # what STUN says instead of the true port
    answers_stun: bool = True
    knows_nobody: bool = False  # and asks each time for another password

    def answer(self, data: bytes) -> bytes:
        fields = dict(re.findall(r"^([\w-]+): (.*)\r$", data.decode(), re.MULTILINE))
        self.contacts.append(fields["Contact"])
        self.lives.append(fields["Expires"])
        self.arrived.set()
        lines = [
            "SIP/2.0 401 Unauthorized" if self.knows_nobody else "SIP/2.0 200 OK",
            'WWW-Authenticate: Digest realm="town", nonce="n", qop="auth", algorithm=SHA-256',
            *(f"{name}: {fields[name]}" for name in ("Via", "From", "To", "Call-ID", "CSeq")),
        ]
        lines += [f"Contact: {fields['Contact']};expires={fields['Expires']}", "Content-Length: 0", "", ""]
        return "\r\n".join(lines).encode()

    async def until(self, count: int) -> None:
        while len(self.contacts) < count:
            self.arrived.clear()
            await self.arrived.wait()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, registrar: Registrar) -> None:
        self._registrar = registrar

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not is_stun(data):
            self._transport.sendto(self._registrar.answer(data), addr)
            return
        self._registrar.pings.put_nowait(data)
        if self._registrar.answers_stun:
            answer = stun_answer(data, addr[0], self._registrar.seen_at or addr[1])
            self._transport.sendto(answer or b"", addr)


@asynccontextmanager
async def udp(registrar: Registrar) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(registrar), local_addr=(HOST, 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


@asynccontextmanager
async def tcp(serve: Callable[..., Awaitable[None]]) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, HOST, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def kept(
    port: int,
    transport: Transport,
    *,
    registered: Callable[[], None] = lambda: None,
    denied: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[Caller]:
    tokens = (f"t{number}" for number in itertools.count())
    client = RegistrationClient(
        Identity("sip:anna@town", "sip:anna@town", "anna", "secret"),
        registrar="sip:town",
        instance="urn:uuid:1",
        products="test",
        fresh=lambda: next(tokens),
        jitter=lambda: 0.0,
    )
    server = ServerAddress(HOST, port, transport)
    caller = Caller(server)
    reachable = Reachable(client, caller, "anna", server, registered=registered, denied=denied)
    reaching = asyncio.create_task(reachable.run())
    try:
        yield caller
    finally:
        reaching.cancel()
        with suppress(asyncio.CancelledError):
            await reaching
        caller.close()


def test_it_registers_and_says_goodbye() -> None:
    async def story() -> None:
        registrar = Registrar()
        registered = asyncio.Event()
        async with udp(registrar) as port:
            async with kept(port, Transport.UDP, registered=registered.set):
                await registered.wait()
            assert registrar.lives == ["600", "0"]
            assert re.fullmatch(r"<sip:anna@127\.0\.0\.1:\d+>;.*", registrar.contacts[0])

    run(story())


def test_a_password_that_is_not_taken_is_told() -> None:
    async def story() -> None:
        said: asyncio.Queue[str] = asyncio.Queue()
        async with (
            udp(Registrar(knows_nobody=True)) as port,
            kept(port, Transport.UDP, denied=said.put_nowait),
        ):
            assert await said.get() == "the server does not take the password of 'anna'"

    run(story())


def test_a_connection_that_was_cut_is_made_anew_and_registered() -> None:
    async def story() -> None:
        registrar = Registrar()
        cut = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    writer.write(registrar.answer(await reader.readuntil(b"\r\n\r\n")))
                    if len(registrar.contacts) == 1:
                        await cut.wait()
                        break
            writer.close()

        async with tcp(serve) as port, kept(port, Transport.TCP):
            await registrar.until(1)
            cut.set()
            await registrar.until(2)
            assert registrar.contacts[0] != registrar.contacts[1]
            assert ";transport=tcp>" in registrar.contacts[1]

    run(story())


def test_a_server_that_was_away_for_a_moment_is_registered_with_soon(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reachable_module, "LOOK_AGAIN_S", 0.05)
    caplog.set_level("DEBUG", "waywarn")

    async def story() -> None:
        registrar = Registrar()
        is_stopping = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                writer.write(registrar.answer(await reader.readuntil(b"\r\n\r\n")))
                await is_stopping.wait()
            writer.close()

        server = await asyncio.start_server(serve, HOST, 0)
        port = server.sockets[0].getsockname()[1]
        async with kept(port, Transport.TCP):
            await registrar.until(1)
            server.close()
            is_stopping.set()
            await server.wait_closed()
            while "registration.no_way" not in caplog.text:
                await asyncio.sleep(0.01)
            is_stopping.clear()
            async with await asyncio.start_server(serve, HOST, port):
                await registrar.until(2)
                is_stopping.set()

    run(story())


def test_a_connection_on_which_nonsense_comes_is_made_anew_and_registered() -> None:
    async def story() -> None:
        registrar = Registrar()
        registered = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    writer.write(registrar.answer(await reader.readuntil(b"\r\n\r\n")))
                    await registered.wait()
                    if len(registrar.contacts) == 1:
                        writer.write(b"SIP/2.0 200 OK\r\n\r\n")  # how long its body is, it does not say
            writer.close()

        async with tcp(serve) as port, kept(port, Transport.TCP, registered=registered.set):
            await registrar.until(2)

    run(story())


def test_a_server_that_closes_what_it_accepts_is_not_stormed() -> None:
    async def story() -> None:
        came = asyncio.Semaphore(0)

        async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            came.release()
            writer.close()

        async with tcp(serve) as port, kept(port, Transport.TCP):
            for _ in range(2):
                await came.acquire()
            with suppress(TimeoutError):
                async with asyncio.timeout(2 * MAKE_ANEW_S):
                    for _ in range(20):  # thousands, where it does not wait
                        await came.acquire()
                    pytest.fail("twenty connections in a second")

    run(story())


def test_a_connection_that_has_fallen_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller_module, "PONG_S", 0.5)
    monkeypatch.setattr(reachable_module, "PING_STREAM_S", (0.05, 0.06))

    async def story() -> None:
        registrar = Registrar()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    message = (await reader.readuntil(b"\r\n\r\n")).lstrip(b"\r\n")
                    if message:
                        writer.write(registrar.answer(message))
                    elif len(registrar.contacts) > 1:
                        writer.write(b"\r\n")  # the second connection lives
                        registrar.pings.put_nowait(message)
            writer.close()

        async with tcp(serve) as port, kept(port, Transport.TCP):
            for _ in range(2):  # the second comes after the answer to the first was looked for
                await registrar.pings.get()
            assert len(registrar.contacts) == 2

    run(story())


@pytest.mark.parametrize("falls_silent", [False, True])
def test_another_address_or_a_server_that_answers_no_more_is_noticed_over_udp(
    monkeypatch: pytest.MonkeyPatch, *, falls_silent: bool
) -> None:
    monkeypatch.setattr(reachable_module, "PING_UDP_S", (0.05, 0.06))

    async def story() -> None:
        registrar = Registrar()
        async with udp(registrar) as port, kept(port, Transport.UDP) as caller:
            await registrar.until(1)
            while caller.seen_at is None:
                await asyncio.sleep(0.01)
            assert len(registrar.contacts) == 1
            if falls_silent:
                registrar.answers_stun = False
            else:
                registrar.seen_at = 9
            await registrar.until(2)
            assert (registrar.contacts[0] != registrar.contacts[1]) == falls_silent

    run(story())


def test_a_server_that_knows_no_stun_is_no_lost_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reachable_module, "PING_UDP_S", (0.02, 0.03))

    async def story() -> None:
        registrar = Registrar(answers_stun=False)
        async with udp(registrar) as port, kept(port, Transport.UDP):
            for _ in range(4 * MOST_UNANSWERED_PINGS):
                await registrar.pings.get()
            assert len(registrar.contacts) == 1

    run(story())
