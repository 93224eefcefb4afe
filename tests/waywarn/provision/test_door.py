"""The HTTPS door from outside: what it takes, what it refuses, and that nothing hostile stops it."""

import asyncio
import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waywarn.presets import Preset
from waywarn.provision.certificate import self_signed, server_context
from waywarn.provision.door import MAX_BODY_BYTES, Door
from waywarn.provision.enroller import Enroller, Site
from waywarn.provision.handout import Handout, Server
from waywarn.provision.https import (
    CONNECTION_S,
    HANDSHAKE_S,
    MAX_CONNECTIONS,
    MAX_CONNECTIONS_PER_HOST,
    HttpsServer,
)
from waywarn.provision.new_device import NewDevice
from waywarn.provision.policy import POLICIES
from waywarn.provision.token import Issue, Token, TokenKind
from waywarn.store import Store

SITE = Site("town.example", "town.example", Server("sip.town.example", 5060, "udp"))
TIMEOUT_S = 10.0
HEADERS = st.dictionaries(
    st.sampled_from(["content-length", "transfer-encoding", "host", "content-type", "expect", "connection"]),
    st.sampled_from(
        ["0", "-1", "5", "99999999999", "chunked", "gzip, chunked", "a", "", "100-continue", "close"]
    ),
)


@dataclass
class Served:
    """A door that listens, in a thread of its own; its clock stands still, so that tries cost nothing."""

    folder: Path
    now: float = 0.0
    store: Store = field(init=False)
    server: HttpsServer = field(init=False)

    def run(self, is_ready: threading.Event) -> None:
        asyncio.run(self._serve(is_ready))

    async def _serve(self, is_ready: threading.Event) -> None:
        enroller = Enroller(self.store.accounts, lambda: SITE, lambda count: "p" * count)
        door = Door(enroller, clock=self._clock, on_enrolled=lambda _: None)
        context = server_context(self.folder / "a.crt", self.folder / "a.key")
        self.server = HttpsServer.open(door.app, host="127.0.0.1", port=0, context=context)
        is_ready.set()
        await self.server.run()

    def _clock(self) -> float:
        self.now += 60.0  # each try is forgiven before the next
        return self.now

    def issue(self, name: str, kind: TokenKind = TokenKind.TRACKER) -> Token:
        token = Token.fresh(lambda count: name.encode().rjust(count, b"\0"))
        device = NewDevice.read(name, profile="car")
        self.store.accounts.add(device, Issue(token, kind, self.now + 1e9), self.now)
        return token

    def connect(self) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", self.server.port), timeout=TIMEOUT_S)
        return context.wrap_socket(plain)

    def say(self, data: bytes) -> bytes:
        """Send bytes, then nothing more; give what comes back."""
        with self.connect() as connection:
            with contextlib.suppress(OSError):
                connection.sendall(data)
            return self._rest(connection)

    @staticmethod
    def _rest(connection: ssl.SSLSocket) -> bytes:
        answer = b""
        with contextlib.suppress(OSError):
            while piece := connection.recv(65_536):
                answer += piece
        return answer

    def ask(self, method: str, path: str, body: bytes = b"", *more: str) -> tuple[int, bytes]:
        lines = [f"{method} {path} HTTP/1.1", "Host: a", "Connection: close", f"Content-Length: {len(body)}"]
        answer = self.say("\r\n".join((*lines, *more, "", "")).encode() + body)
        head, _, rest = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), rest


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("door")
    made, key = self_signed(["127.0.0.1"], now=time.time(), valid_days=2)
    (folder / "a.crt").write_bytes(made)
    (folder / "a.key").write_bytes(key)
    served, is_ready = Served(folder), threading.Event()
    with Store.open(folder / "waywarn.sqlite") as served.store:
        thread = threading.Thread(target=served.run, args=(is_ready,))
        thread.start()
        try:
            assert is_ready.wait(TIMEOUT_S)
            yield served
        finally:
            served.server.stop()
            thread.join(TIMEOUT_S)
            assert not thread.is_alive()


def test_a_tracker_is_handed_out_what_it_needs(door: Served) -> None:
    token = door.issue("anna")
    status, body = door.ask("POST", "/enroll", json.dumps({"token": str(token).lower()}).encode())
    assert status == 200
    given_out = Handout.from_json(body)
    assert given_out == Handout("sip:anna@town.example", "anna", "p" * 24, SITE.server, POLICIES[Preset.CAR])


def test_a_phone_is_handed_out_a_document_once(door: Served) -> None:
    token = door.issue("phone", TokenKind.PHONE)
    assert door.ask("HEAD", f"/linphone?token={token}")[0] == 405  # which uses nothing up
    status, body = door.ask("GET", f"/linphone?token={token}")
    assert (status, b"sip:phone@town.example" in body) == (200, True)
    assert door.ask("GET", f"/linphone?token={token}") == (
        403,
        b'{"error":"this token was used: ask for a new one"}',
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/enroll", b"", 400),
        ("POST", "/enroll", b"{", 400),
        ("POST", "/enroll", b"[" * 1000, 400),
        ("POST", "/enroll", b'{"token": 1}', 400),
        ("POST", "/enroll", b'{"token": "\\ud800"}', 403),
        ("POST", "/enroll", b'{"token": "' + b"x" * 900 + b'"}', 403),
        ("POST", "/enroll", b"x" * (MAX_BODY_BYTES + 1), 413),
        ("GET", "/enroll", b"", 405),
        ("POST", "/linphone", b"", 405),
        ("GET", "/linphone", b"", 403),
        ("GET", "/linphone?token=%00%ff", b"", 403),
        ("GET", "/", b"", 404),
        ("GET", "/../etc/passwd", b"", 404),
        ("BREW", "/enroll", b"", 405),
    ],
)
def test_what_is_not_asked_rightly_is_refused(
    door: Served, method: str, path: str, body: bytes, status: int
) -> None:
    assert door.ask(method, path, body)[0] == status


def test_nothing_of_it_is_kept_by_anyone_between(door: Served) -> None:
    answer = door.say(b"GET /linphone?token=x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").lower()
    assert b"cache-control: no-store" in answer
    assert b"referrer-policy: no-referrer" in answer
    assert b"\r\nserver:" not in answer


def test_old_tls_is_not_spoken(door: Served) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSVersion"):
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", door.server.port), timeout=TIMEOUT_S) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain)


def test_who_never_shakes_hands_is_sent_away(door: Served) -> None:
    with socket.create_connection(("127.0.0.1", door.server.port), timeout=HANDSHAKE_S + TIMEOUT_S) as plain:
        assert plain.recv(1) == b""


def test_one_host_cannot_take_all_connections(door: Served) -> None:
    assert MAX_CONNECTIONS_PER_HOST < MAX_CONNECTIONS
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(door.connect()) for _ in range(MAX_CONNECTIONS_PER_HOST)]
        for connection in held:
            connection.sendall(b"POST /enroll HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n{")
        assert door.say(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") == b""
    assert CONNECTION_S < 60  # and nobody holds one for long


@given(
    st.binary(max_size=400)
    | st.tuples(st.sampled_from([b"GET", b"POST", b"PUT"]), st.binary()).map(b" ".join)
)
@settings(max_examples=60)
def test_any_bytes_leave_the_door_open(door: Served, data: bytes) -> None:
    answer = door.say(data + b"\r\n\r\n")
    assert not answer.startswith(b"HTTP/1.1 5")
    assert door.ask("GET", "/")[0] == 404


@given(HEADERS, st.binary(max_size=300))
@settings(max_examples=60)
def test_any_framing_of_a_request_leaves_the_door_open(
    door: Served, headers: dict[str, str], body: bytes
) -> None:
    lines = ["POST /enroll HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    with door.connect() as connection:
        connection.sendall("\r\n".join(lines).encode() + body)
        connection.settimeout(0.05)  # it may wait for more
        with contextlib.suppress(OSError):
            assert not connection.recv(65_536).startswith(b"HTTP/1.1 5")
    assert door.ask("GET", "/")[0] == 404


@given(st.text(max_size=200) | st.none() | st.integers() | st.lists(st.text(max_size=3)))
@settings(max_examples=100)
def test_any_token_is_refused_and_never_a_fault(door: Served, token: object) -> None:
    body = json.dumps({"token": token}).encode()
    assert door.ask("POST", "/enroll", body)[0] in {400, 403, 413}
