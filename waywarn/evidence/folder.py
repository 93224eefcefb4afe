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
    """Write all files of a case into a folder that is empty or is made.

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
    contents = {"track.gpx": write_gpx(case), "places.csv": places_csv(case), "alerts.csv": alerts_csv(case)}
    if (last := write_last_place(case)) is not None:
        contents["last-place.xml"] = last
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    names = {*contents, SUMS}
    if draw_case(case, folder / "map.png"):
        names.add("map.png")
    (folder / "summary.txt").write_text(write_summary(case, names), encoding="utf-8", newline="\n")
    files = sorted(file for file in folder.iterdir() if file.name != SUMS)
    sums = "".join(
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files
    ).encode()
    (folder / SUMS).write_bytes(sums)
    return Folder((*files, folder / SUMS), hashlib.sha256(sums).hexdigest())
