"""Which fixes of a trip are published."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.fix import Fix
from sip.device.publish_policy import PublishPolicy, chosen_fixes
from sip.errors import CallerError

METRE = 1 / 111_320  # degrees of longitude at the equator, a hair under
POLICY = PublishPolicy()


def walk(*steps: tuple[float, float]) -> list[Fix]:
    """Fixes at (seconds, metres along the equator)."""
    return [Fix("anna", seconds, metres * METRE, 0.0) for seconds, metres in steps]


def times(fixes: list[Fix], policy: PublishPolicy = POLICY) -> list[float]:
    return [fix.time for fix in chosen_fixes(fixes, policy)]


def test_a_fix_is_due_after_fifty_metres_but_no_sooner_than_after_ten_seconds() -> None:
    fast = walk(*((float(t), 20.0 * t) for t in range(41)))
    assert times(fast) == [0, 10, 20, 30, 40]
    slow = walk(*((float(t), 1.0 * t) for t in range(131)))
    # 50 m of this scale are a hair under 50 m, so the 51st metre counts
    assert times(slow) == [0, 51, 102, 130]


def test_standing_still_is_told_once_a_minute() -> None:
    assert times(walk(*((float(t), 0.0) for t in range(0, 151, 5)))) == [0, 60, 120, 150]


def test_both_limits_count_as_reached_exactly_at_their_value() -> None:
    here, there = Fix("anna", 0.0, 0.0, 0.0), Fix("anna", 10.0, 0.0, 0.01)
    exact = PublishPolicy(every_m=1105.7427, at_most_every_s=10.0)
    assert exact.wants(here, there)
    assert not exact.wants(here, Fix("anna", 9.999, 0.0, 0.01))
    assert not PublishPolicy(every_m=1105.75).wants(here, there)
    assert PublishPolicy(every_m=1e9).wants(here, Fix("anna", 60.0, 0.0, 0.0))


def test_one_time_that_is_years_ahead_does_not_silence_the_device() -> None:
    wants = POLICY.chooser()
    told = [wants(fix) for fix in walk((0, 0), (1e9, 0), (5, 0), (4, 0), (65, 0))]
    assert told == [True, True, True, False, True]


def test_first_and_last_are_always_told() -> None:
    assert times(walk((0, 0), (1, 1), (2, 2))) == [0, 2]
    assert times(walk((5, 0))) == [5]
    assert times([]) == []


def test_the_antimeridian_is_no_distance() -> None:
    west, east = Fix("a", 0.0, 179.9999, 0.0), Fix("a", 20.0, -179.9999, 0.0)
    assert not PublishPolicy().wants(west, east)


def test_a_repeated_time_is_never_told_twice_even_without_limits() -> None:
    free = PublishPolicy(every_m=0, at_most_every_s=0, at_least_every_s=0)
    assert times(walk((0, 0), (0, 100), (1, 0), (1, 50)), free) == [0, 1]


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0, 5000)), max_size=60))
def test_no_gap_in_what_is_told_is_longer_than_the_trip_makes_it(steps: list[tuple[float, float]]) -> None:
    fixes = walk(*sorted(steps))
    told = times(fixes)
    assert told == sorted(set(told))
    for before, after in itertools.pairwise(told):
        between = [fix.time for fix in fixes if before < fix.time < after]
        assert all(time - before < 60 for time in between)
    for before, after in itertools.pairwise(told[:-1]):  # the last fix of all comes when it comes
        assert after - before >= 10


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ({"every_m": -1.0}, "every_m is -1.0"),
        ({"every_m": math.nan}, "every_m is nan"),
        ({"at_least_every_s": math.inf}, "at_least_every_s is inf"),
        ({"at_least_every_s": 5.0}, "at_least_every_s 5 is shorter than at_most_every_s 10"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(numbers: dict[str, float], reason: str) -> None:
    with pytest.raises(CallerError, match=reason):
        PublishPolicy(**numbers)
