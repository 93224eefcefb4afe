"""A TOML file as values and the lines they stand on; what they mean is ``load.py``'s, or its reader's."""

import re
import tomllib
from pathlib import Path

from waywarn.config.lines import Lines
from waywarn.config.problem import ConfigError, Problem
from waywarn.config.secret import reason_of

MAX_BYTES = 4 * 1024 * 1024  # ten thousand devices with a rule each; reading takes seconds at this size
_AT = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


def read_toml(file: Path) -> tuple[dict[str, object], Lines]:
    """Read a file.

    Raises
    ------
    ConfigError
        It cannot be read, is too large, or is no TOML in UTF-8.
    """
    return _parsed(file, _text(file))


def _text(file: Path) -> str:
    try:
        with file.open("rb") as readable:
            data = readable.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({reason_of(error)})"
        raise ConfigError([Problem(str(file), 0, "", problem, "name a TOML file with -c")]) from None
    if len(data) > MAX_BYTES:
        raise ConfigError([Problem(str(file), 0, "", f"is larger than {MAX_BYTES} bytes")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problem = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise ConfigError([Problem(str(file), line, "", problem, "save the file as UTF-8")]) from None


def _parsed(file: Path, text: str) -> tuple[dict[str, object], Lines]:
    try:
        return tomllib.loads(text), Lines(text)
    except RecursionError:
        problem, line, expected = "lists or tables are nested too deeply", 1, ""
    except ValueError as error:  # TOMLDecodeError, or a whole number of thousands of digits
        match = _AT.fullmatch(str(error))
        end = text.count("\n") + (not text.endswith("\n"))
        line = int(match[2]) if match and match[2] else max(1, end if match else 1)
        column = f" (column {match[3]})" if match and match[3] else ""
        problem = f"is not TOML: {_lowered(match[1] if match else str(error))}{column}"
        expected = "text stands in quotes, a table's name in [brackets]"
    raise ConfigError([Problem(str(file), line, "", problem, expected)])


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:200]
