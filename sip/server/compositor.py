"""The event state compositor: what each PUBLISH does to the publications (RFC 3903 section 6).

Checks come in the order of the RFC. Who may send at all was settled before (``uas.py``); nothing is
stored here but in memory, and each change can be undone until its commit is certain.
"""

import heapq
import re
from bisect import insort
from collections.abc import Iterable

from sip.account import Account
from sip.body import presence_document
from sip.directory import Directory
from sip.errors import CallerError, PeerFault
from sip.headers import Headers, is_token
from sip.message import Request
from sip.server.admitted import Admitted
from sip.server.outcome import Refused
from sip.server.publication import Publication, PublicationChange, Published
from sip.server.report import read_document, report_of

ALLOWED_EVENTS = "presence"
EXPIRES_DEFAULT_S = 3_600  # RFC 3856 6.4
EXPIRES_MIN_S = 60
EXPIRES_MAX_S = 86_400
MAX_DELTA_SECONDS = 2**32 - 1  # RFC 3261 20.19
MAX_PUBLICATIONS_PER_AOR = 16  # a device that restarts begins anew each time: the one that ends first goes

_DIGITS = re.compile(r"\d{1,40}", re.ASCII)


class Compositor:
    """Keeps the publications of all accounts.

    Parameters
    ----------
    directory
        Whose addresses exist.
    tag_prefix
        Fresh randomness, a token: with a counter it makes entity-tags that are never given twice,
        whatever was given before a restart.
    expires_default_s, expires_min_s, expires_max_s
        Life of a publication that asks for none, the least and the most that is granted.

    Raises
    ------
    CallerError
        The prefix is no token, or the limits are out of order.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        tag_prefix: str,
        expires_default_s: int = EXPIRES_DEFAULT_S,
        expires_min_s: int = EXPIRES_MIN_S,
        expires_max_s: int = EXPIRES_MAX_S,
    ) -> None:
        if not is_token(tag_prefix):
            raise CallerError(f"tag prefix {tag_prefix!r} is not a token")
        if not 0 < expires_min_s <= expires_default_s <= expires_max_s:
            order = f"0 < minimum {expires_min_s} <= default {expires_default_s} <= maximum {expires_max_s}"
            raise CallerError(f"expires: {order} does not hold")
        self._directory = directory
        self._tag_prefix = tag_prefix
        self._tags_given = 0
        self._default_s, self._min_s, self._max_s = expires_default_s, expires_min_s, expires_max_s
        self._publications: dict[str, Publication] = {}
        self._ends_of: dict[str, list[tuple[float, str]]] = {}  # of each address: end and tag, in order
        self._ends: list[tuple[float, str]] = []  # a heap; entries of publications that went stay for a while

    @property
    def publications(self) -> dict[str, Publication]:
        """A copy of all that are kept, by entity-tag."""
        return dict(self._publications)

    @property
    def next_wake(self) -> float | None:
        """When the next publication ends; None while there is none."""
        while self._ends and self._is_gone(*self._ends[0]):
            heapq.heappop(self._ends)
        return self._ends[0][0] if self._ends else None

    def has_place(self, aor: str) -> bool:
        """Tell whether a publication of an address holds a place now."""
        return any(self._publications[tag].fix_time is not None for _, tag in self._ends_of.get(aor, ()))

    def apply(self, admitted: Admitted, now: float) -> Published | Refused:
        """Decide one PUBLISH; memory is changed at once, see `undo`."""
        try:
            published = self._decide(admitted, now)
        except PeerFault as fault:
            return Refused.from_fault(fault)
        self._change(published.replaced, published.change.added)
        return published

    def undo(self, published: Published) -> None:
        """Put everything back as it was before; several are undone in reverse order."""
        self._change(published.change.added, published.replaced)

    def restore(self, publications: Iterable[Publication]) -> None:
        """Take publications that were kept across a restart."""
        for publication in publications:
            self._change(None, publication)

    def expire(self, now: float) -> tuple[PublicationChange, ...]:
        """Remove what has ended by `now` (STANDARDS B15) and say what; the store follows."""
        changes: list[PublicationChange] = []
        while (wake := self.next_wake) is not None and wake <= now:
            publication = self._publications[self._ends[0][1]]
            self._change(publication, None)
            changes.append(PublicationChange(publication.aor, removed=publication.entity_tag))
        return tuple(changes)

    def drop(self, aor: str) -> tuple[PublicationChange, ...]:
        """Remove the publications of an account that is gone, and say which; the store follows."""
        dropped = [self._publications[tag] for _, tag in self._ends_of.get(aor, ())]
        for publication in dropped:
            self._change(publication, None)
        return tuple(PublicationChange(aor, removed=one.entity_tag) for one in dropped)

    def _decide(self, admitted: Admitted, now: float) -> Published:
        """Go through the steps of RFC 3903 section 6, in their order."""
        request, account = admitted.request, admitted.account
        self._check_address(admitted)
        _check_event(request.headers)
        current = self._matched(request.headers, account.aor, now)
        expires_s = self._expires(request.headers)
        if current is not None and not request.body:
            return self._prolong(account, current, expires_s, now)
        if current is not None and expires_s == 0:
            raise PeerFault(400, "Body In A Removal")
        if not request.body:
            raise PeerFault(400, "Initial Publication Without A Body")
        return self._take(request, account, current, expires_s, now)

    def _check_address(self, admitted: Admitted) -> None:
        if self._directory.of_aor(admitted.target.aor) is None:
            raise PeerFault(404, "Not Found")
        if admitted.target.aor != admitted.account.aor:
            raise PeerFault(403, "Not Your Address")
        if admitted.account.device_id is None:
            raise PeerFault(403, "Not A Device")

    def _matched(self, headers: Headers, aor: str, now: float) -> Publication | None:
        """Give the publication that SIP-If-Match names; None for an initial one."""
        tag = headers.only("SIP-If-Match")
        if tag is None:
            return None
        if not is_token(tag):
            raise PeerFault(400, "Bad SIP-If-Match")
        publication = self._publications.get(tag)
        if publication is None or publication.aor != aor or publication.expires_at <= now:
            raise PeerFault(412, "Conditional Request Failed")
        return publication

    def _expires(self, headers: Headers) -> int:
        text = headers.only("Expires")
        if text is None:
            return self._default_s
        if _DIGITS.fullmatch(text) is None or int(text) > MAX_DELTA_SECONDS:
            raise PeerFault(400, "Bad Expires")
        if 0 < int(text) < self._min_s:
            raise PeerFault(423, "Interval Too Brief", (("Min-Expires", str(self._min_s)),))
        return min(int(text), self._max_s)

    def _prolong(self, account: Account, current: Publication, expires_s: int, now: float) -> Published:
        """Refresh or remove: the place is neither new nor newer for it."""
        tag = self._new_tag()
        added = Publication(account.aor, tag, now + expires_s, current.fix_time) if expires_s else None
        change = PublicationChange(account.aor, current.entity_tag, added)
        return Published(change, tag, expires_s, replaced=current)

    def _take(
        self, request: Request, account: Account, current: Publication | None, expires_s: int, now: float
    ) -> Published:
        """Read the document of an initial publication or a Modify."""
        # Granted no time: validated, answered, and stored nowhere (RFC 3903 section 6). Past its
        # retention: discarded at once, though the device need not begin anew.
        read = report_of(read_document(presence_document(request), account), account, now)
        report = read if expires_s > 0 else None
        tag = self._new_tag()
        fix_time = report.fix.time if report else None
        added = Publication(account.aor, tag, now + expires_s, fix_time) if expires_s else None
        replaced = current if current is not None else self._crowded_out(account.aor, added)
        change = PublicationChange(account.aor, replaced.entity_tag if replaced else None, added)
        return Published(change, tag, expires_s, report, replaced)

    def _crowded_out(self, aor: str, added: Publication | None) -> Publication | None:
        ends = self._ends_of.get(aor, [])
        if added is None or len(ends) < MAX_PUBLICATIONS_PER_AOR:
            return None
        return self._publications[ends[0][1]]

    def _new_tag(self) -> str:
        self._tags_given += 1  # never taken back, not even by undo: RFC 3903 4.1
        return f"{self._tag_prefix}{self._tags_given:x}"

    def _change(self, removed: Publication | None, added: Publication | None) -> None:
        if removed is not None:
            del self._publications[removed.entity_tag]
            self._ends_of[removed.aor].remove((removed.expires_at, removed.entity_tag))
        if added is not None:
            self._publications[added.entity_tag] = added
            insort(self._ends_of.setdefault(added.aor, []), (added.expires_at, added.entity_tag))
            heapq.heappush(self._ends, (added.expires_at, added.entity_tag))
        if len(self._ends) > 2 * len(self._publications) + 64:
            self._ends = [(one.expires_at, tag) for tag, one in self._publications.items()]
            heapq.heapify(self._ends)

    def _is_gone(self, expires_at: float, tag: str) -> bool:
        publication = self._publications.get(tag)
        return publication is None or publication.expires_at != expires_at


def _check_event(headers: Headers) -> None:
    event = headers.only("Event") or ""
    if event.partition(";")[0].strip() != ALLOWED_EVENTS:
        raise PeerFault(489, "Bad Event", (("Allow-Events", ALLOWED_EVENTS),))
