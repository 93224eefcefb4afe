"""Devices at an operator's server: the agents that watch them there can ring them, and write to them.

Commands need the session key of a registration with us, which such a device has not.
"""

from collections.abc import Mapping

from sip.agent_talk import Ending, Settled
from waywarn.operator.agents import Agents
from waywarn.wayback.bell import meaning_of_ring
from waywarn.wayback.request import FOR_GOOD
from waywarn.wayback.states import Input


class AtOperator:
    """Rings and writes where devices are watched.

    Parameters
    ----------
    agents
        Ours, there.
    addresses
        By device.
    """

    def __init__(self, agents: Agents, addresses: Mapping[str, str]) -> None:
        self._agents, self._addresses = agents, dict(addresses)

    def address_of(self, device: str) -> str | None:
        """Give the address of a device there; None where it is not watched there."""
        return self._addresses.get(device)

    async def ring(self, uri: str, for_s: float) -> tuple[Input, str]:
        """Ring an address; gives what that means for its command, and says it."""
        return meaning_of_ring(await self._agents.ring(uri, for_s))

    async def tell(self, uri: str, text: str) -> tuple[Input, str]:
        """Write to an address; gives what that means for its command, and says it."""
        return meaning_of_text(await self._agents.tell(uri, text))


def meaning_of_text(settled: Settled) -> tuple[Input, str]:
    """Give what the answer to a text means for a command, and say it.

    Examples
    --------
    >>> meaning_of_text(Settled(1, Ending.REFUSED, 415, 0.1))
    (<Input.DECLINED: 'declined'>, "the operator's server answers 415")
    """
    if settled.ending is Ending.ANSWERED:
        return Input.DELIVERED, "delivered to the operator's server"
    if not settled.status:
        return Input.UNREACHED, "the operator's server does not answer"
    given = Input.DECLINED if settled.status in FOR_GOOD else Input.UNREACHED
    return given, f"the operator's server answers {settled.status}"
