"""Packed corridors lent to compiled loops: each table of ``pack.py`` by address, free to pass on.

Who borrows a table gets a plain array of its rows; a loan is opaque to everybody else.
"""

from typing import Any

import numpy as np

from corridor.compiled import inlined
from corridor.lanes import LANES, ROWS
from corridor.lent import Loan, borrowed, lend
from corridor.pack import CORRIDOR, LEAF, NODE, SEGMENT, WIDTH, Packed
from corridor.plane import PLANE

PackedCorridors = Loan


def lend_corridors(packed: Packed) -> PackedCorridors:
    """Lend all tables; the loan keeps them alive."""
    return lend(packed._asdict())


@inlined
def corridors_in(packed: PackedCorridors) -> Any:
    """Borrow the table."""
    return borrowed(packed["corridor"], packed["corridor_rows"], CORRIDOR)


@inlined
def nodes_in(packed: PackedCorridors) -> Any:
    """Borrow the table."""
    return borrowed(packed["node"], packed["node_rows"], NODE)


@inlined
def leaves_in(packed: PackedCorridors) -> Any:
    """Borrow the table."""
    return borrowed(packed["leaf"], packed["leaf_rows"], LEAF)


@inlined
def lanes_in(packed: PackedCorridors) -> Any:
    """Borrow the table."""
    return borrowed(packed["lanes"], (packed["lanes_rows"], ROWS, LANES), np.float64)


@inlined
def segments_in(packed: PackedCorridors) -> Any:
    """Borrow the table."""
    return borrowed(packed["segment"], packed["segment_rows"], SEGMENT)


@inlined
def widths_in(packed: PackedCorridors) -> Any:
    """Borrow the table."""
    return borrowed(packed["width"], packed["width_rows"], WIDTH)


@inlined
def planes_in(packed: PackedCorridors) -> Any:
    """Borrow the table."""
    return borrowed(packed["stretch"], packed["stretch_rows"], PLANE)
