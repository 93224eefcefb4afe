"""Rows into a file of fixes, CSV or Parquet, for `waywarn replay`: no configuration, no retention."""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from corridor import Fix, format_instant
from waywarn.geo_location.place import Refusal, read_row
from waywarn.geo_location.tally import Tally
from waywarn.own_file import new_file

COLUMNS = ("device_id", "time", "lon", "lat", "altitude_m", "accuracy_m")
KINDS = (".csv", ".parquet")
_SCHEMA = pa.schema(
    [
        ("device_id", pa.string()),
        ("time", pa.timestamp("us", tz="UTC")),
        *((name, pa.float64()) for name in COLUMNS[2:]),
    ]
)


class IntoFile:
    """Writes pieces of a table to a new file; as a context, which closes it.

    It is its owner's alone to read, and is not left where the table could not be read to its end.

    Raises
    ------
    ValueError
        The file's name ends in neither ``.csv`` nor ``.parquet``.
    OSError
        It exists, or cannot be made.
    """

    def __init__(self, file: Path) -> None:
        if file.suffix not in KINDS:
            raise ValueError(f"{file} is neither .csv nor .parquet")
        self._file, self._stream = file, new_file(file)
        is_parquet = file.suffix == ".parquet"
        self._parquet = pq.ParquetWriter(self._stream, _SCHEMA, compression="zstd") if is_parquet else None
        self._text = None if is_parquet else io.TextIOWrapper(self._stream, encoding="utf-8", newline="")
        if self._text is not None:
            csv.writer(self._text).writerow(COLUMNS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for writer in (self._parquet, self._text, self._stream):
            if writer is not None:
                writer.close()
        if kind is not None:
            self._file.unlink()

    def take(self, rows: Iterable[Mapping[str, object]], tally: Tally) -> None:
        """Write what of a piece is a fix, and count the rest."""
        fixes: list[Fix] = []
        for row in rows:
            tally.read += 1
            located = read_row(row)
            if isinstance(located, Refusal):
                tally.refuse(located, row.get("id"))
            else:
                fixes.append(located.fix)
        tally.taken += len(fixes)
        if self._text is not None:
            csv.writer(self._text).writerows(map(_texts, fixes))
        if self._parquet is not None and fixes:
            columns = [[getattr(fix, name) for fix in fixes] for name in COLUMNS]
            columns[1] = [round(fix.time * 1e6) for fix in fixes]
            arrays = [pa.array(values, field.type) for values, field in zip(columns, _SCHEMA, strict=True)]
            self._parquet.write_batch(pa.record_batch(arrays, schema=_SCHEMA))


def _texts(fix: Fix) -> list[object]:
    return [format_instant(fix.time) if name == "time" else getattr(fix, name) for name in COLUMNS]
