"""What is asked of a new device is checked as the configuration's is, and each fault names key and value."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waywarn.presets import Preset
from waywarn.provision.new_device import DeviceError, NewDevice
from waywarn.provision.policy import POLICIES, TrackingPolicy


def test_what_is_left_out_is_usual() -> None:
    device = NewDevice.read("anna", profile="child")
    assert device == NewDevice("anna", Preset.CHILD, "anna", 86_400.0, ("SHA-256",))


def test_the_strongest_algorithm_stands_first() -> None:
    assert NewDevice.read("v", profile="car", algorithms="MD5,SHA-256").algorithms == ("SHA-256", "MD5")


@pytest.mark.parametrize(
    ("values", "key", "problem"),
    [
        ({"name": ""}, "name", "'' cannot be the name"),
        ({"name": "a/b"}, "name", "'a/b' cannot be the name"),
        ({"name": "waywarn"}, "sip_user", "'waywarn' is who the service itself is"),
        ({"name": "van-*"}, "name", "'van-\\*' would be read as a pattern"),
        ({"name": "Änne"}, "sip_user", "'Änne' cannot be the user"),
        ({"profile": "boat"}, "profile", "'boat' is no profile; known here: bicycle, car, child, truck"),
        ({"sip_user": "u" * 65}, "sip_user", "cannot be the user of a SIP address"),
        ({"sip_user": "a b"}, "sip_user", "'a b' cannot be the user"),
        ({"retention_h": "0"}, "retention_h", "'0' is no number of hours"),
        ({"retention_h": "nan"}, "retention_h", "'nan' is no number of hours"),
        ({"retention_h": "day"}, "retention_h", "'day' is no number of hours"),
        ({"algorithms": "SHA-1"}, "algorithms", "'SHA-1' is no digest algorithm; known are SHA-256, MD5"),
    ],
)
def test_a_fault_names_its_key_and_value(values: dict[str, str], key: str, problem: str) -> None:
    with pytest.raises(DeviceError, match=problem) as caught:
        NewDevice.read(**{"name": "anna", "profile": "child"} | values)
    assert caught.value.key == key


@given(st.text(), st.text(), st.text(), st.text(), st.text())
def test_any_texts_are_a_device_or_one_error(name: str, profile: str, user: str, hours: str, md: str) -> None:
    with suppress(DeviceError):
        NewDevice.read(name, profile=profile, sip_user=user, retention_h=hours, algorithms=md)


@pytest.mark.parametrize("preset", Preset)
def test_each_profile_has_a_policy_that_confirms_and_is_never_silent(preset: Preset) -> None:
    from waywarn.presets import PRESETS

    policy, numbers = POLICIES[preset], PRESETS[preset]
    assert policy.at_least_every_s * 3 <= numbers["silence"]["silence_s"]
    assert policy.at_most_every_s * 2 <= numbers["deviation"]["confirm_s"]


@pytest.mark.parametrize("values", [(-1, 5, 60), (float("nan"), 5, 60), (20, 60, 5), (20, 5, 86_401)])
def test_a_policy_out_of_range_is_refused(values: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match=r"must be|shorter"):
        TrackingPolicy(*values, adaptive=True)
