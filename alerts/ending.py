"""Why an alert ended, and which of that is good news."""

from enum import StrEnum

from rules.transition import Kind, Reason, Transition


class Ending(StrEnum):
    """Why an alert ended. What is called like a kind of transition says that all is well again."""

    BACK_ON_ROUTE = "back_on_route"
    ARRIVED = "arrived"
    RIGHT_WAY = "right_way"
    MOVING = "moving"
    ON_TIME = "on_time"
    MADE_GOOD = "made_good"
    HEARD = "heard"
    CLEAR_ENOUGH = "clear_enough"
    SPEED_OK = "speed_ok"
    DISTANCE_OK = "distance_ok"
    STILL = "still"
    WINDOW_CLOSED = "window_closed"
    CONDITION_OVER = "condition_over"
    RULE_REMOVED = "rule_removed"
    SUPERSEDED = "superseded"  # a newer episode of the same rule and device opened first
    ENDED = "ended"
    HAPPENED = "happened"  # an event: it was over as it happened
    RETRACTED = "retracted"  # a late fix showed that it was never so

    @property
    def is_good_news(self) -> bool:
        """Whether the device is as it should be."""
        return self in _GOOD_NEWS


_GOOD_NEWS = frozenset(ending for ending in Ending if ending.value in {*Kind} - {Kind.ENDED, Kind.RETRACTED})
_BY_REASON = {
    Reason.WINDOW_CLOSED: Ending.WINDOW_CLOSED,
    Reason.CONDITION_OVER: Ending.CONDITION_OVER,
}


def ending_of(transition: Transition) -> Ending:
    """Say why a transition ends the alarm that it closes.

    Examples
    --------
    >>> seen = (60.0, 16.3, 48.2, 80.0, 0.0, 40.0, 1.0)
    >>> ending_of(Transition("phone", "anna", Kind.HEARD, Reason.FIX_CAME, *seen, episode=3, starts_at=30.0))
    <Ending.HEARD: 'heard'>
    """
    ending = next((each for each in _GOOD_NEWS if each.value == transition.kind.value), None)
    if ending is not None:
        return ending
    return _BY_REASON.get(transition.reason, Ending.ENDED)
