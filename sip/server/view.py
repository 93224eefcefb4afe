"""What watchers are shown of a device: documents made from its newest place, each made once.

Whether one is shown, and when, is ``notifier.py``. Documents are composed anew from the place: those that
the device published are not kept.
"""

from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from corridor.fix import Fix
from sip.filters import Form, Seen
from sip.filters.forms import EVERY_FORM
from sip.pidflo import Circle, Motion, Place, Point, Usage, write_pidf
from sip.server.coarse import coarsened
from sip.server.permission import Permission, Watching
from sip.server.report import LocationReport

_EXACT = 0.0  # as `Permission.coarse_m` says it


@dataclass(frozen=True, slots=True)
class View:
    """A document, and what a filter sees in it; no place is in it where ``seen.place`` is None."""

    body: bytes
    seen: Seen


class Shown:
    """The views of one device.

    Parameters
    ----------
    device
        Its address of record.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._report: LocationReport | None = None
        self._views: dict[tuple[float, frozenset[Form]], View] = {}  # by coarseness and form
        self._circles: dict[float, Circle] = {}  # what was shown last: the next one may stay
        self._blank = View(_blank(device), Seen())

    @property
    def report(self) -> LocationReport | None:
        """The newest place; None where none is known (no more)."""
        return self._report

    def put(self, report: LocationReport | None) -> None:
        """Take the newest place."""
        self._report = report
        self._views.clear()
        if report is None:
            self._circles.clear()

    def to(self, watcher: str, permission: Permission, forms: frozenset[Form] = EVERY_FORM) -> View:
        """Give what a watcher is shown, in the forms that he wants (STANDARDS A30, C7, C18).

        What may not be told, and what is not known, look alike.
        """
        report = self._report
        if report is None or permission.watching is not Watching.ALLOW:
            return self._blank
        if not report.retransmission_allowed and watcher != self._device:
            return self._blank
        key = permission.coarse_m, forms
        if (view := self._views.get(key)) is None:
            is_exact = permission.coarse_m == _EXACT
            view = self._exact(report, forms) if is_exact else self._coarse(report, permission, forms)
            self._views[key] = view
        return view

    def _exact(self, report: LocationReport, forms: frozenset[Form]) -> View:
        fix, civic = report.fix, report.civic if Form.CIVIC in forms else ()
        is_geodetic = Form.GEODETIC in forms
        if not (is_geodetic or civic):
            return self._blank
        has_motion = fix.speed_mps is not None or fix.course_deg is not None
        motion = Motion(fix.speed_mps, fix.course_deg) if has_motion else None
        shape = _shape(fix) if is_geodetic else None
        body = write_pidf(
            self._device,
            shape,
            time=fix.time,
            motion=motion,
            method=fix.method,
            usage=_usage(report),
            civic=civic,
        )
        return View(body, Seen(_place(fix) if is_geodetic else None, shape, motion=motion, civic=civic))

    def _coarse(self, report: LocationReport, permission: Permission, forms: frozenset[Form]) -> View:
        if Form.GEODETIC not in forms:  # an address would say more than the circle
            return self._blank
        coarse_m = permission.coarse_m
        place = coarsened(
            _place(report.fix), report.fix.time, coarse_m=coarse_m, before=self._circles.get(coarse_m)
        )
        self._circles[coarse_m] = place.circle
        body = write_pidf(self._device, place.circle, time=place.time, usage=_usage(report))
        return View(body, Seen.of_circle(place.circle))


def _shape(fix: Fix) -> Circle | Point:
    if fix.accuracy_m:
        return Circle(fix.lon, fix.lat, fix.accuracy_m)
    return Point(fix.lon, fix.lat, fix.altitude_m)


def _place(fix: Fix) -> Place:
    # a circle has no height, and none is told with it; that a device has climbed is a move all the same
    return Place(fix.lon, fix.lat, fix.altitude_m, fix.accuracy_m)


def _usage(report: LocationReport) -> Usage:
    return Usage(report.retransmission_allowed, report.keep_until)


def _blank(device: str) -> bytes:
    """Write a document without a tuple (RFC 3863 4.1.2 needs none)."""
    namespace = "urn:ietf:params:xml:ns:pidf"
    document = f'<presence xmlns="{namespace}" entity={quoteattr(device)}/>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document}\n'.encode()
