"""Amounts in words that a person reads at a glance: durations, distances, speeds, counts."""

MPS_PER_KMH = 1 / 3.6


def duration(seconds: float) -> str:
    """Write a duration.

    Examples
    --------
    >>> duration(20), duration(180), duration(5400), duration(86400)
    ('20 s', '3 min', '90 min', '1 d')
    """
    for unit_s, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit_s or (seconds % unit_s == 0 and seconds >= unit_s):
            return f"{seconds / unit_s:.4g} {unit}"
    return f"{seconds:g} s"


def distance(metres: float) -> str:
    """Write a distance; of a kilometre and more, in kilometres.

    Examples
    --------
    >>> distance(30), distance(1234.5)
    ('30 m', '1.23 km')
    """
    return f"{metres / 1000:.2f} km" if metres >= 1000 else f"{metres:.0f} m"


def speed(mps: float) -> str:
    """Write a speed.

    Examples
    --------
    >>> speed(8)
    '28.8 km/h'
    """
    return f"{mps / MPS_PER_KMH:.4g} km/h"


def count(number: int, word: str) -> str:
    """Write a number of things.

    Examples
    --------
    >>> count(1, "fence"), count(1200, "fence")
    ('1 fence', '1,200 fences')
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def in_a_row(fixes: int, over_s: float, *, what: str = "fix", several: str = "fixes") -> str:
    """Write how many of something, and over how long, confirm.

    Examples
    --------
    >>> in_a_row(3, 20), in_a_row(1, 0)
    ('3 fixes in a row over 20 s', 'one fix')
    """
    if fixes == 1:
        return f"{several} in a row over {duration(over_s)}" if over_s else f"one {what}"
    return f"{fixes} {several} in a row" + (f" over {duration(over_s)}" if over_s else "")
