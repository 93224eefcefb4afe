"""What could be done about the paths and fences of a configuration that cannot be used: said, never written.

What is a repair is ``corridor``; `waywarn record --repair` writes a mended path.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path as File
from typing import TYPE_CHECKING

from corridor import CorridorError, Path
from corridor.fence_repair import repair_fences
from corridor.repair import repair_path
from corridor.tracks import read_path
from corridor.tracks.read import split_name
from waywarn.config.kinds.in_fences import InFencesConfig
from waywarn.config.problem import dotted
from waywarn.fences import fences_of

if TYPE_CHECKING:
    from waywarn.config.config import Config


def proposals(config: "Config") -> Iterator[tuple[str, Sequence[str]]]:
    """Give the key of each path and fence file at fault, and what would be done about it.

    Nothing is given for a file that is good, or of which nothing can be made.
    """
    for name, rule in config.rules.items():
        for key, path in rule.path_files():
            yield dotted(("rules", name, *key)), _of_path(path)
        if isinstance(rule, InFencesConfig) and rule.fences is not None:
            yield dotted(("rules", name, "fences")), _of_fences(rule.fences)


def _of_path(file: File) -> Sequence[str]:
    try:
        Path.from_file(file)
    except CorridorError:
        with suppress(CorridorError):
            return [str(repair) for repair in repair_path(read_path(file, check=False))[1]]
    return []


def _of_fences(file: File) -> Sequence[str]:
    try:
        fences_of(file)
    except CorridorError:
        with suppress(CorridorError):
            return [str(repair) for repair in repair_fences(split_name(file)[0])[1]]
    return []
