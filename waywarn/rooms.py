"""Where the rooms are imported from, and which foreign package stands in the place of one.

Why that can happen is docs/decisions/0002. No room is imported to find out.
"""

import importlib.util
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOMS = ("alerts", "corridor", "rules", "sip", "waywarn")
HOME = Path(__file__).resolve().parents[1]  # this package's folder, and so its neighbours'


def foreign_rooms() -> Iterator[str]:
    """Say of each package that stands in the place of one of ours what it is and where."""
    for room in ROOMS:
        spec = importlib.util.find_spec(room)
        found = Path(spec.origin).resolve().parent if spec and spec.origin else None
        if found != HOME / room:
            yield f"package {room!r} is taken from {found or 'nowhere'}, not from {HOME / room}"
    for owner in sorted(set(packages_distributions().get("rules", ())) - {"waywarn"}):
        yield f"distribution {owner!r} installs a package 'rules' too, in the place of ours"
