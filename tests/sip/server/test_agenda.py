"""The agenda against a plain dictionary, and its memory."""

from hypothesis import given
from hypothesis import strategies as st

from sip.server.agenda import Agenda

KEYS = st.sampled_from("abc")
MOMENTS = st.integers(0, 9).map(float)
STEPS = st.one_of(
    st.tuples(st.just("put"), KEYS, MOMENTS),
    st.tuples(st.just("drop"), KEYS, MOMENTS),
    st.tuples(st.just("pop"), KEYS, MOMENTS),
)


@given(steps=st.lists(STEPS, max_size=60))
def test_it_is_a_dictionary_of_moments_asked_for_the_first(steps: list[tuple[str, str, float]]) -> None:
    agenda: Agenda[str] = Agenda()
    plain: dict[str, float] = {}
    for what, key, moment in steps:
        match what:
            case "put":
                agenda.put(key, moment)
                plain[key] = moment
            case "drop":
                agenda.drop(key)
                plain.pop(key, None)
            case _:
                due = min(((at, each) for each, at in plain.items() if at <= moment), default=None)
                assert agenda.pop_due(moment) == (due[1] if due else None)
                if due:
                    del plain[due[1]]
        assert agenda.next_wake == min(plain.values(), default=None)
        assert {each: agenda.moment_of(each) for each in plain} == plain
        assert len(agenda) == len(plain)


def test_a_key_that_moves_for_ever_takes_the_memory_of_one() -> None:
    agenda: Agenda[str] = Agenda()
    for n in range(10_000):
        agenda.put("anna", 1e9 - n % 7)
        agenda.put("bert", 2e9)
    assert len(agenda._heap) < 100
