"""Where a tracker's fixes come from: gpsd, standard input, or a recorded trip at its own pace.

What lines mean is ``gpsd_report.py`` and ``live_line.py``.
"""

import asyncio
import contextlib
import os
import shutil
import stat
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from typing import IO

from corridor.fix import Fix
from waywarn.tracker.gpsd import GpsdAddress, SourceError, fixes_of_gpsd
from waywarn.tracker.live_line import MAX_LINE_BYTES, LineError, LineReader

STANDARD_INPUT = "-"
GPSD = "gpsd:"
TOLD_FAULTS = 10  # lines told one by one; then only every hundredth: a log is small


def is_live(text: str) -> bool:
    """Tell whether a source is one that goes on: gpsd or standard input."""
    return text == STANDARD_INPUT or text.startswith(GPSD)


def live_fixes(text: str, device_id: str, tell: Callable[[str], None]) -> AsyncIterator[Fix]:
    """Give the fixes of ``gpsd:...`` or ``-`` as they come.

    Raises
    ------
    SourceError
        It names neither.
    """
    if text == STANDARD_INPUT:
        return fixes_of_lines(device_id, tell)
    if text.startswith(GPSD):
        return fixes_of_gpsd(GpsdAddress.parse(text), device_id, tell)
    raise SourceError(f"{text!r} is no source that goes on; give gpsd: or - (standard input)")


async def fixes_of_trip(fixes: Sequence[Fix], speed: float) -> AsyncIterator[Fix]:
    """Give recorded fixes when they are due, so much faster than they were measured."""
    clock = asyncio.get_running_loop().time
    start_s = clock()
    for fix in fixes:
        await asyncio.sleep(max(0.0, start_s + (fix.time - fixes[0].time) / speed - clock()))
        yield fix


async def fixes_of_lines(device_id: str, tell: Callable[[str], None]) -> AsyncIterator[Fix]:
    """Give the fixes of standard input, each as its line comes, until it ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), _as_pipe(sys.stdin)
    )
    lines, faults, number = LineReader(device_id), 0, 0
    try:
        while line := await _next_line(reader):
            number += 1
            try:
                fix = lines.read(line)
            except LineError as error:
                faults += 1
                if faults <= TOLD_FAULTS or faults % 100 == 0:
                    tell(f"line {number}: {error}")
                continue
            if fix is not None:
                yield fix
    finally:
        transport.close()


def _as_pipe(stream: IO[str]) -> IO[str] | IO[bytes]:
    """Give what an event loop can wait for: of a file or of ``/dev/null``, a pipe that a thread fills."""
    mode = os.fstat(stream.fileno()).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stream.isatty():
        return stream
    outlet, inlet = os.pipe()
    threading.Thread(target=_pour, args=(os.dup(stream.fileno()), inlet), daemon=True).start()
    return os.fdopen(outlet, "rb", buffering=0)


def _pour(source: int, inlet: int) -> None:
    with (
        contextlib.suppress(BrokenPipeError),
        os.fdopen(source, "rb") as file,
        os.fdopen(inlet, "wb") as pipe,
    ):
        shutil.copyfileobj(file, pipe)


async def _next_line(reader: asyncio.StreamReader) -> bytes:
    """Give the next line, cut off where it is too long for a fix; empty at the end."""
    try:
        return await reader.readuntil()
    except asyncio.IncompleteReadError as error:
        return error.partial
    except asyncio.LimitOverrunError as error:
        head = await reader.readexactly(min(error.consumed, 60) or 1)
        while True:  # the rest of it goes by
            try:
                await reader.readuntil()
                return head
            except asyncio.LimitOverrunError as more:
                await reader.readexactly(more.consumed or 1)
            except asyncio.IncompleteReadError:
                return head
