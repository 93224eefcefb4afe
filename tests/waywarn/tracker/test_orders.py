"""Orders: genuine ones are taken once, carried out, and their results kept until they are told."""

import asyncio
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sip.command import COMMAND_TYPE, Command, Result, ResultState
from sip.errors import PeerFault
from sip.headers import Headers
from sip.message import Request
from sip.order import Argument, Order
from tests.waywarn.tracker.full_disk import full_disk
from waywarn.tracker.duties import Duties, HookSettings, OrderFailedError
from waywarn.tracker.order_book import Known, OrderBook
from waywarn.tracker.orders import Orders
from waywarn.tracker.state import open_state

NOW = 1_790_000_000.0
KEY, OLDER, STRANGE = "5e55" * 16, "ab" * 32, "00" * 32
ARGUMENTS: dict[Order, dict[str, Argument]] = {
    Order.RING: {"for_s": 2},
    Order.MESSAGE: {"text": "come home"},
    Order.CALLBACK: {"uri": "sip:mother@example.org", "media": "audio"},
}


def command(
    order: Order = Order.LOCK, *, number: int = 1, life_s: float = 600.0, issued_at: float = NOW
) -> Command:
    return Command(f"{number:016d}", order, ARGUMENTS.get(order, {}), issued_at, issued_at + life_s)


def message(body: bytes, kind: str = COMMAND_TYPE) -> Request:
    return Request("MESSAGE", "sip:anna@host", Headers([("Content-Type", kind)]), body)


@dataclass
class Desk:
    """Orders on a real book, with lists for what follows."""

    folder: Path
    now: float = NOW
    carried: list[Command] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    has_room: bool = True

    def take(self, request: Request, *, shows: bool = True) -> tuple[Result, ...]:
        with open_state(self.folder) as state:
            book = OrderBook(state)
            orders = Orders(
                book,
                session_keys=lambda: (KEY, OLDER),
                clock=lambda: self.now,
                carry_out=self.carried.append,
                show=self.show if shows else None,
            )
            orders.take(request)
            return book.untold()

    def show(self, text: str, _: Mapping[str, str]) -> bool:
        if self.has_room:
            self.shown.append(text)
        return self.has_room


def test_a_genuine_order_is_carried_out_once_however_often_it_comes(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    ring = command(Order.RING)
    assert desk.take(message(ring.signed(KEY))) == ()
    assert desk.carried == [ring]
    again = desk.take(message(ring.signed(OLDER)))  # after a restart, by another registration
    assert desk.carried == [ring]
    assert again == (Result(ring.id, ResultState.FAILED, "the device was restarted meanwhile"),)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (message(command().signed(STRANGE)), 403),
        (message(command().signed(KEY).replace(b"lock", b"ring")), 400),
        (message(command(Order.LOCATE).signed(KEY).replace(b"locate", b"report")), 403),
        (message(b"{}"), 400),
        (message(b"x", "application/json"), 415),
        (message(b"x" * 481, "text/plain"), 413),
    ],
)
def test_what_is_not_of_our_server_is_refused_and_leaves_no_trace(
    tmp_path: Path, request_: Request, status: int
) -> None:
    desk = Desk(tmp_path)
    with pytest.raises(PeerFault) as refused:
        desk.take(request_)
    assert refused.value.status == status
    assert desk.carried == []
    with open_state(tmp_path) as state:
        assert state.execute("SELECT count(*) FROM orders").fetchone() == (0,)


def test_an_order_out_of_its_time_is_refused_in_its_result(tmp_path: Path) -> None:
    desk = Desk(tmp_path, now=NOW + 600)
    assert desk.take(message(command().signed(KEY))) == (
        Result(command().id, ResultState.REFUSED, "expired"),
    )
    early = command(number=2, issued_at=NOW + 901)
    assert desk.take(message(early.signed(KEY)))[1] == Result(early.id, ResultState.REFUSED, "clock")
    assert desk.carried == []


def test_a_plain_message_is_shown_where_there_is_something_to_show_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(message("Grüß\0Gott".encode(), "text/plain;charset=utf-8"))
    assert desk.shown == ["Grüß Gott"]
    with pytest.raises(PeerFault) as refused:
        desk.take(message(b"x", "text/plain"), shows=False)
    assert refused.value.headers == (("Accept", COMMAND_TYPE),)
    desk.has_room = False
    with pytest.raises(PeerFault) as refused:
        desk.take(message(b"x", "text/plain"))
    assert refused.value.status == 503


def test_results_are_kept_until_they_are_told_and_ids_until_they_expire(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        book = OrderBook(state)
        assert book.begin("a", 100.0, 0.0) is Known.NEW
        assert book.untold() == ()
        book.end(Result("0" * 16, ResultState.DONE))  # none of ours
        state.execute("UPDATE orders SET id = ?", ("0" * 16,))
        book.end(Result("0" * 16, ResultState.DONE, "fine"))
    with open_state(tmp_path) as state:
        book = OrderBook(state)
        assert book.untold() == (Result("0" * 16, ResultState.DONE, "fine"),)
        book.told("0" * 16)
        assert book.untold() == ()
        assert book.begin("0" * 16, 100.0, 99.0) is Known.KNOWN
        assert len(book.untold()) == 1
        book.told("0" * 16)
        assert book.begin("b", 300.0, 100.0) is Known.NEW  # the old one is forgotten
        assert book.begin("0" * 16, 300.0, 100.0) is Known.NEW


def test_on_a_full_disk_an_order_has_its_end_all_the_same_and_is_told_once(tmp_path: Path) -> None:
    done = Result("0" * 16, ResultState.DONE, "locked")
    with open_state(tmp_path) as state:
        book = OrderBook(state)
        book.begin(done.id, NOW + 600, NOW)
        with full_disk(state):
            book.end(done)
            assert book.untold() == (done,)
            book.told(done.id)
            assert book.untold() == ()
            with pytest.raises(sqlite3.OperationalError):  # what cannot be remembered is not begun
                book.begin("1" * 16, NOW + 600, NOW)
        assert book.begin(done.id, NOW + 600, NOW) is Known.KNOWN
        assert book.untold() == (done,)
    with open_state(tmp_path) as state:
        assert OrderBook(state).untold() == (done,)


class Here:
    def __init__(self, *, finds: bool = True) -> None:
        self.finds = finds

    async def locate(self) -> str:
        if not self.finds:
            raise OrderFailedError("no fix within 30 s")
        return "found"

    def waiting(self) -> int:
        return 3


def carried_out(
    folder: Path, orders: Sequence[Command], hooks: Mapping[Order, Sequence[str]], *, finds: bool = True
) -> dict[str, tuple[str, str]]:
    async def story() -> dict[str, tuple[str, str]]:
        told = asyncio.Event()
        with open_state(folder) as state:
            book = OrderBook(state)
            duties = Duties(book, HookSettings(hooks, {}, 2.0), Here(finds=finds), told.set)
            for order in orders:
                book.begin(order.id, order.expires_at, NOW)
                duties.carry_out(order)
            while len(book.untold()) < len(orders):
                told.clear()
                await asyncio.wait_for(told.wait(), 10)
            await duties.stop()
            return {result.id: (result.state.value, result.detail) for result in book.untold()}

    return asyncio.run(story())


def test_each_order_has_its_end(tmp_path: Path) -> None:
    say = (sys.executable, "-c", "import os; print(os.environ['WAYWARN_COMMAND'], 'done')")
    fail = (sys.executable, "-c", "import sys; sys.exit('no camera')")
    orders = [command(order, number=number) for number, order in enumerate(Order)]
    hooks = {
        Order.RING: ("sleep", "9"),
        Order.MESSAGE: say,
        Order.LOCK: ("no-such-program",),
        Order.PHOTO: fail,
        Order.SHUTDOWN: say,
        Order.CALLBACK: ("sleep", "9"),
    }
    ended = carried_out(tmp_path, orders[:5], hooks) | carried_out(tmp_path / "more", orders[5:], hooks)
    told = {order.order: ended[order.id] for order in orders}
    assert told.pop(Order.LOCK)[0] == "failed"
    state, detail = told.pop(Order.REPORT)
    assert state == "done"
    assert detail.startswith("3 fixes wait")
    assert told == {
        Order.RING: ("done", "ringing"),
        Order.MESSAGE: ("done", "message done"),
        Order.LOCATE: ("done", "found"),
        Order.UNLOCK: ("refused", "this device has no hook for unlock"),
        Order.SHUTDOWN: ("done", "shutting down"),
        Order.PHOTO: ("failed", "the hook ended with 1: no camera"),
        Order.CALLBACK: ("failed", "the hook took too long"),
    }


def test_an_order_ends_on_a_disk_that_became_full_meanwhile(tmp_path: Path) -> None:
    async def story() -> None:
        with open_state(tmp_path) as state:
            told, book = asyncio.Event(), OrderBook(state)
            duties = Duties(book, HookSettings({}, {}), Here(), told.set)
            orders = command(Order.LOCATE), command(number=2)
            for order in orders:
                book.begin(order.id, order.expires_at, NOW)
            with full_disk(state):
                for order in orders:
                    duties.carry_out(order)
                while len(book.untold()) < 2:
                    told.clear()
                    await asyncio.wait_for(told.wait(), 10)
            assert {result.state for result in book.untold()} == {ResultState.DONE, ResultState.REFUSED}

    asyncio.run(story())


def test_a_place_that_cannot_be_found_and_a_ring_that_cannot_ring_have_failed(tmp_path: Path) -> None:
    orders = [command(Order.LOCATE), command(Order.RING, number=2)]
    ended = carried_out(tmp_path, orders, {Order.RING: ("false",)}, finds=False)
    assert ended[orders[0].id] == ("failed", "no fix within 30 s")
    assert ended[orders[1].id] == ("failed", "the hook ended with 1")


def test_a_short_sound_is_repeated_until_the_time_is_over(tmp_path: Path) -> None:
    file = tmp_path / "rings"
    code = f"open({str(file)!r}, 'a').write('r')"

    async def story() -> None:
        with open_state(tmp_path) as state:
            book = OrderBook(state)
            hooks = HookSettings({Order.RING: (sys.executable, "-c", code)}, {})
            duties = Duties(book, hooks, Here(), lambda: None)
            ring = command(Order.RING)
            book.begin(ring.id, ring.expires_at, NOW)
            duties.carry_out(ring)
            while duties._running:
                await asyncio.wait(duties._running)

    asyncio.run(asyncio.wait_for(story(), 20))
    assert 2 <= len(file.read_text()) <= 3


def test_a_plain_message_beside_too_much_else_is_not_said_to_be_shown(tmp_path: Path) -> None:
    async def story() -> None:
        with open_state(tmp_path) as state:
            hooks = HookSettings({Order.MESSAGE: ("sleep", "9")}, {})
            duties = Duties(OrderBook(state), hooks, Here(), lambda: None)
            assert [duties.show("x", {}) for _ in range(9)] == [True] * 8 + [False]
            await duties.stop()

    asyncio.run(story())


def test_too_many_at_once_are_refused(tmp_path: Path) -> None:
    orders = [command(Order.PHOTO, number=number) for number in range(10)]
    ended = carried_out(tmp_path, orders, {Order.PHOTO: ("sleep", "1")})
    assert sorted(state for state, _ in ended.values()) == ["done"] * 8 + ["refused"] * 2
