"""The service's listener, from opening to closing: the one way in and out for SIP bytes.

What a message means is ``switchboard.py``; the sockets themselves are ``sip/server/listener.py``.
"""

from collections.abc import Callable

from sip import ListenAddress, Listener, Peer, Transport
from waywarn import log
from waywarn.config import Config, ConfigError
from waywarn.config.doors import server_tls
from waywarn.reached import Reached


class Wire:
    """Listens where the configuration says, and sends.

    Parameters
    ----------
    config
        Where to listen, and with which certificate.
    reached
        Told how peers reach each door, once it is open.
    """

    def __init__(self, config: Config, reached: Reached) -> None:
        self._config, self._reached = config, reached
        self._listener: Listener | None = None

    @property
    def addresses(self) -> tuple[ListenAddress, ...]:
        """Where it listens, with the real ports; empty before it does."""
        return self._listener.addresses if self._listener else ()

    async def open(self, on_message: Callable[[bytes, Peer], None]) -> None:
        """Listen on every address, or on none.

        Raises
        ------
        OSError
            An address cannot be listened on.
        ConfigError
            The certificate cannot be used.
        """
        wanted = [
            ListenAddress(Transport(each.transport.upper()), each.host, each.port)
            for each in self._config.sip.listen
        ]
        self._listener = await Listener.open(wanted, on_message, tls=server_tls(self._config))
        self._reached.listens(self.addresses)
        for address in self.addresses:
            log.say("sip.listening", transport=address.transport.value, host=address.host, port=address.port)

    def send(self, to: Peer, data: bytes) -> bool:
        """Send to a peer by the way that it came; False where that is gone."""
        is_sent = self._listener is not None and self._listener.send(to, data)
        if not is_sent:
            log.warn("sip.unsent", host=to.host)  # the connection is gone; the device will ask again
        return is_sent

    def is_open(self, peer: Peer) -> bool:
        """Tell whether the way to a peer is there."""
        return self._listener is not None and self._listener.is_open(peer)

    def hang_up(self, peer: Peer) -> None:
        """Close a connection."""
        if self._listener is not None:
            self._listener.hang_up(peer)

    def renew_certificate(self) -> None:
        """Read the certificate anew; one that cannot be used leaves the old one in use."""
        try:
            tls = server_tls(self._config)
        except ConfigError as error:
            log.warn("certificate.refused", error=str(error))
            return
        if tls is not None and self._listener is not None:
            self._listener.renew_tls(tls)
            log.say("certificate.renewed")

    def pause(self) -> None:
        """Take nothing more in; answers still go out."""
        if self._listener is not None:
            self._listener.pause()

    async def close(self) -> None:
        """Close everything, after what was sent has left."""
        if self._listener is not None:
            await self._listener.close()
