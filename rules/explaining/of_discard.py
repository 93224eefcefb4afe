"""Why a fix was judged by no rule; what is discarded is decided in ``admission.py``."""

from corridor.fix import Fix
from rules.admission import CLOCK_WRONG_AFTER, FUTURE_S, chord_m
from rules.explaining.moment import Moment
from rules.explaining.words import metres, seconds
from rules.transition import Discard


def why_discarded(moment: Moment) -> str:
    """Write one sentence, with the numbers that it was held against."""
    fix, state = moment.fix, moment.before.state
    if fix is None or moment.discard is None:
        raise LookupError("there is no fix that was discarded")
    match moment.discard:
        case Discard.FUTURE:
            wrong = moment.after.state["future_run"] >= CLOCK_WRONG_AFTER
            clock = "; so are many in a row: the device's clock is wrong" if wrong else ""
            return f"discarded: from the future by over {seconds(FUTURE_S)} when it came{clock}"
        case Discard.LATE:
            age_s = float(state["time"]) - fix.time
            return f"discarded: late, {seconds(age_s)} older than the newest fix of the device"
        case Discard.DUPLICATE:
            return "discarded: a duplicate, a fix of that very time had come before"
        case Discard.IMPLAUSIBLE:
            return _implausible(moment, fix)


def _implausible(moment: Moment, fix: Fix) -> str:
    state = moment.before.state
    moved_m = chord_m(fix.lon, fix.lat, float(state["lon"]), float(state["lat"]))
    elapsed_s = fix.time - float(state["time"])
    speed = f" ({moved_m / elapsed_s:,.0f} m/s)" if elapsed_s > 0 else ""
    stated_m = [metres(fix.accuracy_m) if fix.accuracy_m is not None else "none stated"]
    stated_m.append(metres(float(state["accuracy_m"])) if state["accuracy_m"] >= 0 else "none stated")
    held = int(moment.after.state["held"])
    return (
        f"discarded: implausible, {metres(moved_m)} in {seconds(elapsed_s)}{speed} from the last fix, "
        f"their accuracies {' and '.join(stated_m)} taken off over {moment.max_speed_mps:g} m/s; "
        f"held ({held} of 2), and believed if a third agrees"
    )


def follows_from_last(moment: Moment) -> bool:
    """Tell whether a judged fix refuted the held ones: one that did not has made them believed."""
    fix, state = moment.fix, moment.before.state
    if fix is None:
        return True
    moved_m = chord_m(fix.lon, fix.lat, float(state["lon"]), float(state["lat"]))
    vague_m = max(float(state["accuracy_m"]), 0.0) + (fix.accuracy_m or 0.0)
    return moved_m - vague_m <= moment.max_speed_mps * (fix.time - float(state["time"]))
