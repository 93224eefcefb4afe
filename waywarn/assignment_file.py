"""A CSV file of assignments: columns device, rule, from, to; each fault with its line.

What an assignment is, is ``assignment.py``; whether its device and rule exist, ``config/followers.py`` tells.
"""

import csv
import math
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from corridor.errors import InstantError
from corridor.instant import parse_instant
from waywarn.assignment import Assignment, AssignmentError

MAX_BYTES = 32_000_000  # 400,000 rows
MAX_FAULTS = 20  # of one file; whoever has more has one at the root of them
COLUMNS = ("device", "rule", "from", "to")


class Row(NamedTuple):
    """An assignment, and the line of the file on which it stands."""

    line: int
    assignment: Assignment


class Fault(NamedTuple):
    """What is wrong with a line; 0 means the file as a whole."""

    line: int
    problem: str
    expected: str = ""


class AssignmentFileError(ValueError):
    """A file that cannot be used; `faults` are in order of lines."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(f"line {fault.line}: {fault.problem}" for fault in self.faults))


def read_assignments(file: Path) -> list[Row]:
    """Read a file of assignments.

    The first line names the columns; others than device, rule, from and to are passed over. An empty `from`
    or `to` leaves that end open.

    Raises
    ------
    AssignmentFileError
        With the first faults, each with its line.
    """
    rows: list[Row] = []
    faults: list[Fault] = []
    for found in _read(_text(file)):
        if isinstance(found, Row):
            rows.append(found)
        else:
            faults.append(found)
            if len(faults) == MAX_FAULTS:
                break
    if faults:
        raise AssignmentFileError(faults)
    return rows


def _text(file: Path) -> str:
    try:
        with file.open("rb") as readable:
            data = readable.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise AssignmentFileError([Fault(0, f"is larger than {MAX_BYTES} bytes")])
        return data.decode("utf-8-sig")
    except OSError as error:
        raise AssignmentFileError([Fault(0, f"cannot be read ({error.strerror})")]) from None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise AssignmentFileError([Fault(line, f"byte 0x{data[error.start]:02x} is not UTF-8")]) from None


def _read(text: str) -> Iterator[Row | Fault]:
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if missing := [name for name in COLUMNS if name not in header]:
            yield Fault(1, f"there is no column {missing[0]!r}", f"the first line is {','.join(COLUMNS)}")
            return
        places = [header.index(name) for name in COLUMNS]
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _row(reader.line_num, cells, places)
    except csv.Error as error:
        yield Fault(reader.line_num, f"is not CSV: {error}")


def _row(line: int, cells: list[str], places: list[int]) -> Row | Fault:
    if len(cells) <= max(places):
        return Fault(line, f"has {len(cells)} columns, the first line has more")
    device, rule, begin, end = (cells[place].strip() for place in places)
    try:
        since = parse_instant(begin) if begin else -math.inf
        until = parse_instant(end) if end else math.inf
        return Row(line, Assignment(device, rule, since, until))
    except (InstantError, AssignmentError) as error:
        return Fault(line, str(error))
