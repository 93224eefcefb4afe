"""Numbers, instants and places as a person reads them; plain English, whatever the server's locale.

The sentences around them are in ``text.py``.
"""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")  # never the server's locale
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_DIRECTIONS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


def map_link(lon: float, lat: float) -> str:
    """Link to a place on a map, to a metre (five decimals).

    Examples
    --------
    >>> map_link(16.372077, 48.208493)
    'https://www.openstreetmap.org/?mlat=48.20849&mlon=16.37208#map=17/48.20849/16.37208'
    """
    return f"https://www.openstreetmap.org/?mlat={lat:.5f}&mlon={lon:.5f}#map=17/{lat:.5f}/{lon:.5f}"


def probability_in_words(probability: float) -> str:
    """Say how sure it is that the device is outside.

    Rounded down, so that nothing short of it ever reads as 100 %.

    Examples
    --------
    >>> probability_in_words(0.9712)
    'very likely (97 %)'
    """
    if probability >= 0.999:
        return "practically certain (over 99.9 %)"
    percent = math.floor(probability * 100)
    for least, words in ((0.99, "almost certain"), (0.95, "very likely"), (0.8, "likely")):
        if probability >= least:
            return f"{words} ({percent} %)"
    return f"{'more likely than not' if probability > 0.5 else 'uncertain'} ({percent} %)"


def distance_in_words(distance_m: float) -> str:
    """Write a distance as a person would: ``87 m``, ``1.2 km``, ``340 km``."""
    if distance_m < 999.5:
        return f"{distance_m:.0f} m"
    kilometres = distance_m / 1000
    return f"{kilometres:.1f} km" if kilometres < 99.95 else f"{kilometres:.0f} km"


def speed_in_words(speed_mps: float) -> str:
    """Write a speed as the signs by the road do: ``72 km/h``."""
    return f"{speed_mps * 3.6:.0f} km/h"


def direction_in_words(course_deg: float) -> str:
    """Name the nearest of eight directions, clockwise from north.

    Examples
    --------
    >>> direction_in_words(50.0), direction_in_words(350.0)
    ('north-east', 'north')
    """
    return _DIRECTIONS[round(course_deg / 45.0) % 8]


def lateness_in_words(late_s: float) -> str:
    """Say how late or early, as on a board: less than half a minute is on time.

    Examples
    --------
    >>> lateness_in_words(184.0), lateness_in_words(-130.0), lateness_in_words(-20.0)
    ('3 min late', '2 min early', 'on time')
    """
    minutes = round(abs(late_s) / 60)
    if not minutes:
        return "on time"
    return f"{duration_in_words(minutes * 60)} {'late' if late_s > 0 else 'early'}"


def duration_in_words(seconds: float) -> str:
    """Write a duration in its two leading units: ``45 s``, ``4 min 10 s``, ``1 h 5 min``, ``2 d 3 h``."""
    total_s = max(0, round(seconds))
    minutes, rest_s = divmod(total_s, 60)
    hours, rest_min = divmod(minutes, 60)
    days, rest_h = divmod(hours, 24)
    pairs = ((days, "d", rest_h, "h"), (hours, "h", rest_min, "min"), (minutes, "min", rest_s, "s"))
    for first, unit, second, lesser in pairs:
        if first:
            return f"{first} {unit} {second} {lesser}" if second else f"{first} {unit}"
    return f"{rest_s} s"


def moment(seconds: float, zone: ZoneInfo) -> str:
    """Write an instant to the second, with its zone, like ``Mon 23 Nov 2026, 07:41:10 CET (…/Vienna)``."""
    when = datetime.fromtimestamp(seconds, zone)
    day = f"{_WEEKDAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"
    return f"{day}, {when:%H:%M:%S} {when.tzname()} ({zone.key})"


def short_moment(seconds: float, zone: ZoneInfo) -> str:
    """Write weekday and minute: enough where a message is read the same day."""
    when = datetime.fromtimestamp(seconds, zone)
    return f"{_WEEKDAYS[when.weekday()]} {when:%H:%M}"


def clock(seconds: float, zone: ZoneInfo) -> str:
    """Write hour and minute: enough beside a date."""
    return f"{datetime.fromtimestamp(seconds, zone):%H:%M}"
