"""Fixes of standard input, whatever stands behind it: a pipe is told of elsewhere, a file here."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from corridor.fix import Fix
from waywarn.tracker.source import live_fixes


async def gathered(faults: list[str]) -> list[Fix]:
    return [fix async for fix in live_fixes("-", "anna", faults.append)]


def test_standard_input_may_be_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open() as stream:  # as systemd gives it, where nothing else is said
        monkeypatch.setattr(sys, "stdin", stream)
        assert asyncio.run(asyncio.wait_for(gathered([]), 10)) == []


@pytest.mark.parametrize("count", [0, 1, 3_000])  # the last is more than a pipe holds
def test_standard_input_may_be_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    file = tmp_path / "fixes.csv"
    rows = [f"{1_772_437_200 + number},16.374{number:05},48.206,8\n" for number in range(count)]
    file.write_text("".join(["time,lon,lat,accuracy_m\n", *rows]))
    faults: list[str] = []
    with file.open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        fixes = asyncio.run(asyncio.wait_for(gathered(faults), 30))
    assert faults == []
    assert [fix.time for fix in fixes] == [1_772_437_200 + number for number in range(count)]
