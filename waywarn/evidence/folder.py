"""A case as a folder of files, with a list of their SHA-256 values: whoever changes one is found out.

The list's own value is given back: told on another way, it holds the list too.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from waywarn.evidence.case import Case
from waywarn.evidence.gpx import write_gpx
from waywarn.evidence.last_place import write_last_place
from waywarn.evidence.summary import write_summary
from waywarn.evidence.tables import alerts_csv, places_csv
from waywarn.own_file import new_file

SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Folder:
    """What was written.

    Parameters
    ----------
    files
        All of them, the list of values last.
    sha256
        The value of that list.
    """

    files: tuple[Path, ...]
    sha256: str


def write_folder(case: Case, folder: Path) -> Folder:
    """Write all files of a case into a folder that is empty or is made; nobody else can read them.

    Raises
    ------
    FileExistsError
        There is something in it: evidence is not mixed with other files, and none is written over.
    OSError
        It cannot be written.
    """
    from waywarn.evidence.map_picture import draw_case  # here: matplotlib takes a second

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # places are personal
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder}: there are files in it; give a new folder")
    perhaps = {"last-place.xml": write_last_place(case), "map.png": draw_case(case)}
    contents = {
        "track.gpx": write_gpx(case),
        "places.csv": places_csv(case),
        "alerts.csv": alerts_csv(case),
        **{name: content for name, content in perhaps.items() if content is not None},
    }
    contents["summary.txt"] = write_summary(case, {*contents, SUMS}).encode()
    names = sorted(contents)
    sums = "".join(f"{hashlib.sha256(contents[name]).hexdigest()}  {name}\n" for name in names).encode()
    contents[SUMS] = sums
    for name, content in contents.items():
        with new_file(folder / name) as stream:
            stream.write(content)
    return Folder(tuple(folder / name for name in (*names, SUMS)), hashlib.sha256(sums).hexdigest())
