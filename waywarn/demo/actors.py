"""Who acts in the demo: the real commands, each in a process of its own, on loopback.

The order in which they act is ``story.py``.
"""

import asyncio
import csv
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from corridor import FixBatch, format_instant

HOST = "127.0.0.1"
SPEED = 80  # a quarter of an hour on foot in ten seconds
START_PATIENCE_S = 180.0  # the first start on a machine compiles the loops; later ones take seconds
STOP_PATIENCE_S = 40.0  # longer than the service waits for messages on their way
PASSWORD = "only-for-the-demo"  # noqa: S105 (loopback, for a minute)
PASSWORD_VARIABLE = "WAYWARN_DEMO_PASSWORD"  # noqa: S105 (a name)


class DemoError(RuntimeError):
    """A command of the demo failed; the text is what it said."""


def free_port() -> int:
    """Give a port that is free for UDP and TCP at this moment."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(type=socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind((HOST, 0))
            port: int = tcp.getsockname()[1]
            try:
                udp.bind((HOST, port))
            except OSError:
                continue
            return port


def write_csv(walk: FixBatch, file: Path) -> None:
    """Write a walk as a phone's recorder would."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["device_id", "time", "lon", "lat", "accuracy_m"])
        rows.writerows(
            [f.device_id, format_instant(f.time), f"{f.lon:.7f}", f"{f.lat:.7f}", f.accuracy_m] for f in walk
        )


async def run_command(folder: Path, *arguments: str) -> None:
    """Run `waywarn` with its output on this terminal, until it ends.

    Raises
    ------
    DemoError
        It ended with another code than 0.
    """
    process = await _start(folder, *arguments)
    if code := await process.wait():
        raise DemoError(f"waywarn {' '.join(arguments)} ended with {code}")


async def publish(folder: Path, trip: str, sip_port: int) -> None:
    """Publish a recorded trip as the phone would, only faster."""
    to = f"sip:anna@{HOST}:{sip_port}"
    secret = ("--password-env", PASSWORD_VARIABLE)
    await run_command(folder, "publish", trip, "--to", to, *secret, "--speed", str(SPEED))


@asynccontextmanager
async def service(folder: Path) -> AsyncIterator[None]:
    """Keep the service running; it is up when it says so, and drains when the block ends."""
    process = await _start(folder, "run", "-c", "waywarn.toml", stderr=asyncio.subprocess.PIPE)
    log = folder / "service.log"
    ready = asyncio.Event()
    watcher = asyncio.create_task(_copy_log(process, log, ready))
    try:
        await _until_ready(process, ready, log)
        yield
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), STOP_PATIENCE_S)
        except TimeoutError:
            process.kill()
        await watcher


async def _until_ready(process: asyncio.subprocess.Process, ready: asyncio.Event, log: Path) -> None:
    ended = asyncio.create_task(process.wait())
    up = asyncio.create_task(ready.wait())
    done, _ = await asyncio.wait({ended, up}, timeout=START_PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
    for task in (ended, up):
        task.cancel()
    if up not in done:
        raise DemoError(
            f"the service did not start; its log is {log}:\n{log.read_text(encoding='utf-8')[-2000:]}"
        )


async def _copy_log(process: asyncio.subprocess.Process, log: Path, ready: asyncio.Event) -> None:
    assert process.stderr is not None  # noqa: S101 (a pipe was asked for)
    with log.open("w", encoding="utf-8") as copy:
        async for line in process.stderr:
            copy.write(line.decode(errors="replace"))
            copy.flush()
            if b" service.ready" in line:
                ready.set()


async def _start(folder: Path, *arguments: str, stderr: int | None = None) -> asyncio.subprocess.Process:
    environment = os.environ | {PASSWORD_VARIABLE: PASSWORD}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "waywarn", *arguments, cwd=folder, env=environment, stderr=stderr
    )
