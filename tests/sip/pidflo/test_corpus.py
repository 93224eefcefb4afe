"""Every document under the data folder is read or refused as the standards say; the table is expected.csv."""

import csv
from pathlib import Path

import pytest

from tests.sip.pidflo.corpus import COLUMNS, Row, rows_of

EXPECTED = Path(__file__).with_name("expected.csv")


def _actual(documents: Path) -> list[Row]:
    with (documents / "manifest.csv").open(newline="") as manifest:
        files = sorted(row["file"] for row in csv.DictReader(manifest))
    assert len(files) == 179
    return [row for file in files for row in rows_of(file, (documents / file).read_bytes())]


def write_expected(documents: Path) -> None:
    """Freeze the table anew; each changed row is to be held against the standards by eye."""
    with EXPECTED.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(_actual(documents))


@pytest.mark.data
def test_every_document_is_read_or_refused_as_the_table_says(shared_data: Path) -> None:
    with EXPECTED.open(newline="") as file:
        expected = list(csv.DictReader(file))
    actual = _actual(shared_data / "pidflo")
    assert [row["file"] for row in actual] == [row["file"] for row in expected]
    assert [pair for pair in zip(actual, expected, strict=True) if pair[0] != pair[1]] == []
