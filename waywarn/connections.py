"""Which connections an account has used, so that they can be closed when it is cut off.

Closing is the listener's.
"""

from collections.abc import Callable

from sip import Peer, Transport

PRUNE_AT = 8_192  # above twice what a listener holds open


class Connections:
    """Remembers, of each connection, whose requests came by it.

    Parameters
    ----------
    is_open
        Whether a connection still is.
    """

    def __init__(self, is_open: Callable[[Peer], bool]) -> None:
        self._is_open = is_open
        self._accounts: dict[Peer, set[str]] = {}

    def note(self, peer: Peer, aor: str) -> None:
        """Note that a request of an account came by a connection; a datagram comes by none."""
        if peer.transport is Transport.UDP:
            return
        self._accounts.setdefault(peer, set()).add(aor)
        if len(self._accounts) > PRUNE_AT:
            self._accounts = {each: held for each, held in self._accounts.items() if self._is_open(each)}

    def take(self, aor: str) -> tuple[Peer, ...]:
        """Give the connections of an account, and forget them."""
        peers = tuple(peer for peer, aors in self._accounts.items() if aor in aors)
        for peer in peers:
            del self._accounts[peer]
        return peers
