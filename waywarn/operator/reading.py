"""From the documents that a presence server sends about an address to places of configured devices.

One document may tell of several devices of one user, and of such as have gone; what one location says is
``sip/pidflo/``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sip.account import Account
from sip.errors import PeerFault
from sip.pidflo import Presence, parse_each
from sip.server.report import LocationReport, report_of


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """A device and where it is watched.

    Parameters
    ----------
    address
        ``sip:USER@DOMAIN`` at the operator's server.
    account
        Whose places they become.
    part
        Which of the user's devices it is: the id of its tuple or device in the document, or a pattern such
        as ``phone-*``; None for an address with one device, of whose locations the first counts.
    """

    address: str
    account: Account
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one document came to.

    Parameters
    ----------
    reports
        New places, in the order of the devices.
    faults
        What could not be read, for the log; never a place.
    closed
        How many parts say that their device has gone: their place is the last one, and not news.
    """

    reports: tuple[LocationReport, ...] = ()
    faults: tuple[str, ...] = ()
    closed: int = 0


class Reader:
    """Reads documents, and knows what each device said last.

    A server sends the whole state again when a subscription is renewed or another device of the user
    publishes: what says nothing new is passed over, so that an old place without a time stamp does not
    seem to be a new fix.
    """

    def __init__(self, watched: Iterable[Watched]) -> None:
        self._of_address: dict[str, list[Watched]] = {}
        for each in watched:
            self._of_address.setdefault(each.address, []).append(each)
        self._last: dict[str, Presence] = {}

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses, each once."""
        return tuple(self._of_address)

    def read(self, address: str, document: bytes, now: float) -> Reading:
        """Read one document about an address.

        Parameters
        ----------
        address
            Whose; that of the subscription, which is what the server was asked for.
        now
            When it came, UTC seconds.
        """
        try:
            found = parse_each(document)
        except PeerFault as fault:
            return Reading(faults=(fault.reason,))
        faults = [each.reason for each in found if not isinstance(each, Presence)]
        located = [each for each in found if isinstance(each, Presence) and each.place is not None]
        fresh = [each for each in located if not each.is_closed]
        reports = []
        for watched, presence in _matched(self._of_address.get(address, ()), fresh).items():
            try:
                report = self._report(watched, presence, now)
            except PeerFault as fault:
                faults.append(fault.reason)
            else:
                reports += [report] if report else []
        return Reading(tuple(reports), tuple(faults), len(located) - len(fresh))

    def _report(self, watched: Watched, presence: Presence, now: float) -> LocationReport | None:
        device = watched.account.device_id
        if device is None or self._last.get(device) == presence:
            return None
        report = report_of(presence, watched.account, now)
        self._last[device] = presence
        return report


def _matched(devices: Iterable[Watched], found: Iterable[Presence]) -> Mapping[Watched, Presence]:
    """Give each device the first location that is its own; `found` is first to be believed first."""
    mine: dict[Watched, Presence] = {}
    for presence in found:
        for watched in devices:
            if watched not in mine and _is_about(watched.part, presence.carrier_id):
                mine[watched] = presence
                break
    return mine


def _is_about(part: str | None, carrier_id: str | None) -> bool:
    return part is None or (carrier_id is not None and (part == carrier_id or fnmatchcase(carrier_id, part)))
