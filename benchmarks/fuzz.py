"""Fuzzing under coverage guidance (atheris): any exception that is not declared ends a target and is kept.

Run: ``python -m benchmarks.fuzz [--minutes 10] [--corpus FOLDER] [TARGET ...]``; the time is shared out.
Needs atheris (the extra ``fuzz``). Targets are ``tests/fuzzing/targets.py``; what was found belongs, made
small, into ``tests/fuzzing/corpus/TARGET/``. Exit code 1 where anything was found.
"""

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAX_BYTES = 8_192  # beyond every limit that matters but those of whole messages
_DONE = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_ROOMS = ("sip", "corridor.xmltree", "corridor.instant", "corridor.fix")


@dataclass(frozen=True, slots=True)
class Run:
    """One target's run: how many inputs, and what was found."""

    target: str
    seconds: int
    inputs: int
    found: tuple[Path, ...]


def main() -> int:
    """Share the time among the targets, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--corpus", type=Path, default=Path("fuzz-corpus"), help="grows; go on with it later")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--flag", action="append", default=[], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        return fuzz_one(given.one, given.flag)
    from tests.fuzzing.targets import (
        TARGETS,
    )  # not before: `fuzz_one` must be the first to import what it fuzzes

    names = given.targets or list(TARGETS)
    runs = [run(name, max(int(given.minutes * 60 / len(names)), 1), given.corpus) for name in names]
    found = [file for each in runs for file in each.found]
    total_s = sum(each.seconds for each in runs)
    print(f"{total_s / 60:.1f} minutes, {sum(each.inputs for each in runs)} inputs, {len(found)} found")
    return 1 if found else 0


def run(name: str, seconds: int, corpus: Path) -> Run:
    """Fuzz one target for a while; what it finds is written beside its corpus."""
    from tests.fuzzing.targets import TARGETS

    folder = corpus.resolve() / name
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(TARGETS[name].seeds):
        (folder / f"seed-{number}").write_bytes(seed)
    before = set(corpus.glob(f"{name}-*"))
    flags = [str(folder), f"-max_total_time={seconds}", f"-max_len={MAX_BYTES}", "-print_final_stats=1"]
    flags += [f"-artifact_prefix={corpus.resolve() / name}-", "-timeout=10", "-rss_limit_mb=2048"]
    command = [sys.executable, "-m", "benchmarks.fuzz", "--one", name, *(f"--flag={flag}" for flag in flags)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    counted = _DONE.search(done.stderr)
    found = tuple(sorted(set(corpus.glob(f"{name}-*")) - before))
    result = Run(name, seconds, int(counted[1]) if counted else 0, found)
    print(f"{name}: {result.inputs} inputs in {seconds} s, {len(found)} found", flush=True)
    if done.returncode != 0:
        print("\n".join((done.stdout + done.stderr).splitlines()[-25:]), file=sys.stderr)
    return result


def fuzz_one(name: str, flags: list[str]) -> int:
    """Fuzz in this process; libFuzzer ends it."""
    import atheris

    with atheris.instrument_imports(include=list(_ROOMS)):
        from tests.fuzzing.targets import TARGETS
    atheris.Setup([sys.argv[0], *flags], TARGETS[name].run)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
