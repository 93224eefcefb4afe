"""The one way in which this project compiles a loop: cached on disk, serial, without the GIL.

Threads belong to the application; numba's own parallel layer is not used.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(loop: Loop) -> Loop:
    """Compile `loop` on first call and keep the machine code beside its file."""
    return cast("Loop", njit(cache=True, nogil=True)(loop))
