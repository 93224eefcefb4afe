"""New files that only their owner can read, from the first byte on: places of people, keys.

Where a file takes the place of another is ``provision/tracker_file.py``.
"""

import os
from pathlib import Path
from typing import BinaryIO


def new_file(file: Path, *, mode: int = 0o600) -> BinaryIO:
    """Make a file and open it for writing.

    Raises
    ------
    FileExistsError
        There is one, which is kept.
    OSError
        It cannot be made.
    """
    try:
        return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb")
    except FileExistsError:
        raise FileExistsError(f"{file} exists and is kept; give another, or move it away") from None
