"""A real client: Debian's sipp watches a device through a whole service, with rates and with filters."""

import asyncio
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.sip.server.watchers import PACE_S, Diary, Heard, service, watch
from tests.waywarn.town import DOMAIN

SCENARIOS = Path(__file__).parent / "scenarios"
MIDDLE = (16.37, 48.2)
JITTER_S = 0.2  # of two processes on a busy machine

pytestmark = pytest.mark.peer


@pytest.fixture
def diary() -> Diary:
    return Diary(DOMAIN, MIDDLE)


def play(
    folder: Path, name: str, places: Iterator[bytes], rate: str, *, coarse_m: float | None = None
) -> list[Heard]:
    scenario = Path(shutil.copy(SCENARIOS / f"{name}.xml", folder))

    async def scene() -> list[Heard]:
        async with service(folder, DOMAIN, coarse_m=coarse_m) as address:
            return await watch(address, scenario, places, domain=DOMAIN, options=["-key", "rate", rate])

    return asyncio.run(asyncio.wait_for(scene(), 60))


def test_a_greatest_rate_holds_back_and_the_newest_place_goes_out(tmp_path: Path, diary: Diary) -> None:
    told = play(tmp_path, "watch_rate", diary.northwards(*range(0, 9000, 10)), "max-rate=2")
    at_rate = told[:4]
    assert all(b.at - a.at >= 0.5 - JITTER_S for a, b in pairwise(at_rate))
    steps = [diary.metres(each) for each in at_rate]
    assert steps[0] == pytest.approx(0, abs=1)
    assert all(b > a for a, b in pairwise(steps))


def test_a_least_rate_tells_what_has_not_changed(tmp_path: Path, diary: Diary) -> None:
    told = play(tmp_path, "watch_rate", diary.northwards(0), "min-rate=2")[:4]
    assert all(b.at - a.at <= 0.5 + 5 * JITTER_S for a, b in pairwise(told))
    assert {diary.metres(each) for each in told} == {0}


def test_a_distance_filter_measures_from_what_was_told(tmp_path: Path, diary: Diary) -> None:
    told = play(tmp_path, "watch_distance", diary.northwards(*range(0, 9000, 70)), "max-rate=10")
    assert [diary.metres(each) for each in told[:3]] == [0, 350, 700]


def test_an_area_filter_tells_of_entering_and_leaving_once_each(tmp_path: Path, diary: Diary) -> None:
    told = play(tmp_path, "watch_area", diary.northwards(500, 400, 50, 20, 60, 300, 500, 400), "max-rate=10")
    assert [diary.metres(each) for each in told[:3]] == [500, 50, 300]


def test_a_coarse_watcher_is_told_of_coarse_moves_only(tmp_path: Path, diary: Diary) -> None:
    told = play(
        tmp_path, "watch_distance", diary.northwards(*range(0, 9000, 70)), "max-rate=10", coarse_m=500
    )
    assert [each.place.accuracy_m for each in told[:3]] == [500.0] * 3
    assert all(b.at - a.at > 3 * PACE_S for a, b in pairwise(told[:3]))
    assert all(each.presence.motion is None for each in told)
    centres = [(each.place.lon, each.place.lat) for each in told[:3]]
    assert len(set(centres)) == 3
