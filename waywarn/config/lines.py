"""On which line of a TOML file a key stands, which the standard library's reader does not tell.

The text was read by ``tomllib`` before, so it is known to be valid: this finds places, it checks nothing.
"""

import re
import tomllib
from bisect import bisect_left

Location = tuple[str | int, ...]  # keys and list positions, from the top of the file down

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY = re.compile(r"""\s*("(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*""")
_STRING = re.compile(  # up to two quotes may stand directly before the three that close
    r"""'{3}.*?'{3,5}|'[^']*'|"{3}(?:\\.|[^\\])*?"{3,5}|"(?:\\.|[^"\\])*["]""", re.DOTALL
)
_SCALAR = re.compile(r"[^,\]}#\n]+")  # a date and time may hold a blank


class Lines:
    r"""The line of each key, table and list element of a valid TOML text.

    Examples
    --------
    >>> Lines("[rules.way]\npath = 'a.gpx'\ntell = [\n  'mother',\n]").of(("rules", "way", "tell", 0))
    4
    """

    def __init__(self, text: str) -> None:
        self._lines = _Scan(text).run()

    def of(self, location: Location) -> int:
        """Give the line of a location, or of the nearest table above it that the file has."""
        while location and location not in self._lines:
            location = location[:-1]
        return self._lines.get(location, 1)

    def locations(self) -> frozenset[Location]:
        """Give every location that the file has."""
        return frozenset(self._lines)


class _Scan:
    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._newlines = [match.start() for match in re.finditer("\n", self._text)]
        self._lines: dict[Location, int] = {}
        self._last: dict[Location, int] = {}  # position of the newest table of each [[list of tables]]

    def run(self) -> dict[Location, int]:
        table: Location = ()
        while self._peek():
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _peek(self) -> str:
        match = _BLANK.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._text[self._at : self._at + 1]

    def _line(self) -> int:
        return bisect_left(self._newlines, self._at) + 1

    def _header(self) -> Location:
        line = self._line()
        brackets = 2 if self._text.startswith("[[", self._at) else 1
        self._at += brackets
        *above, name = self._keys()
        self._at += brackets
        path: Location = ()
        for key in above:
            path = self._newest((*path, key))
            self._lines.setdefault(path, line)
        path = (*path, name)
        if brackets == 2:
            self._lines.setdefault(path, line)
            self._last[path] = self._last.get(path, -1) + 1
            path = self._newest(path)
        self._lines[path] = line  # its own header says more than an earlier [table.below]
        return path

    def _newest(self, path: Location) -> Location:
        return (*path, self._last[path]) if path in self._last else path

    def _keys(self) -> list[str]:
        keys = []
        while True:
            match = _KEY.match(self._text, self._at)
            if match is None:  # not reached on a text that tomllib has read
                raise ValueError(f"no key at line {self._line()}")
            self._at = match.end()
            keys.append(_plain(match[1]))
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _pair(self, table: Location) -> None:
        line = self._line()
        path = table
        for key in self._keys():
            path = (*path, key)
            self._lines.setdefault(path, line)
        self._at += 1  # the equals sign
        self._value(path)

    def _value(self, path: Location) -> None:
        first = self._peek()
        if first == "[":
            self._list(path)
        elif first == "{":
            self._inline_table(path)
        else:
            match = (_STRING if first in "\"'" else _SCALAR).match(self._text, self._at)
            self._at = match.end() if match else len(self._text)

    def _list(self, path: Location) -> None:
        self._at += 1
        position = 0
        while self._peek() != "]":
            element = (*path, position)
            self._lines[element] = self._line()
            self._value(element)
            position += 1
            if self._peek() == ",":
                self._at += 1
        self._at += 1

    def _inline_table(self, path: Location) -> None:
        self._at += 1
        while self._peek() != "}":
            self._pair(path)
            if self._peek() == ",":
                self._at += 1
        self._at += 1


def _plain(key: str) -> str:
    if key[0] == "'" or "\\" not in key:
        return key.strip("'") if key[0] == "'" else key.strip('"')
    return next(iter(tomllib.loads(f"{key} = 0")))
