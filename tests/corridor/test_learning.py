"""Learning from invented trips whose way, scatter and branches are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor import Corridor, FixBatch, PathError, clean_trip, learn
from corridor.frame import LocalFrame
from corridor.learned import Learned, LeftOutReason
from corridor.learning.align import align
from corridor.learning.centre import robust_mean
from corridor.learning.learn import ONE_TRIP_HALF_WIDTH_M
from corridor.learning.scatter import student_quantile
from tests.corridor.trips import BENDS_M, DAY_S, Floats, along, one_trip, several

AT = (16.3, 48.2)
LOWER_M = np.array([[0, 0], [800, 0], [800, 600], [1800, 600], [1800, 1600], [900, 1900]], dtype=np.float64)
UPPER_M = np.array(
    [[0, 0], [800, 0], [1100, -300], [1500, 0], [1500, 600], [1800, 600], [1800, 1600], [900, 1900]],
    dtype=np.float64,
)
BRANCH_M = UPPER_M[1:6]


def _from_way_m(corridor: Corridor, line_m: Floats, at: tuple[float, float] = AT) -> Floats:
    """Give how far the true way is from the corridor's path, 30 m at its ends left out."""
    degrees = LocalFrame(*at).from_enu(along(line_m, 5.0))[6:-6]
    return corridor.measure(degrees[:, 0], degrees[:, 1]).distance_m


def _widths_m(learned: Learned) -> Floats:
    return np.array([width.half_width_m for width in learned.evidence.widths])


@settings(max_examples=25)
@given(
    seed=st.integers(0, 100_000),
    trips=st.integers(2, 8),
    bias_m=st.floats(0.0, 12.0),
    at=st.sampled_from([AT, (179.999, -17.0), (-180.0, 70.0), (12.0, 89.99), (0.0, -89.999)]),
)
def test_the_way_and_its_scatter_are_recovered_anywhere_on_earth(
    seed: int, trips: int, bias_m: float, at: tuple[float, float]
) -> None:
    learned = learn([one_trip(BENDS_M, seed + n, bias_m=bias_m, at=at) for n in range(trips)])
    assert len(learned.corridors) == 1
    assert learned.trip_counts == (trips,)
    from_way_m = _from_way_m(learned.main, BENDS_M, at)
    assert np.median(from_way_m) < 3.0 + bias_m  # the mean of two is off by 0.7 of the bias and the noise
    assert from_way_m.max() < 25.0 + 2.0 * bias_m  # corners are rounded
    widths_m = _widths_m(learned)
    assert widths_m.min() >= 30.0
    # 99 of 100 of a farthest fix with a few degrees of freedom is five to ten standard deviations
    assert np.median(widths_m) < max(40.0, 12.0 * np.hypot(bias_m, 4.0))


@settings(max_examples=10)
@given(seed=st.integers(0, 100_000), bias_m=st.floats(1.0, 12.0))
def test_a_further_trip_keeps_to_what_was_learned(seed: int, bias_m: float) -> None:
    learned = learn([one_trip(BENDS_M, seed + n, bias_m=bias_m) for n in range(5)])
    further = one_trip(BENDS_M, seed + 500, bias_m=bias_m)
    assert (learned.main.measure(further.lon, further.lat).margin_m <= 0).mean() > 0.95


def test_more_scatter_makes_a_wider_corridor_and_only_where_it_is() -> None:
    quiet = several(BENDS_M, range(5), bias_m=1.0)
    rng = np.random.default_rng(1)
    wild = []
    for batch in quiet:
        lat = batch.lat.copy()
        lat[10:30] += rng.normal(0.0, 20.0) / 111_200  # 200 to 600 m along, a straight piece going east
        wild.append(FixBatch.from_columns(["anna"] * len(batch), batch.time, batch.lon, lat))
    even, uneven = _widths_m(learn(quiet)), _widths_m(learn(wild))
    assert uneven[3:5].min() > 50.0
    assert np.median(uneven) < np.median(uneven[3:5]) / 1.5
    assert even.max() < 40.0


@settings(max_examples=10)
@given(order=st.permutations(range(8)))
def test_the_order_of_the_trips_makes_no_difference(order: list[int]) -> None:
    trips = several(LOWER_M, range(5)) + several(UPPER_M, range(50, 52)) + several(LOWER_M + 5_000.0, [90])
    plain, shuffled = learn(trips), learn([trips[at] for at in order])
    assert [corridor.fingerprint for corridor in plain.corridors] == [
        corridor.fingerprint for corridor in shuffled.corridors
    ]
    assert plain.evidence.widths == shuffled.evidence.widths
    assert [order[each.trip] for each in shuffled.evidence.left_out] == [7]


def test_one_trip_gives_what_clean_trip_gives() -> None:
    trip = one_trip(BENDS_M, 1)
    learned, recording = learn([trip], name="school"), clean_trip(trip, name="school")
    assert learned.main.path.fingerprint == recording.path.fingerprint
    np.testing.assert_array_equal(learned.main.path.elapsed_s, recording.path.elapsed_s)
    assert learned.main.half_width_m == ONE_TRIP_HALF_WIDTH_M
    assert learned.evidence.used == (0,)


def test_copies_of_a_trip_are_one_trip() -> None:
    trip = one_trip(BENDS_M, 1)
    learned = learn([trip] * 5)
    assert learned.main.fingerprint == learn([trip]).main.fingerprint
    assert [(each.trip, each.reason) for each in learned.evidence.left_out] == [
        (number, LeftOutReason.COPY) for number in range(1, 5)
    ]


def test_the_same_way_on_other_days_narrows_the_corridor_to_the_floor_and_no_further() -> None:
    trip = one_trip(BENDS_M, 1)
    days = [
        FixBatch.from_columns(["anna"] * len(trip), trip.time + DAY_S * day, trip.lon, trip.lat)
        for day in range(6)
    ]
    assert _widths_m(learn(days)).tolist() == [30.0] * len(_widths_m(learn(days)))
    assert _widths_m(learn(days, least_half_width_m=12.5)).max() == 12.5


def test_the_floor_is_what_half_of_the_fixes_state_as_their_accuracy() -> None:
    vague = several(BENDS_M, range(5), bias_m=1.0, accuracy_m=48.0)
    assert _widths_m(learn(vague)).min() == 48.0


def test_a_branch_of_two_is_a_corridor_of_its_own() -> None:
    learned = learn(several(LOWER_M, range(5)) + several(UPPER_M, [50, 51]), name="way")
    assert learned.trip_counts == (7, 2)
    assert [corridor.path.name for corridor in learned.corridors] == ["way", "way, way 2"]
    (branch,) = learned.evidence.branches
    assert branch.trips == (5, 6)
    assert 750 <= branch.leaves_m <= 950
    assert 2000 <= branch.rejoins_m <= 2500
    assert _from_way_m(learned.main, LOWER_M).max() < 30
    assert _from_way_m(learned.corridors[1], UPPER_M).max() < 30
    for trip in several(UPPER_M, range(60, 64)):
        assert (learned.corridors[1].measure(trip.lon, trip.lat).margin_m <= 0).all()
        assert (learned.main.measure(trip.lon, trip.lat).margin_m > 0).any()


def test_a_fork_is_no_wider_than_the_way_beside_it() -> None:
    learned = learn(several(LOWER_M, range(5)) + several(UPPER_M, [50, 51]))
    assert _widths_m(learned)[6:24].max() < 45  # from before the fork to after the join


def test_the_branch_of_most_trips_is_the_main_path() -> None:
    learned = learn(several(LOWER_M, range(2)) + several(UPPER_M, range(50, 55)))
    assert learned.trip_counts == (7, 2)
    assert learned.evidence.branches[0].trips == (0, 1)
    assert _from_way_m(learned.main, UPPER_M).max() < 30


def test_a_detour_of_one_is_said_and_not_learned() -> None:
    learned = learn([*several(LOWER_M, range(4)), one_trip(UPPER_M, 50)])
    assert len(learned.corridors) == 1
    (parted,) = learned.evidence.alone
    assert parted.trip == 4
    assert 1_000 < parted.length_m < 2_000
    assert learned.evidence.used == (0, 1, 2, 3, 4)
    assert _from_way_m(learned.main, LOWER_M).max() < 30


def test_a_trip_elsewhere_and_trips_the_other_way_are_left_out_and_said() -> None:
    back = several(LOWER_M[::-1], range(50, 53))
    learned = learn([*several(LOWER_M, range(5)), *back, one_trip(LOWER_M + 5_000.0, 70)])
    assert learned.evidence.used == (0, 1, 2, 3, 4)
    assert [(each.trip, each.reason) for each in learned.evidence.left_out] == [
        (trip, LeftOutReason.ELSEWHERE) for trip in range(5, 9)
    ]
    assert "% of its way is in common" in learned.evidence.left_out[0].detail


def test_a_trip_that_only_stands_is_left_out_and_said() -> None:
    trip = one_trip(BENDS_M, 1)
    standing = FixBatch.from_columns(["anna"] * 50, trip.time[:50], [16.3] * 50, [48.2] * 50)
    learned = learn([*several(BENDS_M, range(2)), standing])
    assert [(each.trip, each.reason) for each in learned.evidence.left_out] == [(2, LeftOutReason.NO_PATH)]


def test_a_trip_with_a_jump_in_it_is_left_out_and_said() -> None:
    trip = one_trip(BENDS_M, 4)
    moved = FixBatch.from_columns(["anna"] * len(trip), trip.time + DAY_S, trip.lon - 18.0, trip.lat)
    both = FixBatch.from_fixes([*trip, *moved])
    learned = learn([*several(BENDS_M, range(4)), both])
    (left_out,) = learned.evidence.left_out
    assert (left_out.trip, left_out.reason) == (4, LeftOutReason.ELSEWHERE)
    assert "km long, the others 3.6 km" in left_out.detail


@pytest.mark.parametrize(
    "line_m",
    [
        [[0, 0], [1500, 0], [1500, 5], [0, 5]],  # out and back
        [[0, 0], [1000, 0], [1000, 500], [500, 500], [500, -500]],  # over itself
    ],
)
def test_a_way_that_meets_itself_is_not_cut_short(line_m: list[list[float]]) -> None:
    line = np.array(line_m, dtype=np.float64)
    learned = learn(several(line, range(5)))
    assert not learned.evidence.alone
    assert not learned.evidence.branches
    assert learned.main.length_m == pytest.approx(np.hypot(*np.diff(line, axis=0).T).sum(), rel=0.04)
    assert _from_way_m(learned.main, line).max() < 25


def test_times_at_the_vertices_are_the_median_trips() -> None:
    paces = (0.9, 1.0, 1.0, 1.1, 0.3)  # one dawdled
    learned = learn([one_trip(BENDS_M, seed, pace=pace) for seed, pace in enumerate(paces)])
    elapsed_s = learned.main.path.elapsed_s
    assert elapsed_s is not None
    assert (np.diff(elapsed_s) >= 0).all()
    assert elapsed_s[0] == 0.0
    assert elapsed_s[-1] == pytest.approx(learned.main.length_m / 5.0, rel=0.06)


def test_trips_that_begin_on_the_way_neither_shorten_it_nor_its_time() -> None:
    whole = several(BENDS_M, range(3))
    late = [batch.take(np.arange(60, len(batch))) for batch in several(BENDS_M, range(3, 6))]
    learned = learn(whole + late)
    assert learned.main.length_m == pytest.approx(learn(whole).main.length_m, rel=0.02)
    assert learned.main.path.elapsed_s is not None
    assert learned.main.path.elapsed_s[-1] == pytest.approx(learned.main.length_m / 5.0, rel=0.06)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"apart_m": 0.0}, "apart_m is 0.0"),
        ({"stretch_m": float("nan")}, "stretch_m is nan"),
        ({"least_half_width_m": 120.0}, "least_half_width_m 120 is more than apart_m 100"),
        ({"least_branch_trips": 1}, "one trip alone is no branch"),
        ({"tolerance_m": -1.0}, "none of 2 trips holds a path; the first: tolerance_m is -1.0"),
    ],
)
def test_a_number_that_cannot_be_is_an_error(options: dict[str, float], said: str) -> None:
    with pytest.raises(PathError, match=said):
        learn(several(BENDS_M, range(2)), **options)  # type: ignore[arg-type]  # only numbers are passed


def test_trips_without_a_way_in_common_are_an_error() -> None:
    with pytest.raises(PathError, match="no way in common"):
        learn([one_trip(BENDS_M, 1), one_trip(BENDS_M + 9_000.0, 2)])
    with pytest.raises(PathError, match="0 trips"):
        learn([])


def test_progress_runs_from_nothing_to_all() -> None:
    told: list[float] = []
    learn(several(BENDS_M, range(3)), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_an_alignment_is_monotone_and_covers_both_ways() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.normal(0, 50, (40, 3)).cumsum(axis=0), rng.normal(0, 50, (55, 3)).cumsum(axis=0)
    found = align(first, second, 100.0)
    assert (found.low[0], found.high[-1]) == (0, 54)
    assert (np.diff(found.low) >= 0).all()
    assert (found.low <= found.high).all()
    assert (found.low[1:] - found.high[:-1] >= 0).all()
    assert (found.low[1:] - found.high[:-1] <= 1).all()
    assert align(first, first, 100.0).likeness == 1.0
    assert align(first, first + 1e4, 100.0).likeness == 0.0


def test_the_alignment_is_the_best_of_all() -> None:
    """A plain table of all ways through, on small ones."""
    rng = np.random.default_rng(4)
    for _ in range(50):
        first, second = rng.normal(0, 60, (6, 3)), rng.normal(0, 60, (7, 3))
        cost = np.minimum(1.0, ((first[:, None] - second[None]) ** 2).sum(axis=2) / 100.0**2)
        best = np.full(cost.shape, np.inf)
        for i, j in np.ndindex(cost.shape):
            before = [
                best[i - 1, j - 1] + 2 * cost[i, j] if i and j else np.inf,
                best[i - 1, j] + cost[i, j] if i else np.inf,
                best[i, j - 1] + cost[i, j] if j else np.inf,
            ]
            best[i, j] = 2 * cost[0, 0] if i == j == 0 else min(before)
        assert align(first, second, 100.0).likeness == pytest.approx(1 - best[-1, -1] / 13)


def test_a_robust_mean_leaves_the_odd_one_out() -> None:
    values = np.array([[1.0], [2.0], [3.0], [90.0]])
    assert robust_mean(values, np.ones((4, 1))) == pytest.approx(2.0)
    assert robust_mean(values, np.zeros((4, 1))) == pytest.approx(0.0)
    assert robust_mean(values[:2], np.ones((2, 1))) == pytest.approx(1.5)


def test_students_quantiles_are_those_of_the_tables() -> None:
    for freedom, quantile in ((4, 4.6041), (5, 4.0321), (8, 3.3554), (20, 2.8453), (100, 2.6259)):
        assert student_quantile(0.995, freedom) == pytest.approx(quantile, rel=0.005)
