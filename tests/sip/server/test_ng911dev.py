"""A public conformance suite's SUBSCRIBE scenarios, played by sipp against a whole service of ours."""

import asyncio
import itertools
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.sip.server.ng911dev import Adapted
from tests.sip.server.watchers import Diary, Heard, service, watch

DOMAIN = "127.0.0.1"  # the scenarios know the service by its address
MIDDLE = (-76.85188316111969, 39.08170952274149)  # the middle of the area that a scenario asks about
QUICK = "max-rate=10"
JITTER_S = 0.2  # of two processes on a busy machine

pytestmark = [pytest.mark.peer, pytest.mark.data]


@pytest.fixture
def diary() -> Diary:
    return Diary(DOMAIN, MIDDLE)


def play(adapted: Adapted, shared_data: Path, folder: Path, places: Iterator[bytes]) -> list[Heard]:
    scenario = adapted.write(shared_data / "pidflo" / "ng911dev", folder)

    async def scene() -> list[Heard]:
        async with service(folder, DOMAIN) as address:
            return await watch(address, scenario, places, domain=DOMAIN, options=["-s", "anna"])

    return asyncio.run(asyncio.wait_for(scene(), 60))


def test_distance_filter(shared_data: Path, tmp_path: Path, diary: Diary) -> None:
    adapted = Adapted("distance_filter_with_NOTIFY_receive", rate=QUICK)
    told = play(adapted, shared_data, tmp_path, diary.northwards(*range(0, 20_000, 110)))
    assert [diary.metres(each) for each in told] == [0, 330, 660, 990, 1320, 1650]


def test_enter_area_filter(shared_data: Path, tmp_path: Path, diary: Diary) -> None:
    adapted = Adapted("enter_area_filter_with_NOTIFY_receive", rate=QUICK)
    told = play(adapted, shared_data, tmp_path, diary.northwards(500, 400, 50, 20, 300, 350))
    assert [diary.metres(each) for each in told] == [500, 50, 300, 50, 300, 50]


def test_speed_filter(shared_data: Path, tmp_path: Path, diary: Diary) -> None:
    adapted = Adapted("speed_filter_with_NOTIFY_receive", rate=QUICK)
    told = play(
        adapted,
        shared_data,
        tmp_path,
        (diary.place(0, speed_mps=speed) for speed in itertools.cycle((0, 1, 2, 3, 4, 9, 1))),
    )
    speeds = [each.presence.motion.speed_mps for each in told if each.presence.motion]
    assert speeds == [0, 3, 9, 1, 4, 9]


def test_civic_address_filter(shared_data: Path, tmp_path: Path, diary: Diary) -> None:
    adapted = Adapted("civic_address_filter_with_NOTIFY_receive", rate=QUICK, notifies=2)
    told = play(
        adapted,
        shared_data,
        tmp_path,
        (diary.place(0, civic=(("country", each),)) for each in itertools.cycle(("FR", "FR", "DE"))),
    )
    assert [dict(each.presence.civic)["country"] for each in told] == ["FR", "DE"]


@pytest.mark.parametrize("name", ["location_type_filter", "location_type_change_filter"])
def test_location_type_filters(shared_data: Path, tmp_path: Path, name: str, diary: Diary) -> None:
    lacks = 'xmlns:lf="urn:ietf:params:xml:ns:location-filter"' if name == "location_type_filter" else ""
    adapted = Adapted(f"{name}_with_NOTIFY_receive", rate=QUICK, declares=lacks)
    told = play(
        adapted,
        shared_data,
        tmp_path,
        (diary.place(0, civic=(("country", each),)) for each in itertools.cycle(("AT", "FR", "DE"))),
    )
    assert all(each.presence.place is None and each.presence.civic for each in told)


def test_a_subscription_without_more(shared_data: Path, tmp_path: Path, diary: Diary) -> None:
    (told,) = play(Adapted("FROM_LIS"), shared_data, tmp_path, diary.northwards(0, 10))
    assert diary.metres(told) == 0


def test_max_rate(shared_data: Path, tmp_path: Path, diary: Diary) -> None:
    told = play(
        Adapted("from_LIS_max_rate", notifies=6),
        shared_data,
        tmp_path,
        diary.northwards(*range(0, 20_000, 10)),
    )
    assert all(b.at - a.at >= 2.0 - JITTER_S for a, b in pairwise(told))
    assert all("max-rate=0.5" in each.text for each in told)


def test_min_rate(shared_data: Path, tmp_path: Path, diary: Diary) -> None:
    told = play(Adapted("from_LIS_min_rate"), shared_data, tmp_path, diary.northwards(0))
    assert all(b.at - a.at <= 0.5 + 5 * JITTER_S for a, b in pairwise(told))
    assert all("min-rate=2" in each.text for each in told)


def test_adaptive_min_rate(shared_data: Path, tmp_path: Path, diary: Diary) -> None:
    told = play(Adapted("from_LIS_adaptive_min_rate"), shared_data, tmp_path, diary.northwards(0))
    assert all("adaptive-min-rate=10" in each.text for each in told)


@pytest.mark.parametrize("rate", ["0", "100"])
@pytest.mark.parametrize("kind", ["max_rate", "min_rate", "adaptive_min_rate"])
def test_a_rate_that_is_none(shared_data: Path, tmp_path: Path, kind: str, rate: str, diary: Diary) -> None:
    assert (
        play(Adapted(f"from_LIS_{kind}_{rate}", only=400), shared_data, tmp_path, diary.northwards(0)) == []
    )
