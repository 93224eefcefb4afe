"""Sentences with gaps."""

import pytest

from alerts.template import fill, fill_within

WORDS = {"device": "anna", "value": "12 min", "limit": ""}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{device} is late", "anna is late"),
        ("{device} is late[ by {value}]", "anna is late by 12 min"),
        ("{device} is late[ by {other}]", "anna is late"),
        ("{device} is late[ ({limit} is allowed)]", "anna is late"),
        ("Allowed: {limit}", ""),
        ("[{value}][{limit}]", "12 min"),
    ],
)
def test_what_is_unknown_falls_away(template: str, text: str) -> None:
    assert fill(template, WORDS) == text


def test_a_word_is_no_template() -> None:
    assert fill("{device} is off route", {"device": "{value}[x]"}) == "{value}[x] is off route"


@pytest.mark.parametrize(
    ("room", "text"),
    [
        (50, "the van of the bakery is late by 12 min"),
        (35, "the van of the b… is late by 12 min"),
        (25, "the van of the b… is late"),
        (12, "the… is late"),
    ],
)
def test_names_are_cut_then_what_is_optional_then_names_to_stumps(room: int, text: str) -> None:
    template = "{device} is late[ by {value}]"
    words = {"device": "the van of the bakery", "value": "12 min"}
    filled = fill_within(room, template, words, frozenset({"device"}))
    assert filled == text
    assert len(filled) <= room
