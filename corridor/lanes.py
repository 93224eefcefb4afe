"""Eight segments at once: which of a leaf's segments is nearest to a point, in vector instructions.

LLVM does not turn the plain loop into vectors (the least of numbers with an index is too much for it), so the
vectors are written out; the machine's own width is LLVM's business. What a leaf is: ``pack.py``.
"""

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from corridor.ellipsoid import Floats

LANES = 8  # segments of a leaf: one 512-bit register of numbers, or two, or four

# Rows of a leaf in `Packed.lanes`: where each of its segments starts, its step, and 1 / step² in the plane;
# then how high start and step are above it.
X, Y, STEP_X, STEP_Y, SCALE, HEIGHT, CLIMB = range(7)
ROWS = 7

_INDEX = ir.IntType(64)
_NUMBERS = ir.VectorType(ir.DoubleType(), LANES)
_KEYS = ir.VectorType(_INDEX, LANES)


@intrinsic
def _nearest_lane(_context: Any, lanes: Any, _leaf: Any, _east: Any, _north: Any) -> Any:
    signature = types.int64(lanes, types.int64, types.float64, types.float64)
    return signature, _emit


def _emit(context: Any, builder: ir.IRBuilder, signature: Any, given: tuple[ir.Value, ...]) -> ir.Value:
    lanes, leaf, east, north = given
    block = context.make_array(signature.args[0])(context, builder, lanes).data
    first = builder.mul(leaf, ir.Constant(_INDEX, ROWS * LANES))

    def row(number: int) -> ir.Value:
        at = builder.gep(block, [builder.add(first, ir.Constant(_INDEX, number * LANES))])
        loaded = builder.load(builder.bitcast(at, _NUMBERS.as_pointer()))
        loaded.align = 8
        return loaded

    def all_lanes(number: ir.Value) -> ir.Value:
        nothing = ir.Constant(_NUMBERS, ir.Undefined)
        one = builder.insert_element(nothing, number, ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(
            one, nothing, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        )

    def bounded(fraction: ir.Value) -> ir.Value:
        low, high = ir.Constant(_NUMBERS, [0.0] * LANES), ir.Constant(_NUMBERS, [1.0] * LANES)
        fraction = builder.select(builder.fcmp_ordered(">", fraction, low), fraction, low)
        return builder.select(builder.fcmp_ordered("<", fraction, high), fraction, high)

    def dot(a: ir.Value, b: ir.Value, c: ir.Value, d: ir.Value) -> ir.Value:
        return builder.fadd(builder.fmul(a, c), builder.fmul(b, d))

    step_x, step_y = row(STEP_X), row(STEP_Y)
    dx, dy = builder.fsub(all_lanes(east), row(X)), builder.fsub(all_lanes(north), row(Y))
    fraction = bounded(builder.fmul(dot(dx, dy, step_x, step_y), row(SCALE)))
    dx = builder.fsub(dx, builder.fmul(fraction, step_x))
    dy = builder.fsub(dy, builder.fmul(fraction, step_y))
    # Numbers that are not negative order as their bits do. The last three bits make room for the lane: what
    # differs by less than 1e-15 of itself is equal, and of equals the first is taken.
    bits = builder.and_(builder.bitcast(dot(dx, dy, dx, dy), _KEYS), ir.Constant(_KEYS, [-LANES] * LANES))
    keys = builder.or_(bits, ir.Constant(_KEYS, list(range(LANES))))
    least = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]  # numba is not typed
        builder.module, ir.FunctionType(_INDEX, [_KEYS]), f"llvm.vector.reduce.smin.v{LANES}i64"
    )
    return builder.and_(builder.call(least, [keys]), ir.Constant(_INDEX, LANES - 1))


# For compiled loops only: (lanes, leaf, east, north) -> lane of the nearest segment of (L, ROWS, LANES).
nearest_lane = cast("Callable[[Floats, int, float, float], int]", _nearest_lane)
