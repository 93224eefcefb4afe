"""The tables of all watching rules: each pair is written, the kernel moves by it, the document shows it."""

from enum import IntEnum
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from rules import Kind
from rules.events import EVENT
from rules.machine import IGNORED, Move, as_markdown, closes_alarm
from rules.transition import OPENING
from rules.watch.ground import Said
from rules.watch.kernel import _move
from rules.watch.row import ASLEEP, WATCH_RULE, Shared, fresh_watch_rows
from rules.watch.tables import NUMBER_OF, TABLES

DOCUMENT = Path(__file__).parents[2] / "docs" / "rules.md"
DEADLINES = ("arrive", "leave")  # what was not done by the window's close is open beyond it
PAIRS = [
    pytest.param(name, phase, given, id=f"{name}-{phase.name}-{given.name}")
    for name, (table, _) in TABLES.items()
    for phase in table
    for given in table[phase]
]


@pytest.mark.parametrize("name", TABLES)
def test_every_pair_of_phase_and_input_is_written(name: str) -> None:
    table, alarms = TABLES[name]
    phases, inputs = list(type(next(iter(table)))), list(type(next(iter(table[next(iter(table))]))))
    assert {(phase, given) for phase in table for given in table[phase]} == set(product(phases, inputs))
    assert list(map(int, phases)) == list(range(len(phases)))
    assert list(map(int, inputs)) == list(range(len(inputs)))
    assert [given.name for given in inputs[: len(Shared)]] == [shared.name for shared in Shared]
    assert phases[ASLEEP].name == "ASLEEP"
    assert alarms < set(phases)


@pytest.mark.parametrize(("name", "phase", "given"), PAIRS)
def test_the_kernel_makes_the_move_of_the_table(name: str, phase: IntEnum, given: IntEnum) -> None:
    table, alarms = TABLES[name]
    rows, rule = fresh_watch_rows(1), np.zeros(1, WATCH_RULE)[0]
    rule["table"] = NUMBER_OF[name]
    rows["phase"], rows["episode"], rows["episodes"] = phase, 7, 7
    rows["run_since"], rows["alarm_since"] = 50.0, 40.0
    before = rows.copy()
    said = _move(rows[0], rule, int(given), 60.0, 0, Said(np.zeros(8, EVENT), 0))
    move = table[phase][given]
    if move is IGNORED:
        assert (said.filled, rows.tobytes()) == (0, before.tobytes())
        return
    assert isinstance(move, Move)
    assert rows["phase"][0] == move.phase
    assert said.filled == (move.kind is not None)
    if move.kind is not None:
        opens, closes = move.kind in OPENING, closes_alarm(phase, move, alarms)
        event = said.events[0]
        assert event["kind"] == list(Kind).index(move.kind)
        assert bool(event["closes_alarm"]) is closes
        assert event["episode"] == 7 + opens
        begun = 60.0 if given == Shared.CLOSES else 50.0
        assert event["starts_at"] == (begun if opens else 40.0 if closes else 60.0)


@pytest.mark.parametrize(("name", "phase", "given"), PAIRS)
def test_an_alarm_never_opens_or_closes_silently(name: str, phase: IntEnum, given: IntEnum) -> None:
    table, alarms = TABLES[name]
    move = table[phase][given]
    if not isinstance(move, Move):
        return
    assert (phase not in alarms and move.phase in alarms) == (move.kind in OPENING)
    if closes_alarm(phase, move, alarms):
        assert move.kind is not None


@pytest.mark.parametrize("name", [name for name in TABLES if name not in DEADLINES])
def test_whatever_sleeps_is_asleep(name: str) -> None:
    table, _ = TABLES[name]
    for given in (Shared.CLOSES, Shared.CONDITION_OVER):
        assert table[_phase(name, ASLEEP)][_input(name, given)] is IGNORED
        moves = [table[phase][_input(name, given)] for phase in table if phase != ASLEEP]
        assert {move.phase for move in moves if isinstance(move, Move)} == {ASLEEP}
        assert len(moves) == sum(isinstance(move, Move) for move in moves)


@pytest.mark.parametrize("name", DEADLINES)
def test_what_was_missed_is_open_until_it_is_done_or_asked_anew(name: str) -> None:
    table, alarms = TABLES[name]
    (missed,) = alarms
    closes = {table[phase][_input(name, Shared.CLOSES)] for phase in table}
    assert {move.phase for move in closes if isinstance(move, Move)} == {ASLEEP, missed}
    anew = table[missed][_input(name, Shared.OPENS)]
    assert isinstance(anew, Move)
    assert anew.kind is Kind.ENDED


@pytest.mark.parametrize("name", TABLES)
def test_the_document_shows_the_table(name: str) -> None:
    table, _ = TABLES[name]
    phases = sorted(table)
    shown = as_markdown(table, phases, sorted(table[phases[0]]))
    assert shown in DOCUMENT.read_text(encoding="utf-8"), shown


def _phase(name: str, number: int) -> IntEnum:
    return next(phase for phase in TABLES[name][0] if phase == number)


def _input(name: str, number: int) -> IntEnum:
    return next(given for given in TABLES[name][0][_phase(name, ASLEEP)] if given == number)
