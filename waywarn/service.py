"""The service: the four rooms wired together on one store, from start to an orderly stop.

What comes is told apart in ``switchboard.py``, judged in ``intake.py``, committed and answered in
``committer.py``; messages to people go out in ``sending.py``, requests to devices and watchers in
``outgoing.py``. This is where the clock is.
"""

import asyncio
import gc
import random
import secrets
import signal
import time
from collections.abc import Callable, Coroutine

from alerts import AlertBook, AppriseChannel, Dispatcher
from rules import Engine
from sip import Directory, Inbox, ListenAddress, Outbound, Relay, UserAgentServer
from waywarn import log
from waywarn.commanding import Commanding
from waywarn.committer import Committer
from waywarn.config import Config, ConfigError
from waywarn.config.doors import Opened, open_all
from waywarn.config.followers import unknown
from waywarn.config.operator_door import at_operator
from waywarn.intake import Intake, Judgement
from waywarn.operator import Station
from waywarn.outgoing import Outgoing
from waywarn.polling import Polling
from waywarn.presence import Presence
from waywarn.provision.https import HttpsServer
from waywarn.provision.stored_account import StoredAccount
from waywarn.provisioning import open_door, renew_certificate
from waywarn.purging import purge_for_ever
from waywarn.reached import Reached
from waywarn.restart import end_orphans, restore, warm_up
from waywarn.roll import Roll
from waywarn.sending import Sender
from waywarn.store import Store
from waywarn.switchboard import Switchboard
from waywarn.wire import Wire

GARBAGE_AFTER = 10_000  # objects; a document and its request leave hundreds, and none of them in a circle
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Service:
    """waywarn, running.

    Parameters
    ----------
    config
        What to watch, whom to tell, where to listen.
    store
        Opened by the caller, who closes it after `run`.
    clock
        Wall time, UTC seconds.

    Raises
    ------
    ConfigError
        A path or an address of the configuration cannot be used.
    StoreError
        The store cannot be read.
    """

    def __init__(self, config: Config, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._config, self._store, self._clock = config, store, clock
        self._stopping, self._listening = asyncio.Event(), asyncio.Event()
        stored = tuple(store.assignments().values())
        for each in unknown(config, stored):
            log.warn("assignment.ignored", what=str(each), why="its rule or device is not configured")
        opened = open_all(config, stored)
        directory = Directory(opened.accounts, realm=config.sip.realm)
        self._roll = Roll(store.accounts, directory, domain=config.sip.domain)
        gone = self._roll.apply(store.accounts.all())
        reached = Reached(config.sip)
        self._wire = Wire(config, reached)
        self._commanding = Commanding(config, store, clock=clock)
        self._presence = Presence(config, directory, Inbox(self._commanding.ledger), reached.contacts)
        self._outgoing = Outgoing(
            Outbound(reached.sent_by, lambda: secrets.token_hex(8)),
            [self._presence.notifier],
            self._wire.send,
            clock=clock,
        )
        server = self._user_agent_server(directory, reached)
        dispatcher = Dispatcher(store, AppriseChannel(), opened.recipients, rng=random.SystemRandom())
        self._sender = Sender(dispatcher, clock=clock)
        self._committer = Committer(
            self._intake(opened), store, server, self._wire.send, clock=clock, on_settled=self._on_settled
        )
        self._switchboard = Switchboard(
            server, self._wire, self._outgoing, self._committer.offer, clock=clock
        )
        there = at_operator(config, opened.accounts)
        self.station = Station(there, self._switchboard.hear, clock=clock) if there else None
        self._commanding.connect(self._presence, self._outgoing, lambda: self.addresses, self.station)
        self._switchboard.cut_off(gone)
        self._door: HttpsServer | None = None

    @property
    def addresses(self) -> tuple[ListenAddress, ...]:
        """Where it listens, with the real ports; empty before it does."""
        return self._wire.addresses

    @property
    def door_port(self) -> int | None:
        """Where devices enrol; None where that is not configured, or it does not listen yet."""
        return self._door.port if self._door else None

    async def ready(self) -> None:
        """Wait until it listens."""
        await self._listening.wait()

    def stop(self) -> None:
        """Begin the orderly stop; `run` ends when it is done."""
        self._stopping.set()

    async def run(self) -> None:
        """Serve until stopped, by `stop`, SIGTERM or SIGINT; then answer what has arrived.

        Raises
        ------
        OSError
            An address cannot be listened on.
        ConfigError
            A certificate cannot be used.
        """
        await self._open()
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._renew_certificates)
        gc.collect()
        gc.freeze()  # what is here by now stays: to look through it again costs 20 us of each request
        gc.set_threshold(GARBAGE_AFTER)
        log.say("service.ready")
        self._listening.set()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._committer.run())
            tasks.create_task(self._sender.run())
            if self._door is not None:
                tasks.create_task(self._door.run())
            if self.station is not None:
                tasks.create_task(self.station.run(self._stopping))
            endless = [tasks.create_task(each) for each in self._endless()]
            await self._stopping.wait()
            log.say("service.stopping")
            self._wire.pause()
            self._committer.drain()
            self._sender.stop()
            if self._door is not None:
                self._door.stop()
            for task in endless:
                task.cancel()
        await self._wire.close()
        log.say("service.stopped")

    # Making

    def _user_agent_server(self, directory: Directory, reached: Reached) -> UserAgentServer:
        relay = Relay(
            directory,
            self._presence.registrar,
            sent_by=reached.sent_by,
            secret=secrets.token_bytes(32),
            is_open=self._wire.is_open,
        )
        return UserAgentServer(
            directory,
            domains=reached.domains,
            secret=secrets.token_bytes(32),
            rates=self._config.sip.rates,
            relay=relay,
        )

    def _intake(self, opened: Opened) -> Intake:
        """Make those who decide, as the store has left them."""
        config, store, now = self._config, self._store, self._clock()
        engine = Engine(opened.rules, late_horizon_s=config.late_horizon_s)
        book = AlertBook(trips=config.trip_of_rule, past=store)
        restore(store, self._presence.compositor, engine, book, trips=config.trips)
        self._presence.restore(store, now)
        end_orphans(store, engine, book, opened.recipients, now)
        warm_up(opened.rules)
        names = {rule.name for rule in opened.rules} | set(config.trips)
        told = {name: [opened.recipients[each] for each in config.recipients_of(name)] for name in names}
        return Intake(self._presence.server, engine, book, recipients=told, terms=store.newest_terms())

    # Running

    async def _open(self) -> None:
        """Listen on every door, or on none."""
        await self._wire.open(self._switchboard.on_message)
        try:
            self._door = open_door(
                self._config,
                self._store,
                clock=self._clock,
                listening=self.addresses,
                on_enrolled=self._enrolled,
            )
        except (OSError, ConfigError):
            await self._wire.close()
            raise

    def _endless(self) -> tuple[Coroutine[object, object, None], ...]:
        return (
            self._outgoing.run(),
            self._commanding.run(),
            Polling([self._follow]).run(),
            purge_for_ever(self._store, self._clock),
        )

    def _on_settled(self, judgement: Judgement) -> None:
        if judgement.batch.deliveries:
            self._sender.look()
        self._presence.settled(judgement, self._clock())
        self._commanding.settled(judgement)
        self._outgoing.look()

    async def _follow(self) -> None:
        self._switchboard.cut_off(await self._roll.follow())

    def _enrolled(self, account: StoredAccount) -> None:
        self._switchboard.cut_off(self._roll.enrolled(account))

    def _renew_certificates(self) -> None:
        self._wire.renew_certificate()
        if self._door is not None and self._config.provision is not None:
            renew_certificate(self._door, self._config.provision)
