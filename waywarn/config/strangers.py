"""Devices that a configuration names and nobody has, found in the tables as they were read.

Where devices come by a door, one may be named before it has an account: nothing is watched until it has
(``rule_doors.py``), and `waywarn device add` works (docs/decisions/0074).
"""

from collections.abc import Iterator
from functools import cache

from waywarn.config.fields import MAX_NAME, suggestion
from waywarn.config.keys import Finding, Raw, as_table, entries
from waywarn.config.lines import Location
from waywarn.config.references import PATTERN_SIGNS, is_about


def strangers(tables: Raw, known: frozenset[str], *, devices_come: bool) -> Iterator[Finding]:
    """Find them.

    Parameters
    ----------
    tables
        All of the file.
    known
        The devices of the file and of the store, the revoked too.
    devices_come
        Whether a pattern may stand for nobody yet.
    """
    fits = cache(lambda pattern: any(is_about(pattern, device) for device in known))
    for place, name in _named(tables):
        is_pattern = place[-1] != "other" and bool(PATTERN_SIGNS & set(name))
        if name in known or (is_pattern and (devices_come or fits(name))):
            continue
        yield place, f"no device is called {name[:MAX_NAME]!r} ([devices.NAME])", _hint(name, known)


def _named(tables: Raw) -> Iterator[tuple[Location, str]]:
    for place, value in _values(tables):
        if isinstance(value, str):
            yield place, value


def _values(tables: Raw) -> Iterator[tuple[Location, object]]:
    for name, rule in entries(tables, "rules").items():
        for key in ("device", "other"):
            yield ("rules", name, key), rule.get(key)
        yield from _listed(("rules", name, "devices"), rule.get("devices"))
    for name, watcher in entries(tables, "watchers").items():
        for place, watch in _listed(("watchers", name, "watches"), watcher.get("watches")):
            yield (*place, "device"), as_table(watch).get("device")
    for place, assignment in _listed(("assignments",), tables.get("assignments")):
        yield (*place, "device"), as_table(assignment).get("device")
    yield from _listed(("operator", "watches"), as_table(tables.get("operator")).get("watches"))


def _listed(place: Location, values: object) -> Iterator[tuple[Location, object]]:
    for position, value in enumerate(values if isinstance(values, list) else ()):
        yield (*place, position), value


def _hint(name: str, known: frozenset[str]) -> str:
    hint = suggestion(name, known)
    return hint if hint.startswith("did you mean") else f"{hint}; `waywarn device add` makes one"
