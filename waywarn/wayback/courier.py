"""The courier: puts commands on their way when their device is there, and writes down what becomes of them.

One task does everything in turn, so that no command is moved twice at once; the store's rows are moved before
anything is sent. What a device tells of a command comes another way, by ``ledger.py``.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from sip.directory import Directory
from sip.message import Response
from sip.order import Order
from waywarn import log
from waywarn.store import StoreError
from waywarn.store.command_table import CommandTable, Move
from waywarn.wayback.doors import Phones, Post, Ticket
from waywarn.wayback.errand import Errand
from waywarn.wayback.ledger import Ledger
from waywarn.wayback.request import Carrier, Way, meaning, reads_commands, write_request
from waywarn.wayback.states import Input, State

LOOK_EVERY_S = 1.0  # how long a command that another process gave may lie
NOT_REGISTERED = "waits: the device is not registered"


class Courier:
    """Works through the queue.

    Parameters
    ----------
    table, ledger
        Where commands are kept, and those alive in memory.
    directory
        The accounts; its `locked` follows the store.
    ways_of
        Gives the registrations of an address of record, the best first.
    post
        Puts a request on the wire.
    carriers
        For devices of which the configuration says how they hear commands.
    sender
        Our own address.
    fresh, clock
        Randomness for tags, and wall time, UTC seconds.
    phones
        Who rings phones, here and elsewhere.
    """

    def __init__(
        self,
        table: CommandTable,
        ledger: Ledger,
        directory: Directory,
        *,
        ways_of: Callable[[str, float], Sequence[Way]],
        post: Post,
        carriers: Mapping[str, Carrier],
        sender: str,
        fresh: Callable[[], str],
        clock: Callable[[], float],
        phones: Phones,
    ) -> None:
        self._table, self._ledger, self._directory = table, ledger, directory
        self._ways_of, self._post = ways_of, post
        self._phones = phones
        self._carriers, self._sender = carriers, sender
        self._fresh, self._clock = fresh, clock
        self._news: deque[tuple[Ticket, Input, str]] = deque()
        self._registered: deque[str] = deque()
        self._something = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._revision: int | None = None  # what other processes wrote up to it is known; None: nothing yet

    def heard(self, ticket: Ticket, response: Response | None) -> None:
        """Take in the final answer to an attempt; None where none came."""
        self._hear(ticket, *meaning(response, is_plain=ticket.is_plain))

    def registered(self, aor: str) -> None:
        """Take note that somebody has just registered: what waits for it goes at once."""
        self._registered.append(aor)
        self._something.set()

    def lock(self, devices: Collection[str]) -> None:
        """Refuse the outgoing calls of these devices' accounts, and of no others."""
        accounts = (self._directory.of_device(device) for device in devices)
        self._directory.locked = {account.aor for account in accounts if account is not None}

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                await self._round()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._something.wait()
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)  # a child that rings ends first

    async def _round(self) -> None:
        self._something.clear()
        try:
            await self.look()
        except StoreError as error:
            log.warn("command.store_unavailable", error=str(error))
        except Exception as error:  # noqa: BLE001 (the process's edge: the next round tries again)
            log.fail("command.fault", error)

    async def look(self) -> None:
        """Do what is to be done now.

        Raises
        ------
        StoreError
            The store does not let it; nothing is lost.
        """
        await self._read()
        await self._settle()
        now = self._clock()
        while self._registered:
            account = self._directory.of_aor(self._registered.popleft())
            if account is not None and account.device_id is not None:
                self._ledger.hurry(account.device_id, now)
        ended = [each for each in self._ledger if each.is_open and each.expires_at <= now]
        await self._move([_Change(each, Input.EXPIRE, _last_words(each)) for each in ended])
        due = [each for each in self._ledger if each.state is State.QUEUED and each.next_attempt_at <= now]
        await self._attempt(due, now)

    async def _read(self) -> None:
        changed, revision, locked = await asyncio.to_thread(
            self._read_store, self._revision, self._ledger.unread
        )
        self._ledger.take(changed, self._clock())
        self.lock(locked)
        if self._revision is None:
            said = "the service was restarted while it was on its way"
            await self._move([_Change(errand, Input.RESTART, said) for errand in self._ledger])
        self._revision = revision

    def _read_store(
        self, seen: int | None, unread: Iterable[str]
    ) -> tuple[tuple[Errand, ...], int, frozenset[str]]:
        read = self._table.alive(self._clock()) if seen is None else self._table.changed_after(seen)
        changed, revision = read
        again = tuple(errand for each in unread if (errand := self._table.get(each)) is not None)
        return (*changed, *again), revision, self._table.locked()

    async def _attempt(self, due: Sequence[Errand], now: float) -> None:
        """Put commands on their way, those whose device is there; the store knows before the wire does."""
        ways = {device: self._ways_to(device, now) for device in {errand.device for errand in due}}
        away = [errand for errand in due if not ways[errand.device]]
        theirs = [errand for errand in away if self._elsewhere_of(errand) is not None]
        await self._note([errand for errand in away if self._elsewhere_of(errand) is None], NOT_REGISTERED)
        there = [*(errand for errand in due if ways[errand.device]), *theirs]
        for sent in await self._move([_Change(errand, Input.SEND, "on its way") for errand in there]):
            try:
                self._put_on_its_way(sent, ways[sent.device])
            except Exception as error:  # noqa: BLE001 (what is wrong with one command stops no other)
                log.fail("command.unsent", error, command=sent.id)
                ticket = Ticket(sent.id, sent.attempts, is_plain=True)
                self._hear(ticket, Input.UNREACHED, "it could not be sent")

    def _ways_to(self, device: str, now: float) -> Sequence[tuple[str, Way]]:
        """Give the registrations of a device, each with the address that it is of."""
        account = self._directory.of_device(device)
        return [(account.aor, way) for way in self._ways_of(account.aor, now)] if account is not None else ()

    def _put_on_its_way(self, sent: Errand, ways: Sequence[tuple[str, Way]]) -> None:
        if not ways:
            self._begin(sent, self._by_operator(sent))
            return
        aor, way = ways[(sent.attempts - 1) % len(ways)]  # the next attempt tries the next registration
        self._send(sent, way, aor)

    def _elsewhere_of(self, errand: Errand) -> str | None:
        """Give where a command can be carried out without a registration here."""
        if self._phones.elsewhere is None or errand.order not in {Order.RING, Order.MESSAGE}:
            return None
        return self._phones.elsewhere.address_of(errand.device)

    async def _by_operator(self, errand: Errand) -> tuple[Input, str]:
        elsewhere, address = self._phones.elsewhere, self._elsewhere_of(errand)
        if elsewhere is None or address is None:
            return Input.UNREACHED, NOT_REGISTERED
        if errand.order is Order.RING:
            return await elsewhere.ring(address, float(errand.arguments["for_s"]))
        return await elsewhere.tell(address, str(errand.arguments["text"]))

    def _send(self, sent: Errand, way: Way, aor: str) -> None:
        carrier = self._carriers.get(sent.device)
        if sent.order is Order.RING and not reads_commands(way, carrier):
            self._begin(sent, self._ring(sent, aor))
            return
        self._ledger.signed_with(sent, way.session_key)
        written = write_request(sent, way, carrier, aor=aor, sender=self._sender, fresh=self._fresh)
        self._post(written.request, way.flow, Ticket(sent.id, sent.attempts, written.is_plain))

    async def _ring(self, errand: Errand, aor: str) -> tuple[Input, str]:
        bell = self._phones.bell
        if isinstance(bell, str):
            return Input.DECLINED, bell
        return await bell(aor, float(errand.arguments["for_s"]))

    def _begin(self, errand: Errand, doing: Coroutine[None, None, tuple[Input, str]]) -> None:
        """Let something take its time; what comes of it is heard like an answer."""
        ticket = Ticket(errand.id, errand.attempts, is_plain=True)
        task = asyncio.get_running_loop().create_task(self._done(ticket, doing))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _done(self, ticket: Ticket, doing: Coroutine[None, None, tuple[Input, str]]) -> None:
        try:
            given, detail = await doing
        except Exception as error:  # noqa: BLE001 (another process's edge; it may be tried again)
            log.fail("command.agent_failed", error, command=ticket.command)
            given, detail = Input.UNREACHED, "the agent failed"
        self._hear(ticket, given, detail)

    def _hear(self, ticket: Ticket, given: Input, detail: str) -> None:
        self._news.append((ticket, given, detail))
        self._something.set()

    async def _settle(self) -> None:
        """Write what was heard; what cannot be stored is heard again, for nobody says it a second time."""
        news = tuple(self._news)
        changes = []
        for ticket, given, detail in news:
            errand = self._ledger.get(ticket.command)
            if errand is not None and errand.attempts == ticket.attempt:
                changes.append(_Change(errand, given, detail))
        await self._move(changes)
        for _ in news:
            self._news.popleft()

    async def _move(self, changes: Iterable["_Change"]) -> list[Errand]:
        """Move commands, in the store first; gives those that were moved, as they are now."""
        now = self._clock()
        moved = [
            (each.found, after)
            for each in changes
            if (after := each.found.moved(each.given, now, each.detail)) is not None
        ]
        return await self._write(moved)

    async def _note(self, errands: Iterable[Errand], detail: str) -> None:
        """Say how commands stand that do not move."""
        told = [(each, replace(each, detail=detail)) for each in errands if each.detail != detail]
        await self._write(told)

    async def _write(self, moved: Sequence[tuple[Errand, Errand]]) -> list[Errand]:
        if not moved:
            return []
        moves = [Move(after, found.state) for found, after in moved]
        written = []
        for (found, after), is_written in zip(
            moved, await asyncio.to_thread(self._table.move, moves), strict=True
        ):
            if not is_written:
                self._ledger.drop(found)  # somebody else was faster
                continue
            self._ledger.put(after, found)
            if self._ledger.get(after.id) is after:  # else its device has told meanwhile what came of it
                written.append(after)
            if after.state is not found.state:
                log.say(
                    "command",
                    device=after.device,
                    order=after.order.value,
                    state=after.state.value,
                    id=after.id,
                )
        return written


class _Change(NamedTuple):
    """A command, what happens to it, and how that is said."""

    found: Errand
    given: Input
    detail: str


def _last_words(errand: Errand) -> str:
    if errand.state is State.ACKNOWLEDGED:
        return "the device has it, and has not said what came of it"
    said = "it may have reached the device" if errand.may_be_known else "it never reached the device"
    return f"{said} ({errand.detail})" if errand.detail else said
