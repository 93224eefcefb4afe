"""The days of a school child, told by the whole service but its sockets, are those of the file."""

import difflib
from collections.abc import Iterator

import pytest

from tests.waywarn.school_week import STORY, tell


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tell(tmp_path_factory.mktemp("week"))


def test_what_is_said_and_what_stays_quiet_is_the_story(told: str) -> None:
    written = STORY.read_text(encoding="utf-8")
    change = difflib.unified_diff(written.splitlines(), told.splitlines(), "the file", "now", lineterm="")
    assert told == written, "\n".join(["told anew by python -m tests.waywarn.school_week", *change])


def test_nobody_is_told_the_same_twice_on_a_day(told: str) -> None:
    for day in told.split("\n## "):
        messages = list(said(day))
        assert sorted(messages) == sorted(set(messages))


def said(day: str) -> Iterator[str]:
    for line in day.splitlines():
        _, _, words = line.partition("  ")
        if words.startswith(("mother", "father")):
            yield words
