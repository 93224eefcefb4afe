"""A CSV file of devices to be added: columns name and profile, and sip_user, retention_h, algorithms at will.

What a device must be is ``new_device.py``; each fault comes with its line.
"""

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from waywarn.provision.new_device import DeviceError, NewDevice

if TYPE_CHECKING:
    import _csv

MAX_BYTES = 8_000_000  # 100,000 rows
NEEDED = ("name", "profile")
COLUMNS = (*NEEDED, "sip_user", "retention_h", "algorithms")


class DeviceFileError(ValueError):
    """A file that cannot be used at all."""


class Row(NamedTuple):
    """A line of the file, and the device or the fault on it."""

    line: int
    found: NewDevice | DeviceError


def read_devices(file: Path) -> list[Row]:
    """Read a file of devices.

    The first line names the columns; others than those above are passed over.

    Raises
    ------
    DeviceFileError
        It cannot be read, or a column is missing.
    """
    reader = csv.reader(StringIO(_text(file), newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if missing := [name for name in NEEDED if name not in header]:
            raise DeviceFileError(
                f"{file}: line 1: there is no column {missing[0]!r}; the first line is {','.join(COLUMNS)}"
            )
        if twice := [name for name in COLUMNS if header.count(name) > 1]:
            raise DeviceFileError(f"{file}: line 1: column {twice[0]!r} is there twice; leave one out")
        return list(_rows(reader, header))
    except csv.Error as error:
        raise DeviceFileError(f"{file}: line {reader.line_num}: is not CSV: {error}") from None


def _text(file: Path) -> str:
    try:
        with file.open("rb") as readable:
            data = readable.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise DeviceFileError(f"{file}: is larger than {MAX_BYTES} bytes")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise DeviceFileError(f"{file}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DeviceFileError(f"{file}: line {line}: byte 0x{data[error.start]:02x} is not UTF-8") from None


def _rows(reader: "_csv.Reader", header: list[str]) -> Iterator[Row]:
    lines: dict[str, int] = {}
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        row = Row(reader.line_num, _device(cells, header))
        if isinstance(row.found, NewDevice) and row.found.name in lines:
            said = f"{row.found.name!r} stands in line {lines[row.found.name]} too"
            row = row._replace(found=DeviceError("name", said))
        elif isinstance(row.found, NewDevice):
            lines[row.found.name] = row.line
        yield row


def _device(cells: list[str], header: list[str]) -> NewDevice | DeviceError:
    if len(cells) != len(header):
        return DeviceError("columns", f"there are {len(cells)}, the first line has {len(header)}")
    told = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if name in COLUMNS}
    try:
        return NewDevice.read(told.pop("name"), **told)
    except DeviceError as error:
        return error
