"""A writer of NMEA 0183, as a plain receiver sends it: RMC, GGA and GSA with satellites enough for a fix."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import reduce
from operator import xor

from corridor.fix import Fix

KNOT_MPS = 1852 / 3600
SATELLITES = (2, 5, 7, 9, 13, 16, 20, 29)


def sentences(fixes: Iterable[Fix], *, hdop: float = 0.9) -> Iterator[str]:
    """Give the sentences of each fix, one a line."""
    for fix in fixes:
        when = datetime.fromtimestamp(fix.time, UTC)
        place = f"{_degrees(fix.lat, 2, 'NS')},{_degrees(fix.lon, 3, 'EW')}"
        clock = f"{when:%H%M%S}.{when.microsecond // 10_000:02d}"
        knots, course = (fix.speed_mps or 0.0) / KNOT_MPS, fix.course_deg or 0.0
        yield _framed(f"GPRMC,{clock},A,{place},{knots:.3f},{course:.2f},{when:%d%m%y},,,A")
        height = f"{fix.altitude_m or 0.0:.1f},M,43.0,M"
        yield _framed(f"GPGGA,{clock},{place},1,{len(SATELLITES):02d},{hdop:.1f},{height},,")
        numbers = ",".join(f"{number:02d}" for number in SATELLITES) + "," * (12 - len(SATELLITES))
        yield _framed(f"GPGSA,A,3,{numbers},1.6,{hdop:.1f},1.3")
        yield from _in_view()


def _in_view() -> Iterator[str]:
    groups = [SATELLITES[begin : begin + 4] for begin in range(0, len(SATELLITES), 4)]
    for number, group in enumerate(groups, 1):
        each = ",".join(
            f"{satellite:02d},{20 + 5 * satellite % 60:02d},{13 * satellite % 360:03d},40"
            for satellite in group
        )
        yield _framed(f"GPGSV,{len(groups)},{number},{len(SATELLITES):02d},{each}")


def _degrees(value: float, digits: int, sides: str) -> str:
    whole, minutes = divmod(round(abs(value) * 60 * 1e7), 60 * 10**7)
    return f"{whole:0{digits}d}{minutes / 1e7:010.7f},{sides[value < 0]}"


def _framed(text: str) -> str:
    return f"${text}*{reduce(xor, text.encode()):02X}\r\n"
