"""The last place as a PIDF-LO document (RFC 4119, 5491), which emergency services read."""

from sip.pidflo import Circle, Motion, Point, Usage, write_pidf
from waywarn.evidence.case import Case


def write_last_place(case: Case) -> bytes | None:
    """Write it; None where there is none.

    The circle is the one of 95 % (RFC 7459, 3.4), whatever shape the device told; a place of which no
    accuracy was told is a point. Its usage rules are those on which it is kept.
    """
    last = case.last
    if last is None:
        return None
    fix, terms = last.fix, last.stored.terms
    shape = Point(fix.lon, fix.lat) if not fix.accuracy_m else Circle(fix.lon, fix.lat, fix.accuracy_m)
    motion = None
    if fix.speed_mps is not None or fix.course_deg is not None:
        motion = Motion(speed_mps=fix.speed_mps, heading_deg=fix.course_deg)
    return write_pidf(
        f"pres:{case.aor.removeprefix('sip:')}",
        shape,
        time=fix.time,
        motion=motion,
        method=fix.method,
        usage=Usage(retransmission_allowed=terms.may_tell_place, retention_expiry=terms.keep_until),
    )
