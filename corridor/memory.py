"""What is remembered of one device on one corridor, so that its place along the path does not jump.

Kept here without a compiler for those who only store it; who reads and writes it is ``locate.py``.
"""

import numpy as np
import numpy.typing as npt

Records = npt.NDArray[np.void]

MEMORY = np.dtype(
    [
        ("leaf", "<i4"),  # of the corridor's own, wherever it stands in a set; -1: nothing is remembered
        ("clear_m", "<f4"),  # see `nearest.Nearest`
        ("x", "<f4"),  # the last place inside, in the plane of the leaf
        ("y", "<f4"),
        ("along_m", "<f8"),  # NaN: has not been inside
        ("time", "<f8"),
        ("back_m", "<f4"),  # how far that lies behind the farthest point along the path
        ("pace_mps", "<f4"),
    ]
)


def fresh_memory(count: int) -> Records:
    """Give (count,) rows of MEMORY that remember nothing."""
    rows = np.zeros(count, MEMORY)
    rows["leaf"] = -1
    rows["along_m"] = rows["time"] = np.nan
    return rows
