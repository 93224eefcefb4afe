"""What a watcher is shown: in the forms he wants, coarse where he may know no more, else nothing."""

from dataclasses import replace

from sip.filters import Form, Seen
from sip.pidflo import parse_pidf
from sip.server.permission import Permission, Watching
from sip.server.report import LocationReport
from sip.server.view import Shown, View
from tests.sip.server.watching import ANNA, MOTHER, report
from tests.sip.talk import NOW

EXACT, COARSE = Permission(Watching.ALLOW), Permission(Watching.ALLOW, 1000.0)
CIVIC = (("country", "AT"), ("A3", "Wien"))
HOME = replace(report(speed_mps=3.0), civic=CIVIC)
ONLY_CIVIC, ONLY_GEODETIC = frozenset({Form.CIVIC}), frozenset({Form.GEODETIC})


def view(shown_report: LocationReport | None, permission: Permission, *forms: Form) -> View:
    shown = Shown(ANNA)
    shown.put(shown_report)
    return shown.to(MOTHER, permission, frozenset(forms) or frozenset(Form))


def test_place_and_address_are_told_together() -> None:
    told = parse_pidf(view(HOME, EXACT).body)
    assert told.place is not None
    assert told.civic == CIVIC
    assert view(HOME, EXACT).seen.civic == CIVIC


def test_c18_one_form_leaves_the_other_out() -> None:
    address = view(HOME, EXACT, Form.CIVIC)
    assert (parse_pidf(address.body).place, parse_pidf(address.body).civic) == (None, CIVIC)
    assert (address.seen.place, address.seen.civic) == (None, CIVIC)
    place = view(HOME, EXACT, Form.GEODETIC)
    assert parse_pidf(place.body).civic == place.seen.civic == ()
    assert place.seen.place is not None


def test_c18_a_form_that_there_is_not_looks_as_if_nothing_were_known() -> None:
    assert view(report(), EXACT, Form.CIVIC) == view(None, EXACT)
    assert view(None, EXACT).seen == Seen()


def test_a_coarse_place_has_no_address_speed_method_or_moment() -> None:
    coarse = view(HOME, COARSE)
    told = parse_pidf(coarse.body)
    assert told.place is not None
    assert told.place.accuracy_m == 1000.0
    assert (told.civic, told.motion, told.method) == ((), None, None)
    assert told.time == NOW - NOW % 60
    assert (coarse.seen.motion, coarse.seen.civic) == (None, ())
    assert coarse.seen.place is not None
    assert coarse.seen.place.altitude_m is None
    assert view(HOME, COARSE, Form.CIVIC) == view(None, EXACT)


def test_a_coarse_place_stays_while_the_device_lives_on_an_edge() -> None:
    def circle(shown: Shown, lat: float) -> tuple[float, float]:
        shown.put(report(lat))
        place = shown.to(MOTHER, COARSE).seen.place
        assert place is not None
        return place.lon, place.lat

    first = circle(Shown(ANNA), 48.2)
    steps = (48.2 + n / 20_000 for n in range(1_000))
    beyond = next(lat for lat in steps if circle(Shown(ANNA), lat) != first)
    shown = Shown(ANNA)
    assert circle(shown, 48.2) == circle(shown, beyond) == first
    shown.put(None)
    assert circle(shown, beyond) != first


def test_each_form_has_a_view_of_its_own_and_the_newest_place_replaces_all() -> None:
    shown = Shown(ANNA)
    shown.put(HOME)
    assert shown.to(MOTHER, EXACT, ONLY_CIVIC) != shown.to(MOTHER, EXACT, ONLY_GEODETIC)
    assert shown.to(MOTHER, EXACT) is shown.to(MOTHER, EXACT)
    shown.put(report(48.3, time=NOW + 1))
    assert shown.to(MOTHER, EXACT, ONLY_CIVIC).seen == Seen()


def test_a_climb_is_seen_though_a_circle_tells_no_height() -> None:
    low = report()
    high = replace(low, fix=replace(low.fix, altitude_m=300.0))
    seen = view(high, EXACT).seen.place
    assert seen is not None
    assert seen.altitude_m == 300.0
