"""The listener on loopback: both transports, pieces, limits, and how it stops."""

import asyncio
import contextlib
import socket

import pytest

from sip.message import Response, parse_message
from sip.peer import Peer, Transport
from sip.server.connections import Limits
from sip.server.listener import ListenAddress, Listener
from sip.stream import MessageStream
from sip.stun import stun_answer
from tests.sip.home import Home, at_home
from tests.sip.talk import Talk, account

OPTIONS = Talk(peer=Peer(Transport.TCP, "127.0.0.1", 1)).request(method="OPTIONS").to_bytes()
STUN = bytes.fromhex("000100002112a442") + b"transaction."
HOSTS = ["127.0.0.1", "::1"]


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest) -> str:
    if request.param == "::1" and not has_ipv6():
        pytest.skip("this machine has no IPv6 on loopback")
    return str(request.param)


async def read_responses(reader: asyncio.StreamReader, count: int) -> list[Response]:
    stream, responses = MessageStream(), list[Response]()
    while len(responses) < count:
        data = await asyncio.wait_for(reader.read(65_536), 5)
        assert data, "the server closed the connection"
        for frame in stream.feed(data):
            assert isinstance(frame, bytes)
            message = parse_message(frame)
            assert isinstance(message, Response)
            responses.append(message)
    return responses


async def connect(home: Home, host: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.wait_for(asyncio.open_connection(host, home.port(Transport.TCP)), 5)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


def test_udp_is_answered_from_the_port_it_was_sent_to(host: str) -> None:
    async def scene() -> None:
        async with at_home([account("anna")], host=host) as home:
            loop = asyncio.get_running_loop()
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)  # noqa: FBT003 (socket's own signature)
                sock.connect((host, home.port(Transport.UDP)))  # takes answers from that port only
                await loop.sock_sendall(sock, b"\r\n\r\n")
                await loop.sock_sendall(sock, OPTIONS)
                data = await asyncio.wait_for(loop.sock_recv(sock, 65_536), 5)
            assert data.startswith(b"SIP/2.0 200 OK\r\n")
            assert home.received == 1

    asyncio.run(scene())


def test_a_phone_that_keeps_its_flow_open_learns_its_address(host: str) -> None:
    async def scene() -> None:
        async with at_home([account("anna")], host=host) as home:
            loop = asyncio.get_running_loop()
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)  # noqa: FBT003 (socket's own signature)
                sock.connect((host, home.port(Transport.UDP)))
                await loop.sock_sendall(sock, b"\0\1\0\0 no cookie of STUN")
                await loop.sock_sendall(sock, STUN)
                data = await asyncio.wait_for(loop.sock_recv(sock, 65_536), 5)
                assert data == stun_answer(STUN, *sock.getsockname()[:2])
            assert home.received == 0

    asyncio.run(scene())


def test_tcp_takes_pieces_and_pipelined_messages(host: str) -> None:
    async def scene() -> None:
        async with at_home([account("anna")], host=host) as home:
            reader, writer = await connect(home, host)
            data = OPTIONS * 3
            for start in range(0, len(data), 100):
                writer.write(data[start : start + 100])
                await writer.drain()
            assert [response.status for response in await read_responses(reader, 3)] == [200, 200, 200]
            await hang_up(writer)

    asyncio.run(scene())


def test_a_keep_alive_is_answered_with_one() -> None:
    async def scene() -> None:
        async with at_home([]) as home:
            reader, writer = await connect(home)
            writer.write(b"\r\n\r\n")
            assert await asyncio.wait_for(reader.readexactly(2), 5) == b"\r\n"
            await hang_up(writer)

    asyncio.run(scene())


def test_a_lost_frame_is_refused_and_the_connection_ends() -> None:
    async def scene() -> None:
        async with at_home([]) as home:
            reader, writer = await connect(home)
            writer.write(OPTIONS.replace(b"Content-Length: 0\r\n", b"") + OPTIONS)
            (response,) = await read_responses(reader, 1)
            assert response.status == 400
            assert await asyncio.wait_for(reader.read(), 5) == b""
            await hang_up(writer)

    asyncio.run(scene())


def test_who_ends_his_side_still_gets_his_answer() -> None:
    async def scene() -> None:
        async with at_home([]) as home:
            reader, writer = await connect(home)
            writer.write(OPTIONS)
            writer.write_eof()
            assert len(await read_responses(reader, 1)) == 1
            assert await asyncio.wait_for(reader.read(), 5) == b""
            await hang_up(writer)

    asyncio.run(scene())


def test_who_ends_his_side_waits_only_for_what_deserves_an_answer() -> None:
    async def scene() -> None:
        async with at_home([], limits=Limits(linger_s=0)) as home:
            reader, writer = await connect(home)
            writer.write(b"ACK sip:h SIP/2.0\r\nVia: SIP/2.0/TCP h\r\nContent-Length: 0\r\n\r\n")
            writer.write_eof()
            listener = home.listener
            assert listener is not None
            async with asyncio.timeout(5):
                while not home.received or listener.connections:
                    listener._sweep()
                    await asyncio.sleep(0)
            assert await asyncio.wait_for(reader.read(), 5) == b""
            await hang_up(writer)

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("limits", "sent"),
    [
        (Limits(idle_s=0), b""),
        (Limits(message_s=0), OPTIONS[:50]),
        (Limits(message_s=0), OPTIONS + OPTIONS[:50]),
    ],
)
def test_a_silent_connection_or_half_a_message_does_not_stay(limits: Limits, sent: bytes) -> None:
    async def scene() -> None:
        async with at_home([], limits=limits) as home:
            reader, writer = await connect(home)
            listener = home.listener
            assert listener is not None
            if sent:
                writer.write(sent)
                await writer.drain()
            async with asyncio.timeout(5):
                while listener.connections or not home.received >= (len(sent) > 50):
                    listener._sweep()
                    await asyncio.sleep(0)
            with contextlib.suppress(ConnectionResetError):
                await asyncio.wait_for(reader.read(), 5)
            writer.close()

    asyncio.run(scene())


def test_one_host_cannot_take_all_connections() -> None:
    async def scene() -> None:
        async with at_home([], limits=Limits(max_connections_per_host=2)) as home:
            kept = [await connect(home) for _ in range(2)]
            for reader, writer in kept:
                writer.write(b"\r\n\r\n")
                await asyncio.wait_for(reader.readexactly(2), 5)
            reader, writer = await connect(home)
            writer.write(b"\r\n\r\n")
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await asyncio.wait_for(reader.readexactly(2), 5)
            writer.close()
            for _, open_writer in kept:
                await hang_up(open_writer)

    asyncio.run(scene())


def test_a_pause_takes_nothing_more_but_lets_answers_out() -> None:
    async def scene() -> None:
        async with at_home([]) as home:
            reader, writer = await connect(home)
            writer.write(OPTIONS)
            await read_responses(reader, 1)
            listener = home.listener
            assert listener is not None
            listener.pause()
            writer.write(OPTIONS)
            (peer,) = listener._hub.connections
            assert listener.send(peer, b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n")
            assert len(await read_responses(reader, 1)) == 1
            await listener.close()
            assert home.received == 1
            assert not listener.send(peer, b"x")
            assert not listener.send(Peer(Transport.UDP, "127.0.0.1", 9), b"x")
            writer.close()

    asyncio.run(scene())


def test_an_address_that_cannot_be_bound_is_named_and_nothing_stays_open() -> None:
    async def scene() -> None:
        async with at_home([]) as home:
            taken = ListenAddress(Transport.TCP, "127.0.0.1", home.port(Transport.TCP))
            free = ListenAddress(Transport.UDP, "127.0.0.1", 0)
            with pytest.raises(OSError, match=f"cannot listen on tcp:127.0.0.1:{taken.port}"):
                await Listener.open([free, taken], home.on_message)

    asyncio.run(scene())
