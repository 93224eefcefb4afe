"""The durable queue: order, bounds, retention, and a process that is killed at any point."""

import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waywarn.tracker.full_disk import full_disk
from waywarn.tracker.fix_queue import FixQueue, Kept
from waywarn.tracker.state import FILE_NAME, StateError, open_state, state_folder, transaction

FOREVER = 1e12


def drained(queue: FixQueue) -> list[Kept]:
    kept = []
    while (first := queue.first()) is not None:
        kept.append(first)
        queue.remove(first.number)
    return kept


def test_what_was_put_comes_out_in_order_after_a_restart(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        queue = FixQueue(state)
        for n in range(5):
            assert queue.put(100.0 - n, FOREVER, b"%d" % n) == 0
        first = queue.first()
        assert first is not None
        queue.remove(first.number)
    with open_state(tmp_path) as state:
        queue = FixQueue(state)
        assert len(queue) == 4
        assert [kept.body for kept in drained(queue)] == [b"1", b"2", b"3", b"4"]
        assert len(queue) == 0


@given(st.integers(4, 40), st.integers(0, 300))
def test_it_is_bounded_the_newest_are_whole_and_the_oldest_keep_their_outline(most: int, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder, open_state(Path(folder)) as state:
        state.execute("PRAGMA synchronous=OFF")  # only for the speed of this test
        queue = FixQueue(state, most=most)
        for n in range(count):
            queue.put(float(n), FOREVER, b"")
        times = [int(kept.time) for kept in drained(queue)]
    assert len(times) <= most
    assert times == sorted(set(times))
    if count:
        assert times[0] == 0
        newest = min(count, most // 2)
        assert times[-newest:] == list(range(count - newest, count))


def test_retention_ends_in_the_queue_too_and_the_disk_forgets(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        queue = FixQueue(state)
        queue.put(1.0, 50.0, b"a secret place")
        queue.put(2.0, 60.0, b"another one")
        assert queue.forget(49.9) == 0
        assert queue.forget(50.0) == 1
        assert [kept.time for kept in drained(queue)] == [2.0]
        on_disk = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert b"a secret place" not in on_disk
        assert b"another one" not in on_disk


def test_what_is_settled_on_a_full_disk_is_not_given_again_and_goes_when_there_is_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_state(tmp_path) as state:
        queue = FixQueue(state, most=4)
        for n in range(4):
            queue.put(float(n), 50.0, b"a secret place")
        with full_disk(state):
            assert queue.forget(60.0) == 0
            assert [kept.time for kept in drained(queue)] == [0.0, 1.0, 2.0, 3.0]
            assert len(queue) == 0
        assert state.execute("SELECT count(*) FROM fixes").fetchone() == (4,)
        for n in range(4, 9):  # thinned by what waits, not by what is only left over
            queue.put(float(n), FOREVER, b"another one")
        assert queue.forget(60.0) == 0
        assert [kept.time for kept in drained(queue)] == [4.0, 6.0, 7.0, 8.0]
        assert state.execute("SELECT count(*) FROM fixes").fetchone() == (0,)
        assert caplog.text.count("queue.not_deleted") == 1
        queue.put(9.0, FOREVER, b"")
        with full_disk(state):
            drained(queue)
        assert caplog.text.count("queue.not_deleted") == 2


def test_it_is_for_its_owner_and_for_one_process(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with open_state(folder):
        assert folder.stat().st_mode & 0o077 == 0
        assert (folder / FILE_NAME).stat().st_mode & 0o077 == 0
        with pytest.raises(StateError, match="another `waywarn publish` uses it"), open_state(folder):
            pass
    with open_state(folder):
        pass


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StateError, match=r"file/x: .*name another with --state"),
        open_state(tmp_path / "file" / "x"),
    ):
        pass
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 100)
    with pytest.raises(StateError, match=r"move the file away"), open_state(tmp_path):
        pass


def test_the_usual_folder() -> None:
    assert state_folder({"HOME": "/home/a"}, "sip:anna@b") == Path("/home/a/.local/state/waywarn/anna@b")
    assert state_folder({"XDG_STATE_HOME": "/s"}, "sip:../x@b") == Path("/s/waywarn/.._x@b")
    assert state_folder({"STATE_DIRECTORY": "/var/lib/w:/x"}, "sip:a@b") == Path("/var/lib/w/a@b")


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        with pytest.raises(RuntimeError), transaction(state):
            _insert_and_fail(state)
        assert state.execute("SELECT count(*) FROM device").fetchone() == (0,)


def _insert_and_fail(state: sqlite3.Connection) -> None:
    state.execute("INSERT INTO device VALUES ('a', 'b')")
    raise RuntimeError


def test_of_a_full_disk_the_reason_is_told_and_the_next_transaction_begins(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        queue = FixQueue(state)
        (pages,) = state.execute("PRAGMA page_count").fetchone()
        state.execute(f"PRAGMA max_page_count = {pages}")
        for _ in range(2):
            with pytest.raises(sqlite3.OperationalError, match="full"):
                queue.put(1.0, 1e12, bytes(100_000))
        assert len(queue) == 0
        queue.put(2.0, 1e12, b"small")
        assert [kept.time for kept in drained(queue)] == [2.0]


WRITER = """
import sys
from pathlib import Path
from waywarn.tracker.fix_queue import FixQueue
from waywarn.tracker.state import open_state
with open_state(Path(sys.argv[1])) as state:
    queue = FixQueue(state)
    for n in range(int(sys.argv[2]), 1_000_000):
        queue.put(float(n), 1e12, b"x" * 1200)
        print("put", n, flush=True)
        if n % 3 == 0:
            first = queue.first()
            print("answered", int(first.time), flush=True)
            queue.remove(first.number)
            print("removed", int(first.time), flush=True)
"""


@pytest.mark.parametrize("after_s", [0.0, 0.003, 0.011, 0.05, 0.12])
def test_killed_at_any_point_it_has_lost_nothing_and_kept_the_order(tmp_path: Path, after_s: float) -> None:
    said: list[list[str]] = []
    for begin in (0, 100_000):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(begin)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        said.append(process.stdout.readline().split())
        time.sleep(after_s)  # the very point is left to chance
        os.kill(process.pid, signal.SIGKILL)
        rest, _ = process.communicate()
        said += [line.split() for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    put = [int(word[1]) for word in said if word[0] == "put"]
    answered = {int(word[1]) for word in said if word[0] == "answered"}
    removed = {int(word[1]) for word in said if word[0] == "removed"}
    with open_state(tmp_path) as state:
        left = [int(kept.time) for kept in drained(FixQueue(state))]
    assert left == sorted(set(left))
    assert set(put) - set(left) <= answered, "what was not answered is still there"
    assert not removed & set(left)
    unsaid = set(left) - set(put)  # written, and killed before it could say so
    assert len(unsaid) <= 2
    assert all(a < b for a, b in itertools.pairwise(left))
