"""What is written reads as it was, whatever the filters."""

from hypothesis import given
from hypothesis import strategies as st

from sip.filters import (
    Appeared,
    Area,
    Changed,
    EnterOrExit,
    Filter,
    Filters,
    Form,
    LocationType,
    Moved,
    Quantity,
    Trigger,
    Vanished,
    parse_filters,
    write_filters,
)
from sip.filters.quantity import Source
from sip.pidflo import Circle, Polygon

numbers = st.floats(1e-6, 1e6)
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).map(
    lambda text: text.strip(" \t\r\n") or "x"
)
motions = st.sampled_from([Quantity(Source.DYNAMIC, name) for name in ("speed", "heading", "orientation")])
parts = st.sampled_from([Quantity(Source.CIVIC, name) for name in ("country", "A3", "FLR")])
angles = st.none() | st.floats(0, 359)
conditions = st.one_of(
    st.builds(
        EnterOrExit, st.builds(Area, st.builds(Circle, st.floats(-180, 180), st.floats(-90, 90), numbers))
    ),
    st.just(EnterOrExit(Area(Polygon(((16.1, 48.0), (16.2, 48.0), (16.15, 48.1 + 1e-9)))))),
    st.builds(Changed, motions, st.none() | numbers, angles, angles),
    st.builds(Changed, parts, st.none(), st.none() | texts, st.none() | texts),
    st.builds(Appeared, motions | parts),
    st.builds(Vanished, motions | parts),
)
triggers = st.lists(conditions, min_size=1, max_size=3).map(lambda found: Trigger(tuple(found)))
some = st.lists(triggers, max_size=3).map(tuple)
kinds = st.none() | st.builds(
    LocationType, st.sets(st.sampled_from(Form), min_size=1).map(frozenset), st.booleans()
)
moves = st.just(()) | st.builds(lambda metres: (Trigger((Moved(metres),)),), numbers)
filters = st.builds(
    lambda name, found, move, *said: Filter(name, move + found, *said),
    texts, some, moves, kinds, st.booleans(), st.booleans(), st.none() | texts,
)  # fmt: skip


@given(st.lists(filters, min_size=1, max_size=4))
def test_what_is_written_reads_as_it_was(found: list[Filter]) -> None:
    whole = Filters(tuple(found))
    assert parse_filters(write_filters(whole)) == whole
