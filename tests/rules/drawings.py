"""The drawings of docs/rules.md: one of each machine, drawn from its table.

Drawn anew by ``python -m tests.rules.drawings``. A drawing stands behind ``<!-- drawing: NAME -->``.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from rules.fence_table import FENCE_TABLE
from rules.machine import as_diagram
from rules.table import ALARM_PHASES, TABLE
from rules.watch.tables import TABLES

DOCUMENT = Path(__file__).parents[2] / "docs" / "rules.md"
DRAWINGS: Mapping[str, str] = MappingProxyType(
    {
        "deviation": as_diagram(TABLE, ALARM_PHASES),
        "geofence": as_diagram(FENCE_TABLE, frozenset()),
        **{name: as_diagram(table, alarms) for name, (table, alarms) in TABLES.items()},
    }
)
"""By the name of the machine."""

_PLACE = re.compile(r"<!-- drawing: (\w+) -->\n(?:```mermaid\n.*?```\n)?", re.DOTALL)


def block(name: str) -> str:
    """Give a drawing as it stands in a document."""
    return f"<!-- drawing: {name} -->\n```mermaid\n{DRAWINGS[name]}```\n"


def drawn(text: str) -> str:
    """Give a document with each of its drawings as its table says now."""
    return _PLACE.sub(lambda place: block(place[1]), text)


if __name__ == "__main__":
    DOCUMENT.write_text(drawn(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
