"""The track as GPX 1.1 (https://www.topografix.com/GPX/1/1/), for any program that shows maps.

GPX has no field for an accuracy in metres, and its heights are above the sea: both of ours are extensions.
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from corridor import format_instant
from waywarn.evidence.case import Case
from waywarn.store.records import KeptPlace

OURS = "https://waywarn.invalid/gpx/1"  # a name, no address

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<gpx version="1.1" creator="waywarn" xmlns="http://www.topografix.com/GPX/1/1"'
    f" xmlns:waywarn={quoteattr(OURS)}"
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://www.topografix.com/GPX/1/1 http://www.topografix.com/GPX/1/1/gpx.xsd">'
)


def write_gpx(case: Case) -> bytes:
    """Write the track, and its last place as a waypoint; UTF-8."""
    return "\n".join([_HEAD, *_metadata(case), *_waypoint(case), *_track(case), "</gpx>", ""]).encode()


def _metadata(case: Case) -> Iterator[str]:
    yield "<metadata>"
    yield f"<name>{escape(case.device)}</name>"
    yield f"<time>{format_instant(case.made_at)}</time>"
    if case.track:
        lats = [place.fix.lat for place in case.track]
        lons = [place.fix.lon for place in case.track]
        # min above max where the track crosses the antimeridian would be no bounds: the whole width is one
        yield (
            f'<bounds minlat="{min(lats):.7f}" minlon="{min(lons):.7f}"'
            f' maxlat="{max(lats):.7f}" maxlon="{max(lons):.7f}"/>'
        )
    yield "</metadata>"


def _waypoint(case: Case) -> Iterator[str]:
    if case.last is not None:
        yield from _point("wpt", case.last, f"last place of {case.device}")


def _track(case: Case) -> Iterator[str]:
    if not case.track:
        return
    yield f"<trk><name>{escape(case.device)}</name><trkseg>"
    for place in case.track:
        yield from _point("trkpt", place, "")
    yield "</trkseg></trk>"


def _point(tag: str, place: KeptPlace, name: str) -> Iterator[str]:
    """Write a wptType; its children stand in the order of the schema."""
    fix = place.fix
    yield f'<{tag} lat="{fix.lat:.7f}" lon="{fix.lon:.7f}">'
    yield f"<time>{format_instant(fix.time)}</time>"
    if name:
        yield f"<name>{escape(name)}</name>"
    if fix.method:
        yield f"<src>{escape(fix.method)}</src>"
    ours = {
        "accuracy_m": fix.accuracy_m,
        "height_above_ellipsoid_m": fix.altitude_m,
        "speed_mps": fix.speed_mps,
        "course_deg": fix.course_deg,
    }
    if any(value is not None for value in ours.values()):
        yield "<extensions>"
        yield from (
            f"<waywarn:{key}>{value:g}</waywarn:{key}>" for key, value in ours.items() if value is not None
        )
        yield "</extensions>"
    yield f"</{tag}>"
