"""The days of a school child from a change of clocks on: what happens, what is said, and what stays quiet.

Told anew by ``python -m tests.waywarn.school_week``, into ``school_week.txt``; read it as a parent would.
The journeys are ``school_walks.py``'s, the service is ``household.py``'s.
"""

import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from rules import Kind
from tests.waywarn.household import Household
from tests.waywarn.school_walks import (
    BUS,
    CHURCH,
    DRIVE,
    FRAME,
    HOME,
    SCHOOL,
    WALK,
    Leg,
    Place,
    Places,
    fixes,
    length_m,
    sent,
    stay,
)

VIENNA = ZoneInfo("Europe/Vienna")
WALKING_MPS, BUS_MPS, CAR_MPS = 1.4, 6.5, 11.0
UNSAID = frozenset({Kind.STARTED, Kind.ARRIVED, Kind.AMENDED})
COURSE = re.compile(r"^[A-Z][a-z]{2} \d\d:\d\d: |no all-clear|a fix that arrived late")
CONFIGURATION = """\
[service]
store = "waywarn.sqlite"

[sip]
domain = "home.example"
listen = ["udp:127.0.0.1:0"]

[devices.anna]
password = "only-a-test"
retention_h = 336

[rules.way_to_school]
kind = "deviation"
device = "anna"
preset = "child"
paths = {paths}
when = "Mon-Fri 07:00-08:15"
except = ["holidays.ics", "2025-04-18"]
time_zone = "Europe/Vienna"

[rules.at_school_by_eight]
kind = "arrival"
device = "anna"
preset = "child"
fences = "places.geojson#School"
must = "arrive"
when = "Mon-Fri 07:00-08:00"
except = ["holidays.ics", "2025-04-18"]
time_zone = "Europe/Vienna"

[rules.phone]
kind = "silence"
device = "anna"
preset = "child"
while = "outside at_school"
when = "Mon-Fri 07:00-08:15"
except = ["holidays.ics", "2025-04-18"]
time_zone = "Europe/Vienna"

[rules.in_a_car]
kind = "speed"
device = "anna"
preset = "child"
when = "Mon-Fri 07:00-08:15"
except = ["holidays.ics", "2025-04-18"]
time_zone = "Europe/Vienna"

[rules.at_school]
kind = "geofence"
device = "anna"
preset = "child"
fences = "places.geojson#School"
tell = ["mother"]

[rules.choir]
kind = "arrival"
device = "anna"
preset = "child"
fences = "places.geojson#Church"
must = "arrive"
when = "Sun 09:00-09:30"
time_zone = "Europe/Vienna"
tell = ["mother"]

[trips.school]
rules = ["way_to_school", "at_school_by_eight", "phone", "in_a_car"]
tell = ["mother", "father"]

[recipients.mother]
time_zone = "Europe/Vienna"
addresses = [{{ url = "mailto://127.0.0.1:9/?from=w@home.example&to=mother@home.example", name = "mail" }}]

[recipients.father]
time_zone = "Europe/Vienna"
addresses = [{{ url = "smseagle://token@127.0.0.1:9/+436641234500", form = "sms", name = "SMS" }}]
"""
HOLIDAYS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//school//EN
BEGIN:VEVENT
UID:1
SUMMARY:No school
DTSTART;VALUE=DATE:20250407
DTEND;VALUE=DATE:20250408
END:VEVENT
END:VCALENDAR
"""


class Day(NamedTuple):
    """What happens on a day."""

    date: str
    story: str
    legs: Sequence[Leg]
    until: float
    off: tuple[float, float] = (0.0, 0.0)  # without a network
    dead: tuple[float, float] = (0.0, 0.0)  # switched off
    paths: tuple[str, ...] = ()  # of the way to school from this day on


def at(day: str, clock: str) -> float:
    """Give a moment of local time."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=VIENNA).timestamp()


def school_day(day: str, story: str, *way: tuple[str, Places, float], **more: Any) -> Day:
    """Be at home from seven, go to school as given, have the telephone there in the bag, and walk home."""
    going = [Leg(at(day, clock), places, speed_mps) for clock, places, speed_mps in way]
    there = going[-1].at + round(length_m(way[-1][1]) / way[-1][2]) + 5.0
    legs = [
        stay(at(day, "07:00:20"), HOME),
        *going,
        stay(there, SCHOOL),
        stay(max(there, at(day, "08:30")), SCHOOL, every_s=1800.0),
        Leg(at(day, "12:30"), WALK[::-1], WALKING_MPS, every_s=30.0),
    ]
    return Day(day, story, legs, at(day, "12:50"), **more)


def free_day(day: str, story: str, *stays: tuple[str, Place], **more: Any) -> Day:
    """Be at places, with a fix every two minutes, until half past eleven."""
    legs = [stay(at(day, clock), place, every_s=120.0) for clock, place in stays]
    return Day(day, story, legs, at(day, "11:30"), **more)


def between(day: str, low: str, high: str) -> tuple[float, float]:
    """Give two moments of a day."""
    return at(day, low), at(day, high)


STORY = Path(__file__).with_suffix(".txt")

DAYS = (
    free_day(
        "2025-03-30",
        "The clocks went forward in the night and nobody noticed: anna comes to the choir at half past ten, "
        "an hour late, and believes that she is in time.",
        ("08:30", HOME),
        ("10:26", CHURCH),
    ),
    school_day("2025-03-31", "anna walks to school as always.", ("07:28", WALK, WALKING_MPS)),
    school_day(
        "2025-04-01",
        "anna takes the bus instead of walking. In the evening her mother adds its way to the legal ones.",
        ("07:36", BUS[:3], BUS_MPS),
        ("07:38", BUS[2:], BUS_MPS),
    ),
    school_day(
        "2025-04-02",
        "The bus again, which is legal now; but it stands in the traffic for half an hour, and anna is late.",
        ("07:36", BUS[:4], BUS_MPS),
        ("08:10", BUS[3:], BUS_MPS),
        paths=("walk.geojson", "bus.geojson"),
    ),
    school_day(
        "2025-04-03",
        "anna walks. In the underpass her telephone has no network; "
        "what it measured there comes six minutes later.",
        ("07:28", WALK, WALKING_MPS),
        off=between("2025-04-03", "07:32", "07:38"),
    ),
    school_day(
        "2025-04-04",
        "anna walks. On the way the battery of her telephone is empty; she is at school in time, "
        "and charges it there.",
        ("07:28", WALK, WALKING_MPS),
        dead=between("2025-04-04", "07:33", "08:20"),
    ),
    free_day("2025-04-05", "Saturday: at home.", ("07:00", HOME)),
    free_day("2025-04-06", "anna is at the choir in time.", ("08:30", HOME), ("09:20", CHURCH)),
    free_day(
        "2025-04-07",
        "No school, says its calendar: anna sleeps long, and her telephone is off until ten.",
        ("10:00", HOME),
    ),
    school_day(
        "2025-04-08", "A neighbour gives anna a lift by car, on other streets.", ("07:38", DRIVE, CAR_MPS)
    ),
    school_day(
        "2025-04-09", "A neighbour gives anna a lift by car, along her own way.", ("07:38", WALK, CAR_MPS)
    ),
    school_day(
        "2025-04-10",
        "Without a network from half past seven on, anna goes to the pond beside the way and stays there for "
        "four minutes. Her telephone tells it when she is on her way again.",
        ("07:28", WALK[:3], WALKING_MPS),
        ("07:31:30", [(210, 120), (330, 20)], WALKING_MPS),
        ("07:37", [(330, 20), (210, 120)], WALKING_MPS),
        ("07:39", WALK[2:], WALKING_MPS),
        off=between("2025-04-10", "07:30", "07:40"),
    ),
)


def tell(folder: Path) -> str:
    """Live through all days and tell them."""
    write_places(folder)
    rng = np.random.default_rng(2025)
    paths: tuple[str, ...] = ("walk.geojson",)
    pages = []
    for day in DAYS:
        paths = day.paths or paths
        file = folder / "waywarn.toml"
        file.write_text(CONFIGURATION.format(paths=json.dumps(paths)), encoding="utf-8")
        file.chmod(0o600)
        measured = [
            fix for fix in fixes(day.legs, day.until, rng) if not day.dead[0] <= fix.time < day.dead[1]
        ]
        with Household(file, at(day.date, "00:00")) as household:
            household.live(sent(measured, off=day.off), at(day.date, "23:59"))
            pages.append(page(day, household))
    return "\n".join(pages)


def write_places(folder: Path) -> None:
    """Write the ways, the places and the holidays."""
    for name, places in (("walk", WALK), ("bus", BUS)):
        line = {"type": "LineString", "coordinates": degrees(places)}
        feature = {"type": "Feature", "properties": {"name": name}, "geometry": line}
        (folder / f"{name}.geojson").write_text(json.dumps(feature))
    corners = np.array([(-45, -45), (45, -45), (45, 45), (-45, 45), (-45, -45)], dtype=float)
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Polygon", "coordinates": [degrees(corners + middle)]},
        }
        for name, middle in (("School", SCHOOL), ("Church", CHURCH))
    ]
    (folder / "places.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (folder / "holidays.ics").write_bytes(HOLIDAYS.replace("\n", "\r\n").encode())


def degrees(places: Any) -> Any:
    """Give places as GeoJSON writes them."""
    return FRAME.from_enu(np.array(places, dtype=float)).round(7).tolist()


# What is told of it


def page(day: Day, household: Household) -> str:
    """Tell a day: what happened, what was said to whom and when, and what was decided and told to nobody."""
    lines = [f"## {date.fromisoformat(day.date):%A %-d %B %Y}", "", *textwrap.wrap(day.story, 100), ""]
    entries = sorted([*spoken(household), *quiet(household)], key=lambda entry: entry[0])
    lines += [f"{local(when)}  {text}" for when, text in entries] or ["Nothing is said."]
    return "\n".join(lines) + "\n"


def spoken(household: Household) -> Iterator[tuple[float, str]]:
    """Tell the messages: an SMS whole, of a mail the title and what it tells of the course of events."""
    for said in household.said:
        who = said.address.replace("/", ", by ")
        if not said.title:
            yield said.at, f"{who}: {re.sub(r'https://.*', '<map>', said.body)}"
            continue
        course = [line for line in said.body.splitlines() if COURSE.search(line)]
        yield said.at, "\n".join([f"{who}: {said.title}", *(f"{' ' * 14}{line}" for line in course)])


def quiet(household: Household) -> Iterator[tuple[float, str]]:
    """Tell what was decided and told to nobody."""
    loud = {said.at for said in household.said}
    for when, each in household.decided:
        unsaid = each.kind in UNSAID and not each.closes_alarm
        if unsaid or when not in loud:
            yield when, f"(quiet) {each.rule.replace('_', ' ')}: {each.kind}"


def local(time: float) -> str:
    """Write a moment in local time."""
    return f"{datetime.fromtimestamp(time, VIENNA):%H:%M:%S}"


if __name__ == "__main__":
    with TemporaryDirectory() as temporary:
        story = tell(Path(temporary))
    STORY.write_text(story, encoding="utf-8")
