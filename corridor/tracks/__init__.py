"""Files of fixes and paths, of every spelling, read into columns."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corridor.tracks.read import read_fixes, read_lines, read_path
    from corridor.tracks.track import PathVertices, Refusal, Track

__all__ = ["PathVertices", "Refusal", "Track", "read_fixes", "read_lines", "read_path"]


def __getattr__(name: str) -> object:
    """Load on first use: the readers need pyarrow."""
    if name in {"read_fixes", "read_lines", "read_path"}:
        from corridor.tracks import read

        return getattr(read, name)
    if name in __all__:
        from corridor.tracks import track

        return getattr(track, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
