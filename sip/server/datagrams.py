"""UDP sockets of the server: all that waits is taken at once, answers go out by the same socket.

asyncio's own datagrams cost a turn of the loop each, and room for 256 kB: half of what a datagram costs.
"""

import asyncio
import socket

from sip.peer import Peer, Transport
from sip.server.connections import Hub
from sip.stun import is_stun, stun_answer

BUFFER_BYTES = 4_194_304  # with the usual 208 kB, 200 requests in flight lose 1 to 2 %
MAX_DATAGRAM_BYTES = 65_536
MAX_AT_ONCE = 64  # then others have their turn: answers, connections, the next commit
_SILENCE = b"\r\n\0"


class Datagrams:
    """One bound socket, read whenever something waits."""

    def __init__(self, hub: Hub, sock: socket.socket, door: int) -> None:
        self._hub, self._sock, self._door = hub, sock, door
        self._loop = asyncio.get_running_loop()
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        self._loop.add_reader(sock, self._read)

    def send(self, peer: Peer, data: bytes) -> bool:
        """Send; what the socket does not take is lost, as datagrams are, and asked for again."""
        try:
            self._sock.sendto(data, (peer.host, peer.port))
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Take and send no more."""
        self._loop.remove_reader(self._sock)
        self._sock.close()

    def _read(self) -> None:
        for _ in range(MAX_AT_ONCE):
            try:
                data, address = self._sock.recvfrom(MAX_DATAGRAM_BYTES)
            except OSError:  # nothing more, or word that an answer could not be delivered
                return
            if not data.strip(_SILENCE):
                continue  # keeps a NAT's door open and says nothing
            peer = Peer(Transport.UDP, address[0], address[1], self._door)
            keeps_alive = is_stun(data)
            answer = stun_answer(data, *address[:2]) if keeps_alive else self._hub.received(data, peer)
            if answer is not None:
                self.send(peer, answer)
