"""The two halves of this room against each other: our device and our server, over real sockets."""

import asyncio
import itertools
import secrets
from collections import deque

import pytest

from sip.device.caller import call
from sip.device.channel import ServerAddress, UnansweredError
from sip.device.publication_client import Delivered, Document, Effect, Finished, PublicationClient, Send
from sip.device.request_writer import Identity
from sip.peer import Transport
from sip.pidflo import Circle, Usage, write_pidf
from tests.sip.home import at_home
from tests.sip.talk import NOW, account

COUNT = 12


def documents() -> list[Document]:
    usage = Usage(retransmission_allowed=True, retention_expiry=4e9)
    return [
        Document(
            str(n),
            write_pidf("sip:anna@example.org", Circle(16.37, 48.2 + n / 1e4, 8), time=NOW + n, usage=usage),
        )
        for n in range(COUNT)
    ]


async def converse(device: PublicationClient, server: ServerAddress) -> list[Effect]:
    clock = asyncio.get_running_loop().time
    told: list[Effect] = []
    async with call(server) as caller:
        todo = deque(itertools.chain(*(device.publish(document, clock()) for document in documents())))
        todo += device.end(clock())
        while todo:
            effect = todo.popleft()
            if not isinstance(effect, Send):
                told.append(effect)
                continue
            try:
                todo += device.answered(await caller.ask(effect.request), clock())
            except UnansweredError as error:
                todo += device.unanswered(str(error), clock())
    return told


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5"])
def test_our_device_and_our_server_understand_each_other(transport: Transport, algorithm: str) -> None:
    async def scene() -> None:
        async with at_home([account("anna", algorithms=(algorithm,), password="secret")]) as home:
            port = home.port(transport)
            identity = Identity("sip:anna@example.org", "sip:anna@example.org", "anna", "secret")
            device = PublicationClient(identity, fresh=lambda: secrets.token_hex(8), jitter=lambda: 0.0)
            told = await converse(device, ServerAddress("127.0.0.1", port, transport))
            assert sum(isinstance(effect, Delivered) for effect in told) == COUNT
            assert told[-1] == Finished()
            assert [fix.time for fix in home.fixes] == [NOW + n for n in range(COUNT)]
            assert {fix.accuracy_m for fix in home.fixes} == {8.0}

    asyncio.run(asyncio.wait_for(scene(), 30))
