"""Hooks: programs of the device's owner that carry out an order. No shell, a time limit, few words taken.

Which order has which hook is configured; whether an order is genuine was decided before, ``orders.py``.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LIMIT_S = 60.0
MAX_OUTPUT_BYTES = 4_096
_GRACE_S = 2.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a hook ended: its exit code, None where it was stopped, and the last line that it wrote."""

    code: int | None
    said: str


async def run_hook(
    argv: Sequence[str], variables: Mapping[str, str], *, environ: Mapping[str, str], limit_s: float = LIMIT_S
) -> Ended:
    """Run a program to its end, or to its time limit; then it and what it started are ended.

    Parameters
    ----------
    argv
        The program and its arguments; nothing of the order is among them.
    variables
        What the order says, as further variables of the environment.

    Raises
    ------
    OSError
        It cannot be started.
    """
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**environ, **variables},
        start_new_session=True,
    )
    reading = asyncio.create_task(_read(process))
    try:
        async with asyncio.timeout(limit_s):
            await asyncio.shield(reading)
            code: int | None = await process.wait()
    except TimeoutError:
        code = None
    finally:
        await _stop(process)
        reading.cancel()
    output = reading.result() if reading.done() and not reading.cancelled() else b""
    return Ended(code, _last_line(output))


def variables_of(command: str, identity: str, arguments: Mapping[str, str | int]) -> dict[str, str]:
    """Give the variables in which a hook finds its order: ``WAYWARN_COMMAND``, ``WAYWARN_TEXT`` and so on.

    Examples
    --------
    >>> variables_of("ring", "0123456789abcdef", {"for_s": 30})["WAYWARN_FOR_S"]
    '30'
    """
    named = {f"WAYWARN_{name.upper()}": str(value) for name, value in arguments.items()}
    return {"WAYWARN_COMMAND": command, "WAYWARN_ID": identity, **named}


async def _read(process: asyncio.subprocess.Process) -> bytes:
    """Read all that it writes and keep the end: a program whose pipe is full would wait for ever."""
    assert process.stdout is not None  # noqa: S101 (a pipe was asked for)
    kept = b""
    while piece := await process.stdout.read(MAX_OUTPUT_BYTES):
        kept = (kept + piece)[-MAX_OUTPUT_BYTES:]
    return kept


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End the whole group: what a hook started must not outlive its limit."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        if process.returncode is not None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE_S)


def _last_line(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].strip() if lines else ""
