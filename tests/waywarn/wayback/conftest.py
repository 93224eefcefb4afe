"""A world to a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waywarn.wayback.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "store.sqlite")
    yield world
    world.store.close()
