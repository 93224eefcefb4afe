"""Row "memory": what a device and a rule take, measured in a process of its own (``resident.py``)."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from rules.state import RULE_STATE
from waywarn.bench.rows import Goal, Row
from waywarn.bench.sizes import Size

GOAL_BYTES = 160.0  # of state for a device and rule
GOAL_GB = 1.0  # resident, for a million devices
WITHIN_S = 600


def memory_row(size: Size) -> Row:
    """Load as many devices as the size says, under corridors and under fences."""
    if not Path("/proc/self/statm").exists():
        return Row("memory", "resident memory", "device", absent=("resident memory: there is no /proc here",))
    corridors, fences = (_in_a_child(size.resident_devices, *option) for option in ((), ("--fences",)))
    count = corridors["devices"]
    return Row(
        key="memory",
        title=f"{count:,} devices loaded, each a fix, in a process of its own",
        unit="device",
        goals=(
            Goal("state for a device and rule", RULE_STATE.itemsize, GOAL_BYTES, unit="bytes"),
            Goal("a million devices, a deviation rule each", _gb_a_million(corridors), GOAL_GB, unit="GB"),
            Goal("a million devices under one geofence", _gb_a_million(fences), GOAL_GB, unit="GB"),
        ),
        checked=f"besides, each device has {corridors['device_row_bytes']} bytes of state, whatever its "
        "rules; names, rules and dictionaries are in the resident memory",
    )


def _gb_a_million(taken: dict[str, Any]) -> float:
    return float(taken["resident_bytes"] / taken["devices"] * 1e6 / 2**30)


def _in_a_child(devices: int, *options: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "waywarn.bench.resident", str(devices), *options]
    done = subprocess.run(command, check=True, capture_output=True, timeout=WITHIN_S, text=True)  # noqa: S603
    found: dict[str, Any] = json.loads(done.stdout)
    return found
