"""SUBSCRIBE decided: who may watch whom, for how long and how (RFC 6665, 3856; STANDARDS C1 to C5).

Nothing is sent here: what a watcher is told, and when, is ``notifier.py``.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from sip.address import Address, parse_address
from sip.directory import Directory
from sip.envelope import Envelope
from sip.errors import PeerFault
from sip.filters import Filters, filters_in
from sip.headers import Headers, is_token, parse_parameters
from sip.peer import Peer
from sip.server.admitted import Admitted
from sip.server.agenda import Agenda
from sip.server.compositor import ALLOWED_EVENTS
from sip.server.outcome import Answer, Refused
from sip.server.pacing import Pace
from sip.server.permission import ALLOWED, Permission, Watching
from sip.server.shares import Shares
from sip.server.subscription import (
    CseqReserved,
    Ending,
    Key,
    Subscribed,
    Subscription,
    SubscriptionChange,
)
from sip.uri import parse_uri

EXPIRES_DEFAULT_S = 3_600  # RFC 3856 6.4
EXPIRES_MIN_S = 60
EXPIRES_MAX_S = 86_400
CSEQ_BLOCK = 1_000  # numbers that are reserved at once: one write for a thousand NOTIFYs
MAX_ROUTES = 16
MAX_TEXT = 1_024  # of a URI, tag or Call-ID that we are to keep and to write again

_DIGITS = re.compile(r"\d{1,10}", re.ASCII)
_ACCEPTABLE = {"application/pidf+xml", "application/*", "*/*"}

Permit = Callable[[str, str], Permission]


class Subscriptions:
    """Keeps all subscriptions.

    Parameters
    ----------
    directory
        Whose addresses exist.
    permit
        What a watcher (address of record) may see of a device (another one).
    fresh
        Gives a token that nobody can guess, at each call another.
    contacts
        For each door, the URI by which peers reach us.
    expires_default_s, expires_min_s, expires_max_s
        Life of a subscription that asks for none, the least and the most that is granted.
    """

    def __init__(
        self,
        directory: Directory,
        permit: Permit,
        *,
        fresh: Callable[[], str],
        contacts: Mapping[int, str],
        expires_default_s: int = EXPIRES_DEFAULT_S,
        expires_min_s: int = EXPIRES_MIN_S,
        expires_max_s: int = EXPIRES_MAX_S,
    ) -> None:
        self._directory, self._permit, self._fresh, self._contacts = directory, permit, fresh, contacts
        self._default_s, self._min_s, self._max_s = expires_default_s, expires_min_s, expires_max_s
        self._all: dict[Key, Subscription] = {}
        self._shares = Shares()
        self._ends: Agenda[Key] = Agenda()
        self._owed: list[SubscriptionChange | CseqReserved] = []  # for the store, at the next `expire`

    @property
    def all(self) -> Mapping[Key, Subscription]:
        """Those that are kept."""
        return self._all

    @property
    def next_wake(self) -> float | None:
        """When `expire` is due; None while nothing ends."""
        return 0.0 if self._owed else self._ends.next_wake

    def apply(self, admitted: Admitted, now: float) -> Subscribed | Refused:
        """Decide one SUBSCRIBE; memory is changed at once, see `undo`."""
        try:
            subscribed = self._decide(admitted, now)
        except PeerFault as fault:
            return Refused.from_fault(fault)
        self._put(subscribed.change)
        return subscribed

    def undo(self, subscribed: Subscribed) -> None:
        """Put everything back as it was before; several are undone in reverse order.

        What a watcher's answer has ended meanwhile stays ended, and numbers stay reserved.
        """
        after, before = subscribed.change.after, subscribed.replaced
        now = self._all.get(after.key) if after is not None else None
        if after is not None and now is None:
            return
        if now is not None and before is not None:
            before = replace(before, reserved_cseq=max(now.reserved_cseq, before.reserved_cseq))
        self._put(SubscriptionChange(now, before))

    def restore(self, subscriptions: Iterable[Subscription]) -> None:
        """Take what was kept across a restart."""
        for subscription in subscriptions:
            self._put(SubscriptionChange(None, subscription))

    def expire(self, now: float) -> tuple[SubscriptionChange | CseqReserved, ...]:
        """End what was not refreshed, and say what has changed besides; the store follows."""
        changes, self._owed = self._owed, []
        while (key := self._ends.pop_due(now)) is not None:
            changes.append(self._end(self._all[key], Ending.TIMEOUT))
        return tuple(changes)

    def end(self, key: Key, ending: Ending) -> None:
        """End a subscription, if there still is one, with the next `expire`."""
        if (found := self._all.get(key)) is not None:
            self._owed.append(self._end(found, ending))

    def reserve(self, key: Key, used: int) -> int:
        """Reserve a block of numbers for NOTIFYs behind those that are used; gives the last of it."""
        found = self._all.get(key)
        if found is None:  # it ends: nobody asks for its numbers after a restart
            return used + CSEQ_BLOCK
        reserved = max(found.reserved_cseq, used) + CSEQ_BLOCK
        self._all[key] = replace(found, reserved_cseq=reserved)
        self._owed.append(CseqReserved(key, reserved))
        return reserved

    def drop(self, aor: str) -> tuple[SubscriptionChange, ...]:
        """End what an account has watched and, if it is gone, what has watched it; `expire` says so."""
        is_gone = self._directory.of_aor(aor) is None
        for key, found in list(self._all.items()):
            if found.device == aor and is_gone:
                self.end(key, Ending.NO_RESOURCE)
            elif found.watcher == aor:
                self.end(key, Ending.REJECTED)
        return ()

    def permission(self, subscription: Subscription) -> Permission:
        """Give what its watcher may see now."""
        return self._permission(subscription.watcher, subscription.device)

    def _permission(self, watcher: str, device: str) -> Permission:
        return ALLOWED if watcher == device else self._permit(watcher, device)

    def _decide(self, admitted: Admitted, now: float) -> Subscribed:
        envelope = admitted.envelope
        parameters = _event(envelope.request.headers)
        local_tag = envelope.recipient.tag
        if local_tag is not None:
            return self._again(admitted, local_tag, parameters, now)
        device = self._watched(admitted)
        _check_accept(envelope.request.headers)
        expires_s = self._expires(envelope.request.headers)
        first = Subscription(
            call_id=_kept(envelope.call_id, "Call-ID"),
            local_tag=self._fresh(),
            remote_tag=_kept(envelope.sender.tag or "", "From"),
            local=_kept(envelope.recipient.uri, "To"),
            remote=_kept(envelope.sender.uri, "From"),
            remote_target=_contact(envelope.request.headers),
            route=_route(envelope.request.headers),
            flow=admitted.to,
            watcher=admitted.account.aor,
            device=device,
            event_id=_kept(parameters.get("id") or "", "Event Id") or None,
            remote_cseq=_cseq(envelope),
            reserved_cseq=CSEQ_BLOCK,
            expires_at=now + expires_s,
            pace=Pace.asked(parameters, expires_s),
            filters=Filters().updated(filters_in(envelope.request) or Filters()),
        )
        if expires_s == 0:  # a fetch: told once, and kept nowhere
            return self._granted(SubscriptionChange(first, None, Ending.TIMEOUT), 0, envelope)
        self._shares.check_room(first)
        self._shares.check_areas(first, None)
        return self._granted(SubscriptionChange(None, first), expires_s, envelope)

    def _again(
        self, admitted: Admitted, local_tag: str, parameters: Mapping[str, str | None], now: float
    ) -> Subscribed:
        """Refresh a subscription, or end it."""
        envelope = admitted.envelope
        headers = envelope.request.headers
        before = self._all.get((envelope.call_id, local_tag, envelope.sender.tag or ""))
        if before is None or before.expires_at <= now or before.event_id != parameters.get("id"):
            raise PeerFault(481, "Subscription Does Not Exist")
        if admitted.account.aor != before.watcher:
            raise PeerFault(403, "Not Your Subscription")
        if _cseq(envelope) <= before.remote_cseq:
            raise PeerFault(500, "CSeq Out Of Order")  # RFC 3261 12.2.2
        _check_accept(headers)
        expires_s = self._expires(headers)
        filters = filters_in(envelope.request)
        after = replace(
            before,
            remote_target=_contact(headers) if "Contact" in headers else before.remote_target,
            flow=admitted.to,
            remote_cseq=_cseq(envelope),
            expires_at=now + expires_s,
            pace=Pace.asked(parameters, expires_s),
            filters=before.filters if filters is None else before.filters.updated(filters),
        )
        if expires_s == 0:
            change = SubscriptionChange(after, None, Ending.TIMEOUT)
        else:
            self._shares.check_areas(after, before)
            change = SubscriptionChange(before, after)
        return self._granted(change, expires_s, envelope, before)

    def _watched(self, admitted: Admitted) -> str:
        account = self._directory.of_aor(admitted.target.aor)
        if account is None or account.device_id is None:
            raise PeerFault(404, "Not Found")
        if self._permission(admitted.account.aor, account.aor).watching is Watching.DENY:
            raise PeerFault(403, "Watching Is Denied")
        return account.aor

    def _expires(self, headers: Headers) -> int:
        """Read what is asked for; 423 only for what is below the minimum and below an hour (6665 4.2.1.1)."""
        text = headers.only("Expires")
        if text is None:
            return self._default_s
        if _DIGITS.fullmatch(text) is None or int(text) >= 2**32:
            raise PeerFault(400, "Bad Expires")
        if 0 < int(text) < min(self._min_s, EXPIRES_DEFAULT_S):
            raise PeerFault(423, "Interval Too Brief", (("Min-Expires", str(self._min_s)),))
        return min(int(text), self._max_s)

    def _granted(
        self,
        change: SubscriptionChange,
        expires_s: int,
        envelope: Envelope,
        replaced: Subscription | None = None,
    ) -> Subscribed:
        to = change.about
        headers = [("Record-Route", value) for value in envelope.request.headers.get_all("Record-Route")]
        headers += [("Expires", str(expires_s)), ("Contact", f"<{self.contact(to.flow)}>")]
        return Subscribed(change, Answer(200, tuple(headers), to_tag=to.local_tag), replaced)

    def is_reachable(self, flow: Peer) -> bool:
        """Tell whether the door of a flow is there: the configuration may have changed at a restart."""
        return flow.door in self._contacts

    def contact(self, flow: Peer) -> str:
        """Give the URI by which a peer reaches us."""
        return self._contacts[flow.door]

    def _end(self, subscription: Subscription, ending: Ending) -> SubscriptionChange:
        change = SubscriptionChange(subscription, None, ending)
        self._put(change)
        return change

    def _put(self, change: SubscriptionChange) -> None:
        if change.before is not None and (held := self._all.pop(change.before.key, None)) is not None:
            self._shares.remove(held)
            self._ends.drop(change.before.key)
        if change.after is not None:
            self._all[change.after.key] = change.after
            self._shares.add(change.after)
            self._ends.put(change.after.key, change.after.expires_at)


def _event(headers: Headers) -> Mapping[str, str | None]:
    """Read the Event field; gives its parameters."""
    package, semicolon, rest = (headers.only("Event") or "").partition(";")
    if package.strip() != ALLOWED_EVENTS:
        raise PeerFault(489, "Bad Event", (("Allow-Events", ALLOWED_EVENTS),))
    parameters = parse_parameters(semicolon + rest)
    name = parameters.get("id")
    if name is not None and not is_token(name):  # RFC 6665 8.4; it is written again into each NOTIFY
        raise PeerFault(400, "Bad Event Id")
    return parameters


def _check_accept(headers: Headers) -> None:
    types = {item.partition(";")[0].strip().lower() for item in headers.items_of("Accept")}
    if "Accept" in headers and not types & _ACCEPTABLE:  # an empty one accepts nothing (RFC 3261 20.1)
        raise PeerFault(406, "Not Acceptable", (("Accept", "application/pidf+xml"),))


def _contact(headers: Headers) -> str:
    items = headers.items_of("Contact")
    if len(items) != 1:
        raise PeerFault(400, "Missing Contact" if not items else "More Than One Contact")
    return _checked(items[0], "Contact").uri


def _route(headers: Headers) -> tuple[str, ...]:
    """Give the route set: as the fields stand (RFC 3261 12.1.1)."""
    routes = headers.items_of("Record-Route")
    if len(routes) > MAX_ROUTES:
        raise PeerFault(400, f"More Than {MAX_ROUTES} Record-Route")
    for route in routes:
        _checked(route, "Record-Route")
    return routes


def _checked(text: str, name: str) -> Address:
    """Read an item that is to be written again into each NOTIFY."""
    address = parse_address(_kept(text, name))
    try:
        parse_uri(address.uri)
    except PeerFault:
        raise PeerFault(400, f"Bad URI In {name}") from None
    return address


def _kept(text: str, name: str) -> str:
    """Give back a text that can be kept."""
    if len(text) > MAX_TEXT:
        raise PeerFault(400, f"{name} Too Long")
    if not text.isprintable():  # what is no UTF-8, and what no database takes
        raise PeerFault(400, f"{name} Not Printable")
    return text


def _cseq(envelope: Envelope) -> int:
    return int((envelope.request.headers.get("CSeq") or "0").split()[0])
