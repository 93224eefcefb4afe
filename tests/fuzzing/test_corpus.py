"""What fuzzing has found stays mended: each file of the corpus, and each seed, goes through its target."""

from pathlib import Path

import pytest

from tests.fuzzing.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
FOUND = sorted(CORPUS.glob("*/*"))


@pytest.mark.parametrize("file", FOUND, ids=[f"{file.parent.name}/{file.name}" for file in FOUND])
def test_what_was_found_is_survived(file: Path) -> None:
    TARGETS[file.parent.name].run(file.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_cut_and_changed_are_survived(name: str) -> None:
    target = TARGETS[name]
    target.run(b"")
    for seed in target.seeds:
        target.run(seed)
        for at in range(0, len(seed), max(len(seed) // 40, 1)):
            target.run(seed[:at])
            target.run(seed[:at] + b"\xff" + seed[at + 1 :])
