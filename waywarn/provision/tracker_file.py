"""The file of a tracker: TOML, written whole or not at all, readable by nobody but its owner.

Reading it is the tracker's; what stands in it came as a `Handout`.
"""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from waywarn.provision.handout import Handout

DEFAULT_GPSD = "127.0.0.1:2947"  # Debian's gpsd listens there
GPSD_ADDRESS = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}")  # as the tracker reads it


class Write(Protocol):
    """Writes the text of a file that is held open for it."""

    def __call__(self, text: str) -> None:
        """Write all of it."""
        ...


def tracker_toml(handout: Handout, *, gpsd: str = DEFAULT_GPSD) -> str:
    """Give the text of the file.

    Parameters
    ----------
    handout
        What the server handed out.
    gpsd
        Where the device's own gpsd listens, ``host:port``.
    """
    server = {name: value for name, value in asdict(handout.server).items() if value != ""}
    tables: dict[str, dict[str, object]] = {
        "account": {"aor": handout.aor, "user": handout.user, "password": handout.password},
        "server": server,
        "policy": {**asdict(handout.policy), "retain_days": handout.retain_days},
        "source": {"gpsd": gpsd},
    }
    heading = "# Written by `waywarn device enroll`. It holds a password: keep it to yourself.\n"
    return heading + "".join(f"\n[{name}]\n{_lines(table)}" for name, table in tables.items())


@contextmanager
def private_file(file: Path) -> Iterator[Write]:
    """Hold a file of mode 0600 that takes the place of `file` once its text was written, on the disk.

    It is made before: who uses up a token to get the text must not find then that it cannot be kept.

    Raises
    ------
    OSError
        The folder cannot be written to.
    """
    number, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # its mode is 0600
    written = Path(name)

    def write(text: str) -> None:
        with os.fdopen(os.dup(number), "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        written.replace(file)

    try:
        yield write
    finally:
        os.close(number)
        with suppress(FileNotFoundError):
            written.unlink()


def _lines(table: dict[str, object]) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in table.items())


def _value(value: object) -> str:
    # of printable ASCII, as all texts of a handout are, JSON's strings are TOML's basic strings
    return json.dumps(value)
