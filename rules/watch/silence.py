"""The silence rule: nothing comes from a device, or nothing that could be judged.

The machine's table and the compiled code that reads a fix are below.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rules.ranges import Numbers
from rules.watch.watch import Watch

_WAIT = Numbers(low=0.0, high=7 * 86_400.0, open_low=True, optional=True)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Silence(Watch):
    """Tell when no fix comes from a device, or only fixes too vague to judge, and when that is over.

    Parameters
    ----------
    silence_s
        No fix for so long, counted from the last one or from the window's opening: silent. None: not asked.
    vague_s, vague_m
        Fixes came for so long, and all had an accuracy of more than `vague_m`: too vague. None: not asked.
    """

    RANGES: ClassVar[Mapping[str, Numbers]] = {
        "silence_s": _WAIT,
        "vague_s": _WAIT,
        "vague_m": Numbers(low=0.0, high=20_100_000.0, open_low=True),
    }

    name: str = "silence"
    silence_s: float | None = 180.0
    vague_s: float | None = 300.0
    vague_m: float = 80.0
