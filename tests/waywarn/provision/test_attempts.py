"""Few failures are free, more cost time, and however many sources fail, few are remembered."""

from hypothesis import given
from hypothesis import strategies as st

from waywarn.provision.attempts import MAX_FAILURES, RECOVERY_S, Attempts

HOST = "192.0.2.1"


def failed(times: int, at: float = 0.0) -> Attempts:
    attempts = Attempts()
    for _ in range(times):
        attempts.failed(HOST, at)
    return attempts


def test_the_last_free_failure_is_free_and_the_next_waits() -> None:
    assert failed(MAX_FAILURES - 1).wait_s(HOST, 0.0) == 0.0
    assert failed(MAX_FAILURES).wait_s(HOST, 0.0) == RECOVERY_S


def test_waiting_as_long_as_told_is_enough_to_the_second() -> None:
    attempts = failed(MAX_FAILURES)
    assert attempts.wait_s(HOST, RECOVERY_S - 1) == 1.0
    assert attempts.wait_s(HOST, RECOVERY_S) == 0.0


def test_one_net_of_ipv6_is_one_source_and_a_mapped_address_is_its_own() -> None:
    attempts = Attempts(max_failures=1)
    attempts.failed("2001:db8::1", 0.0)
    assert attempts.wait_s("2001:db8::ffff:2", 0.0) > 0
    assert attempts.wait_s("2001:db8:0:1::1", 0.0) == 0
    attempts.failed("::ffff:192.0.2.1", 0.0)
    assert attempts.wait_s(HOST, 0.0) > 0


def test_a_clock_that_is_set_back_frees_nobody_and_locks_nobody_out() -> None:
    attempts = failed(MAX_FAILURES, at=1_000_000.0)
    assert attempts.wait_s(HOST, 0.0) == RECOVERY_S


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 1000)), max_size=200))
def test_however_many_fail_few_are_remembered(failures: list[tuple[int, int]]) -> None:
    attempts = Attempts(max_failures=1, max_sources=5)
    newest: dict[str, None] = {}
    for source, now in sorted(failures, key=lambda each: each[1]):
        host = f"198.51.100.{source}"
        attempts.failed(host, float(now))
        newest.pop(host, None)
        newest[host] = None
    now = max((now for _, now in failures), default=0)
    waiting = [host for host in newest if attempts.wait_s(host, float(now)) > 0]
    assert len(waiting) <= 5
    if newest:
        assert [*newest][-1] in waiting
