"""One scene for each thing that is ever said, and the file of all messages that they make.

Written anew by ``python -m tests.alerts.scenes > tests/alerts/messages.txt``; read it as a parent would.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from alerts import AlertBook, AlertChange, Edge, Form
from alerts.text import render
from rules.transition import Kind, Reason, Transition
from tests.alerts.story import ARRIVED, BACK, ENTERED, LEFT, MORNING, OFF_ROUTE, TIME_UP, told

VIENNA = ZoneInfo("Europe/Vienna")
NOW = MORNING + 50
NOWHERE = {"lon": math.nan, "lat": math.nan, "distance_m": math.nan, "probability": math.nan}
LATE_FIX = Reason.LATE_FIX


def alarm(rule: str, kind: Kind, reason: Reason = Reason.CONFIRMED, **evidence: object) -> Transition:
    """Make what opens an alarm at 07:41:10 that was decided 45 s later."""
    plain = replace(
        OFF_ROUTE, rule=rule, kind=kind, reason=reason, along_track_m=None, half_width_m=None, episode=1
    )
    return replace(plain, **{"distance_m": math.nan, "probability": math.nan, **evidence})  # type: ignore[arg-type]


def over(
    opening: Transition, kind: Kind, reason: Reason = Reason.CONFIRMED, after_s: float = 900
) -> Transition:
    """Make what closes an alarm."""
    return replace(opening, kind=kind, reason=reason, time=MORNING + after_s, closes_alarm=True)


def event(kind: Kind, reason: Reason, **evidence: object) -> Transition:
    """Make an event at 07:51:10."""
    plain = replace(ENTERED, kind=kind, reason=reason, fence=None, distance_m=math.nan, probability=math.nan)
    return replace(plain, **evidence)  # type: ignore[arg-type]


def retraction(said: Transition) -> Transition:
    """Make what a late fix says of something that was never so."""
    return replace(
        said,
        kind=Kind.RETRACTED,
        reason=LATE_FIX,
        revises=said.kind,
        revises_time=said.time,
        closes_alarm=False,
    )


WRONG_WAY = alarm("way_to_school", Kind.WRONG_WAY, value=64.0, limit=50.0)
STALLED = alarm("bus_7", Kind.STALLED, value=372.0, limit=300.0, starts_at=MORNING - 327)
LATE = alarm("bus_7", Kind.LATE, value=720.0, limit=300.0, eta=MORNING + 1370)
NOT_ARRIVED = alarm("at_school", Kind.NOT_ARRIVED, Reason.DEADLINE, fence="School")
NOT_LEFT = alarm("leaves_home", Kind.NOT_LEFT, Reason.DEADLINE, fence="Home")
NOT_INSIDE = alarm("in_class", Kind.NOT_INSIDE, fence="School", distance_m=420.0, probability=0.998)
SILENT = alarm("phone", Kind.SILENT, Reason.NO_FIX, value=420.0, limit=180.0, time=MORNING + 420)
NEVER_HEARD = replace(SILENT, **NOWHERE)  # type: ignore[arg-type]  # numbers
VAGUE = alarm("phone", Kind.TOO_VAGUE, Reason.VAGUE_FIXES, value=300.0, limit=300.0, time=MORNING + 300)
SPEEDING = alarm("school_zone", Kind.SPEEDING, value=20.0, limit=30 / 3.6, probability=0.97)
TOO_FAR = alarm("together", Kind.TOO_FAR, value=1234.0, limit=500.0, other="ben", probability=0.999)
TOO_NEAR = alarm("apart", Kind.TOO_NEAR, value=42.0, limit=100.0, other="van-9", probability=0.96)
MOVED = alarm("parked", Kind.MOVED, value=140.0, limit=50.0, device="van-7", probability=0.9999)

EIGHT, HALF_PAST_SEVEN = MORNING + 1130, MORNING - 670
NOT_ARRIVED = replace(NOT_ARRIVED, time=EIGHT, starts_at=EIGHT)
NOT_LEFT = replace(NOT_LEFT, time=HALF_PAST_SEVEN, starts_at=HALF_PAST_SEVEN)

Scene = tuple[str, Sequence[Transition]]
SCENES: tuple[Scene, ...] = (
    ("off its route, and back", [OFF_ROUTE, BACK]),
    ("off its route where several are legal", [replace(OFF_ROUTE, path="by the river")]),
    ("off its route, and arrived all the same", [OFF_ROUTE, ARRIVED]),
    ("off its route until the hours were over", [OFF_ROUTE, TIME_UP]),
    (
        "off its route until nobody asked any more",
        [OFF_ROUTE, replace(TIME_UP, reason=Reason.CONDITION_OVER)],
    ),
    ("off its route, and then anew", [OFF_ROUTE, replace(OFF_ROUTE, episode=4, starts_at=MORNING + 600)]),
    ("the wrong way", [WRONG_WAY, over(WRONG_WAY, Kind.RIGHT_WAY)]),
    ("stalled", [STALLED, over(STALLED, Kind.MOVING)]),
    ("late", [LATE, over(LATE, Kind.ON_TIME)]),
    ("not arrived in time", [NOT_ARRIVED, over(NOT_ARRIVED, Kind.MADE_GOOD, after_s=1500)]),
    ("not left in time", [NOT_LEFT, over(NOT_LEFT, Kind.MADE_GOOD)]),
    ("not where it should be", [NOT_INSIDE, over(NOT_INSIDE, Kind.MADE_GOOD)]),
    ("silent", [SILENT, over(SILENT, Kind.HEARD, Reason.FIX_CAME)]),
    ("never heard", [NEVER_HEARD]),
    ("too vague", [VAGUE, over(VAGUE, Kind.CLEAR_ENOUGH)]),
    ("too fast", [SPEEDING, over(SPEEDING, Kind.SPEED_OK)]),
    ("too far from each other", [TOO_FAR, over(TOO_FAR, Kind.DISTANCE_OK)]),
    ("too near to each other", [TOO_NEAR, over(TOO_NEAR, Kind.DISTANCE_OK)]),
    ("moved while it should stand", [MOVED, over(MOVED, Kind.STILL)]),
    ("into a fence", [ENTERED]),
    ("out of a fence", [LEFT]),
    ("across a fence", [event(Kind.CROSS, Reason.PASSED_THROUGH, fence="Depot", value=43.0)]),
    ("long in a fence", [event(Kind.DWELL, Reason.STAYED, fence="Yard", value=1200.0, probability=0.001)]),
    ("a part of the way left out", [event(Kind.SKIPPED, Reason.SHORTCUT, value=430.0)]),
    ("farther along than it can be", [event(Kind.SKIPPED, Reason.JUMPED, value=2100.0)]),
    (
        "past a point of the way",
        [event(Kind.PASSED, Reason.REACHED, path="Oper", value=184.0, eta=MORNING + 1370)],
    ),
    ("an alarm that was never so", [OFF_ROUTE, retraction(OFF_ROUTE)]),
    ("silence that was never so", [SILENT, retraction(SILENT)]),
    ("an end that was never so", [OFF_ROUTE, BACK, retraction(BACK)]),
    ("an event that was never so", [ENTERED, retraction(ENTERED)]),
)
PHONE = replace(SILENT, starts_at=MORNING + 300, time=MORNING + 480, value=180.0)
WAY = replace(OFF_ROUTE, time=MORNING + 45)
TRIP_SCENES: tuple[Scene, ...] = (
    (
        "a trip: off route, silent, heard, back",
        [WAY, PHONE, over(PHONE, Kind.HEARD, after_s=840), over(WAY, Kind.BACK_ON_ROUTE, after_s=1200)],
    ),
    (
        "a trip: of which one alarm was only over with its hours",
        [WAY, PHONE, TIME_UP, over(PHONE, Kind.HEARD, after_s=2400)],
    ),
    ("a trip: of which the first alarm was never so", [WAY, PHONE, retraction(WAY)]),
)
TRIPS = {"way_to_school": "morning", "phone": "morning"}


def changes(said: Sequence[Transition], *, may_tell_place: bool = True) -> Iterator[AlertChange]:
    """Give what is told of these transitions."""
    trips = TRIPS if said in [scene for _, scene in TRIP_SCENES] else {}
    notices = [told(each, may_tell_place=may_tell_place) for each in said]
    for change in AlertBook(trips=trips).fold(notices, NOW):
        if change.edge is not Edge.NOTED:
            yield change


def messages() -> Iterator[str]:
    """Write every message of every scene."""
    for may_tell_place in (True, False):
        for name, said in (*SCENES, *TRIP_SCENES):
            yield f"######## {name}{'' if may_tell_place else ' (its place may not be told)'}\n\n"
            for change in changes(said, may_tell_place=may_tell_place):
                full, sms = (render(change, zone=VIENNA, form=form) for form in (Form.FULL, Form.SMS))
                yield f"== {full.title}\n{full.body}\n-- {sms.body}\n\n"


if __name__ == "__main__":
    print("".join(messages()), end="")
