"""The one way in which this project compiles a loop: cached on disk, serial, without the GIL.

Threads belong to the application; numba's own parallel layer is not used.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit
from numba.core import caching

Loop = TypeVar("Loop", bound=Callable[..., object])

HERE = Path(__file__).parent  # loops everywhere call the ones in this folder
_WRITABLE: set[str] = set()  # folders for machine code


def compiled(loop: Loop) -> Loop:
    """Compile `loop` on first call and keep the machine code beside its file.

    The code is used again only while every source of this folder, of the loop's own and of the packages
    round that is the same: numba looks at the loop's file alone, and would keep old code of what the loop
    calls.
    """
    return _compiled(loop, inline=False)


def inlined(loop: Loop) -> Loop:
    """Compile `loop` into whatever compiled loop calls it: for small steps that take tuples of arrays.

    Such a tuple is dozens of words, which a call writes out and reads back for every row.
    """
    return _compiled(loop, inline=True)


def _compiled(loop: Loop, *, inline: bool) -> Loop:
    dispatcher: Any = njit(nogil=True, forceinline=inline)(loop)
    dispatcher._cache = cast("Any", _Cache)(loop)  # noqa: SLF001 (what cache=True does, with our stamp)
    return cast("Loop", dispatcher)


@cache
def _digest(folder: Path) -> bytes:
    sources = sorted(folder.glob("*.py"))
    return hashlib.blake2b(b"\0".join(file.read_bytes() for file in sources), digest_size=16).digest()


@cache
def _stamp(own: Path) -> bytes:
    round_it = [folder for folder in own.parents if (folder / "__init__.py").is_file()]
    return b"".join(map(_digest, (HERE, own, *round_it)))


class _Stamped:
    """Take the sources' digest as the stamp of freshness; what holds for a folder is asked once for it."""

    _py_file: str

    def get_source_stamp(self) -> bytes:
        return _stamp(Path(self._py_file).parent)

    def ensure_cache_path(self) -> None:
        locator: Any = super()
        path = locator.get_cache_path()
        if path not in _WRITABLE:
            locator.ensure_cache_path()  # makes a file there
            _WRITABLE.add(path)


class _InTree(_Stamped, caching.InTreeCacheLocator):
    """Beside the loop's file, where that can be written."""


class _UserWide(_Stamped, caching.UserWideCacheLocator):
    """In the user's own cache folder."""


class _Provided(_Stamped, caching.UserProvidedCacheLocator):
    """Where NUMBA_CACHE_DIR says."""


class _Implementation(caching.CompileResultCacheImpl):
    _locator_classes = [_Provided, _InTree, _UserWide]  # noqa: RUF012 (numba's own attribute)


class _Cache(caching.FunctionCache):
    _impl_class = _Implementation

    def __init__(self, loop: Callable[..., object]) -> None:
        super().__init__(loop)  # type: ignore[no-untyped-call]  # numba has no types
        # The version is read before the rest, which names types that other sources may not have any more.
        self._cache_file._version += self._impl.locator.get_source_stamp().hex()  # noqa: SLF001 (no other way)
