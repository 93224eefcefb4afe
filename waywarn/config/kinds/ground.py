"""What the rules of a configuration are made of: its paths, corridors and fences, each read once.

Which rule needs what is each kind's file. Geometry is loaded when the first path or fence is asked for.
"""

from collections.abc import Callable, Mapping
from pathlib import Path as File
from typing import TYPE_CHECKING, Any, TypeVar

from waywarn.config.lines import Location

if TYPE_CHECKING:
    from corridor import Corridor, Fence, FenceSet, Path

Made = TypeVar("Made")

# What `Corridor` calls its discs; a rule's own graces have those names (docs/decisions/0063).
CORRIDOR_WORDS = {"start_disc_m": "start_grace_m", "end_disc_m": "end_grace_m"}


class FaultError(Exception):
    """A refusal, and the key of the rule that is to blame."""

    def __init__(self, key: str | Location, text: str) -> None:
        super().__init__(text)
        self.key: Location = (key,) if isinstance(key, str) else key


class Ground:
    """Read paths and fences for rules, and make corridors and sets of them."""

    def __init__(self) -> None:
        self._kept: dict[object, object] = {}

    def path(self, key: str | Location, file: File) -> "Path":
        """Read a path, or give it again; `key` names it in the rule.

        Raises
        ------
        FaultError
            It cannot be read.
        """
        from corridor import Path

        return self._once(("path", file), key, lambda: Path.from_file(file))

    def corridor(
        self, key: str | Location, file: File, half_width_m: object, terms: dict[str, Any]
    ) -> "Corridor":
        """Make a corridor, or give the same one to another rule; `terms` are by the names of the file.

        Raises
        ------
        FaultError
            The path cannot be read, or a number to each vertex does not fit it.
        """
        from corridor import Corridor

        path = self.path(key, file)
        words = {CORRIDOR_WORDS.get(name, name): value for name, value in terms.items()}
        width: Any = half_width_m  # its type was checked when the file was read
        wanted = ("corridor", file, width, tuple(sorted(words.items())))
        try:
            return self._once(wanted, "half_width_m", lambda: Corridor(path, width, **words))
        except FaultError as fault:
            # A number to each vertex is all that only path and number together can tell to be wrong.
            left = "left_half_width_m" if "left_half_width_m" in str(fault) else "half_width_m"
            raise FaultError(left, str(fault)) from None

    def learned(self, key: str | Location, file: File, terms: Mapping[str, Any]) -> "tuple[Corridor, ...]":
        """Read the corridors that were learned from several trips, the main one first.

        Raises
        ------
        FaultError
            The file cannot be read, holds no widths, or the rule gives others beside them.
        """
        from corridor import Corridor, read_learned

        if "left_half_width_m" in terms:
            raise FaultError("left_half_width_m", "cannot stand beside a half width that was learned")
        words = {CORRIDOR_WORDS.get(name, name): value for name, value in terms.items()}
        wanted = ("learned", file, tuple(sorted(words.items())))
        return self._once(
            wanted,
            key,
            lambda: tuple(
                Corridor(each.path, each.terms.right_m, **words) for each in read_learned(file).corridors
            ),
        )

    def fences(self, key: str, file: File) -> "tuple[Fence, ...]":
        """Read the fences of a file, or give them again."""
        from waywarn.fences import fences_of

        return self._once(("fences", file), key, lambda: tuple(fences_of(file)))

    def circle(self, name: str, lon: float, lat: float, radius_m: float) -> "tuple[Fence, ...]":
        """Draw one round fence, or give it again."""
        from corridor import Fence

        wanted = ("circle", name, lon, lat, radius_m)
        return self._once(wanted, "circle", lambda: (Fence.circle(lon, lat, radius_m, name=name),))

    def packed(self, fences: "tuple[Fence, ...]") -> "FenceSet":
        """Pack fences that were given here, once however many rules watch them."""
        from corridor import FenceSet

        return self._once(("packed", *map(id, fences)), "fences", lambda: FenceSet(fences))

    def _once(self, wanted: object, key: str | Location, make: Callable[[], Made]) -> Made:
        """Make a thing or give the one that was made; a refusal is kept too, and said of each rule."""
        from corridor import CorridorError

        if wanted not in self._kept:
            try:
                self._kept[wanted] = make()
            except CorridorError as error:
                self._kept[wanted] = error
        kept: Any = self._kept[wanted]
        if isinstance(kept, CorridorError):
            raise FaultError(key, str(kept)) from None
        return kept  # type: ignore[no-any-return]  # what `make` gave
