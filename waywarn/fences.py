"""The fences of a file as rules need them: each with its own name, or the one that ``FILE#NAME`` chooses.

The formats are read by ``corridor``; whoever watches the fences is ``rules``.
"""

from collections import Counter
from os import PathLike
from typing import TYPE_CHECKING

from corridor.errors import FenceError

if TYPE_CHECKING:
    from corridor import Fence

SHOWN_NAMES = 12


def fences_of(file: str | PathLike[str]) -> "list[Fence]":
    """Read the fences of a file.

    Parameters
    ----------
    file
        GeoJSON, KML or WKT, or ``file#name`` for one of its fences.

    Raises
    ------
    FenceError
        The file cannot be read, a fence cannot be, two have one name, or none has the name that is chosen.
    """
    from corridor import read_fences  # reading needs parsers and the compiler
    from corridor.tracks.read import split_name

    path, name = split_name(file)
    fences = read_fences(path)
    counts = Counter(fence.name for fence in fences)
    for number, fence in enumerate(fences, 1):
        if counts[fence.name] > 1 and name is None:
            raise FenceError(
                f"{path.name}: feature {number} and {counts[fence.name] - 1} more are called {fence.name!r}; "
                "a message names the fence, so give each a name of its own"
            )
    if name is None:
        return fences
    chosen = [fence for fence in fences if fence.name == name]
    if not chosen:
        listed = ", ".join(repr(known) for known in list(counts)[:SHOWN_NAMES])
        raise FenceError(f"{path.name}: no fence is called {name!r}; there are: {listed}")
    return chosen
