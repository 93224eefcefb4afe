"""When it is tried again, and when not any more; whose day an SMS counts in."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import AlertsError, Backoff
from alerts.backoff import SHORTEST_DELAY_S
from alerts.cap import day_start, over_cap
from tests.alerts.story import parent


@given(st.integers(1, 5000), st.integers())
def test_delays_grow_from_seconds_to_minutes_and_no_further(failures: int, seed: int) -> None:
    policy = Backoff()
    delay_s = policy.delay_s(failures, random.Random(seed))
    assert SHORTEST_DELAY_S <= delay_s <= min(policy.longest_s, policy.first_s * 2 ** min(failures - 1, 30))


def test_jitter_is_full() -> None:
    rng = random.Random(7)
    delays = [Backoff().delay_s(20, rng) for _ in range(2000)]
    assert sum(delay < 100 for delay in delays) / 2000 == pytest.approx(1 / 3, abs=0.05)
    assert max(delays) > 290


@given(st.floats(0, 200_000), st.integers(1, 500), st.integers())
def test_the_last_attempt_falls_on_the_time_to_give_up(age_s: float, failures: int, seed: int) -> None:
    policy = Backoff(give_up_after_s=86_400)
    again_at = policy.again_at(failures, now=1000.0 + age_s, created_at=1000.0, rng=random.Random(seed))
    if age_s >= 86_400:
        assert again_at is None
    else:
        assert again_at is not None
        assert 1000.0 + age_s < again_at <= 1000.0 + 86_400


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_policy_without_sense_is_refused(value: float) -> None:
    with pytest.raises(AlertsError, match="more than 0"):
        Backoff(first_s=value)


def instant(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("zone", "now", "midnight"),
    [
        ("Europe/Vienna", "2026-11-23T06:00:00", "2026-11-22T23:00:00"),
        ("Europe/Vienna", "2026-11-22T23:00:00", "2026-11-22T23:00:00"),
        ("Europe/Vienna", "2026-11-22T22:59:59", "2026-11-21T23:00:00"),
        ("America/New_York", "2026-11-23T04:00:00", "2026-11-22T05:00:00"),
        ("Europe/Vienna", "2026-10-25T20:00:00", "2026-10-24T22:00:00"),  # clocks went back at three
        ("Africa/Cairo", "2026-04-24T12:00:00", "2026-04-23T22:00:00"),  # this midnight was skipped
    ],
)
def test_a_day_is_the_recipients_own(zone: str, now: str, midnight: str) -> None:
    assert day_start(parent(time_zone=zone), instant(now)) == instant(midnight)


def test_the_cap_is_reached_exactly_at_its_number() -> None:
    mother = parent(sms_per_day=3)
    assert over_cap(mother, 2) == ""
    assert over_cap(mother, 3) == "3 of 3 SMS of the day are sent to mother"
    assert over_cap(parent(sms_per_day=0), 0)
