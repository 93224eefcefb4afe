"""How long `waywarn replay` takes on one core: to start, and from a file of fixes to JSON.

Each of the devices with the most fixes is held to a corridor about its own track. The answer is held against
that of one engine, fed with the same fixes, before anything is timed. Run as ``python -m benchmarks.replay
FOLDER`` on the folder that holds ``aircraft.parquet``; the best round counts where others use the machine.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from corridor import FixBatch, read_fixes
from rules import Engine
from waywarn.config import load_config
from waywarn.history import CHUNK

CORRIDORS = 200
HALF_WIDTH_M = 500
MAX_SPEED_MPS = 400.0
VERTICES = 200  # about so many of a track's fixes become its path
_TOOK = re.compile(
    r"took +([\d.]+) s to start, ([\d.]+) s for [\d,]+ fixes .*processor ([\d.]+) s and ([\d.]+) s"
)
_TABLES = """
[devices.{name}]
sip_user = "u{number}"
password = "invented"
[rules.r{number}]
kind = "deviation"
device = {name}
path = "{number}.geojson"
half_width_m = {half_width_m}
starts = "at_once"
ends = "never"
"""


@dataclass(frozen=True, slots=True)
class Round:
    """What one run of the command came to."""

    said: str
    start_s: float
    fixes_s: float
    start_cpu_s: float
    fixes_cpu_s: float


def lay_out(batch: FixBatch, folder: Path, *, corridors: int = CORRIDORS, vertices: int = VERTICES) -> None:
    """Write a configuration, its paths and the fixes into a folder."""
    names = [name.replace("/", "_") for name in batch.devices]  # names of a configuration have none
    columns = {name: getattr(batch, name) for name in ("lon", "lat", "altitude_m", "speed_mps", "course_deg")}
    time = pa.array(np.round(batch.time * 1e6).astype(np.int64), pa.timestamp("us", tz="UTC"))
    device = pa.DictionaryArray.from_arrays(batch.device, names).dictionary_decode()
    table = pa.table({"device_id": device, "time": time, **columns})
    pyarrow.parquet.write_table(table, folder / "fixes.parquet")
    text = '[service]\nstore = "none.sqlite"\n[sip]\ndomain = "example.org"\nlisten = ["udp:127.0.0.1:0"]\n'
    most = np.argsort(-np.bincount(batch.device), kind="stable")[:corridors]
    for number, code in enumerate(most.tolist()):
        own = batch.take(batch.device == code)
        _, first = np.unique(own.time, return_index=True)
        track = own.take(first[:: max(1, len(first) // vertices)])
        line = {"type": "LineString", "coordinates": np.stack([track.lon, track.lat], axis=1).tolist()}
        (folder / f"{number}.geojson").write_text(json.dumps(line), encoding="utf-8")
        text += _TABLES.format(name=json.dumps(names[code]), number=number, half_width_m=HALF_WIDTH_M)
    (folder / "waywarn.toml").write_text(text, encoding="utf-8")


def expected(folder: Path) -> str:
    """Say what one engine says, alone."""
    config = load_config(folder / "waywarn.toml", {})
    batch = read_fixes(folder / "fixes.parquet").batch
    engine = Engine(
        config.engine_rules(),
        run_start=float(batch.time.max()),
        max_speed_mps=MAX_SPEED_MPS,
        late_horizon_s=config.late_horizon_s,
    )
    chunks = (np.arange(low, min(low + CHUNK, len(batch))) for low in range(0, len(batch), CHUNK))
    said = (each for rows in chunks for each in engine.step(batch, rows=rows).transitions)
    return "".join(json.dumps(each.as_json()) + "\n" for each in said)


def run_once(folder: Path) -> Round:
    """Run the command on one core."""
    command = [sys.executable, "-m", "waywarn", "replay", "-c", "waywarn.toml"]
    command += ["--max-speed-mps", str(MAX_SPEED_MPS), "fixes.parquet"]
    # Modules are kept as bytecode, as after any installation, whatever this shell thinks of it.
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    surroundings["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    core = {max(os.sched_getaffinity(0))}
    ran = subprocess.run(
        command,
        cwd=folder,
        env=surroundings,
        capture_output=True,
        check=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, core),
    )
    found = _TOOK.search(ran.stderr)
    if found is None:
        raise RuntimeError(f"it does not say how long it took: {ran.stderr}")
    return Round(ran.stdout, *map(float, found.groups()))


def lines(rounds: Sequence[Round], fixes: int) -> Iterator[str]:
    """Say the least and the median of some rounds, for people."""
    for words, start_s, fixes_s in (
        ("on the clock", [each.start_s for each in rounds], [each.fixes_s for each in rounds]),
        ("of the processor", [each.start_cpu_s for each in rounds], [each.fixes_cpu_s for each in rounds]),
    ):
        for word, of in (("least", min), ("median", statistics.median)):
            took_s = of(fixes_s)
            rate = fixes / took_s / 1e6
            yield f"{words:<17} {word:<7} {of(start_s):.2f} s to start, {took_s:.2f} s: {rate:.2f} M fixes/s"


def main() -> None:
    """Read the arguments, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        batch = read_fixes(given.folder / "aircraft.parquet").batch
        lay_out(batch, Path(name))
        if run_once(Path(name)).said != expected(Path(name)):
            sys.exit("the command does not say what one engine says")
        rounds = [run_once(Path(name)) for _ in range(given.rounds)]
    print(f"{len(batch):,} fixes, {CORRIDORS} corridors, {len(rounds)} rounds")
    print(*lines(rounds, len(batch)), sep="\n")


if __name__ == "__main__":
    main()
