"""What people read."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import AlertBook, AlertChange, Form
from alerts.gsm7 import SMS_SEPTETS, septets
from alerts.text import TITLE_LENGTH, render
from alerts.words import distance_in_words, duration_in_words, map_link, probability_in_words
from rules.transition import Kind, Reason, Transition
from tests.alerts.scenes import NOT_ARRIVED
from tests.alerts.story import ARRIVED, BACK, ENTERED, LEFT, MORNING, OFF_ROUTE, TIME_UP, told

VIENNA = ZoneInfo("Europe/Vienna")
LINK = "https://www.openstreetmap.org/?mlat=48.20849&mlon=16.37208#map=17/48.20849/16.37208"


def opened(transition: Transition = OFF_ROUTE, *, may_tell_place: bool = True) -> AlertChange:
    (change,) = AlertBook().fold([told(transition, may_tell_place=may_tell_place)], MORNING + 50)
    return change


def ended(transition: Transition, *, may_tell_place: bool = True) -> AlertChange:
    notice = told(transition, may_tell_place=may_tell_place)
    return AlertBook().fold([told(OFF_ROUTE), notice], MORNING + 50)[1]


def test_an_alarm_says_who_what_since_when_how_far_how_sure_and_where() -> None:
    message = render(opened(), zone=VIENNA, form=Form.FULL)
    assert message.title == "anna is off route: way to school"
    assert message.body.splitlines() == [
        'anna is off route (rule "way to school").',
        "",
        "Since: Mon 23 Nov 2026, 07:41:10 CET (Europe/Vienna)",
        "How far: 312 m from the path (up to 40 m is on route there)",
        "How sure: practically certain (over 99.9 %)",
        "Last fix: Mon 23 Nov 2026, 07:41:55 CET (Europe/Vienna)",
        f"Map: {LINK}",
        "",
        "Alarm way_to_school/anna/3",
    ]


def test_a_path_is_called_like_its_file_without_the_ending() -> None:
    body = render(opened(replace(OFF_ROUTE, path="by the river.GeoJSON")), zone=VIENNA, form=Form.FULL).body
    assert "Nearest path: by the river\n" in body


def test_of_a_deadline_it_is_not_said_how_sure_the_last_fix_was() -> None:
    body = render(opened(replace(NOT_ARRIVED, probability=0.9999)), zone=VIENNA, form=Form.FULL).body
    assert "How sure" not in body


def test_an_all_clear_says_why_and_how_long_it_took() -> None:
    message = render(ended(BACK), zone=VIENNA, form=Form.FULL)
    assert message.title == "anna is back on route: way to school"
    assert message.body.splitlines() == [
        "anna is back on route.",
        'Rule: "way to school"',
        "",
        "Off route since: Mon 23 Nov 2026, 07:41:10 CET (Europe/Vienna)",
        "Ended: Mon 23 Nov 2026, 07:46:55 CET (Europe/Vienna), after 5 min 45 s",
        f"Map: {LINK}",
        "",
        "Alarm way_to_school/anna/3",
    ]


def test_arriving_is_not_called_coming_back() -> None:
    message = render(ended(ARRIVED), zone=VIENNA, form=Form.FULL)
    assert message.title == "anna has arrived: way to school"
    assert "back" not in message.body


def test_the_end_of_the_hours_is_not_an_all_clear() -> None:
    message = render(ended(TIME_UP), zone=VIENNA, form=Form.FULL)
    assert message.title == "anna alarm over (time is up): way to school"
    assert "not seen back on route" in message.body
    assert "this is no all-clear" in message.body
    assert "Ended: Mon 23 Nov 2026, 08:15:00 CET" in message.body
    assert f"Last known place: {LINK}" in message.body


def test_a_removed_rule_says_so_and_shows_no_place() -> None:
    book = AlertBook()
    book.fold([told(OFF_ROUTE)], MORNING)
    (change,) = book.end_orphan("way_to_school", "anna", MORNING + 7200)
    full = render(change, zone=VIENNA, form=Form.FULL)
    assert "The rule no longer exists" in full.body
    assert "after 2 h" in full.body
    assert "http" not in full.body
    assert render(change, zone=VIENNA, form=Form.SMS).body == (
        "anna alarm over (rule removed) (Mon 09:41): way to school"
    )


def test_entering_says_who_which_fence_when_how_sure_and_where() -> None:
    message = render(opened(ENTERED), zone=VIENNA, form=Form.FULL)
    assert message.title == "anna entered School yard: at school"
    *lines, fingerprint = message.body.splitlines()
    assert lines == [
        'anna entered School yard (rule "at school").',
        "",
        "When: Mon 23 Nov 2026, 07:51:10 CET (Europe/Vienna)",
        "How sure: very likely (97 %)",
        f"Map: {LINK}",
        "",
    ]
    assert fingerprint.startswith("Event at_school/anna/enter/2026-11-23T06:51:10Z/")


def test_leaving_is_as_sure_as_being_outside() -> None:
    message = render(opened(LEFT), zone=VIENNA, form=Form.FULL)
    assert message.title == "anna left School yard: at school"
    assert "How sure: practically certain" in message.body


def test_an_event_s_sms_is_one_line_with_the_link() -> None:
    assert render(opened(LEFT), zone=VIENNA, form=Form.SMS).body == (
        f"anna left School yard (Mon 13:14): at school {LINK}"
    )


@pytest.mark.parametrize("form", list(Form))
def test_an_event_whose_place_is_withheld_does_not_name_the_fence(form: Form) -> None:
    message = render(opened(ENTERED, may_tell_place=False), zone=VIENNA, form=form)
    for trace in ("http", "48.2", "16.3", "yard"):
        assert trace not in message.title + message.body
    assert "anna entered a fence" in message.body
    assert "privacy rules" in message.body


def test_times_are_the_recipients_own() -> None:
    body = render(opened(), zone=ZoneInfo("America/New_York"), form=Form.FULL).body
    assert "Mon 23 Nov 2026, 01:41:10 EST (America/New_York)" in body
    assert "Mon 01:41" in render(opened(), zone=ZoneInfo("America/New_York"), form=Form.SMS).body


def test_the_two_readings_of_an_autumn_hour_are_told_apart() -> None:
    # 25 October 2026, 02:30 comes twice in Vienna
    first = replace(OFF_ROUTE, starts_at=1792888200.0)
    second = replace(OFF_ROUTE, starts_at=1792888200.0 + 3600)
    assert "02:30:00 CEST" in render(opened(first), zone=VIENNA, form=Form.FULL).body
    assert "02:30:00 CET" in render(opened(second), zone=VIENNA, form=Form.FULL).body


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("closing", [None, BACK, ARRIVED, TIME_UP])
def test_a_withheld_place_leaves_no_trace_and_says_why(form: Form, closing: Transition | None) -> None:
    change = opened(may_tell_place=False) if closing is None else ended(closing, may_tell_place=False)
    message = render(change, zone=VIENNA, form=form)
    for trace in ("http", "48.2", "16.3", "312", "812"):
        assert trace not in message.title + message.body
    assert "privacy rules" in message.body
    assert "anna" in message.body


def test_an_sms_is_one_line_with_the_link() -> None:
    message = render(opened(), zone=VIENNA, form=Form.SMS)
    assert message.title == ""
    assert message.body == f"anna is off route since Mon 07:41, 312 m from path: way to school {LINK}"
    assert render(ended(BACK), zone=VIENNA, form=Form.SMS).body == (
        f"anna is back on route (Mon 07:46): way to school {LINK}"
    )


names = st.text(min_size=1, max_size=90)
transitions = st.builds(
    Transition,
    rule=names,
    device=names,
    kind=st.just(Kind.OFF_ROUTE),
    reason=st.sampled_from(Reason),
    time=st.floats(0, 4e9),
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    distance_m=st.floats(0, 2.1e7),
    along_track_m=st.floats(0, 1e6),
    half_width_m=st.floats(1, 1e5),
    probability=st.floats(0, 1),
    episode=st.integers(1, 10**9),
    starts_at=st.floats(0, 4e9),
)
closings = st.sampled_from([Kind.BACK_ON_ROUTE, Kind.ARRIVED, Kind.ENDED])


@given(transition=transitions, closing=closings, may_tell_place=st.booleans())
def test_any_alarm_fits_a_lock_screen_and_an_sms(
    transition: Transition, closing: Kind, *, may_tell_place: bool
) -> None:
    closes = replace(transition, kind=closing, closes_alarm=True)
    changes = AlertBook().fold(
        [told(transition, may_tell_place=may_tell_place), told(closes, may_tell_place=may_tell_place)], 0.0
    )
    link = map_link(transition.lon, transition.lat)
    for change in changes:
        full = render(change, zone=VIENNA, form=Form.FULL)
        assert len(full.title) <= TITLE_LENGTH
        assert full.title.isprintable()
        sms = render(change, zone=VIENNA, form=Form.SMS).body
        assert septets(sms) <= SMS_SEPTETS
        assert (link in full.body) == (link in sms) == may_tell_place


@given(transition=transitions, kind=st.sampled_from([Kind.ENTER, Kind.EXIT]), fence=names)
def test_any_event_fits_a_lock_screen_and_an_sms(transition: Transition, kind: Kind, fence: str) -> None:
    (change,) = AlertBook().fold([told(replace(transition, kind=kind, fence=fence))], 0.0)
    full = render(change, zone=VIENNA, form=Form.FULL)
    assert len(full.title) <= TITLE_LENGTH
    assert full.title.isprintable()
    sms = render(change, zone=VIENNA, form=Form.SMS).body
    assert septets(sms) <= SMS_SEPTETS
    assert map_link(transition.lon, transition.lat) in sms


def test_the_sms_of_the_longest_link_still_says_since_when_and_how_far() -> None:
    far = replace(OFF_ROUTE, lon=-179.99999, lat=-89.99999, distance_m=19_999_000.0, device="a" * 80)
    assert render(opened(far), zone=VIENNA, form=Form.SMS).body.startswith(
        "aaaaaaaaaaaaa... is off route since Mon 07:41, 19999 km from path"
    )


def test_a_long_name_is_cut_and_the_news_is_not() -> None:
    long = replace(OFF_ROUTE, device="d" * 80, rule="r" * 80)
    title = render(opened(long), zone=VIENNA, form=Form.FULL).title
    assert title.endswith("… is off route")
    assert len(title) == TITLE_LENGTH


def test_a_name_cannot_forge_a_line() -> None:
    forged = replace(OFF_ROUTE, device="anna\r\nBcc: x@example.org")
    message = render(opened(forged), zone=VIENNA, form=Form.FULL)
    assert "\n" not in message.title
    assert message.body.splitlines()[0].startswith("anna Bcc: x@example.org is off route")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (59.4, "59 s"),
        (59.5, "1 min"),
        (250, "4 min 10 s"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
        (183_600, "2 d 3 h"),
    ],
)
def test_durations_in_two_units(seconds: float, words: str) -> None:
    assert duration_in_words(seconds) == words


@pytest.mark.parametrize(
    ("metres", "words"),
    [
        (0.4, "0 m"),
        (87.4, "87 m"),
        (999.4, "999 m"),
        (999.5, "1.0 km"),
        (99_949, "99.9 km"),
        (99_950, "100 km"),
    ],
)
def test_distances_as_a_person_says_them(metres: float, words: str) -> None:
    assert distance_in_words(metres) == words


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (1.0, "practically certain (over 99.9 %)"),
        (0.9989, "almost certain (99 %)"),
        (0.95, "very likely (95 %)"),
        (0.94999, "likely (94 %)"),
        (0.7, "more likely than not (70 %)"),
        (0.5, "uncertain (50 %)"),
    ],
)
def test_probabilities_never_round_up(probability: float, words: str) -> None:
    assert probability_in_words(probability) == words
