"""`waywarn check` on ``[operator]``: where devices are watched, as whom, by how many processes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from waywarn.config.operator import PlaceConfig
from waywarn.config.references import is_about

if TYPE_CHECKING:
    from waywarn.config.config import Config
    from waywarn.config.explain import Section


def operator_sections(config: "Config") -> "Iterator[Section]":
    """Tell the table, if there is one."""
    from waywarn.config.explain import Section

    table = config.operator
    if table is None:
        return
    watched = [name for name in config.devices if any(is_about(each, name) for each in table.watches)]
    children = max(1, -(-len(watched) // table.per_child))
    processes = f"{children} process{'es' * (children != 1)} of at most {table.per_child}"
    rows = [
        ("server", str(table.server)),
        ("account", f"sip:{table.user}@{table.domain or config.sip.domain}; password {table.secret.source}"),
        ("watches", f"{len(watched):,} device{'s' * (len(watched) != 1)} in {processes}"),
    ]
    rows += [("", f"{name} is {_placed(place)}") for name, place in table.at.items()]
    yield Section("Operator's server", tuple(rows))


def _placed(place: PlaceConfig) -> str:
    return f"{place.address}, part {place.part}" if place.part else place.address
