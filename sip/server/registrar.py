"""The registrar: what each REGISTER does to the bindings (RFC 3261 section 10.3, RFC 5626 section 6).

Checks come in the order of the RFC, and a request changes all that it asks for, or nothing. Who sent it
was settled before (``uas.py``); passing requests on to a binding is ``relay.py``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import formatdate

from sip.contact import ANY, Contact, is_same, read_contacts
from sip.errors import CallerError, PeerFault
from sip.headers import Headers
from sip.server.admitted import Admitted
from sip.server.agenda import Agenda
from sip.server.binding import Binding, BindingChange, Registered
from sip.server.outcome import Answer, Refused
from sip.uri import parse_uri

EXPIRES_DEFAULT_S = 3_600
EXPIRES_MIN_S = 60
EXPIRES_MAX_S = 86_400
LONGEST_MINIMUM_S = 3_600  # RFC 3261 10.3: who asks for an hour or more is never told that it is too brief
MAX_BINDINGS_PER_AOR = 10  # a phone that restarts may leave one behind each time: the first to end goes
MAX_CALL_ID_CHARACTERS = 256
MAX_USER_AGENT_CHARACTERS = 128

_DIGITS = re.compile(r"\d{1,40}", re.ASCII)
_PRINTABLE = re.compile(r"[!-~]+")
_UNPRINTABLE = re.compile(r"[^ -~]")

_Bindings = Mapping[str, Binding]  # of one address, by the second half of their keys; newest last


@dataclass(frozen=True, slots=True)
class _Ask:
    """What all contacts of one REGISTER share."""

    admitted: Admitted
    cseq: int
    expires: str | None
    has_outbound: bool
    now: float


class Registrar:
    """Keeps the bindings of all accounts.

    Parameters
    ----------
    expires_default_s, expires_min_s, expires_max_s
        Life of a binding that asks for none, the least and the most that is granted.

    Raises
    ------
    CallerError
        The limits are out of order.
    """

    def __init__(
        self,
        *,
        expires_default_s: int = EXPIRES_DEFAULT_S,
        expires_min_s: int = EXPIRES_MIN_S,
        expires_max_s: int = EXPIRES_MAX_S,
    ) -> None:
        if not 0 < expires_min_s <= expires_default_s <= expires_max_s:
            order = f"0 < minimum {expires_min_s} <= default {expires_default_s} <= maximum {expires_max_s}"
            raise CallerError(f"expires: {order} does not hold")
        self._default_s, self._min_s, self._max_s = expires_default_s, expires_min_s, expires_max_s
        self._bindings: dict[str, _Bindings] = {}  # each value is replaced, never changed
        self._ends: Agenda[str] = Agenda()  # when the first binding of an address ends

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """All that are kept."""
        return tuple(each for held in self._bindings.values() for each in held.values())

    @property
    def next_wake(self) -> float | None:
        """When the next binding ends; None while there is none."""
        return self._ends.next_wake

    def bindings_of(self, aor: str, now: float) -> tuple[Binding, ...]:
        """Give where an address can be reached: highest q first, then the newest."""
        newest_last = _live(self._bindings.get(aor, {}), now).values()
        ascending = sorted(newest_last, key=lambda each: each.q)  # stable: of equals the newest stays last
        return tuple(ascending[::-1])

    def apply(self, admitted: Admitted, now: float) -> Registered | Refused:
        """Decide one REGISTER; memory is changed at once, see `undo`."""
        try:
            registered, after = self._decide(admitted, now)
        except PeerFault as fault:
            return Refused.from_fault(fault)
        self._replace(registered.aor, after)
        return registered

    def undo(self, registered: Registered) -> None:
        """Put everything back as it was before; several are undone in reverse order."""
        self._replace(registered.aor, registered.before)

    def restore(self, bindings: Iterable[Binding]) -> None:
        """Take bindings that were kept across a restart."""
        for binding in sorted(bindings, key=lambda each: each.registered_at):
            held = self._bindings.get(binding.aor, {})
            self._replace(binding.aor, {**held, binding.key[1]: binding})

    def expire(self, now: float) -> tuple[BindingChange, ...]:
        """Remove what has ended by `now` and say what; the store follows."""
        changes: list[BindingChange] = []
        while (aor := self._ends.pop_due(now)) is not None:
            changes.append(self._keep(aor, _live(self._bindings[aor], now)))
        return tuple(changes)

    def drop(self, aor: str) -> tuple[BindingChange, ...]:
        """Remove all bindings of an address that is no more, and say which; the store follows."""
        return (self._keep(aor, {}),) if aor in self._bindings else ()

    def _decide(self, admitted: Admitted, now: float) -> tuple[Registered, _Bindings]:
        """Go through the steps of RFC 3261 10.3, in their order; gives what there is after them."""
        headers, aor = admitted.request.headers, admitted.account.aor
        _check_address(admitted)
        ask = _Ask(admitted, _cseq(headers), headers.only("Expires"), _has_outbound(headers), now)
        before = self._bindings.get(aor, {})
        after = dict(_live(before, now))
        items = headers.items_of("Contact")
        if not items:
            return Registered(aor, None, _answer(after, (), ask), before), before
        if any(item.startswith(ANY) for item in items):
            _check_wildcard(items, ask)
            for binding in after.values():
                _check_order(binding, ask)
            after = {}
        contacts = () if items == (ANY,) else read_contacts(headers)
        lives_s = [self._expires(contact, ask) for contact in contacts]
        _check_number(contacts, lives_s, ask)
        for contact, expires_s in zip(contacts, lives_s, strict=True):
            _update(after, contact, expires_s, ask)
        _crowd_out(after, before)
        return Registered(aor, _difference(before, after), _answer(after, contacts, ask), before), after

    def _expires(self, contact: Contact, ask: _Ask) -> int:
        text = contact.expires if contact.expires is not None else ask.expires
        if text is None or _DIGITS.fullmatch(text) is None:
            return self._default_s  # RFC 3261 10.2.1.1: what is malformed counts as not said
        asked = int(text)
        if 0 < asked < min(self._min_s, LONGEST_MINIMUM_S):
            raise PeerFault(423, "Interval Too Brief", (("Min-Expires", str(self._min_s)),))
        return min(asked, self._max_s)

    def _keep(self, aor: str, after: _Bindings) -> BindingChange:
        before = self._bindings[aor]
        self._replace(aor, after)
        return _difference(before, after)

    def _replace(self, aor: str, after: _Bindings) -> None:
        if after:
            self._bindings[aor] = after
            self._ends.put(aor, min(each.expires_at for each in after.values()))
        else:
            self._bindings.pop(aor, None)
            self._ends.drop(aor)


def _check_address(admitted: Admitted) -> None:
    """Let each register its own address only; whether another exists is told to nobody."""
    try:
        named = parse_uri(admitted.envelope.recipient.uri).aor
    except PeerFault:
        named = None
    if named != admitted.account.aor:
        raise PeerFault(403, "Not Your Address")
    call_id = admitted.envelope.call_id
    if len(call_id) > MAX_CALL_ID_CHARACTERS or _PRINTABLE.fullmatch(call_id) is None:
        raise PeerFault(400, "Bad Call-ID")


def _check_wildcard(items: tuple[str, ...], ask: _Ask) -> None:
    if items != (ANY,) or ask.expires is None or _DIGITS.fullmatch(ask.expires) is None or int(ask.expires):
        raise PeerFault(400, "Contact * Not Alone With Expires 0")


def _check_number(contacts: tuple[Contact, ...], lives_s: list[int], ask: _Ask) -> None:
    if len(contacts) > MAX_BINDINGS_PER_AOR:
        raise PeerFault(400, "Too Many Contacts")
    staying = [contact for contact, expires_s in zip(contacts, lives_s, strict=True) if expires_s]
    if len(staying) > 1 and any(_is_outbound(contact, ask) for contact in staying):
        raise PeerFault(400, "Other Contacts Beside A Flow")  # RFC 5626 6: those that go may stand there


def _check_order(binding: Binding, ask: _Ask) -> None:
    """Refuse a REGISTER that was overtaken by a later one of the same device."""
    if binding.call_id == ask.admitted.envelope.call_id and ask.cseq <= binding.cseq:
        raise PeerFault(400, "CSeq Out Of Order")


def _is_outbound(contact: Contact, ask: _Ask) -> bool:
    return ask.has_outbound and contact.registration_id is not None


def _has_outbound(headers: Headers) -> bool:
    """Tell whether flows may be used: the device says so, and is here itself, without a proxy between."""
    supported = {option.lower() for option in headers.items_of("Supported")}
    return "outbound" in supported and len(headers.items_of("Via")) == 1


def _cseq(headers: Headers) -> int:
    return int((headers.get("CSeq") or "0").split()[0])  # read before, see envelope.py


def _binding(contact: Contact, ask: _Ask, expires_at: float) -> Binding:
    envelope = ask.admitted.envelope
    name = envelope.request.headers.get("User-Agent") or ""
    return Binding(
        ask.admitted.account.aor,
        contact.text,
        contact.q,
        expires_at,
        envelope.call_id,
        ask.cseq,
        ask.admitted.peer,
        contact.instance,
        contact.registration_id if _is_outbound(contact, ask) else None,
        user_agent=_UNPRINTABLE.sub("?", name[:MAX_USER_AGENT_CHARACTERS]),
        session_key=ask.admitted.session_key,
        registered_at=ask.now,
    )


def _update(bindings: dict[str, Binding], contact: Contact, expires_s: int, ask: _Ask) -> None:
    """Add, refresh or remove one binding (step 7)."""
    new = _binding(contact, ask, ask.now + expires_s)
    name = _match(bindings, new)
    if name is not None:
        _check_order(bindings.pop(name), ask)
    if expires_s > 0:
        bindings[new.key[1]] = new


def _match(bindings: _Bindings, new: Binding) -> str | None:
    """Find the binding that a new one is instead of: of the same flow, else of the same contact."""
    name = new.key[1]
    if name in bindings:
        return name
    if new.registration_id is not None:
        return None
    uri = parse_uri(new.contact)
    plain = (each for each in bindings.values() if each.registration_id is None)
    return next((each.contact for each in plain if is_same(parse_uri(each.contact), uri)), None)


def _crowd_out(bindings: dict[str, Binding], before: _Bindings) -> None:
    """Take the first to end of those that this request left alone, where there are too many."""
    untouched = sorted(
        (name for name, each in bindings.items() if before.get(name) is each),
        key=lambda name: (bindings[name].expires_at, name),
    )
    for name in untouched[: max(len(bindings) - MAX_BINDINGS_PER_AOR, 0)]:
        del bindings[name]


def _live(bindings: _Bindings, now: float) -> _Bindings:
    return {name: each for name, each in bindings.items() if each.expires_at > now}


def _difference(before: _Bindings, after: _Bindings) -> BindingChange:
    return BindingChange(
        removed=tuple(each.key for name, each in before.items() if after.get(name) is not each),
        added=tuple(each for name, each in after.items() if before.get(name) is not each),
    )


def _answer(bindings: _Bindings, contacts: tuple[Contact, ...], ask: _Ask) -> Answer:
    fields = [("Contact", each.to_field(ask.now)) for each in bindings.values()]
    if any(_is_outbound(contact, ask) for contact in contacts):
        fields.append(("Require", "outbound"))
    return Answer(200, (*fields, ("Date", formatdate(ask.now, usegmt=True))))
