"""Watching an operator's server from start to stop: agents bring documents, a reader makes places of them."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from sip.agent_talk import Notified
from sip.server.report import LocationReport
from waywarn import log
from waywarn.operator.agents import Agents
from waywarn.operator.reading import Reader

if TYPE_CHECKING:
    from waywarn.config.operator_door import AtOperator


class Station:
    """The agents of one configuration.

    Parameters
    ----------
    there
        Where, as whom, watching what.
    on_reports
        Called with the places of each document that has new ones.
    clock
        Wall time, UTC seconds.
    """

    def __init__(
        self,
        there: "AtOperator",
        on_reports: Callable[[tuple[LocationReport, ...]], None],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._reader = Reader(there.watched)
        self.addresses = {
            each.account.device_id: each.address
            for each in there.watched
            if each.account.device_id is not None
        }
        """Where each device is, by its name."""
        self._on_reports, self._clock = on_reports, clock
        self._stopping = False
        self.agents = Agents(
            there.account, self._reader.addresses, on_notified=self._notified, per_child=there.per_child
        )

    async def run(self, stopping: asyncio.Event) -> None:
        """Watch until that is set."""
        async with self.agents:
            await stopping.wait()
            self._stopping = True  # what a server says to the end of a subscription is not news

    def _notified(self, notified: Notified) -> None:
        if self._stopping:
            return
        reading = self._reader.read(notified.address, notified.body, self._clock())
        for fault in reading.faults:
            log.warn("operator.unread", address=notified.address, reason=fault)
        if reading.closed:
            log.say_detail("operator.closed", address=notified.address, parts=reading.closed)
        if reading.reports:
            self._on_reports(reading.reports)
