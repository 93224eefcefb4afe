"""What a device tells of a server that does not answer: whether its token may be used up."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from waywarn.provision.certificate import read_certificate, self_signed, server_context
from waywarn.provision.enrolment_url import EnrolmentUrl
from waywarn.provision.fetching import EnrolmentError, fetch_handout
from waywarn.provision.https import HttpsServer
from waywarn.provision.token import Token

TOKEN = Token.fresh(lambda count: b"\x5a" * count)


@contextmanager
def listening(folder: Path, answer: bytes) -> Iterator[EnrolmentUrl]:
    """Serve one connection: read what is asked, say something, and hang up."""
    made, key = self_signed(["127.0.0.1"], now=time.time(), valid_days=2)
    (folder / "a.crt").write_bytes(made)
    (folder / "a.key").write_bytes(key)
    context = server_context(folder / "a.crt", folder / "a.key")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            plain, _ = server.accept()
            with context.wrap_socket(plain, server_side=True) as connection:
                connection.recv(65_536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield EnrolmentUrl("127.0.0.1", server.getsockname()[1], read_certificate(folder / "a.crt").pin)
        thread.join()


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", b"what?\r\n\r\n"]
)
def test_where_the_answer_is_lost_it_is_said_what_became_of_the_token(tmp_path: Path, answer: bytes) -> None:
    with listening(tmp_path, answer) as url, pytest.raises(EnrolmentError, match=" used up") as caught:
        fetch_handout(url, TOKEN, timeout_s=5.0)
    assert str(TOKEN) not in str(caught.value)


def test_a_server_that_cannot_be_reached_has_used_nothing_up() -> None:
    with pytest.raises(EnrolmentError, match="cannot be asked") as caught:
        fetch_handout(EnrolmentUrl("127.0.0.1", 1), TOKEN, timeout_s=5.0)
    assert "used up" not in str(caught.value)


def test_an_address_that_cannot_be_listened_on_is_named() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with pytest.raises(OSError, match=r"cannot listen on https no\.such\.host\.invalid:8443"):
        HttpsServer.open(None, host="no.such.host.invalid", port=8443, context=context)  # type: ignore[arg-type]
