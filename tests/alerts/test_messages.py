"""Every message that is ever sent, as it is read: the file beside this one, and what holds of all of them."""

from pathlib import Path

import pytest

from alerts import AlertChange, Edge, Ending, Form
from alerts.fingerprint import EVENT_KINDS
from alerts.gsm7 import SMS_SEPTETS, septets
from alerts.phrases import ENDINGS, EVENTS, OPENINGS
from alerts.text import TITLE_LENGTH, render
from rules.transition import OPENING, Kind
from tests.alerts.scenes import SCENES, TRIP_SCENES, VIENNA, Scene, changes, messages

GOLDEN = Path(__file__).with_name("messages.txt")
ALL = (*SCENES, *TRIP_SCENES)
SAID = [change for _, said in ALL for change in changes(said)]
TRACES = ("http", "48.2", "16.3", "312", "420", "1.2 km", "140 m", "64 m", "yard", "Yard", "Home", "Depot")


def test_the_messages_are_those_of_the_file() -> None:
    assert "".join(messages()) == GOLDEN.read_text(), (
        "python -m tests.alerts.scenes > tests/alerts/messages.txt"
    )


def test_every_kind_has_words_and_a_scene() -> None:
    assert set(OPENINGS) == OPENING
    assert set(EVENTS) == EVENT_KINDS
    shown = {change.about.opened.transition.kind for change in SAID}
    assert shown == OPENING | EVENT_KINDS
    never_told = {Ending.HAPPENED, Ending.RETRACTED}
    assert set(ENDINGS) == set(Ending) - never_told
    endings = {change.after.ending for change in SAID if change.edge is Edge.RESOLVED}
    assert endings == set(Ending) - never_told - {Ending.RULE_REMOVED, Ending.ENDED}
    assert {change.edge for change in SAID} == set(Edge) - {Edge.AMENDED, Edge.NOTED}


def test_only_what_says_that_all_is_well_is_good_news() -> None:
    openings_and_events = {kind.value for kind in OPENING | EVENT_KINDS}
    good = {ending.value for ending in Ending if ending.is_good_news}
    assert good == {kind.value for kind in Kind} - openings_and_events - {
        "started",
        "ended",
        "retracted",
        "amended",
    }


@pytest.mark.parametrize("change", SAID, ids=lambda change: f"{change.edge.value}_{change.after.fingerprint}")
def test_it_fits_a_lock_screen_and_an_sms(change: AlertChange) -> None:
    full = render(change, zone=VIENNA, form=Form.FULL)
    assert full.title.isprintable()
    assert len(full.title) <= TITLE_LENGTH
    for text in (full.title, full.body):
        assert not set("{}[]") & set(text)
        assert "None" not in text
        assert "nan" not in text.lower().replace("anna", "")
    assert septets(render(change, zone=VIENNA, form=Form.SMS).body) <= SMS_SEPTETS


@pytest.mark.parametrize("scene", ALL, ids=lambda scene: scene[0])
def test_a_withheld_place_leaves_no_trace(scene: Scene) -> None:
    for change in changes(scene[1], may_tell_place=False):
        for form in Form:
            message = render(change, zone=VIENNA, form=form)
            for trace in (*TRACES, "river", "Oper"):
                assert trace not in message.title + message.body
