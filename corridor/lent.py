"""Arrays lent to compiled loops by address, so that handing them on costs nothing.

A compiled function that is given arrays counts a reference to each, up and down, at every call: for a row's
worth of work with ten tables that is more than the work. A loan is one record of addresses and lengths, which
is passed like a number, and keeps the arrays alive as long as it lives itself.

Corridors pass a tuple of arrays: their loops are small enough to be compiled into each other
(`corridor.compiled.inlined`), where nothing is counted. The walk over fences and polygons is not.
"""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import carray, types  # type: ignore[attr-defined]  # as documented
from numba.extending import intrinsic

from corridor.compiled import compiled

Loan = Any  # an np.void record; `address_of` and `length_of` its arrays by name


class _Owner(np.ndarray[Any, Any]):
    """The array that holds a loan's only record, and what was lent."""

    lent: Mapping[str, npt.NDArray[Any]]


def lend(arrays: Mapping[str, npt.NDArray[Any]]) -> Loan:
    """Give a record with the field ``name`` (address) and ``name_rows`` (length) of each array.

    Examples
    --------
    >>> loan = lend({"points": np.zeros((3, 2))})
    >>> int(loan["points_rows"])
    3
    """
    fields = [(field, "i8") for name in arrays for field in (name, f"{name}_rows")]
    owner = np.zeros(1, dtype=fields).view(_Owner)
    owner.lent = {name: _settled(array) for name, array in arrays.items()}
    for name, array in owner.lent.items():
        owner[name], owner[f"{name}_rows"] = array.ctypes.data, len(array)
    return cast("Loan", owner[0])


def lent(loan: Loan) -> Mapping[str, npt.NDArray[Any]]:
    """Give the arrays behind a loan, by name."""
    owner: _Owner = loan.base
    return owner.lent


def _settled(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array


def _pointer(_context: object, address: types.Integer) -> object:
    def generate(_context: object, builder: Any, _signature: object, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(address), generate


_as_pointer: Any = intrinsic(_pointer)
_as_array: Any = carray


@compiled
def borrowed(address: int, shape: int | tuple[int, ...], dtype: npt.DTypeLike) -> Any:
    """Give the array at an address; for compiled loops, which must not outlive the loan."""
    return _as_array(_as_pointer(address), shape, dtype)
