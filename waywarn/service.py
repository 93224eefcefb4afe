"""The service: the four rooms wired together on one store, from start to an orderly stop.

Requests are judged in ``intake.py``, committed and answered in ``committer.py``; messages go out in
``sending.py``. This is where the clock is.
"""

import asyncio
import gc
import random
import secrets
import signal
import time
from collections.abc import Callable, Iterable

from alerts import AlertBook, AppriseChannel, Dispatcher
from rules import Engine
from sip import (
    Admitted,
    Answered,
    Directory,
    Forward,
    Ignored,
    Inbox,
    ListenAddress,
    Listener,
    LocationReport,
    Outbound,
    Peer,
    Relay,
    Reply,
    Transport,
    UserAgentServer,
)
from waywarn import log
from waywarn.commanding import Commanding
from waywarn.committer import Committer
from waywarn.config import Config, ConfigError
from waywarn.config.doors import open_all, server_tls
from waywarn.config.followers import unknown
from waywarn.config.operator_door import at_operator
from waywarn.connections import Connections
from waywarn.intake import Gone, Heard, Intake, Judgement
from waywarn.operator import Station
from waywarn.outgoing import Outgoing
from waywarn.polling import Polling
from waywarn.presence import Presence
from waywarn.provision.https import HttpsServer
from waywarn.provision.stored_account import StoredAccount
from waywarn.provisioning import open_door, renew_certificate
from waywarn.reached import Reached
from waywarn.reporting import report_reply
from waywarn.restart import end_orphans, restore, warm_up
from waywarn.roll import Roll
from waywarn.sending import Sender
from waywarn.store import Store, StoreUnavailableError

PURGE_EVERY_S = 60.0  # how long after the end of its retention a place may still be on the disk
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
        self._addresses = [
            ListenAddress(Transport(a.transport.upper()), a.host, a.port) for a in config.sip.listen
        ]
        self._stopping, self._listening = asyncio.Event(), asyncio.Event()
        stored = tuple(store.assignments().values())
        for each in unknown(config, stored):
            log.warn("assignment.ignored", what=str(each), why="its rule or device is not configured")
        rules, accounts, recipients = open_all(config, stored)
        directory = Directory(accounts, realm=config.sip.realm)
        self._roll = Roll(store.accounts, directory, domain=config.sip.domain)
        gone = self._roll.apply(store.accounts.all())
        self._reached = Reached(config.sip)
        self._commanding = Commanding(config, store, clock=clock)
        inbox = Inbox(self._commanding.ledger)
        self._presence = Presence(config, directory, inbox, self._reached.contacts)
        engine = Engine(rules, late_horizon_s=config.late_horizon_s)
        book = AlertBook(trips=config.trip_of_rule, past=store)
        restore(store, self._presence.compositor, engine, book, trips=config.trips)
        self._presence.restore(store, clock())
        end_orphans(store, engine, book, recipients, clock())
        warm_up(rules)
        names = {rule.name for rule in rules} | set(config.trips)
        told = {name: [recipients[each] for each in config.recipients_of(name)] for name in names}
        intake = Intake(self._presence.server, engine, book, recipients=told, terms=store.newest_terms())
        relay = Relay(
            directory,
            self._presence.registrar,
            sent_by=self._reached.sent_by,
            secret=secrets.token_bytes(32),
            is_open=self._is_open,
        )
        self._server = UserAgentServer(
            directory,
            domains=self._reached.domains,
            secret=secrets.token_bytes(32),
            rates=config.sip.rates,
            relay=relay,
        )
        dispatcher = Dispatcher(store, AppriseChannel(), recipients, rng=random.SystemRandom())
        self._sender = Sender(dispatcher, clock=clock)
        self._committer = Committer(
            intake, store, self._server, self._send, clock=clock, on_settled=self._on_settled
        )
        self._outgoing = Outgoing(
            Outbound(self._reached.sent_by, lambda: secrets.token_hex(8)),
            [self._presence.notifier],
            self._send,
            clock=clock,
        )
        there = at_operator(config, accounts)
        self.station = Station(there, self._on_reports, clock=clock) if there else None
        self._commanding.connect(self._presence, self._outgoing, lambda: self.addresses, self.station)
        self._listener: Listener | None = None
        self._connections = Connections(self._is_open)
        self._door: HttpsServer | None = None
        self._cut_off(gone)

    @property
    def addresses(self) -> tuple[ListenAddress, ...]:
        """Where it listens, with the real ports; empty before it does."""
        return self._listener.addresses if self._listener else ()

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
        loop = asyncio.get_running_loop()
        self._listener = listener = await Listener.open(
            self._addresses, self._on_message, tls=server_tls(self._config)
        )
        try:
            self._door = open_door(
                self._config,
                self._store,
                clock=self._clock,
                listening=listener.addresses,
                on_enrolled=self._enrolled,
            )
        except (OSError, ConfigError):
            await listener.close()
            raise
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._renew_certificate)
        self._reached.listens(listener.addresses)
        for address in listener.addresses:
            log.say("sip.listening", transport=address.transport.value, host=address.host, port=address.port)
        gc.collect()
        gc.freeze()  # what is here by now stays: to look through it again costs 20 us of each request
        gc.set_threshold(GARBAGE_AFTER)
        log.say("service.ready")
        self._listening.set()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._committer.run())
            tasks.create_task(self._sender.run())
            followed = Polling([self._follow]).run()
            loops = (self._outgoing.run(), self._commanding.run(), self._purge(), followed)
            running = [tasks.create_task(each) for each in loops]
            if self._door is not None:
                tasks.create_task(self._door.run())
            if self.station is not None:
                tasks.create_task(self.station.run(self._stopping))
            await self._stopping.wait()
            log.say("service.stopping")
            listener.pause()
            self._committer.drain()
            self._sender.stop()
            for task in running:
                task.cancel()
            if self._door is not None:
                self._door.stop()
        await listener.close()
        log.say("service.stopped")

    def _on_message(self, data: bytes, peer: Peer) -> None:
        outcome = self._server.receive(data, peer, self._clock())
        match outcome:
            case Admitted():
                self._connections.note(peer, outcome.account.aor)
                self._committer.offer(outcome)
            case Reply():
                report_reply(outcome, peer)
                self._send(outcome.to, outcome.data)
            case Forward():
                self._pass_on(outcome, peer)
            case Answered() if self._outgoing.receive(outcome.response):
                self._server.welcome(peer, self._clock())
            case Answered():
                log.say_detail("sip.ignored", host=peer.host, reason="response to nobody")
            case Ignored():
                log.say_detail("sip.ignored", host=peer.host, reason=outcome.reason)

    def _renew_certificate(self) -> None:
        """Read the certificate anew; one that cannot be used leaves the old one in use."""
        try:
            tls = server_tls(self._config)
        except ConfigError as error:
            log.warn("certificate.refused", error=str(error))
            return
        if tls is not None and self._listener is not None:
            self._listener.renew_tls(tls)
            log.say("certificate.renewed")
        if self._door is not None and self._config.provision is not None:
            renew_certificate(self._door, self._config.provision)

    def _is_open(self, peer: Peer) -> bool:
        return self._listener is not None and self._listener.is_open(peer)

    async def _follow(self) -> None:
        self._cut_off(await self._roll.follow())

    def _enrolled(self, account: StoredAccount) -> None:
        self._cut_off(self._roll.apply([account]))

    def _cut_off(self, aors: Iterable[str]) -> None:
        for aor in aors:
            self._committer.offer(Gone(aor))
            for peer in self._connections.take(aor):
                if self._listener is not None:
                    self._listener.hang_up(peer)

    def _on_reports(self, reports: tuple[LocationReport, ...]) -> None:
        self._committer.offer(Heard(reports))

    def _pass_on(self, forward: Forward, peer: Peer) -> None:
        if forward.account is not None:
            self._connections.note(peer, forward.account.aor)
            log.say_detail("relay.passed_on", account=forward.account.username)
        self._send(forward.to, forward.data)
        if forward.report is not None:
            self._on_reports((forward.report,))

    def _on_settled(self, judgement: Judgement) -> None:
        if judgement.batch.deliveries:
            self._sender.look()
        self._presence.settled(judgement, self._clock())
        self._commanding.settled(judgement)
        self._outgoing.look()

    def _send(self, to: Peer, data: bytes) -> bool:
        is_sent = self._listener is not None and self._listener.send(to, data)
        if not is_sent:
            log.warn("sip.unsent", host=to.host)  # the connection is gone; the device will ask again
        return is_sent

    async def _purge(self) -> None:
        while True:
            try:
                purged = await asyncio.to_thread(self._store.purge, self._clock())
            except StoreUnavailableError as error:
                log.warn("store.purge_failed", error=str(error))
            except Exception as error:  # noqa: BLE001 (the process's edge: the next minute tries again)
                log.fail("store.purge_fault", error)
            else:
                if purged.undelivered:
                    log.warn("delivery.retention_ended", deliveries=purged.undelivered)
            await asyncio.sleep(PURGE_EVERY_S)
