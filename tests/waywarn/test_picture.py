"""`draw_drive`: a picture comes out whatever the place, and its parts are where they belong."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from corridor import Corridor, FixBatch, LocalFrame
from corridor import Path as Way
from rules import Deviation, Engine
from waywarn.picture import ALARM_COLOUR, draw_drive
from waywarn.sheet import TRACK_COLOURS


def _drive(lon: float, lat: float) -> tuple[Corridor, FixBatch]:
    frame = LocalFrame(lon, lat)
    way = frame.from_enu([[0.0, 0.0], [900.0, 100.0]])
    corridor = Corridor(Way(way[:, 0], way[:, 1]), half_width_m=40)
    along = np.linspace(0.0, 1.0, 60)
    xy_m = np.stack([along * 900, along * 100 + 300 * (abs(along - 0.5) < 0.2)], axis=1)
    walk = frame.from_enu(xy_m)
    batch = FixBatch.from_columns(["anna"] * 60, 1.7e9 + 10.0 * np.arange(60), walk[:, 0], walk[:, 1])
    return corridor, batch


def _share(file: Path, colour: str) -> float:
    pixels = np.asarray(Image.open(file).convert("RGB"), dtype=int)
    wanted = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return float((np.abs(pixels - wanted).max(axis=2) < 12).mean())


@pytest.mark.parametrize(("lon", "lat"), [(16.3, 48.2), (179.999, -17.0), (0.0, 89.99), (-70.0, -53.0)])
def test_a_drive_is_drawn_anywhere_on_earth(tmp_path: Path, lon: float, lat: float) -> None:
    corridor, batch = _drive(lon, lat)
    transitions = Engine([Deviation(corridor, "anna")]).step(batch).transitions
    file = tmp_path / "drive.png"
    draw_drive(corridor, {"Tuesday": batch}, transitions, file)
    assert _share(file, ALARM_COLOUR) > 1e-4
    assert _share(file, TRACK_COLOURS[0]) > 1e-3
    quiet = tmp_path / "quiet.png"
    draw_drive(corridor, {"Tuesday": batch}, [], quiet)
    assert _share(quiet, ALARM_COLOUR) == 0


def test_a_fix_on_the_other_side_of_the_earth_does_not_shrink_the_picture(tmp_path: Path) -> None:
    corridor, batch = _drive(16.3, 48.2)
    stray = FixBatch.from_columns(["anna"] * 2, [1.7e9, 1.7e9 + 5], [-163.7, 40.0], [-48.2, 40.0])
    draw_drive(corridor, {"walk": batch}, [], tmp_path / "plain.png")
    draw_drive(corridor, {"walk": batch, "stray": stray}, [], tmp_path / "stray.png")
    assert _share(tmp_path / "stray.png", TRACK_COLOURS[0]) == pytest.approx(
        _share(tmp_path / "plain.png", TRACK_COLOURS[0]), rel=0.1
    )


def test_names_with_dollar_signs_are_drawn_as_they_are(tmp_path: Path) -> None:
    name = r"$\frac{$"
    corridor, batch = _drive(16.3, 48.2)
    way = Way(corridor.path.lon, corridor.path.lat, name=name)
    ring = np.array([[16.3, 48.2], [16.31, 48.2], [16.31, 48.21], [16.3, 48.2]])
    file = tmp_path / "dollars.png"
    draw_drive(Corridor(way, half_width_m=40), {name: batch}, [], file, fences={name: [ring]})
    assert file.stat().st_size > 5_000


def test_a_corridor_alone_is_drawn(tmp_path: Path) -> None:
    draw_drive(_drive(16.3, 48.2)[0], {}, [], tmp_path / "alone.png")
    assert (tmp_path / "alone.png").stat().st_size > 5_000
