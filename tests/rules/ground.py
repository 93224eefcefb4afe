"""A small ground to drive on: metres east and north of one place, paths on it, and fixes from them."""

from collections.abc import Iterable

from corridor import Corridor, Fix, Path
from rules import Transition

LON, LAT = 16.0, 48.0
EAST_DEG = 1 / 74626.0  # a metre east there
NORTH_DEG = 1 / 111192.0
START = 1767225600.0  # 2026-01-01T00:00:00Z, a Thursday


def lon_lat(east_m: float, north_m: float) -> tuple[float, float]:
    return LON + east_m * EAST_DEG, LAT + north_m * NORTH_DEG


def path(*corners_m: tuple[float, float], name: str = "path") -> Path:
    lon, lat = zip(*(lon_lat(*corner) for corner in corners_m), strict=True)
    return Path(lon, lat, name=name)


def corridor(*corners_m: tuple[float, float], half_width_m: float = 40, name: str = "path") -> Corridor:
    return Corridor(path(*corners_m, name=name), half_width_m)


def straight(half_width_m: float = 40) -> Corridor:
    return corridor((0, 0), (1000, 0), half_width_m=half_width_m)


def fix(
    seconds: float,
    east_m: float,
    north_m: float = 0.0,
    *,
    accuracy_m: float | None = 10.0,
    device: str = "anna",
    method: str | None = None,
    speed_mps: float | None = None,
    course_deg: float | None = None,
) -> Fix:
    lon, lat = lon_lat(east_m, north_m)
    return Fix(
        device,
        START + seconds,
        lon,
        lat,
        accuracy_m=accuracy_m,
        method=method,
        speed_mps=speed_mps,
        course_deg=course_deg,
    )


def brief(transitions: Iterable[Transition]) -> list[str]:
    """Write each as `30 off_route confirmed`; what ends an alarm says when it began."""
    lines = []
    for each in transitions:
        line = f"{each.time - START:g} {each.kind} {each.reason}"
        lines.append(line + (f" of {each.starts_at - START:g}" if each.closes_alarm else ""))
    return lines
