"""A binding: one device's place to be reached, and what a REGISTER changes of them. Values only.

Deciding which is ``registrar.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sip.headers import quote
from sip.peer import Peer
from sip.server.outcome import Answer

BindingKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Binding:
    """Where an address of record can be reached for a while (RFC 3261 section 10).

    Parameters
    ----------
    aor
        Whose.
    contact
        The URI that its requests are for.
    q
        Preference, 0 to 1.
    expires_at, registered_at
        When it ends, and when it was last made or refreshed, UTC seconds.
    call_id, cseq
        Of the REGISTER that made it: one that comes late is told by them.
    flow
        Where its requests are sent: where the REGISTER came from, whatever `contact` says of hosts.
    instance, registration_id
        Which device, and which of its flows, where outbound is in use (RFC 5626); `registration_id` is
        None elsewhere.
    user_agent
        What the device calls itself.
    session_key
        Hash of the digest that made it: signs commands. Hex.
    """

    aor: str
    contact: str
    q: float
    expires_at: float
    call_id: str
    cseq: int
    flow: Peer
    instance: str | None = None
    registration_id: int | None = None
    user_agent: str = ""
    session_key: str = field(default="", repr=False)
    registered_at: float = 0.0

    @property
    def key(self) -> BindingKey:
        """Its name among all: of the device's flow with outbound, else of the contact."""
        if self.registration_id is None:
            return self.aor, self.contact
        return self.aor, f"{self.instance};{self.registration_id}"

    def to_field(self, now: float) -> str:
        """Write the Contact field of an answer, with what is left of its time."""
        parts = [f"<{self.contact}>", f"expires={max(round(self.expires_at - now), 1)}"]
        if self.q < 1:
            parts.append(f"q={self.q:.3g}")
        if self.instance is not None:
            parts.append(f"+sip.instance={quote(self.instance)}")
        if self.registration_id is not None:
            parts.append(f"reg-id={self.registration_id}")
        return ";".join(parts)


@dataclass(frozen=True, slots=True)
class BindingChange:
    """What the store has to change: bindings to remove by key, then those to add."""

    removed: tuple[BindingKey, ...] = ()
    added: tuple[Binding, ...] = ()


@dataclass(frozen=True, slots=True)
class Registered:
    """A REGISTER that is answered 200 once its change is stored.

    Parameters
    ----------
    aor
        Whose.
    change
        None for a question.
    answer
        The 200, with all bindings that there are now.
    before
        What there was, by name, for undoing.
    """

    aor: str
    change: BindingChange | None
    answer: Answer
    before: Mapping[str, Binding] = field(repr=False)

    report = None
