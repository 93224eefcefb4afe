"""The client's sockets against a real, scripted server on loopback."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from sip.device import channel
from sip.device.caller import call
from sip.device.channel import MAX_UNKNOWN_PATH_BYTES, ServerAddress, UnansweredError
from sip.headers import Headers
from sip.message import Request
from sip.peer import Transport
from tests.sip.scripted import DROP, HOST, Script, scripted_server


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 20))


def publish(body: bytes = b"") -> Request:
    pairs = [
        ("From", "<sip:a@b>;tag=1"),
        ("To", "<sip:a@b>"),
        ("Call-ID", "c"),
        ("CSeq", "1 PUBLISH"),
        ("Expires", "60"),
    ]
    return Request("PUBLISH", "sip:a@b", Headers(pairs), body)


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
def test_a_request_is_answered(transport: Transport) -> None:
    async def story() -> None:
        script = Script()
        async with scripted_server(script) as port, call(ServerAddress(HOST, port, transport)) as caller:
            assert (await caller.ask(publish(b"x"))).status == 200
            assert (await caller.ask(publish(b"y"))).status == 200
        assert script.taken == [b"x", b"y"]
        via = script.seen[0].splitlines()[1].decode()
        assert via.startswith(f"Via: SIP/2.0/{transport} {HOST}:")
        assert ";branch=z9hG4bK" in via
        assert via.endswith(";rport")

    run(story())


def test_a_lost_datagram_is_sent_again_with_the_same_bytes() -> None:
    async def story() -> None:
        script = Script([DROP, DROP])
        async with scripted_server(script) as port, call(ServerAddress(HOST, port)) as caller:
            assert (await caller.ask(publish(b"x"))).status == 200
        assert len(script.seen) == 3
        assert len(set(script.seen)) == 1
        assert script.taken == [b"x"]

    run(story())


def test_doubled_answers_are_taken_once() -> None:
    async def story() -> None:
        script = Script(twice=True)
        async with scripted_server(script) as port, call(ServerAddress(HOST, port)) as caller:
            for body in (b"x", b"y", b"z"):
                assert (await caller.ask(publish(body))).status == 200
        assert script.taken == [b"x", b"y", b"z"]

    run(story())


def test_two_requests_at_once_get_each_their_own_answer() -> None:
    async def story() -> None:
        script = Script([DROP, 412])
        async with scripted_server(script) as port, call(ServerAddress(HOST, port)) as caller:
            answers = await asyncio.gather(caller.ask(publish(b"x")), caller.ask(publish(b"y")))
        assert [answer.status for answer in answers] == [200, 412]

    run(story())


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
def test_a_port_where_nobody_listens_is_said_at_once(transport: Transport) -> None:
    async def story() -> None:
        async with scripted_server(Script()) as port:
            pass
        async with call(ServerAddress(HOST, port, transport)) as caller:
            with pytest.raises(UnansweredError, match=r"[Rr]efused|Connect call failed"):
                await caller.ask(publish())

    run(story())


def test_a_connection_that_was_closed_is_opened_again() -> None:
    async def story() -> None:
        async with (
            scripted_server(Script()) as port,
            call(ServerAddress(HOST, port, Transport.TCP)) as caller,
        ):
            await caller.ask(publish())
            caller.close()
            assert (await caller.ask(publish())).status == 200

    run(story())


def test_a_server_that_hangs_up_leaves_no_one_waiting() -> None:
    async def story() -> None:
        async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        server = await asyncio.start_server(hang_up, HOST, 0)
        async with (
            server,
            call(ServerAddress(HOST, server.sockets[0].getsockname()[1], Transport.TCP)) as caller,
        ):
            with pytest.raises(UnansweredError, match=r"closed|reset"):
                await caller.ask(publish())

    run(story())


def test_what_is_too_long_for_the_path_goes_by_tcp_or_where_there_is_none_by_udp() -> None:
    async def story(*, tcp: bool) -> None:
        script = Script()
        async with scripted_server(script, tcp=tcp) as port, call(ServerAddress(HOST, port)) as caller:
            assert caller._datagrams is not None
            assert caller._datagrams.max_bytes > 60_000  # loopback's MTU is known
            caller._datagrams.max_bytes = MAX_UNKNOWN_PATH_BYTES
            await caller.ask(publish(b"x" * 2_000))
            await caller.ask(publish(b"y"))
        by = [data.splitlines()[1].split()[1].decode() for data in script.seen]
        assert by == ["SIP/2.0/TCP" if tcp else "SIP/2.0/UDP", "SIP/2.0/UDP"]

    run(story(tcp=True))
    run(story(tcp=False))


def test_noise_and_strangers_answers_are_not_taken_for_ours() -> None:
    async def story() -> None:
        script = Script()
        noise = [b"", b"\r\n\r\n", b"\xff\xfe", b"SIP/2.0 200 OK\r\n\r\n", b"PUBLISH sip:a@b SIP/2.0\r\n\r\n"]

        def answers(data: bytes) -> list[bytes]:
            right = script.answers(data)[0]
            return [*noise, right.replace(b"branch=z9hG4bK", b"branch=z9hG4bKx"), right]

        class Noisy(Script):
            def answers(self, data: bytes) -> list[bytes]:
                return answers(data)

        async with scripted_server(Noisy()) as port, call(ServerAddress(HOST, port)) as caller:
            assert (await caller.ask(publish())).status == 200

    run(story())


def test_a_connection_that_takes_too_long_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel, "CONNECT_S", 0.0)

    async def story() -> None:
        async with call(ServerAddress(HOST, 9, Transport.TCP)) as caller:
            with pytest.raises(UnansweredError, match=r"cannot reach .*: no connection within"):
                await caller.ask(publish())

    run(story())


def test_an_unknown_name_is_said() -> None:
    async def story() -> None:
        with pytest.raises(UnansweredError, match=r"cannot reach no-such-host\.invalid"):
            async with call(ServerAddress("no-such-host.invalid", 5060)):
                pass

    run(story())
