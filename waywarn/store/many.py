"""Many rows by one statement that was worded once.

SQLAlchemy words a statement and sorts each row's values anew every time: four times what SQLite takes to
write the row. Here both are settled when a statement is first used.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Boolean, Connection, Dialect, Float, LargeBinary
from sqlalchemy.sql.dml import UpdateBase

Row = dict[str, Any]

_AS_THEY_ARE = (Boolean, Float, LargeBinary)  # sqlite3 takes such values itself, of numpy's too


class _Worded(NamedTuple):
    text: str
    values: Callable[[Row], tuple[Any, ...]]


_WORDED: dict[tuple[UpdateBase, tuple[str, ...]], _Worded] = {}


def write_many(connection: Connection, statement: UpdateBase, rows: Sequence[Row]) -> None:
    """Write rows, which all have the same names, within the transaction that is open.

    Parameters
    ----------
    connection
        Of a transaction.
    statement
        Made once and kept, for what is remembered of it is by its identity.
    rows
        Values by the names of the statement's parameters; none write nothing.
    """
    if not rows:
        return
    key = (statement, tuple(rows[0]))
    worded = _WORDED.get(key)
    if worded is None:
        worded = _WORDED[key] = _word(statement, key[1], connection.dialect)
    # SQLAlchemy's cursor and events cost as much as ten rows; the transaction is the same one
    connection.connection.cursor().executemany(worded.text, list(map(worded.values, rows)))


def _word(statement: UpdateBase, names: tuple[str, ...], dialect: Dialect) -> _Worded:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    order = list(compiled.positiontup or ())
    pick = itemgetter(*order) if len(order) > 1 else lambda row: (row[order[0]],)
    converters = [_converter(compiled.binds[name].type, dialect) for name in order]
    if not any(converters):
        return _Worded(str(compiled), pick)

    def convert(row: Row) -> tuple[Any, ...]:
        pairs = zip(converters, pick(row), strict=True)
        return tuple(value if converter is None else converter(value) for converter, value in pairs)

    return _Worded(str(compiled), convert)


def _converter(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    return None if isinstance(kind, _AS_THEY_ARE) else kind.dialect_impl(dialect).bind_processor(dialect)
