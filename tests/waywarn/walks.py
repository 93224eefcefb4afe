"""Small invented walks as CSV files: 1.4 m/s along a way of two legs, a fix every 5 s."""

from pathlib import Path

import numpy as np

from corridor.frame import LocalFrame
from corridor.instant import format_instant

START = 1_767_254_400.0  # 2026-01-01T08:00:00Z
FIXES = 200


def write_walk(
    file: Path, *, device: str = "anna", away_m: float = 0.0, start: float = START, extra: str = ""
) -> Path:
    """Write a walk that strays by `away_m` in its middle third; `extra` rows stand at the end."""
    along_m = np.arange(FIXES) * 7.0
    xy_m = np.stack([np.minimum(along_m, 700.0), np.maximum(along_m - 700.0, 0.0)], axis=1)
    middle = slice(FIXES // 3, 2 * FIXES // 3)
    xy_m[middle] += [-away_m, away_m]  # as far from the one leg as from the other
    degrees = LocalFrame(16.3, 48.2).from_enu(xy_m)
    rows = [
        f"{device},{format_instant(start + 5.0 * row)},{lon:.7f},{lat:.7f},8\n"
        for row, (lon, lat) in enumerate(degrees.tolist())
    ]
    file.write_text("device_id,time,lon,lat,accuracy_m\n" + "".join(rows) + extra, encoding="utf-8")
    return file
