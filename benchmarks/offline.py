"""A publisher that is cut off for ten minutes, and killed twice: is every fix there, in order, once.

The real commands, each a process of its own: the service stops (its port is closed) and starts again; the
tracker is fed by standard input. ``python -m benchmarks.offline`` takes the whole time; ``--speed`` tells the
same story faster, as the suite does.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from corridor.instant import format_instant
from waywarn.demo.actors import HOST, PASSWORD, PASSWORD_VARIABLE, free_port, service
from waywarn.demo.mailbox import Mailbox

FIX_EVERY_S = 5.0
ONLINE_S = 120.0  # before and after
# seconds of the trip, counted from the moment it is cut off, in which it is far off the way
STRAYS = ((-60.0, 60.0), (0.35, 0.6))  # the second: shares of the time offline
KILLED_AT = 0.5  # share of the time offline at which the tracker is killed; and again while it catches up
PATIENCE_S = 150.0  # the longest wait between two tries is 80 s
MAILS = 4  # two alarms, two all-clears
CONFIGURATION = """\
[service]
store = "waywarn.sqlite"
[sip]
domain = "{host}"
listen = ["udp:{host}:{sip_port}", "tcp:{host}:{sip_port}"]
[devices.anna]
password = "{password}"
[rules.way]
kind = "deviation"
device = "anna"
path = "street.geojson"
half_width_m = 40
confirm_fixes = 3
confirm_s = 10
starts = "at_once"
ends = "never"
tell = ["mother"]
[recipients.mother]
time_zone = "Europe/Vienna"
addresses = ["mailto://{host}:{smtp_port}/?from=waywarn@demo.example&to=mother@demo.example&mode=insecure"]
"""
STREET = '{"type": "LineString", "coordinates": [[16.36, 48.2], [16.42, 48.2]]}'


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it.

    Parameters
    ----------
    fed
        Times of the fixes that the tracker was given.
    stored
        Times of those that the service accepted, in the order in which they came.
    duplicates
        How many came again and were discarded as such.
    mails
        Subjects, in the order in which they came.
    caught_up_s
        From the service's start until it had all from before.
    """

    fed: tuple[float, ...]
    stored: tuple[float, ...]
    duplicates: int
    mails: tuple[str, ...]
    caught_up_s: float

    @property
    def is_good(self) -> bool:
        """Whether nothing is lost, nothing out of order, and no alarm told twice."""
        # one that is killed between the answer and its deletion sends that one again, and it is taken once
        return self.stored == self.fed and len(self.mails) == MAILS and self.duplicates <= 1


async def cut_off(folder: Path, *, offline_s: float = 600.0, speed: float = 1.0) -> Outcome:
    """Tell the story in a folder of its own."""
    mailbox = Mailbox()
    server, smtp_port = await mailbox.open(HOST)
    sip_port = free_port()
    text = CONFIGURATION.format(host=HOST, sip_port=sip_port, smtp_port=smtp_port, password=PASSWORD)
    (folder / "waywarn.toml").write_text(text, encoding="utf-8")
    (folder / "street.geojson").write_text(STREET, encoding="utf-8")
    trip = _Trip(folder, sip_port, offline_s, speed)
    async with server:
        try:
            async with service(folder):
                await trip.start()
                await trip.feed_until(0.0)
                await _until(folder, trip.fed, PATIENCE_S)
            await trip.feed_until(offline_s * KILLED_AT)
            await trip.kill()
            await trip.start()
            await trip.feed_until(offline_s)
            async with service(folder):
                began_s, backlog = time.monotonic(), tuple(trip.fed)
                before = len(_stored(folder)[0])
                await _until(folder, backlog[: before + 10], PATIENCE_S)
                await trip.kill()
                await trip.start()
                await _until(folder, backlog, PATIENCE_S)
                caught_up_s = time.monotonic() - began_s
                await trip.feed_until(offline_s + ONLINE_S)
                await _until(folder, trip.fed, PATIENCE_S)
                await asyncio.wait_for(mailbox.wait_for(MAILS), PATIENCE_S)
                await trip.stop()
        finally:
            await trip.kill()
    accepted, duplicates = _stored(folder)
    mails = tuple(str(mail["subject"]) for mail in mailbox.mails)
    return Outcome(tuple(trip.fed), accepted, duplicates, mails, caught_up_s)


class _Trip:
    """The tracker and what it is fed."""

    def __init__(self, folder: Path, sip_port: int, offline_s: float, speed: float) -> None:
        self.fed: list[float] = []
        self._folder, self._sip_port = folder, sip_port
        self._offline_s, self._speed = offline_s, speed
        length_s = ONLINE_S + offline_s + ONLINE_S
        # told faster, the trip begins in the past, so that no fix is from the future
        self._zero_s = float(int(time.time() - length_s * (1 - 1 / speed) + ONLINE_S))
        self._next_s = -ONLINE_S
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        target = ("--to", f"sip:anna@{HOST}:{self._sip_port}", "--state", str(self._folder / "state"))
        policy = ("--rate", "steady", "--every-m", "0", "--at-most-every-s", "0", "--at-least-every-s", "0")
        log = (self._folder / "tracker.log").open("ab")
        with log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "waywarn", "publish", "-", *target, *policy),
                *("--password-env", PASSWORD_VARIABLE),
                env=os.environ | {PASSWORD_VARIABLE: PASSWORD},
                stdin=asyncio.subprocess.PIPE,
                stderr=log,
            )

    async def feed_until(self, seconds: float) -> None:
        """Feed a fix each five seconds of the trip, counted from when it is cut off."""
        assert self._process is not None
        assert self._process.stdin is not None
        while self._next_s < seconds:
            fix_time = self._zero_s + self._next_s
            lat = 48.2 + (0.003 if self._strays() else 0.0)
            lon = 16.38 + 2e-5 * (self._next_s + ONLINE_S) / FIX_EVERY_S
            line = {"time": format_instant(fix_time), "lon": lon, "lat": lat, "accuracy_m": 8.0}
            self._process.stdin.write(json.dumps(line).encode() + b"\n")
            await self._process.stdin.drain()
            self.fed.append(fix_time)
            self._next_s += FIX_EVERY_S
            await asyncio.sleep(FIX_EVERY_S / self._speed)

    async def kill(self) -> None:
        """Kill it as the end of the power would; what it has read half a second before is on the disk."""
        if self._process is not None and self._process.returncode is None:
            await asyncio.sleep(0.5)
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        await asyncio.wait_for(self._process.wait(), PATIENCE_S)

    def _strays(self) -> bool:
        (first_from, first_to), (second_from, second_to) = STRAYS
        late = second_from * self._offline_s <= self._next_s < second_to * self._offline_s
        return late or first_from <= self._next_s < first_to


async def _until(folder: Path, fed: Sequence[float], patience_s: float) -> None:
    """Wait until the service has all that was fed."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until and len(_stored(folder)[0]) < len(fed):
        await asyncio.sleep(0.1)


def _stored(folder: Path) -> tuple[tuple[float, ...], int]:
    with closing(sqlite3.connect(f"file:{folder / 'waywarn.sqlite'}?mode=ro", uri=True)) as store:
        rows = store.execute("SELECT time, discard FROM fixes ORDER BY id").fetchall()
    why = Counter(discard for _, discard in rows)
    return tuple(fix_time for fix_time, discard in rows if discard is None), sum(why.values()) - why[None]


def describe(outcome: Outcome) -> str:
    """Say it in a few lines."""
    lost = len(set(outcome.fed) - set(outcome.stored))
    in_order = "in order" if list(outcome.stored) == sorted(outcome.stored) else "NOT in order"
    return "\n".join(
        [
            f"{len(outcome.fed)} fixes fed, {len(outcome.stored)} stored {in_order}, {lost} lost",
            f"{outcome.duplicates} came twice and were discarded",
            f"caught up {outcome.caught_up_s:.1f} s after the service was there again",
            f"{len(outcome.mails)} mails: {'; '.join(outcome.mails)}",
            "good" if outcome.is_good else "NOT as it must be",
        ]
    )


def main() -> int:
    """Run it; exit code 1 where something was lost, out of order or told twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long it is cut off")
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster the story is told")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(cut_off(Path(folder), offline_s=60 * options.minutes, speed=options.speed))
    print(describe(outcome))
    return 0 if outcome.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
