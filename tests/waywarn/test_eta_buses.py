"""The expected arrival of a day of buses, half-way, against when they came."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.eta import Forecast, forecasts, table

pytestmark = pytest.mark.data

DOCUMENT = Path(__file__).parents[2] / "docs" / "accuracy.md"


@pytest.fixture(scope="module")
def said(shared_data: Path) -> list[Forecast]:
    forecast, too_little = forecasts(shared_data / "traces")
    assert (len(forecast), len(too_little)) == (58, 10)
    return forecast


def test_half_of_the_trips_are_foretold_to_100_seconds_and_nine_tenths_to_a_fifth(
    said: list[Forecast],
) -> None:
    error_s = np.abs([each.by["expected_at"] for each in said])
    assert np.median(error_s) < 100.0
    assert np.quantile(error_s / [each.remaining_s for each in said], 0.9) < 0.2


def test_it_is_better_than_an_even_speed_and_the_same_formula_written_plainly(said: list[Forecast]) -> None:
    errors_s = {name: np.abs([each.by[name] for each in said]) for name in said[0].by}
    assert np.median(errors_s["expected_at"]) < np.median(errors_s["even speed so far"]) / 2
    assert np.allclose(errors_s["expected_at"], errors_s["weight 0.5"], atol=1e-3)


def test_the_document_shows_the_table(said: list[Forecast]) -> None:
    assert "\n".join(table(said)) in DOCUMENT.read_text(encoding="utf-8")
