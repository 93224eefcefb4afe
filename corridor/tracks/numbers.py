"""Columns of numbers and of names, from texts or from typed columns. No object per row.

Which column holds what is ``columns.py``; whether a number can be true is ``corridor/fix.py``.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corridor.errors import TrackError

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

MAX_NAMES = 1_000_000  # distinct devices of one file; each is an object, unlike its rows
_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$"
_DECIMAL_COMMA = r"^([+-]?\d+),(\d+)$"
_NOT_STATED = ["", "nan", "null", "none", "na", "n/a"]


def number_column(column: pa.Array) -> tuple[Floats, Flags]:
    """Turn a column into floats.

    Parameters
    ----------
    column
        (N,) numbers, or texts of numbers; a decimal comma is read.

    Returns
    -------
    numbers
        (N,) NaN where nothing is stated or the text is no number.
    unreadable
        (N,) true where something is stated that is no number.

    Raises
    ------
    TrackError
        The column's type is neither numbers nor texts.
    """
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return np.array(pc.cast(column, pa.float64(), safe=False)), np.zeros(len(column), dtype=bool)
    texts = text_column(column)
    stated = ~not_stated(texts)
    texts = pc.replace_substring_regex(texts, _DECIMAL_COMMA, r"\1.\2")
    good = np.asarray(pc.fill_null(pc.match_substring_regex(texts, _NUMBER), False)) & stated  # noqa: FBT003
    numbers = pc.cast(pc.if_else(pa.array(good), pc.utf8_ltrim(texts, "+"), None), pa.float64())
    return np.array(pc.fill_null(numbers, np.nan)), stated & ~good


def text_column(column: pa.Array) -> pa.Array:
    """Turn a column into trimmed texts; numbers are written plainly.

    Raises
    ------
    TrackError
        The column's type has no plain text form.
    """
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        return pc.utf8_trim_whitespace(pc.cast(column, pa.large_string()))
    except pa.ArrowException:
        raise TrackError(f"a column of type {column.type} cannot be read as text") from None


def not_stated(texts: pa.Array) -> Flags:
    """Tell which texts say that there is no value; (N,)."""
    return np.asarray(pc.is_in(pc.utf8_lower(pc.fill_null(texts, "")), pa.array(_NOT_STATED, texts.type)))


def name_codes(column: pa.Array) -> tuple[tuple[str, ...], Codes]:
    """Code a column of names by their first appearance; -1 where the text is empty or missing.

    Raises
    ------
    TrackError
        There are more than `MAX_NAMES` different ones, or the column's type has no plain text form.
    """
    is_coded = pa.types.is_dictionary(column.type)
    coded = column if is_coded else text_column(column).dictionary_encode()
    code = np.asarray(pc.fill_null(coded.indices, -1) if coded.indices.null_count else coded.indices)
    names = [*text_column(coded.dictionary).to_pylist(), None]  # the last is that of -1
    number: dict[str, int] = {}
    for at in _by_appearance(code, len(names)).tolist():
        if names[at]:  # blanks at its ends may be all in which one differs from another
            number.setdefault(names[at], len(number))
    if len(number) > MAX_NAMES:
        raise TrackError(f"{len(number)} different names; more than {MAX_NAMES} are not read")
    return tuple(number), np.array([number.get(name, -1) for name in names], dtype=np.int32)[code]


def _by_appearance(code: npt.NDArray[np.integer], codes: int) -> npt.NDArray[np.integer]:
    """Give the codes that occur, from -1 to `codes` - 2, in the order in which they first do."""
    first = np.full(codes, len(code))  # the last is that of -1
    first[code[::-1]] = np.arange(len(code), dtype=np.int32)[::-1]  # of equal codes the first is written last
    return np.argsort(first)[: np.count_nonzero(first < len(code))]
