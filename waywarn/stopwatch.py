"""`Stopwatch`: how long a command took to start, and for its fixes; on the clock, and of the processor.

For a line of a summary; nothing is decided by it.
"""

import os
import time
from pathlib import Path

_LOADED_S = time.perf_counter()
_STAT = Path("/proc/self/stat")
_STARTED = 19  # position of `starttime` behind the command's name, proc(5)


class Stopwatch:
    """Take the time since the process began as that of the start, and begin to count."""

    def __init__(self) -> None:
        self._start_s, self._start_cpu_s = process_age_s(), time.process_time()
        self._began_s = time.perf_counter()

    def said_of(self, fixes: int) -> str:
        """Say how long the start took, and what came since, for so many fixes."""
        took_s = max(time.perf_counter() - self._began_s, 1e-9)
        cpu_s = time.process_time() - self._start_cpu_s
        return (
            f"{self._start_s:.2f} s to start, {took_s:.2f} s for {fixes:,} fixes ({_rate(fixes / took_s)}); "
            f"of the processor {self._start_cpu_s:.2f} s and {cpu_s:.2f} s"
        )


def process_age_s() -> float:
    """Give for how long this process has run; where the system does not say, since this file was loaded."""
    try:
        ticks = int(_STAT.read_bytes().rpartition(b")")[2].split()[_STARTED])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):
        return time.perf_counter() - _LOADED_S


def _rate(per_second: float) -> str:
    return f"{per_second / 1e6:.2f} M/s" if per_second >= 1e6 / 2 else f"{per_second:,.0f}/s"
