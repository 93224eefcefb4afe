"""A device that is to get an account: what is asked of it, each value checked as the configuration's are.

Reading many of a CSV file is ``device_file.py``; keeping the account is ``store/accounts.py``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from sip.digest import ALGORITHMS
from waywarn.config.fields import OWN_USER, SipUser, check_name, suggestion
from waywarn.presets import Preset

DEFAULT_RETENTION_H, MAX_RETENTION_H = 24.0, 876_000.0  # as [devices.NAME]
HOUR_S = 3600.0
_SIP_USER = TypeAdapter(SipUser)
_SHELL = frozenset("*?[]")  # a name with these would be read as a pattern


class DeviceError(ValueError):
    """What is wrong with a device; `key` is the value's name, `expected` what to write instead."""

    def __init__(self, key: str, problem: str, expected: str = "") -> None:
        super().__init__(f"{key}: {problem}{f'; {expected}' if expected else ''}")
        self.key, self.problem, self.expected = key, problem, expected


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device to be added.

    Examples
    --------
    >>> NewDevice.read("anna", profile="child").retention_s
    86400.0
    >>> NewDevice.read("anna", profile="chlid")
    Traceback (most recent call last):
    waywarn.provision.new_device.DeviceError: profile: 'chlid' is no profile; did you mean child?
    """

    name: str
    profile: Preset
    sip_user: str
    retention_s: float
    algorithms: tuple[str, ...]

    @classmethod
    def read(
        cls, name: str, *, profile: str, sip_user: str = "", retention_h: str = "", algorithms: str = ""
    ) -> Self:
        """Read the texts that a person wrote; an empty one stands for what is usual.

        Raises
        ------
        DeviceError
            A text cannot be used.
        """
        _checked("name", lambda: check_name(name, "device"))
        if _SHELL & set(name):
            raise DeviceError("name", f"{name!r} would be read as a pattern", "leave *, ?, [ and ] out")
        if profile not in set(Preset):
            raise DeviceError("profile", f"{profile[:40]!r} is no profile", suggestion(profile, Preset))
        user = sip_user or name
        _checked("sip_user", lambda: _SIP_USER.validate_python(user))
        if user == OWN_USER:
            raise DeviceError("sip_user", f"{user!r} is who the service itself is", "give another")
        return cls(name, Preset(profile), user, _retention_s(retention_h), _algorithms(algorithms))


def _checked(key: str, check: Callable[[], object]) -> None:
    try:
        check()
    except PydanticCustomError as error:
        raise _said(key, dict(error.context or {})) from None
    except ValidationError as error:
        raise _said(key, error.errors()[0].get("ctx", {})) from None


def _said(key: str, context: dict[str, object]) -> DeviceError:
    return DeviceError(key, str(context.get("problem", "cannot be used")), str(context.get("expected", "")))


def _retention_s(text: str) -> float:
    try:
        hours = float(text or DEFAULT_RETENTION_H)
    except ValueError:
        hours = 0.0
    if not 0 < hours <= MAX_RETENTION_H:
        raise DeviceError("retention_h", f"{text[:40]!r} is no number of hours", "give hours, for example 24")
    return hours * HOUR_S


def _algorithms(text: str) -> tuple[str, ...]:
    wanted = text.replace(",", " ").split() or [ALGORITHMS[0]]
    for name in wanted:
        if name not in ALGORITHMS:
            said = f"{name[:40]!r} is no digest algorithm"
            raise DeviceError("algorithms", said, f"known are {', '.join(ALGORITHMS)}")
    return tuple(name for name in ALGORITHMS if name in wanted)
