"""The rows of a `geo_location` table in any database that SQLAlchemy reaches, in pieces, in order of id.

What a row means is ``place.py``.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from sqlalchemy import MetaData, Table, create_engine, func, select, type_coerce
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError
from sqlalchemy.types import NullType

from waywarn.geo_location.place import COLUMNS

PIECE = 2_000  # rows: as much as stays in memory, and as one transaction writes in some 20 ms
NEEDED = frozenset({"gps_latitude", "gps_longitude", "gps_utctimestamp"})


class SourceError(RuntimeError):
    """The table cannot be read; the text says why, without the password of its address."""


class Source:
    """A table, open for reading; nothing is ever written to it.

    Parameters
    ----------
    url
        A SQLAlchemy address, as ``mysql+pymysql://reader:password@db.example.org/tracking``.
    table
        Its name.

    Raises
    ------
    SourceError
        The address is none, its driver is not installed, or there is no such table.
    """

    def __init__(self, url: str, table: str) -> None:
        try:
            self._engine = create_engine(url, hide_parameters=True)
        except (ArgumentError, NoSuchModuleError, ValueError) as error:
            raise SourceError(f"the address is none that SQLAlchemy knows ({_first_line(error)})") from None
        except ImportError as error:
            raise SourceError(f"the database's driver is not installed: pip install {error.name}") from None
        file = self._engine.url.database
        if (
            self._engine.dialect.name == "sqlite" and file and not Path(file).is_file()
        ):  # SQLite would make it
            raise SourceError(f"there is no file {file}")
        self.name = self._engine.url.render_as_string(hide_password=True)
        try:
            found = Table(table, MetaData(), autoload_with=self._engine)
        except NoSuchTableError:
            raise SourceError(f"{self.name} has no table {table!r}") from None
        except SQLAlchemyError as error:
            raise SourceError(f"{self.name} cannot be read: {_first_line(error)}") from None
        named = {column.name.lower(): column for column in found.columns}
        if missing := sorted(NEEDED - set(named)):
            raise SourceError(f"table {table!r} has no column {', '.join(missing)}")
        self._table = found
        # as they are: one DATETIME of SQLite that is none would otherwise end the import
        self._columns = [
            type_coerce(named[name], NullType()).label(name) for name in COLUMNS if name in named
        ]
        self._order = named.get("id", named["gps_utctimestamp"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    def count(self) -> int:
        """Count the rows, for telling how far one is."""
        try:
            with self._engine.connect() as connection:
                return connection.scalar(select(func.count()).select_from(self._table)) or 0
        except SQLAlchemyError as error:
            raise SourceError(f"{self.name} cannot be read: {_first_line(error)}") from None

    def pieces(self) -> Iterator[Sequence[Mapping[str, object]]]:
        """Give all rows by column, so many at once."""
        query = select(*self._columns).order_by(self._order)
        try:
            with self._engine.connect().execution_options(yield_per=PIECE) as connection:
                for piece in connection.execute(query).mappings().partitions():
                    yield [dict(row) for row in piece]
        except SQLAlchemyError as error:
            raise SourceError(f"{self.name} cannot be read on: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    original = getattr(error, "orig", None) or error
    return str(original).splitlines()[0][:300] if str(original) else type(original).__name__
