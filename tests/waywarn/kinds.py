"""A folder and a small configuration that rules of every kind are added to."""

from pathlib import Path

from waywarn.config import Config, load_config

LINE = '{"type": "LineString", "coordinates": [[16, 48], [16.01, 48], [16.01, 48.01]]}'  # 1,858 m
TIMES = '["2026-01-01T07:00:00Z", "2026-01-01T07:10:00Z", "2026-01-01T07:20:00Z"]'
TIMED = f'{{"type": "Feature", "properties": {{"coordTimes": {TIMES}}}, "geometry": {LINE}}}'
HEAD = """\
service.store = "w.sqlite"
sip = { domain = "example.org", listen = ["udp:127.0.0.1:0"] }
devices.anna.password = "hunter2"
devices.berta.password = "hunter2"
devices.van-7.password = "hunter2"
"""
SCHOOL = 'kind = "geofence"\ndevice = "anna"\ncircle = { lon = 16, lat = 48, radius_m = 80 }'
HOURS = 'when = "Mon-Fri 07:00-08:15"\ntime_zone = "Europe/Vienna"'
RULE_LINE = len(HEAD.splitlines()) + 1  # on which [rules.it] stands


def fill(folder: Path) -> Path:
    """Write the paths."""
    (folder / "plain.geojson").write_text(LINE)
    (folder / "timed.geojson").write_text(TIMED)
    return folder


def written(folder: Path, rule: str, more: str = "") -> Path:
    """Write a configuration with one rule, called ``it``, and others."""
    file = folder / "kinds.toml"
    file.write_text(f"{HEAD}[rules.it]\n{rule}\n{more}")
    file.chmod(0o600)
    return file


def configured(folder: Path, rule: str, more: str = "") -> Config:
    """Read such a configuration."""
    return load_config(written(folder, rule, more), {})
