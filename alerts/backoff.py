"""When to try again, and when to stop.

Who asks is ``dispatcher.py``. The randomness is an argument.
"""

import math
import random
from dataclasses import dataclass

from alerts.errors import AlertsError

# Jitter may draw nearly nothing; a server that just failed is left alone for this long.
SHORTEST_DELAY_S = 1.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential backoff with full jitter.

    The delay after the n-th failure is drawn evenly between nothing and ``first_s * 2**(n-1)``, at most
    `longest_s`: alarms that failed together do not come back together (M. Brooker, "Exponential
    Backoff and Jitter", AWS Architecture Blog, 2015).

    Parameters
    ----------
    first_s
        Most seconds before the first repetition.
    longest_s
        Most seconds between two attempts.
    give_up_after_s
        Seconds from planning after which a failure is the last one. The last attempt falls on it.
    """

    first_s: float = 10.0
    longest_s: float = 300.0
    give_up_after_s: float = 86_400.0

    def __post_init__(self) -> None:
        values = (self.first_s, self.longest_s, self.give_up_after_s)
        if not all(math.isfinite(value) and value > 0 for value in values):
            raise AlertsError(f"backoff {values} s: each must be more than 0")

    def delay_s(self, failures: int, rng: random.Random) -> float:
        """Draw the delay after so many failures (from 1)."""
        # 2**40 times any delay is past every cap; the exponent is held where floats are.
        ceiling_s = min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 40))
        return max(SHORTEST_DELAY_S, rng.uniform(0.0, ceiling_s))

    def again_at(self, failures: int, *, now: float, created_at: float, rng: random.Random) -> float | None:
        """Say when to try again; None once the time to give up has come.

        Something planned long ago that was never tried (the service was down) is still tried once:
        the caller asks only after a failure.
        """
        last_at = created_at + self.give_up_after_s
        if now >= last_at:
            return None
        return min(now + self.delay_s(failures, rng), last_at)
