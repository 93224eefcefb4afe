"""Cut off for ten minutes, killed meanwhile: the real commands, with time compressed."""

import asyncio
from pathlib import Path

from benchmarks.offline import cut_off, describe


def test_a_publisher_cut_off_and_killed_delivers_every_fix_in_order_and_no_alarm_twice(
    tmp_path: Path,
) -> None:
    outcome = asyncio.run(cut_off(tmp_path, speed=120.0))
    assert outcome.is_good, describe(outcome)
