"""A bad rule cannot exist, and its refusal names the rule, the value and what was expected."""

import math
from typing import Any

import pytest

from rules import Deviation, Ends, RuleError, Starts
from tests.rules.ground import straight


def deviation(**numbers: Any) -> Deviation:
    return Deviation(**{"corridor": straight(), "device": "anna", "name": "school", **numbers})


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"confirm_fixes": 0}, "confirm_fixes is 0; expected a whole number of at least 1 and at most 10000"),
        ({"confirm_fixes": 2.5}, "confirm_fixes is 2.5; expected a whole number"),
        ({"confirm_fixes": True}, "confirm_fixes is True; expected a whole number"),
        ({"confirm_s": -1}, "confirm_s is -1; expected a number of at least 0"),
        ({"confirm_s": math.nan}, "confirm_s is nan; expected a number"),
        ({"confirm_s": "20"}, "confirm_s is '20'; expected a number"),
        (
            {"raise_probability": 0.0},
            "raise_probability is 0.0; expected a number of more than 0",
        ),
        ({"raise_probability": 1.1}, "raise_probability is 1.1"),
        ({"raise_probability": 0.3}, "clear_probability 0.35 is not less than raise_probability 0.3"),
        ({"clear_probability": 0.95}, "clear_probability 0.95 is not less than raise_probability 0.95"),
        ({"clear_probability": -0.1}, "clear_probability is -0.1"),
        ({"start_grace_m": 0}, "start_grace_m is 0; expected a number of more than 0 and at most 50000"),
        ({"end_grace_m": math.inf}, "end_grace_m is inf"),
        ({"silence_s": 0}, "silence_s is 0; expected a number of more than 0 and at most 604800"),
        ({"default_accuracy_m": 0}, "default_accuracy_m is 0"),
        ({"starts": "soon"}, "starts is 'soon'; expected one of on_path, at_start, at_once"),
        ({"ends": None}, "ends is None; expected one of at_end, never"),
        ({"window": "Mon 07:00-08:00"}, "window is 'Mon 07:00-08:00'; expected a Window"),
        ({"corridor": None}, "corridor is None; expected a Corridor"),
        ({"device": ""}, "device is ''; expected a text that is not empty"),
        ({"name": 7}, "name is 7; expected a text that is not empty"),
    ],
)
def test_a_bad_number_is_refused_by_name_and_value(numbers: dict[str, Any], message: str) -> None:
    with pytest.raises(RuleError) as refused:
        deviation(**numbers)
    assert message in str(refused.value)
    assert str(refused.value).startswith('rule "')


def test_words_become_choices() -> None:
    rule = deviation(starts="at_once", ends="never")
    assert (rule.starts, rule.ends) == (Starts.AT_ONCE, Ends.NEVER)


def test_limits_themselves_are_taken() -> None:
    deviation(confirm_fixes=1, confirm_s=0, raise_probability=1.0, clear_probability=0, end_grace_m=50_000)


def test_the_fingerprint_is_the_corridors() -> None:
    assert deviation().fingerprint == deviation(confirm_s=5, name="other").fingerprint
    assert deviation().fingerprint != deviation(corridor=straight(41)).fingerprint
