"""The unit of systemd that is shipped: systemd itself reads it, and finds it closed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).resolve().parents[3] / "docs" / "waywarn-publish.service"
MOST_EXPOSED = 2.0  # of 10, as `systemd-analyze security` counts; 1.7 when it was written


def analyze(*arguments: str) -> str:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian: systemd)")
    done = subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.peer
def test_systemd_finds_nothing_wrong_with_it() -> None:
    assert analyze("verify", str(UNIT)).strip() == ""


@pytest.mark.peer
def test_it_is_closed_to_what_a_tracker_does_not_need() -> None:
    said = analyze("security", "--offline=true", str(UNIT))
    match = re.search(r"exposure level for waywarn-publish.service: ([0-9.]+)", said)
    assert match is not None, said
    assert float(match[1]) <= MOST_EXPOSED
