"""The report in words, for a person at a desk who has never heard of waywarn: plain text of 80 columns."""

from collections.abc import Iterator
from textwrap import wrap

from alerts import Alert
from corridor import format_instant
from waywarn.evidence.case import Case, both

WIDTH = 80

_MEANING = """\
How exactly a place is known: 'within R m' is the radius of a circle about the coordinates that holds the
device with a probability of 95 %, as the device itself told it (RFC 7459). One place in twenty is outside
its circle. Where no radius is told, the device told none, and nothing is known of how exact the place is.
Coordinates are degrees on WGS 84, latitude (north) first.

Times are those at which the device measured, by its own clock; the table places.csv also says when each
place was received, by the clock of the server. Where the two are far apart the device had no network, or a
wrong clock.

The report holds what the device's account told the server. Who carried the device, it cannot know.
"""
FILES = (
    ("summary.txt", "this text"),
    ("map.png", "the track with times, and the 95 % circles; no background map is drawn"),
    ("track.gpx", "the track for map programs (GPX 1.1)"),
    ("last-place.xml", "the last place for emergency services (PIDF-LO, RFC 5491)"),
    ("places.csv", "every place, with both times, radius and method; also those that the track leaves out"),
    ("alerts.csv", "what was raised about the device"),
    ("SHA256SUMS", "check values of all other files: sha256sum -c SHA256SUMS"),
)


def write_summary(case: Case, files: set[str]) -> str:
    """Write it.

    Parameters
    ----------
    case
        What it is about.
    files
        The names of the others that are there.
    """
    lines = [
        *_heading(case),
        *_last(case),
        *_track(case),
        *_alerts(case),
        *_reading(case),
        "",
        "FILES",
        *_files(files),
    ]
    return "\n".join(lines) + "\n"


def _heading(case: Case) -> Iterator[str]:
    title = wrap(f"Report about the device {case.device} ({case.aor})", WIDTH)
    yield from (*title, "=" * max(map(len, title)), "")
    yield f"Made at         {both(case, case.made_at)}"
    yield f"About           {both(case, case.since)}"
    yield f"until           {both(case, case.until)}"


def _last(case: Case) -> Iterator[str]:
    yield from ("", "LAST PLACE")
    last = case.last
    if last is None:
        yield "  none is kept of this time"
        return
    fix = last.fix
    yield f"  Where         {fix.lat:.6f}, {fix.lon:.6f} ({_compass(fix.lat, fix.lon)})"
    yield f"  How exactly   {_radius(fix.accuracy_m)}{f', measured by {fix.method}' if fix.method else ''}"
    yield f"  Measured      {both(case, fix.time)}"
    yield f"  Received      {both(case, last.received_at)}"
    if fix.speed_mps is not None:
        course = (
            "" if fix.course_deg is None else f", towards {fix.course_deg:.0f} degrees (clockwise from north)"
        )
        yield f"  Moving        {fix.speed_mps * 3.6:.1f} km/h{course}"
    yield f"  On a map      https://www.openstreetmap.org/?mlat={fix.lat:.6f}&mlon={fix.lon:.6f}#map=17/{fix.lat:.6f}/{fix.lon:.6f}"


def _track(case: Case) -> Iterator[str]:
    yield from ("", "TRACK")
    if not case.track:
        yield "  none"
        return
    first, last = case.track[0].fix, case.track[-1].fix
    radii = sorted(place.fix.accuracy_m for place in case.track if place.fix.accuracy_m is not None)
    yield f"  {len(case.track)} places"
    yield f"  First         {both(case, first.time)}"
    yield f"  Last          {both(case, last.time)}"
    if radii:
        middle = radii[len(radii) // 2]
        yield f"  Radius        {radii[0]:.0f} to {radii[-1]:.0f} m, half of them within {middle:.0f} m"
    if len(radii) < len(case.track):
        yield f"  No radius     of {len(case.track) - len(radii)} places none was told"
    if left := len(case.places) - len(case.track):
        yield from _paragraph(
            f"{left} more places are in places.csv only: they came twice, or lie where the device cannot "
            "have been; the column not_judged says which."
        )


def _alerts(case: Case) -> Iterator[str]:
    yield from ("", "WHAT WAS RAISED")
    if not case.alerts:
        yield "  nothing"
    for alert in case.alerts:
        yield f"  {both(case, alert.starts_at)}"
        yield from wrap(_words(alert), WIDTH, initial_indent="    ", subsequent_indent="    ")


def _words(alert: Alert) -> str:
    what = alert.opened.transition.kind.value.replace("_", " ")
    if alert.is_retracted:
        how = "withdrawn: it was not so"
    elif alert.is_event:
        how = "event"
    elif alert.ends_at is None:
        how = "not over"
    else:
        how = f"until {format_instant(alert.ends_at)}"
    return f"{what}, rule {alert.rule!r}, {how}"


def _reading(case: Case) -> Iterator[str]:
    yield from ("", "HOW TO READ THIS")
    texts = _MEANING.split("\n\n")
    if case.withheld:
        texts.append(
            f"{case.withheld} places are left out: the documents that told them forbid passing them on."
        )
    if case.keep_until is not None:
        texts.append(
            "Places are deleted at the server at the end of their retention, the first of these at "
            f"{both(case, case.keep_until)}; what was deleted before this report was made is not in it."
        )
    for number, text in enumerate(texts):
        yield from ([""] if number else [])
        yield from _paragraph(text)


def _files(written: set[str]) -> Iterator[str]:
    for name, what in FILES:
        if name in written or name == "summary.txt":
            yield from wrap(f"  {name:<15} {what}", WIDTH, subsequent_indent=" " * 18)


def _paragraph(text: str) -> Iterator[str]:
    yield from wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ")


def _radius(accuracy_m: float | None) -> str:
    return "not known" if accuracy_m is None else f"within {accuracy_m:.0f} m (95 %)"


def _compass(lat: float, lon: float) -> str:
    return f"{abs(lat):.6f} {'S' if lat < 0 else 'N'}, {abs(lon):.6f} {'W' if lon < 0 else 'E'}"
