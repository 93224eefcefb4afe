"""Random histories: the rules about silence, arrival and movement say what plain oracles say, however cut."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import Fence, FenceSet, Fix
from rules import Arrival, Movement, Silence, Window
from tests.rules import timer_oracles as plain
from tests.rules.ground import fix, lon_lat
from tests.rules.timer_oracles import Seen
from tests.rules.watch_drive import run

WINDOWS = st.sampled_from(
    [
        None,
        Window.parse("daily 00:05-00:20, 00:20-00:40, 01:00-01:05, 01:10-24:00", zone="UTC"),
        Window.parse("daily 00:00-00:10, 00:15-00:16, 00:30-02:00", zone="UTC"),
    ]
)
CUTS = st.sets(st.integers(0, 40), max_size=6)
HOME = FenceSet([Fence.circle(*lon_lat(0, 0), 50, name="home"), Fence.circle(*lon_lat(9000, 0), 9)])


def histories(
    east_m: list[float], accuracy_m: list[float]
) -> st.SearchStrategy[tuple[list[Seen], list[float | Seen]]]:
    """Give fixes, and the same with looks at the timers strewn in; looks lie at half seconds."""
    waits = st.sampled_from([10.0] * 4 + [60.0, 120.0, 179.0, 180.0, 181.0, 300.0, 600.0])
    steps = st.tuples(waits, st.sampled_from(east_m), st.sampled_from(accuracy_m), st.booleans())
    return st.lists(steps, min_size=1, max_size=30).map(_history)


def _history(
    steps: list[tuple[float, float, float, bool]],
) -> tuple[list[Seen], list[float | Seen]]:
    time, fixes, events = 0.0, list[Seen](), list[float | Seen]()
    for wait_s, east_m, accuracy_m, looks in steps:
        time += wait_s
        fixes.append(Seen(time, east_m, accuracy_m))
        events += [time - 0.5, fixes[-1]] if looks else [fixes[-1]]
    events.append(time + 500.5)
    return fixes, events


def fixes_of(events: list[float | Seen]) -> list[Fix | float]:
    return [
        event if isinstance(event, float) else fix(event.time, event.east_m, accuracy_m=event.accuracy_m)
        for event in events
    ]


def ends(events: list[float | Seen]) -> tuple[float, float]:
    """Give the first and the last instant at which the engine looked."""
    times = [event if isinstance(event, float) else event.time for event in events]
    return times[0], times[-1]


@settings(max_examples=300)
@given(
    histories([0.0], [10.0, 10.0, 80.0, 81.0, 500.0, 500.0]),
    WINDOWS,
    st.sampled_from([(180.0, 300.0), (180.0, 60.0), (60.0, 180.0), (None, 120.0), (120.0, None)]),
    CUTS,
)
def test_silence(
    history: tuple[list[Seen], list[float | Seen]],
    window: Window | None,
    limits: tuple[float | None, float | None],
    cuts: set[int],
) -> None:
    rule = Silence(device="anna", window=window, silence_s=limits[0], vague_s=limits[1])
    fixes, events = history
    first, last = ends(events)
    expected = [
        line for span in plain.spans_of(rule, first, last) for line in plain.silence(rule, fixes, span, last)
    ]
    assert run(rule, fixes_of(events), cuts) == expected


@settings(max_examples=300)
@given(
    histories([0.0, 49.0, 51.0, 200.0], [10.0, 10.0, 5010.0]),
    WINDOWS,
    st.sampled_from(["arrive", "leave", "stay"]),
    st.sampled_from([(1, 0.0, 900.0), (2, 0.0, 900.0), (2, 30.0, 100.0)]),
    CUTS,
)
def test_arrival(
    history: tuple[list[Seen], list[float | Seen]],
    window: Window | None,
    must: str,
    numbers: tuple[int, float, float],
    cuts: set[int],
) -> None:
    confirm_fixes, confirm_s, recent_s = numbers
    given_numbers: dict[str, Any] = {
        "confirm_fixes": confirm_fixes,
        "confirm_s": confirm_s,
        "recent_s": recent_s,
        "inside_probability": 0.5,
        "outside_probability": 0.55,
    }
    if window is None:
        must = "stay"
    rule = Arrival(device="anna", fences=HOME, must=must, window=window, **given_numbers)
    fixes, events = history
    first, last = ends(events)
    expected = list(plain.arrival(rule, fixes, plain.spans_of(rule, first, last), last))
    assert run(rule, fixes_of(events), cuts) == expected


@settings(max_examples=300)
@given(
    histories([0.0, 20.3, 49.1, 55.7, 70.2, 200.9, 800.1], [5.0, 10.0, 30.0, 150.0, 2000.0]),
    WINDOWS,
    st.sampled_from([(1, 0.0), (2, 0.0), (2, 30.0), (3, 0.0)]),
    st.sampled_from([60.0, 300.0]),
    CUTS,
)
def test_movement(
    history: tuple[list[Seen], list[float | Seen]],
    window: Window | None,
    confirm: tuple[int, float],
    rest_s: float,
    cuts: set[int],
) -> None:
    rule = Movement(
        device="anna", window=window, confirm_fixes=confirm[0], confirm_s=confirm[1], rest_s=rest_s
    )
    fixes, events = history
    first, last = ends(events)
    expected = [
        line for span in plain.spans_of(rule, first, last) for line in plain.movement(rule, fixes, span, last)
    ]
    assert run(rule, fixes_of(events), cuts) == expected
