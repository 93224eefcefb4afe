"""The table of the standards: each row bears the number of the digest's line, and says what must come out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.geodesic import wgs84
from sip.errors import PeerFault
from sip.filters import Area, Filters, Seen, Side, Told, filters_in, parse_filters, write_filters
from sip.headers import Headers
from sip.message import Request
from sip.pidflo import Circle, Confidence, Distribution, Place
from tests.sip.filters.documents import (
    BINDINGS,
    CIVIC,
    DYNAMIC,
    DYNAMIC_6447,
    area,
    at,
    changed,
    circle,
    filter_,
    filter_set,
    going,
    living,
    moved,
    one,
    polygon,
    trigger,
    what,
)

LON, LAT = 16.37, 48.2


def away(metres: float, bearing_deg: float = 0.0) -> tuple[float, float]:
    lon, lat, _ = wgs84().fwd(LON, LAT, bearing_deg, metres)
    return lon, lat


def filters_of(data: bytes) -> Filters:
    return Filters().updated(parse_filters(data))


def fires(data: bytes, told: Seen, after: Seen) -> bool:
    filters = filters_of(data)
    return filters.is_triggered(filters.told(None, told), after)


SPEED, HEADING, ORIENTATION = "//dyn:speed", "//dyn:heading", "//dyn:orientation"
COUNTRY = "//ca:country"
BOX = polygon((16.36, 48.19), (16.38, 48.19), (16.38, 48.21), (16.36, 48.21))
ROUND_HERE = area(circle(LON, LAT, 100))
NEAR, FAR = at(), at(*away(500))

FIRES = [
    # C14: from the position last told, straight, and in height
    ("C14 moved further", one(moved(300)), at(), at(*away(301)), True),
    ("C14 moved less", one(moved(300)), at(), at(*away(299)), False),
    ("C14 upwards", one(moved(300)), at(altitude_m=0), at(altitude_m=300), True),
    ("C14 not so far upwards", one(moved(300)), at(altitude_m=0), at(altitude_m=299), False),
    ("C14 slanting", one(moved(300)), at(altitude_m=0), at(*away(200), altitude_m=230), True),
    ("C14 an unknown height is not 0", one(moved(300)), at(), at(altitude_m=900), False),
    ("C14 a place appears", one(moved(300)), Seen(), at(), True),
    ("C14 a place ends", one(moved(300)), at(), Seen(), True),
    ("C14 no place yet", one(moved(300)), Seen(), Seen(), False),
    ("C14 over the antimeridian", one(moved(300)), at(179.9999, 0), at(-179.9999, 0), False),
    ("C14 vague places move as they are", one(moved(300)), at(), at(*away(301), 5000), True),
    # C15: triggers OR, conditions AND
    ("C15 one of two triggers", filter_set(filter_(trigger(changed(SPEED)), trigger(changed(HEADING)))),
        going(1, 2), going(1, 3), True),
    ("C15 none of two triggers", filter_set(filter_(trigger(changed(SPEED)), trigger(changed(HEADING)))),
        going(1, 2), going(1, 2), False),
    ("C15 both of two conditions", one(changed(SPEED), changed(HEADING)), going(1, 2), going(2, 3),
        True),
    ("C15 one of two conditions", one(changed(SPEED), changed(HEADING)), going(1, 2), going(1, 3),
        False),
    ("C15 a second filter", filter_set(filter_(trigger(moved(9e3)), name="a"),
        filter_(trigger(moved(300)), name="b")), NEAR, FAR, True),
    # C15, C16: by, from, to, on what was told last
    ("C16 faster by 3", one(changed(SPEED, 'by="3"')), going(2.1), going(5.1), True),
    ("C16 slower by 3", one(changed(SPEED, 'by="3"')), going(5.1), going(2.1), True),
    ("C16 by less", one(changed(SPEED, 'by="3"')), going(2.0), going(4.9), False),
    ("C16 fast, but not changed", one(changed(SPEED, 'by="3"')), going(60), going(60), False),
    ("C16 no speed said", one(changed(SPEED, 'by="3"')), going(60), going(None), False),
    ("C16 the first speed said", one(changed(SPEED, 'by="3"')), going(None), going(60), True),
    ("C15 any change", one(changed(SPEED)), going(1), going(1.1), True),
    ("C15 from", one(changed(SPEED, 'from="0"')), going(0), going(1), True),
    ("C15 from another", one(changed(SPEED, 'from="0"')), going(2), going(1), False),
    ("C15 to", one(changed(SPEED, 'to="0"')), going(2), going(0), True),
    ("C15 to another", one(changed(SPEED, 'to="0"')), going(2), going(1), False),
    ("C15 to where it was", one(changed(SPEED, 'to="0"')), going(0), going(0), False),
    ("C15 from and to", one(changed(SPEED, 'from="2" to="0"')), going(2), going(0), True),
    ("C15 from and to, by more", one(changed(SPEED, 'from="2" to="0" by="3"')), going(2), going(0), False),
    ("C15 country", one(changed(COUNTRY, 'from="FR"')), living(country="FR"), living(country="DE"), True),
    ("C15 within it", one(changed(COUNTRY, 'from="FR"')), living(country="FR", A3="a"),
        living(country="FR", A3="b"), False),
    ("C15 from another country", one(changed(COUNTRY, 'from="FR"')), living(country="AT"),
        living(country="DE"), False),
    ("C15 added", one("<added>//dyn:speed</added>"), going(None), going(0), True),
    ("C15 not added", one("<added>//dyn:speed</added>"), going(1), going(0), False),
    ("C15 removed", one("<removed>//ca:FLR</removed>"), living(FLR="2"), living(), True),
    ("C15 not removed", one("<removed>//ca:FLR</removed>"), living(), living(FLR="2"), False),
    # A34-A36
    ("A35 heading the short way round", one(changed(HEADING, 'by="20"')), going(0, 350), going(0, 11), True),
    ("A35 heading by less", one(changed(HEADING, 'by="20"')), going(0, 350), going(0, 9), False),
    ("A35 heading to -3", one(changed(HEADING, 'to="-3"')), going(0, 5), going(0, 357), True),
    ("A34 orientation", one(changed(ORIENTATION, 'by="90"')), going(0, 0, 10), going(0, 0, 120), True),
    ("A36 the namespace of RFC 6447", one(changed("//d:speed"), bindings=(("d", DYNAMIC_6447),)), going(1),
        going(2), True),
    # C17
    ("C17 entered", one(ROUND_HERE), FAR, NEAR, True),
    ("C17 left", one(ROUND_HERE), NEAR, FAR, True),
    ("C17 stayed in", one(ROUND_HERE), NEAR, at(*away(99)), False),
    ("C17 stayed out", one(ROUND_HERE), FAR, at(*away(101)), False),
    ("C17 the edge is inside", one(ROUND_HERE), FAR, at(*away(99.9)), True),
    ("C17 polygon entered", one(area(BOX)), at(16.4), NEAR, True),
    ("C17 a place appears, on whichever side", one(ROUND_HERE), Seen(), FAR, True),
    ("C17 a place appears, on neither side", one(ROUND_HERE), Seen(), at(*away(99), 20), True),
    ("C13 blanks in an attribute", filter_set(filter_(trigger(moved(9e3)), attributes='enabled=" false "')),
        NEAR, FAR, True),
    ("C13 disabled", filter_set(filter_(trigger(moved(300)), attributes='enabled="false"'),
        filter_(trigger(moved(9e3)), name="b")), NEAR, FAR, False),
    ("C13 all disabled is none", filter_set(filter_(trigger(moved(9e3)), attributes='enabled="0"')), NEAR,
        FAR, True),
    ("C18 a form alone holds nothing back", filter_set(filter_(what=what("any"))), NEAR, NEAR, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "told", "after", "expected"), [row[1:] for row in FIRES], ids=[r[0] for r in FIRES]
)
def test_what_fires(data: bytes, told: Seen, after: Seen, *, expected: bool) -> None:
    assert fires(data, told, after) is expected


REFUSED = [
    ("C13 not XML", b"300", "malformed"),
    ("C13 DOCTYPE", b"<!DOCTYPE x><filter-set/>", "DOCTYPE"),
    ("C13 another root", b"<presence xmlns='urn:ietf:params:xml:ns:pidf'/>", "not a filter-set"),
    ("C13 no filter", filter_set(), "no filter"),
    (
        "C13 another package",
        filter_set(filter_()).replace(b"<filter-set", b"<filter-set package='winfo'"),
        "winfo",
    ),
    ("C13 no id", filter_set("<filter/>"), "no id"),
    ("C13 include", filter_set(filter_(what="<what><include>//ca:country</include></what>")), "include"),
    ("C13 unknown element", filter_set(filter_("<vibe/>")), "vibe"),
    ("C13 too many", filter_set(*(filter_(trigger(moved(1)), name=str(n)) for n in range(9))), "at most 8"),
    ("C13 too many triggers", filter_set(filter_(*[trigger(changed(SPEED))] * 9)), "at most 8"),
    ("C13 too many conditions", one(*[changed(SPEED)] * 9), "from 1 to 8"),
    ("C13 a trigger of nothing", one(), "0 conditions"),
    ("C13 enabled maybe", filter_set(filter_(attributes='enabled="maybe"')), "maybe"),
    ("C14 no number", one(moved("far")), "far"),
    ("C14 infinite", one(moved("INF")), "INF"),
    ("C14 nothing", one(moved(0)), "over 0"),
    ("C14 backwards", one(moved(-5)), "over 0"),
    ("C14 twice in a filter", filter_set(filter_(trigger(moved(1)), trigger(moved(2)))), "2 times"),
    ("C14 another namespace", one("<moved>300</moved>"), "moved"),
    ("C15 a whole path", one(changed("/ca:civicAddress/ca:country")), "form //prefix:element"),
    ("C15 a predicate", one(changed("//ca:country[1]")), "form //prefix:element"),
    ("C15 an attribute", one(changed("//ca:country/@lang")), "form //prefix:element"),
    ("C15 no prefix", one(changed("//country")), "form //prefix:element"),
    ("C15 prefix not bound", one(changed(SPEED), bindings=()), "'dyn'"),
    ("C15 prefix bound twice", one(changed(SPEED), bindings=(*BINDINGS, ("dyn", CIVIC))), "twice"),
    ("C15 empty prefix", one(changed(SPEED), bindings=(("", DYNAMIC),)), "prefix"),
    ("C15 element not watched", one(changed("//ca:colour")), "colour"),
    ("C15 by on a text", one(changed(COUNTRY, 'by="3"')), "text"),
    ("C15 by no number", one(changed(SPEED, 'by="fast"')), "fast"),
    ("C15 by nothing", one(changed(SPEED, 'by="0"')), "over 0"),
    ("C15 from no number", one(changed(SPEED, 'from="INF"')), "INF"),
    ("C16 speed exceeds", one("<exceeds>//dyn:speed</exceeds>"), "exceeds"),
    ("A35 no acceleration", one(changed("//dyn:acceleration")), "acceleration"),
    ("C17 two areas", one(area(circle(0, 0, 1), circle(0, 0, 1))), "2 areas"),
    ("C17 no area", one(area()), "0 areas"),
    ("C17 another shape", one(area("<gml:Point><gml:pos>1 2</gml:pos></gml:Point>")), "neither a Circle nor"),
    ("C17 an unknown shape", one(area("<gml:Circle/>")), "eight"),
    ("C17 a circle without radius", one(area("<gs:Circle><gml:pos>1 2</gml:pos></gs:Circle>")), "radius"),
    ("C17 crosses itself", one(area(polygon((0, 0), (1, 1), (1, 0), (0, 1)))), "crosses itself"),
    ("C17 half the earth", one(area(circle(0, 0, 9e6))), "at most 1000000"),
    ("C17 another CRS", one(area(circle(0, 0, 9)).replace("4326", "3857")), "3857"),
    ("C17 too many corners", one(area(polygon(*((n / 99, n * n / 9e3) for n in range(101))))), "100"),
    ("C18 valueChanges", one("<valueChanges>//ca:country</valueChanges>"), "valueChanges"),
    ("C18 locationType of nothing", filter_set(filter_(what=what(""))), "any, geodetic or civic"),
    ("C18 locationURI", filter_set(filter_(what=what("locationURI"))), "locationURI"),
    ("C18 two of them", filter_set(filter_(what=what("any") + what("any"))), "2 locationType"),
]


@pytest.mark.parametrize(("data", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_refused_with_488(data: bytes, says: str) -> None:
    with pytest.raises(PeerFault) as refused:
        parse_filters(data)
    assert refused.value.status == 488
    assert says in refused.value.reason
    assert len(refused.value.reason) <= 200


def test_c13_a_long_document_is_413() -> None:
    with pytest.raises(PeerFault) as refused:
        parse_filters(b" " * 40_000)
    assert refused.value.status == 413


def subscribe(body: bytes, *fields: tuple[str, str]) -> Request:
    return Request("SUBSCRIBE", "sip:anna@example.org", Headers(fields), body)


TYPE = ("Content-Type", "application/simple-filter+xml")


def test_c13_a_body_of_another_type_is_415_and_says_which_would_do() -> None:
    for fields in ((), (("Content-Type", "text/plain"),), (TYPE, ("Content-Encoding", "gzip"))):
        with pytest.raises(PeerFault) as refused:
            filters_in(subscribe(one(moved(3)), *fields))
        assert refused.value.status == 415
        assert refused.value.headers[0][0] in {"Accept", "Accept-Encoding"}
    assert filters_in(subscribe(one(moved(3)), TYPE)) == parse_filters(one(moved(3)))
    assert filters_in(subscribe(b"")) is None


def test_c13_a_later_filter_of_the_same_id_takes_the_place() -> None:
    first = filters_of(
        filter_set(filter_(trigger(moved(300)), name="a"), filter_(trigger(moved(9e3)), name="b"))
    )
    later = first.updated(parse_filters(filter_set(filter_(trigger(moved(8e3)), name="a"))))
    assert [found.id for found in later.filters] == ["a", "b"]
    assert not later.is_triggered(later.told(None, NEAR), FAR)


def test_c13_remove_takes_it_away_and_is_no_fault_where_there_is_none() -> None:
    remove = parse_filters(filter_set(filter_(attributes='remove="true"', name="a")))
    assert filters_of(filter_set(filter_(trigger(moved(9e3)), name="a"))).updated(remove) == Filters()
    assert Filters().updated(remove) == Filters()


def test_c13_enabled_switches_a_filter_off_and_on_again() -> None:
    first = filters_of(
        filter_set(filter_(trigger(moved(300)), name="a"), filter_(trigger(moved(9e3)), name="b"))
    )
    off = first.updated(parse_filters(filter_set(filter_(attributes='enabled="false"', name="a"))))
    assert not off.is_triggered(off.told(None, NEAR), FAR)
    on = off.updated(parse_filters(filter_set(filter_(attributes='enabled="true"', name="a"))))
    assert on == first


def test_c13_an_empty_filter_that_names_none_is_refused() -> None:
    for attributes in ('enabled="false"', ""):
        with pytest.raises(PeerFault, match="neither what nor trigger"):
            filters_of(filter_set(filter_(attributes=attributes)))


def test_c13_a_subscription_does_not_collect_filters_or_areas_without_end() -> None:
    eight = filters_of(filter_set(*(filter_(trigger(moved(1)), name=str(n)) for n in range(8))))
    with pytest.raises(PeerFault, match="at most 8"):
        eight.updated(parse_filters(filter_set(filter_(trigger(moved(1)), name="new"))))
    areas = filter_set(*(filter_(trigger(*[ROUND_HERE] * 3), name=str(n)) for n in range(3)))
    with pytest.raises(PeerFault, match="9 areas"):
        filters_of(areas)


def test_c13_a_subscription_keeps_no_more_than_a_restart_can_read() -> None:
    texts = trigger(*[changed(COUNTRY, f'from="{"x" * 250}" to="{"y" * 250}"')] * 8)
    one_, two, three = (parse_filters(filter_set(filter_(texts, name=str(n)))) for n in range(3))
    most = Filters().updated(one_).updated(two).updated(three)
    assert parse_filters(write_filters(most)) == most
    with pytest.raises(PeerFault, match="at most 16384"):
        most.updated(parse_filters(filter_set(filter_(texts, name="4"))))


def test_c14_creeping_is_measured_from_what_was_told_not_from_the_last_fix() -> None:
    filters = filters_of(one(moved(300)))
    told, sent = filters.told(None, at()), []
    for metres in range(0, 1000, 50):
        now = at(*away(metres))
        if filters.is_triggered(told, now):
            sent.append(metres)
            told = filters.told(told, now)
    assert sent == [300, 600, 900]


def test_c17_between_the_thresholds_nothing_happens_and_nothing_is_forgotten() -> None:
    filters = filters_of(one(ROUND_HERE))
    inside, vague, outside = at(accuracy_m=20), at(*away(99), 20), at(*away(300), 20)
    (place,) = filters.told(None, inside).sides
    assert place.side(vague.place or Place(0, 0, None, None), None, Confidence()) is Side.UNSURE
    told = filters.told(None, inside)
    assert not filters.is_triggered(told, vague)
    told = filters.told(told, vague)  # a NOTIFY that the least rate asked for
    assert not filters.is_triggered(told, inside)
    assert filters.is_triggered(told, outside)


def test_c17_exit_is_not_less_than_half_inside() -> None:
    """In with 47 %, out with 48 %: no event, either way."""
    area_ = Area(Circle(LON, LAT, 1000.0))
    shape = Circle(*away(1001.0), 200.0)
    within, outside = area_.probability_inside(shape, Confidence())
    assert within < 0.475 < outside < 0.5
    assert area_.side(Place(shape.lon, shape.lat, None, 200.0), shape, Confidence()) is Side.UNSURE


def test_c17_the_first_notify_gives_the_side_and_is_no_event() -> None:
    filters = filters_of(one(ROUND_HERE))
    assert filters.is_triggered(None, NEAR)
    told = filters.told(None, NEAR)
    assert not filters.is_triggered(told, NEAR)
    assert list(told.sides.values()) == [Side.INSIDE]


def test_c17_a_first_place_that_was_too_vague_is_followed_by_the_side() -> None:
    filters = filters_of(one(ROUND_HERE))
    told = filters.told(None, at(*away(99), 20))
    assert list(told.sides.values()) == [Side.UNSURE]
    assert filters.is_triggered(told, at(accuracy_m=10))


@pytest.mark.parametrize(
    ("radius_m", "percent", "side"), [(1950.0, 67.8, Side.INSIDE), (1920.0, 49.8, Side.UNSURE)]
)
def test_a49_the_opera_house_with_the_corrected_figures(radius_m: float, percent: float, side: Side) -> None:
    house = Circle(151.215102, -33.856926, 99.1)
    lon, lat, _ = wgs84().fwd(house.lon, house.lat, 213.0, 1915.25)
    place = Area(Circle(lon, lat, radius_m))
    within, outside = place.probability_inside(house, Confidence())
    assert 100 * within == pytest.approx(percent, abs=0.1)
    assert within + outside == pytest.approx(0.95)
    assert place.side(Place(house.lon, house.lat, None, 99.1), house, Confidence()) is side


def test_a48_below_95_percent_a_region_is_scaled_first() -> None:
    """39.35 % of a normal distribution is one sigma; its 95 % circle is 2.45 times as wide."""
    place = Area(Circle(LON, LAT, 100.0))
    one_sigma = Confidence(39.35, Distribution.NORMAL)
    within, outside = place.probability_inside(Circle(LON, LAT, 80.0), one_sigma)
    assert within + outside == pytest.approx(0.95)
    assert within < 0.5
    assert place.probability_inside(Circle(LON, LAT, 80.0), Confidence())[0] == pytest.approx(0.95)


def test_a48_an_unsure_document_is_still_on_one_side() -> None:
    """Unscaled, 40 % of an unknown distribution could never be inside of anything."""
    place = Area(Circle(LON, LAT, 1000.0))
    here = Place(LON, LAT, None, 20.0)
    for confidence in (Confidence(40.0), Confidence(None), Confidence(99.0, Distribution.RECTANGULAR)):
        assert place.side(here, Circle(LON, LAT, 10.0), confidence) is Side.INSIDE


def test_c18_forms() -> None:
    def forms(text: str, attributes: str = "") -> set[str]:
        return {form.value for form in filters_of(filter_set(filter_(what=what(text, attributes)))).forms}

    assert forms("civic", 'exact="true"') == {"civic"}
    assert forms("geodetic", 'exact="true"') == {"geodetic"}
    assert forms("civic") == forms(" any ") == forms("geodetic civic", 'exact="1"') == {"civic", "geodetic"}
    assert {form.value for form in Filters().forms} == {"civic", "geodetic"}


def test_c19_without_filters_every_change_is_told() -> None:
    assert Filters().is_triggered(Told(NEAR), NEAR)


@given(st.floats(1, 5000), st.floats(0, 5000), st.floats(0, 360))
def test_moved_agrees_with_geodesics(distance_m: float, metres: float, bearing_deg: float) -> None:
    if abs(metres - distance_m) > 0.01:
        assert fires(one(moved(distance_m)), at(), at(*away(metres, bearing_deg))) is (metres > distance_m)
