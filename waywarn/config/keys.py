"""Keys of one table that exclude, need or repeat one another, found in the table as it was read.

Which keys do is said by each table: ``together.py`` and the kinds of rule.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from waywarn.config.lines import Location

Finding = tuple[Location, str, str]  # where, what is wrong, what to write instead
Raw = Mapping[str, object]


def as_table(value: object) -> Raw:
    """Give a table; a value of another kind, which is said elsewhere, has no keys."""
    return value if isinstance(value, Mapping) else {}


def entries(tables: Raw, name: str) -> dict[str, Raw]:
    """Give the named tables under ``[name.*]``, wrong kinds left out."""
    return {key: value for key, value in as_table(tables.get(name)).items() if isinstance(value, Mapping)}


def exactly_one(
    place: Location, table: Raw, keys: tuple[str, ...], *, or_else: str = ""
) -> Iterator[Finding]:
    """Find that none of `keys` is given, unless `or_else` is, or several of them."""
    given = [key for key in table if key in keys]
    if not given and or_else not in table:
        also = f", or a {or_else}" if or_else else ""
        yield place, f"there is no {' or '.join(keys)}", f"give exactly one of {', '.join(keys)}{also}"
    for first, second in pairwise(given):
        yield (*place, second), f"{first} is given too", f"give exactly one of {', '.join(keys)}"


def needed(place: Location, table: Raw, key: str, other: str, *, expected: str = "") -> Iterator[Finding]:
    """Find that `key` is given without `other`."""
    if key in table and other not in table:
        yield (*place, key), f"needs a {other} beside it", expected


def repeated(place: Location, values: object) -> Iterator[Finding]:
    """Find texts of a list that stand in it twice."""
    listed = values if isinstance(values, list) else []
    for position, value in enumerate(listed):
        if isinstance(value, str) and value in listed[:position]:
            yield (*place, position), f"{value[:60]!r} is named twice", "name it once"
