"""How large the workloads are: three named sizes, each number of which an option may replace.

What is made of the numbers is ``roads.py`` and ``zones.py``.
"""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Size:
    """All numbers of a run.

    Parameters
    ----------
    rounds
        How often each contestant is timed, in turns.
    devices, fixes, corridors, vertices
        Of the corridor rows: `fixes` in all, each device on one corridor, `vertices` a path.
    off_share
        Share of the fixes that lie off route, about.
    late_share
        Share of the fixes that arrive after a later one of their device.
    accuracy_m
        95 % radius that fixes of the corridor rows state, and by which they are off.
    movers, moves, fences
        Of the fence rows: so many devices, so many fixes in all.
    growth_fences, growth_vertices
        Where the growth rows are measured.
    resident_devices
        How many devices the memory row loads.
    built_fences
        How many fences the building row freezes.
    singles
        How many fixes the live row sends one by one.
    """

    rounds: int
    devices: int
    fixes: int
    corridors: int
    vertices: int
    movers: int
    moves: int
    fences: int
    growth_fences: tuple[int, ...]
    growth_vertices: tuple[int, ...]
    resident_devices: int
    built_fences: int
    singles: int
    off_share: float = 0.05
    late_share: float = 0.0
    accuracy_m: float = 10.0


SIZES = MappingProxyType(
    {
        "small": Size(
            rounds=3,
            devices=50,
            fixes=20_000,
            corridors=25,
            vertices=60,
            movers=50,
            moves=10_000,
            fences=2_000,
            growth_fences=(500, 1_000, 2_000),
            growth_vertices=(50, 100, 200),
            resident_devices=10_000,
            built_fences=10_000,
            singles=300,
        ),
        "quick": Size(
            rounds=3,
            devices=400,
            fixes=300_000,
            corridors=200,
            vertices=200,
            movers=500,
            moves=100_000,
            fences=20_000,
            growth_fences=(1_000, 10_000, 100_000),
            growth_vertices=(100, 1_000, 10_000),
            resident_devices=100_000,
            built_fences=100_000,
            singles=2_000,
        ),
        "full": Size(
            rounds=7,
            devices=2_000,
            fixes=2_000_000,
            corridors=1_000,
            vertices=200,
            movers=2_000,
            moves=1_000_000,
            fences=100_000,
            growth_fences=(1_000, 10_000, 100_000, 1_000_000),
            growth_vertices=(100, 300, 1_000, 3_000, 10_000),
            resident_devices=1_000_000,
            built_fences=1_000_000,
            singles=10_000,
        ),
    }
)
