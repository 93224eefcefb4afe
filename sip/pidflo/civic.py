"""Civic addresses: the parts that RFC 5139 knows, in the order of its schema (STANDARDS A29).

An address is a tuple of (name, value), as ``location.py`` reads it.
"""

Civic = tuple[tuple[str, str], ...]

CIVIC_NAMES = (
    *("country", "A1", "A2", "A3", "A4", "A5", "A6", "PRM", "PRD", "RD", "STS", "POD", "POM"),
    *("RDSEC", "RDBR", "RDSUBBR", "HNO", "HNS", "LMK", "LOC", "FLR", "NAM", "PC", "BLD", "UNIT"),
    *("ROOM", "SEAT", "PLC", "PCN", "POBOX", "ADDCODE"),
)
"""The elements of ``civicAddress`` (RFC 5139, 3.4 and 4)."""


def in_order(civic: Civic) -> Civic:
    """Give the parts that can be written: known ones, first of their name, in the schema's order.

    Examples
    --------
    >>> in_order((("FLR", "2"), ("colour", "red"), ("country", "AT")))
    (('country', 'AT'), ('FLR', '2'))
    """
    first = dict(reversed(civic))
    return tuple((name, first[name]) for name in CIVIC_NAMES if name in first)
