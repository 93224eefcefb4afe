"""How peers reach the service: what it writes into Via and Contact for each of its doors.

Where it listens is known only once it does; those who write such fields look here each time.
"""

from collections.abc import Sequence

from sip import ListenAddress, Transport
from waywarn.config import SipConfig
from waywarn.config.fields import is_every_address


class Reached:
    """Names each door, as the listener opens them.

    Parameters
    ----------
    sip
        Says the name of this machine, where it listens on every address.
    """

    def __init__(self, sip: SipConfig) -> None:
        self._host = sip.contact_host or sip.domain
        self.domains = tuple(dict.fromkeys((sip.domain, self._host)))
        """Hosts of a Request-URI that are us."""
        self.sent_by: dict[int, str] = {}
        """``host:port`` by door, for Via."""
        self.contacts: dict[int, str] = {}
        """The URI by door, for Contact."""

    def listens(self, addresses: Sequence[ListenAddress]) -> None:
        """Take note of where it listens, in the order of the doors."""
        for door, address in enumerate(addresses):
            where = f"{self._named(address.host)}:{address.port}"
            self.sent_by[door] = where
            by = "" if address.transport is Transport.UDP else f";transport={address.transport.lower()}"
            self.contacts[door] = f"sip:{where}{by}"

    def _named(self, host: str) -> str:
        if is_every_address(host):
            return self._host
        return f"[{host}]" if ":" in host else host
