"""Numbers and runs as an explanation writes them: exact enough to be checked against the rule.

The sentences are each kind's; how messages write numbers is the alerts room's.
"""

import math

from rules.explaining.explanation import Run

_SURELY, _HARDLY = 0.9995, 0.0005  # beyond these a percentage would be rounded to 100 or 0


def metres(length_m: float) -> str:
    """Write a length.

    Examples
    --------
    >>> metres(4.25), metres(59.8), metres(12_345.0)
    ('4.2 m', '60 m', '12.3 km')
    """
    if math.isinf(length_m):
        return "infinitely far"
    if abs(length_m) >= 9_999.5:
        return f"{length_m / 1000:.1f} km"
    return f"{round(length_m, 1) + 0:g} m" if abs(length_m) < 9.95 else f"{length_m:.0f} m"


def seconds(duration_s: float) -> str:
    """Write a duration.

    Examples
    --------
    >>> seconds(0.5), seconds(20.0), seconds(200.0), seconds(7380.0)
    ('0.5 s', '20 s', '3 min 20 s', '2 h 3 min')
    """
    if duration_s < 120:
        return f"{round(duration_s, 1):g} s"
    minutes, rest_s = divmod(round(duration_s), 60)
    hours, rest_min = divmod(minutes, 60)
    pairs = ((hours, "h", rest_min, "min"), (minutes, "min", rest_s, "s"))
    first, unit, second, lesser = pairs[0] if hours else pairs[1]
    return f"{first} {unit} {second} {lesser}" if second else f"{first} {unit}"


def percent(probability: float) -> str:
    """Write a probability; never as 100 or 0 what is not quite.

    Examples
    --------
    >>> percent(0.95), percent(0.0428), percent(0.99999), percent(1e-9)
    ('95 %', '4.3 %', 'over 99.9 %', 'under 0.1 %')
    """
    if probability >= _SURELY:
        return "over 99.9 %"
    if probability < _HARDLY:
        return "under 0.1 %"
    return f"{round(100 * probability, 1):g} %"


def of_run(run: Run, what: str) -> str:
    """Write how many fixes say the same, of how many that are needed.

    Examples
    --------
    >>> of_run(Run(2, 3, 15.0, 20.0), "outside")
    '2 of 3 fixes outside over 15 of 20 s'
    >>> of_run(Run(4, 3, 30.0, 20.0), "outside")
    '4 fixes outside (3 needed) over 30 s (20 s needed)'
    """
    fixes = f"{run.fixes} of {run.needed_fixes} fix{'es' * (run.needed_fixes != 1)} {what}"
    if run.fixes > run.needed_fixes:
        fixes = f"{run.fixes} fixes {what} ({run.needed_fixes} needed)"
    if not run.needed_s:
        return fixes
    if run.lasted_s > run.needed_s:
        return f"{fixes} over {seconds(run.lasted_s)} ({seconds(run.needed_s)} needed)"
    return f"{fixes} over {_of(run.lasted_s, run.needed_s)}"


def lacking(run: Run) -> str:
    """Say what a run lacks; "often and long enough" if nothing."""
    if run.fixes < run.needed_fixes:
        return "not often enough yet" if run.lasted_s >= run.needed_s else "not often and long enough yet"
    if run.lasted_s < run.needed_s:
        return "not long enough yet"
    return "often and long enough" if run.needed_s else "often enough"


def _of(lasted_s: float, needed_s: float) -> str:
    if max(lasted_s, needed_s) < 120:
        return f"{round(lasted_s, 1):g} of {seconds(needed_s)}"
    return f"{seconds(lasted_s)} of {seconds(needed_s)}"
