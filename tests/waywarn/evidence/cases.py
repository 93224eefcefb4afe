"""A device on a walk through Vienna, with what is kept of it."""

import math
from zoneinfo import ZoneInfo

from alerts import Alert, Notice
from corridor import Fix, parse_instant
from rules import Discard, Kind, Reason, Transition
from waywarn.evidence import Case
from waywarn.store import StoredFix, Terms
from waywarn.store.records import KeptPlace, Records

START = parse_instant("2026-11-26T07:40:00+01:00")
DAY_S = 86_400.0
WHOSE = {
    "device": "anna",
    "aor": "sip:anna@example.org",
    "since": START,
    "until": START + 3_600,
    "made_at": START + 7_200,
    "zone": ZoneInfo("Europe/Vienna"),
}


def place(
    number: int,
    *,
    accuracy_m: float | None = 25.0,
    discard: Discard | None = None,
    may_tell_place: bool = True,
    keep_until: float = START + DAY_S,
) -> KeptPlace:
    """Give the place of a minute of the walk, which turns about as walks do."""
    fix = Fix(
        "anna",
        START + 60 * number,
        16.37 + 0.0007 * number + 0.0006 * math.sin(number / 3),
        48.20 + 0.0009 * math.sin(number / 7) * number / 10,
        accuracy_m=accuracy_m,
        speed_mps=1.4,
        course_deg=80.0,
        method="GPS",
    )
    stored = StoredFix(fix, "anna", "Circle", discard, Terms(may_tell_place, keep_until))
    return KeptPlace(stored, fix.time + 2)


def alarm(at: KeptPlace) -> Alert:
    """Give an alarm that rose at a place and is not over."""
    said = Transition(
        rule="way_to_school",
        device="anna",
        kind=Kind.OFF_ROUTE,
        reason=Reason.CONFIRMED,
        time=at.fix.time,
        lon=at.fix.lon,
        lat=at.fix.lat,
        distance_m=80.0,
        along_track_m=400.0,
        half_width_m=30.0,
        probability=0.99,
        episode=1,
        starts_at=at.fix.time,
        closes_alarm=False,
    )
    return Alert.of_alarm(Notice(said, may_tell_place=True, keep_until=START + DAY_S), at.fix.time + 2)


def walk(minutes: int = 40) -> Records:
    """Give a walk whose accuracy varies, with an alarm on its way."""
    places = tuple(place(number, accuracy_m=20 + 60 * (number % 7 == 3)) for number in range(minutes))
    return Records(places, (alarm(places[minutes * 2 // 3]),) if minutes > 2 else ())


def case(records: Records) -> Case:
    return Case.to_keep(records, **WHOSE)
