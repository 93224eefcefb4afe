"""Who is told: recipients and their addresses, refused at once where they could not be told.

Sending is in ``channel.py``; how many SMS a day are too many is counted in ``cap.py``.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from alerts.channel import masked_url, problem_of_url
from alerts.errors import RecipientError

# A recipient's name or an address' name stands in keys, logs and file names.
MAX_NAME_LENGTH = 80
# Each address is one outbox row per alert; more is surely a mistake in a generated file.
MAX_ADDRESSES = 50


class Form(StrEnum):
    """How much text an address takes."""

    FULL = "full"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Address:
    """One address of one recipient, as an apprise URL.

    Parameters
    ----------
    key
        Stable name in the outbox: what was told to it is found again by this. `at` makes it from the
        recipient's name and the address' position (or its own name, which survives reordering).
    url
        The apprise URL. It holds passwords: never shown by `repr`; `masked` is fit for people.
    form
        Full text, or one SMS.

    Raises
    ------
    RecipientError
        The URL is none that apprise knows, names several targets at once (one hidden failure of
        several cannot be retried alone), or says ``optional=yes`` (which hides every failure).
    """

    key: str
    url: str = field(repr=False)
    form: Form = Form.FULL

    def __post_init__(self) -> None:
        _refuse_bad_name("address", self.key)
        problem = problem_of_url(self.url)
        if problem is not None:
            raise RecipientError(f"address {self.key!r}: {problem}")

    @classmethod
    def at(
        cls, recipient: str, position: int, url: str, *, form: Form = Form.FULL, name: str | None = None
    ) -> Self:
        """Make the address at a position (from 1) of a recipient's list."""
        return cls(f"{recipient}/{name or position}", url, form)

    @property
    def masked(self) -> str:
        """The URL without its secrets."""
        return masked_url(self.url)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person to be told, in their own time zone.

    Parameters
    ----------
    name
        Name, as the configuration has it.
    time_zone
        IANA name, for example ``Europe/Vienna``: times in messages, and the day of the SMS cap.
    addresses
        Where to tell them; each is told and retried by itself.
    sms_per_day
        Most SMS in one of the recipient's days, over all their SMS addresses.

    Raises
    ------
    RecipientError
        The time zone is unknown, there is no address, or two share a key.
    """

    name: str
    time_zone: str
    addresses: tuple[Address, ...]
    sms_per_day: int = 10

    def __post_init__(self) -> None:
        _refuse_bad_name("recipient", self.name)
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError):
            raise RecipientError(
                f"recipient {self.name!r}: time zone {self.time_zone!r} is unknown; "
                "give an IANA name, for example Europe/Vienna"
            ) from None
        if not 1 <= len(self.addresses) <= MAX_ADDRESSES:
            raise RecipientError(
                f"recipient {self.name!r}: {len(self.addresses)} addresses; give 1 to {MAX_ADDRESSES}"
            )
        keys = [address.key for address in self.addresses]
        if len(set(keys)) < len(keys):
            raise RecipientError(f"recipient {self.name!r}: two addresses share a key among {keys}")
        if self.sms_per_day < 0:
            raise RecipientError(f"recipient {self.name!r}: sms_per_day {self.sms_per_day} is below 0")

    @property
    def zone(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.time_zone)


def _refuse_bad_name(what: str, name: str) -> None:
    if not name or len(name) > MAX_NAME_LENGTH or not name.isprintable():
        raise RecipientError(f"{what} name {name[:MAX_NAME_LENGTH]!r} is empty, too long or not printable")
