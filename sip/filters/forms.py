"""Which form of location a watcher wants: coordinates, an address, or whatever there is (RFC 6447, 3.5).

Reading it from XML is ``parse.py``; leaving the other form out of a document is the notifier's.
"""

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """A form of location, by its word in ``locationType`` (RFC 5985, 6.2)."""

    GEODETIC = "geodetic"
    CIVIC = "civic"


EVERY_FORM = frozenset(Form)


@dataclass(frozen=True, slots=True)
class LocationType:
    """What a filter says of the form; without `exact` it is a wish, and any form may be told."""

    forms: frozenset[Form] = EVERY_FORM
    exact: bool = False

    @property
    def told(self) -> frozenset[Form]:
        """The forms that may be told."""
        return self.forms if self.exact else EVERY_FORM
