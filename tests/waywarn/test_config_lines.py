"""The line of each key is found, in every way in which TOML can say a thing."""

import json
import tomllib
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waywarn.config.lines import Lines, Location

DOCUMENT = """\
# a comment with a [table] and a key = 1
top = "a # no comment"

[service]           # header with a comment
store = 'C:\\path'
[devices."anna b".more]
a.b."c.d" = 1979-05-27 07:32:00   # a blank inside a date
[devices]
plain = { x = 1, "y z" = [ 2, { w = 3 } ] }
list = [ # comment ]
  "one",
  '''two
lines''',
  { name = "three" },

  \"\"\"four ""\\
     \\\\\"\"\"\"\",
  [ 5, [
    6 ] ],
]
[[route]]
name = 1
[[route]]
name = 2
[route.inner]
name = 3
[[route.stop]]
[[route.stop]]
at = 4
"""

EXPECTED: dict[Location, int] = {
    ("top",): 2,
    ("service",): 4,
    ("service", "store"): 5,
    ("devices", "anna b"): 6,
    ("devices", "anna b", "more"): 6,
    ("devices", "anna b", "more", "a"): 7,
    ("devices", "anna b", "more", "a", "b", "c.d"): 7,
    ("devices",): 8,  # its own header, though a table below it came first
    ("devices", "plain", "y z", 1, "w"): 9,
    ("devices", "list"): 10,
    ("devices", "list", 0): 11,
    ("devices", "list", 1): 12,
    ("devices", "list", 2): 14,
    ("devices", "list", 2, "name"): 14,
    ("devices", "list", 3): 16,
    ("devices", "list", 4): 18,
    ("devices", "list", 4, 1, 0): 19,
    ("route",): 21,
    ("route", 0, "name"): 22,
    ("route", 1): 23,
    ("route", 1, "name"): 24,
    ("route", 1, "inner", "name"): 26,
    ("route", 1, "stop", 0): 27,
    ("route", 1, "stop", 1, "at"): 29,
}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("location", "line"), EXPECTED.items(), ids=str)
def test_each_key_is_found_on_its_line(location: Location, line: int, end: str) -> None:
    assert Lines(DOCUMENT.replace("\n", end)).of(location) == line


def test_a_missing_key_is_on_the_line_of_its_table() -> None:
    lines = Lines(DOCUMENT)
    assert lines.of(("devices", "plain", "missing", "more")) == 9
    assert lines.of(("route", 1, "missing")) == 23
    assert lines.of(("nowhere",)) == 1


def test_the_locations_are_those_that_the_library_reads() -> None:
    assert Lines(DOCUMENT).locations() == frozenset(_locations(tomllib.loads(DOCUMENT)))


def _locations(value: object, path: Location = ()) -> Iterator[Location]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _locations(below, (*path, key))
    elif isinstance(value, list):
        for position, below in enumerate(value):
            yield from _locations(below, (*path, position))


KEYS = st.text(alphabet="ab-_.#[]{}=,\"\\' \té", max_size=4)
SCALARS = st.sampled_from(["plain", "a # b", "[x]", "x\ny", "{", 'quo"te', "'", "'''", "\\", 1, -2.5, True])
VALUES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=3),
    max_leaves=8,
)


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _inline(value: object, number: Iterator[int], *, multi_line: bool) -> str:
    """Write a value so that each scalar carries a number of its own; lists over several lines if asked."""
    if isinstance(value, dict):
        pairs = (
            f"{_key(key)} = {_inline(below, number, multi_line=multi_line)}" for key, below in value.items()
        )
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        gap = "\n  # ] comment\n" if multi_line else " "
        return (
            "["
            + gap
            + "".join(f"{_inline(below, number, multi_line=multi_line)},{gap}" for below in value)
            + "]"
        )
    if isinstance(value, str):
        return _text(f"#{next(number)}#{value}", multi_line=multi_line)
    return json.dumps(value)


def _text(value: str, *, multi_line: bool) -> str:
    if multi_line and "'''" not in value and not value.endswith("'"):
        return f"'''{value}'''"
    return json.dumps(value, ensure_ascii=False)


def _write(tables: dict[str, object], style: list[int]) -> str:
    number = count()
    styles = iter(style * 20)
    text: list[str] = []
    for name, value in tables.items():
        multi_line = bool(next(styles) & 1)
        if isinstance(value, dict) and next(styles) & 2:
            text += [f"[ {_key(name)} ] # table"]
            text += [
                f"{_key(key)} = {_inline(below, number, multi_line=multi_line)} # x"
                for key, below in value.items()
            ]
        elif isinstance(value, list) and value and all(isinstance(below, dict) for below in value):
            for below in value:
                text += [f"[[{_key(name)}]]"]
                text += [
                    f"{_key(key)} = {_inline(leaf, number, multi_line=multi_line)}"
                    for key, leaf in below.items()
                ]
        else:  # a dotted key, in a table of its own so that it stays where it is
            text += [
                f"['at ' . {_key(name)}]",
                f"x.{_key(name)} = {_inline(value, number, multi_line=multi_line)}",
            ]
    return "\n".join(text)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4), st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_any_document_is_located_as_the_library_reads_it(tables: dict[str, object], style: list[int]) -> None:
    text = _write({name: value for name, value in tables.items() if name != "at "}, style)
    read = tomllib.loads(text)
    lines = Lines(text)
    assert lines.locations() == frozenset(_locations(read))
    written = text.split("\n")
    for location in lines.locations():
        value: object = read
        for part in location:
            value = value[part]  # type: ignore[index]  # a location leads through tables and lists
        if isinstance(value, str):
            assert value.split("\n")[0].rpartition("#")[0] in written[lines.of(location) - 1]
