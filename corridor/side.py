"""On which side of a segment a place lies: right of travel is +1, left is -1."""

from corridor.compiled import inlined
from corridor.lanes import LANES, STEP_X, STEP_Y, X, Y
from corridor.pack import Packed


@inlined
def side_of(packed: Packed, slot: int, fraction: float, east: float, north: float) -> float:
    """Give the side of a segment that a place in its plane is on, +1 right; at a sharp bend the outer one."""
    leaf, lane = slot // LANES, slot % LANES
    segment = packed.segment[slot]
    if fraction == 0.0 and segment["start_side"] != 0:
        return float(segment["start_side"])
    if fraction == 1.0 and segment["end_side"] != 0:
        return float(segment["end_side"])
    dx, dy = east - packed.lanes[leaf, X, lane], north - packed.lanes[leaf, Y, lane]
    across = packed.lanes[leaf, STEP_X, lane] * dy - packed.lanes[leaf, STEP_Y, lane] * dx
    return 1.0 if across <= 0.0 else -1.0
