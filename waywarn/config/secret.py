"""Secrets: where one comes from, and that it never shows.

Exactly one source is given for each (docs/decisions/0003); that rule is checked in ``together.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from stat import S_IROTH
from typing import Self

from pydantic import SecretStr

MAX_SECRET_BYTES = 8192  # the longest address with a signed token is under 4,000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a configuration is read against: its folder, the environment, and the names it defines."""

    folder: Path
    environ: Mapping[str, str]
    recipients: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret and, in words, where it came from; the value shows in neither repr nor str."""

    value: SecretStr
    source: str
    file: Path | None = None

    @classmethod
    def of(cls, text: str, source: str, file: Path | None = None) -> Self:
        """Wrap a text."""
        return cls(SecretStr(text), source, file)

    @property
    def readable_by_all(self) -> bool:
        """Whether the file it came from can be read by every user of the machine."""
        return self.file is not None and is_readable_by_all(self.file)


class SecretError(ValueError):
    """A secret that cannot be had; `problem` and `expected` never hold its value."""

    def __init__(self, problem: str, expected: str) -> None:
        super().__init__(problem)
        self.problem, self.expected = problem, expected


def reason_of(error: OSError | ValueError) -> str:
    """Say why a file could not be opened, without its path; ValueError is a name that no file can have."""
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)).lower()


def is_readable_by_all(file: Path) -> bool:
    """Tell whether every user of the machine may read `file`."""
    try:
        return bool(file.stat().st_mode & S_IROTH)
    except OSError:
        return False


def from_environment(name: str, surroundings: Surroundings) -> Secret:
    """Take the secret from an environment variable."""
    value = surroundings.environ.get(name, "")
    if not value.strip():
        raise SecretError(
            f"environment variable {name[:60]!r} is not set or empty", "set it, or name another"
        )
    if not value.isprintable():
        raise SecretError(
            f"environment variable {name[:60]!r} has control characters", "set it to plain text"
        )
    return Secret.of(value, f"from environment variable {name}")


def from_file(name: str, surroundings: Surroundings) -> Secret:
    """Take the secret from the one line of a file; the line's end does not belong to it."""
    file = surroundings.folder / name
    try:
        with file.open("rb") as readable:
            data = readable.read(MAX_SECRET_BYTES + 1)
        text = data.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise SecretError(
            f"secret file {name[:60]!r} is not UTF-8 text", "write the secret as text"
        ) from None
    except (OSError, ValueError) as error:
        raise SecretError(
            f"secret file {name[:60]!r} cannot be read ({reason_of(error)})",
            "make it, readable by the user of the service, relative to this configuration",
        ) from None
    if not text.strip():
        raise SecretError(f"secret file {name[:60]!r} is empty", "write the secret into its first line")
    if len(data) > MAX_SECRET_BYTES or not text.isprintable():
        raise SecretError(
            f"secret file {name[:60]!r} holds more than one line of text", "write only the secret into it"
        )
    return Secret.of(text, f"from file {name}", file)
