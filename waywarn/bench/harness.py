"""All rows of a run, in order: which there are, and each made from the same seed whatever else runs.

Options and printing are ``commands/bench.py``.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from corridor import FixBatch
from waywarn.bench.building import building_row
from waywarn.bench.crossing import crossing_row
from waywarn.bench.deciding import decide_row
from waywarn.bench.growing import fences_row, vertices_row
from waywarn.bench.live import live_row
from waywarn.bench.measuring import measure_row
from waywarn.bench.memory import memory_row
from waywarn.bench.roads import Roads, make_roads, roads_from
from waywarn.bench.rows import Row
from waywarn.bench.sizes import Size
from waywarn.bench.zones import Zones, make_zones


@dataclass(frozen=True, slots=True)
class Run:
    """What all rows of a run share.

    Parameters
    ----------
    size
        How large.
    seed
        Of every random number.
    stream
        Real fixes to take in the place of the driven ones, if any.
    postgis
        Whether a PostgreSQL is started, where it is installed.
    """

    size: Size
    seed: int
    stream: FixBatch | None = None
    postgis: bool = True

    def rng(self, key: str) -> np.random.Generator:
        """Give the random numbers of one row, or workload."""
        return np.random.default_rng([self.seed, zlib.crc32(key.encode())])

    def roads(self) -> Roads:
        """Give the corridor workload."""
        return make_roads(self.size, self.rng("roads")) if self.stream is None else roads_from(self.stream)

    def zones(self, *, circles: bool) -> Zones:
        """Give the fence workload."""
        size, rng = self.size, self.rng("zones")
        return make_zones(size.fences, size.movers, size.moves, rng, circles=circles, stream=self.stream)


def _measure(run: Run) -> Row:
    return measure_row(run.roads(), run.size.rounds, run.rng("measure"))


def _decide(run: Run) -> Row:
    return decide_row(run.roads(), run.size.rounds, run.size.accuracy_m, run.rng("decide"))


def _crossing(run: Run, *, circles: bool) -> Row:
    zones = run.zones(circles=circles)
    return crossing_row(zones, run.size.rounds, run.rng("crossing"), postgis=run.postgis)


def _polygons(run: Run) -> Row:
    return _crossing(run, circles=False)


def _circles(run: Run) -> Row:
    return _crossing(run, circles=True)


def _fences(run: Run) -> Row:
    return fences_row(run.size, run.rng("fences"))


def _live(run: Run) -> Row:
    return live_row(run.roads(), run.zones(circles=False), run.size)


def _build(run: Run) -> Row:
    return building_row(run.size, run.rng("build"))


def _memory(run: Run) -> Row:
    return memory_row(run.size)


def _vertices(run: Run) -> Row:
    return vertices_row(run.size, run.rng("vertices"))


ROWS: MappingProxyType[str, Callable[[Run], Row]] = MappingProxyType(
    {
        "measure": _measure,
        "decide": _decide,
        "polygons": _polygons,
        "circles": _circles,
        "fences": _fences,
        "vertices": _vertices,
        "live": _live,
        "build": _build,
        "memory": _memory,
    }
)


def run_rows(run: Run, keys: tuple[str, ...], begin: Callable[[str], None]) -> Iterator[Row]:
    """Run the rows of those keys, in the order of `ROWS`; `begin` is told each key first.

    Raises
    ------
    WrongAnswerError
        Somebody's answers are wrong; that row is not timed.
    """
    for key, make in ROWS.items():
        if key in keys:
            begin(key)
            yield make(run)
