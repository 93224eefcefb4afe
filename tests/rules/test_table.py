"""The table of the machine: every pair is written, the kernel makes its moves, the documentation shows it."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from rules import Kind, Phase
from rules.events import EVENT
from rules.judge_corridor import _move
from rules.machine import IGNORED, Move, closes_alarm
from rules.rulebook import CORRIDOR_RULE
from rules.state import fresh_rule_rows
from rules.table import ALARM_PHASES, MOVES, TABLE, Input, table_as_markdown

DOCUMENT = Path(__file__).parents[2] / "docs" / "rules.md"
PAIRS = list(product(Phase, Input))


def test_every_pair_of_phase_and_input_is_written() -> None:
    assert [(phase, given) for phase in TABLE for given in TABLE[phase]] == PAIRS
    assert MOVES.shape == (len(Phase), len(Input), 4)


@pytest.mark.parametrize(("phase", "given"), PAIRS, ids=lambda value: value.name)
def test_the_kernel_makes_the_move_of_the_table(phase: Phase, given: Input) -> None:
    rows, events = fresh_rule_rows(1), np.zeros(2, EVENT)
    rows["phase"], rows["run_since"], rows["alarm_since"] = phase, 50.0, 40.0
    rows["episode"] = rows["episodes"] = 7
    before = rows.copy()
    said = _move(rows[0], np.zeros(1, CORRIDOR_RULE)[0], given, 60.0, events, 0, 0)
    move = TABLE[phase][given]
    if move is IGNORED:
        assert (said, rows.tobytes()) == (0, before.tobytes())
        return
    assert isinstance(move, Move)
    assert rows["phase"][0] == move.phase
    assert said == (move.kind is not None)
    if move.kind is not None:
        opens = move.kind is Kind.OFF_ROUTE
        closes = closes_alarm(phase, move, ALARM_PHASES)
        assert events["kind"][0] == list(Kind).index(move.kind)
        assert bool(events["closes_alarm"][0]) is closes
        assert events["episode"][0] == 7 + opens
        assert events["starts_at"][0] == (50.0 if opens else 40.0 if closes else 60.0)


@pytest.mark.parametrize(("phase", "given"), PAIRS, ids=lambda value: value.name)
def test_an_alarm_never_opens_or_closes_silently(phase: Phase, given: Input) -> None:
    move = TABLE[phase][given]
    if not isinstance(move, Move):
        return
    opens = phase not in ALARM_PHASES and move.phase in ALARM_PHASES
    assert opens == (move.kind is Kind.OFF_ROUTE)
    if closes_alarm(phase, move, ALARM_PHASES):
        assert move.kind in {Kind.BACK_ON_ROUTE, Kind.ARRIVED, Kind.ENDED}


def test_every_closing_window_ends_in_not_started() -> None:
    closing = {TABLE[phase][Input.WINDOW_CLOSES] for phase in Phase}
    assert {move.phase for move in closing if isinstance(move, Move)} == {Phase.NOT_STARTED}
    assert len(closing) == 2


def test_the_document_shows_the_table() -> None:
    assert table_as_markdown() in DOCUMENT.read_text(encoding="utf-8")
