"""What is wrong with a configuration: each problem with its file, line, key and what was expected.

How a problem is found is in ``wording.py`` and ``fields.py``; nothing here reads a file.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from waywarn.config.lines import Lines, Location


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong, said so that it can be mended without looking anything up.

    Parameters
    ----------
    file
        The configuration file, as it was named by the caller.
    line
        Counted from 1; 0 where the file as a whole is meant.
    key
        Dotted, for example ``rules.way_to_school.half_width_m``; empty where no key is meant.
    problem
        What is wrong, with the value where that is no secret.
    expected
        What to write instead.

    Examples
    --------
    >>> str(Problem("waywarn.toml", 14, "rules.way.half_width_m", "-3 is not more than 0", "give metres"))
    'waywarn.toml:14: rules.way.half_width_m: -3 is not more than 0; give metres'
    """

    file: str
    line: int
    key: str
    problem: str
    expected: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        named = f"{place}: {self.key}: " if self.key else f"{place}: "
        return named + "; ".join(part for part in (self.problem, self.expected) if part)


class ConfigError(ValueError):
    """A configuration that cannot be used; holds every problem found, in order of lines.

    `file`, `line`, `key`, `problem` and `expected` are those of the first; the text has one line for each.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        first = self.problems[0]
        self.file, self.line, self.key = first.file, first.line, first.key
        self.problem, self.expected = first.problem, first.expected
        super().__init__("\n".join(map(str, self.problems)))


def dotted(location: Location) -> str:
    """Write a location as a key of the file.

    Examples
    --------
    >>> dotted(("recipients", "mother", "addresses", 1, "url_env"))
    'recipients.mother.addresses[1].url_env'
    """
    parts = (f"[{part}]" if isinstance(part, int) else f".{_quoted(part)}" for part in location)
    return "".join(parts).removeprefix(".")


def located(file: Path, lines: Lines, location: Location, problem: str, expected: str = "") -> Problem:
    """Give a finding its line and its key."""
    return Problem(str(file), lines.of(location), dotted(location), problem, expected)


def _quoted(key: str) -> str:
    plain = key and key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if plain else repr(key[:60])
