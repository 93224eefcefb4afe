"""CSV and Parquet: the needed columns of a table, as written. No object per row.

What the columns mean is ``columns.py`` and ``settle.py``.
"""

import csv
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from corridor.errors import TrackError
from corridor.tracks.columns import recognise
from corridor.tracks.settle import RawTable
from corridor.tracks.track import MAX_REFUSALS, Refusal

Choose = Callable[[Sequence[str]], Sequence[str]]

MAX_ROWS = 20_000_000  # nine columns of floats are 1.4 GB; a small Parquet file can claim billions
MAX_UNPACKED_BYTES = 4 << 30  # of a Parquet file's needed columns: 20 million rows of 200 bytes
MAX_COLUMNS = 4_096  # the widest trackers' exports have some hundreds
MAX_HEADER_BYTES = 1 << 20
MAX_MISCUT_ROWS = 100_000  # each costs a call; a file with so many has another shape than its header says
_DELIMITERS = (",", ";", "\t")
_BATCH_ROWS = 65_536
_BLOCK_BYTES = 1 << 24  # a single row longer than this is refused


def read_csv(data: bytes, choose: Choose) -> RawTable:
    """Read the chosen columns of a CSV file as texts.

    The delimiter (``,``, ``;`` or tab) is the one most frequent in the header; values may be
    quoted and hold line breaks; a byte order mark is skipped.

    Parameters
    ----------
    data
        The whole file, in UTF-8.
    choose
        Tells which of the header's names are needed.

    Raises
    ------
    TrackError
        Not a CSV file with a header, or over a limit.
    """
    _check_utf8(data)
    names, delimiter, body = _header(data, start=3 if data.startswith(b"\xef\xbb\xbf") else 0)
    keys = [str(position) for position in range(len(names))]  # a header may repeat a name
    wanted = [keys[names.index(name)] for name in choose(names)]
    if body >= len(data):
        raise TrackError("it holds no row")
    miscut = _Miscut()
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(pa.py_buffer(data).slice(body)),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False,  # only then are bad rows numbered
                column_names=keys,
                block_size=_BLOCK_BYTES,
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=miscut,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.large_string()),
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowException, OSError, ValueError) as error:
        raise TrackError(f"not a CSV file that can be read: {_plain(error)}") from None
    if miscut.count > MAX_MISCUT_ROWS:
        raise TrackError(f"over {MAX_MISCUT_ROWS} rows have not the {len(names)} columns of the header")
    _check_rows(table.num_rows)
    kept = np.ones(table.num_rows + miscut.count, dtype=bool)
    lines = _lines_of_records(data, body, len(kept))
    kept[np.array(miscut.rows, dtype=np.int64) - 1] = False
    columns = {names[int(key)]: _one_array(table.column(key)) for key in wanted}
    return _without_blank_rows(
        RawTable(
            columns=columns,
            rows=lines[kept],
            misread=tuple(
                Refusal(int(lines[row - 1]), f"it has {found} columns, the header {len(names)}")
                for row, found in miscut.first
            ),
            misread_count=miscut.count,
        )
    )


def read_parquet(data: bytes, choose: Choose) -> RawTable:
    """Read the chosen columns of a Parquet file.

    Raises
    ------
    TrackError
        Not a Parquet file, or over a limit.
    """
    try:
        file = pyarrow.parquet.ParquetFile(pa.BufferReader(data))
        names = file.schema_arrow.names
        _check_columns(names)
        _check_rows(file.metadata.num_rows)
        wanted = list(choose(names))
        file, coded = _with_codes(file, data, wanted)
        schema = pa.schema([file.schema_arrow.field(name) for name in wanted])
        table = pa.Table.from_batches(_batches(file, wanted), schema)
        columns = {
            name: table.column(name).combine_chunks() if name in coded else _one_array(table.column(name))
            for name in wanted
        }
    except TrackError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise TrackError(f"not a Parquet file that can be read: {_plain(error)}") from None
    return RawTable(columns=columns, rows=np.arange(1, table.num_rows + 1))


def _with_codes(
    file: pyarrow.parquet.ParquetFile, data: bytes, wanted: Sequence[str]
) -> tuple[pyarrow.parquet.ParquetFile, set[str]]:
    """Open the file so that names come as codes, as it holds them; tells which columns those are."""
    found = recognise(wanted)
    texts = {field.name for field in file.schema_arrow if _is_text(field.type)}
    coded = {found[name] for name in ("device_id", "method") if found.get(name) in texts}
    again = pyarrow.parquet.ParquetFile(
        pa.BufferReader(data), metadata=file.metadata, read_dictionary=sorted(coded)
    )
    return again, coded


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _batches(file: pyarrow.parquet.ParquetFile, wanted: list[str]) -> Iterator[pa.RecordBatch]:
    """Read piece by piece: a text repeated a million times is small in the file and huge outside."""
    size = 0
    for batch in file.iter_batches(_BATCH_ROWS, columns=wanted, use_threads=False):
        size += batch.nbytes
        if size > MAX_UNPACKED_BYTES:
            raise TrackError(f"it unpacks to over {MAX_UNPACKED_BYTES} bytes; cut the file")
        yield batch


class _Miscut:
    """Takes rows with another number of columns than the header; pyarrow calls it for each."""

    def __init__(self) -> None:
        self.count = 0
        self.rows: list[int] = []
        self.first: list[tuple[int, int]] = []

    def __call__(self, row: pyarrow.csv.InvalidRow) -> str:
        self.count += 1
        self.rows.append(row.number)
        if len(self.first) < MAX_REFUSALS:
            self.first.append((row.number, row.actual_columns))
        return "skip" if self.count <= MAX_MISCUT_ROWS else "error"


def _check_utf8(data: bytes) -> None:
    """Refuse other encodings, in which names would be garbled, without a copy of the file."""
    ends = pa.array([0, len(data)], pa.int64()).buffers()[1]
    text = pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(data)])
    try:
        text.validate(full=True)
    except pa.ArrowException:
        raise TrackError("it is not UTF-8 text, nor any other format that is read") from None


def _header(data: bytes, start: int) -> tuple[list[str], str, int]:
    """Give the names, the delimiter and where the rows begin."""
    end = data.find(b"\n", start, start + MAX_HEADER_BYTES)
    end = min(len(data), start + MAX_HEADER_BYTES) if end < 0 else end + 1
    line = data[start:end].decode("utf-8", "replace").strip("\r\n")
    if not line.strip():
        raise TrackError("its first line is empty; a header that names the columns is needed")
    delimiter = max(_DELIMITERS, key=line.count)
    try:
        names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]
    except (csv.Error, StopIteration) as error:
        raise TrackError(f"its header cannot be read: {error}") from None
    _check_columns(names)
    return names, delimiter, end


def _lines_of_records(data: bytes, body: int, count: int) -> npt.NDArray[np.int64]:
    """Give the line of the file on which each record after the header begins; a quoted break ends none.

    Where stray quotes make that uncertain, records are taken to be a line each.
    """
    text = np.frombuffer(data, dtype=np.uint8)[body:]
    breaks = np.flatnonzero(text == ord("\n"))
    ends_record = np.ones(len(breaks), dtype=bool)
    if b'"' in data:
        ends_record = ~np.bitwise_xor.accumulate(text == ord('"'))[breaks]
    lines = np.append(0, np.flatnonzero(ends_record) + 1) + 2
    certain = len(lines) - count in {0, 1}  # the last line may end with a break or without
    return lines[:count] if certain else np.arange(count) + 2


def _without_blank_rows(raw: RawTable) -> RawTable:
    blank = np.ones(len(raw.rows), dtype=bool)
    for column in raw.columns.values():
        blank &= np.asarray(pc.equal(column, ""))
    if not blank.any() or not raw.columns:
        return raw
    keep = pa.array(~blank)
    columns = {name: column.filter(keep) for name, column in raw.columns.items()}
    return RawTable(columns, raw.rows[~blank], raw.misread, raw.misread_count)


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type):
        column = column.cast(pa.large_string())  # a string array ends at 2 GB
    return column.combine_chunks()


def _check_columns(names: Sequence[str]) -> None:
    if len(names) > MAX_COLUMNS:
        raise TrackError(f"{len(names)} columns; more than {MAX_COLUMNS} are not read")


def _check_rows(count: int) -> None:
    if count > MAX_ROWS:
        raise TrackError(f"{count} rows; more than {MAX_ROWS} are not read at once, cut the file")


def _plain(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
