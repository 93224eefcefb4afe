"""What all rooms' tests share: the data folder beside the project, which may be absent."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The first example compiles loops, and shared machines stall: benchmarks measure time, properties do not.
# A check of a change draws the same examples each time; whoever runs them by hand draws new ones.
settings.register_profile("waywarn", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("waywarn")

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if not DATA.is_dir():
        pytest.skip(
            f"the data folder beside the project is absent ({DATA.name}/ with real traces and documents)"
        )
    return DATA
