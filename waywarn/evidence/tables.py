"""Every place and every alert as CSV: for whoever wants to reckon with them."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from alerts import Alert
from corridor import format_instant
from waywarn.evidence.case import Case

PLACE_COLUMNS = (
    "time_utc",
    "time_local",
    "lat",
    "lon",
    "radius_95_m",
    "method",
    "shape",
    "speed_mps",
    "course_deg",
    "height_above_ellipsoid_m",
    "received_utc",
    "account",
    "not_judged",
    "may_be_passed_on",
    "keep_until_utc",
)
ALERT_COLUMNS = ("name", "what", "begins_utc", "begins_local", "decided_utc", "ends_utc", "ending", "id")


def places_csv(case: Case) -> bytes:
    """Write all places, those too that the track leaves out, and say why it does; RFC 4180, UTF-8."""
    return _csv(PLACE_COLUMNS, (_place_row(case, index) for index in range(len(case.places))))


def alerts_csv(case: Case) -> bytes:
    """Write what was raised; where the device was then, `places_csv` tells."""
    return _csv(ALERT_COLUMNS, (_alert_row(case, alert) for alert in case.alerts))


def _place_row(case: Case, index: int) -> Sequence[object]:
    place = case.places[index]
    fix, stored = place.fix, place.stored
    return (
        format_instant(fix.time),
        case.local(fix.time),
        Decimal(f"{fix.lat:.7f}"),
        Decimal(f"{fix.lon:.7f}"),
        fix.accuracy_m,
        fix.method,
        stored.shape,
        fix.speed_mps,
        fix.course_deg,
        fix.altitude_m,
        format_instant(place.received_at),
        stored.user_name,
        stored.discard.value if stored.discard else "",
        "yes" if stored.terms.may_tell_place else "no",
        format_instant(stored.terms.keep_until),
    )


def _alert_row(case: Case, alert: Alert) -> Sequence[object]:
    return (
        alert.rule,
        alert.opened.transition.kind.value,
        format_instant(alert.starts_at),
        case.local(alert.starts_at),
        format_instant(alert.raised_at),
        "" if alert.ends_at is None else format_instant(alert.ends_at),
        "" if alert.ending is None else alert.ending.value,
        alert.fingerprint,
    )


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_shown(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _shown(value: object) -> object:
    """Give a cell; a text that a spreadsheet would take for a formula is quoted as one that it is not."""
    is_formula = isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{value}" if is_formula else value
