"""A registrar, and REGISTERs that come to it: what its tests share."""

from dataclasses import dataclass, field

from sip.envelope import open_envelope
from sip.headers import Headers
from sip.message import Request
from sip.peer import Peer, Transport
from sip.server.admitted import Admitted
from sip.server.binding import Binding, BindingChange, Registered
from sip.server.outcome import Refused
from sip.server.registrar import Registrar
from tests.sip.talk import DEVICE, NOW, account

ANNA = "sip:anna@example.org"
INSTANCE = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"'


@dataclass
class Desk:
    """A registrar, and REGISTERs that come to it as if their digest had been right."""

    registrar: Registrar = field(default_factory=Registrar)
    cseq: int = 0
    store: dict[tuple[str, str], Binding] = field(default_factory=dict)

    def register(
        self,
        *contacts: str,
        now: float = NOW,
        cseq: int | None = None,
        call_id: str = "c1",
        expires: str | None = None,
        peer: Peer = DEVICE,
        user: str = "anna",
        to: str = ANNA,
        **fields: str,
    ) -> Registered | Refused:
        self.cseq = self.cseq + 1 if cseq is None else cseq
        usual = {
            "Via": "SIP/2.0/UDP 10.0.0.7:5060;branch=z9hG4bK1;rport",
            "From": f"<{to}>;tag=1",
            "To": f"<{to}>",
            "Call-ID": call_id,
            "CSeq": f"{self.cseq} REGISTER",
            **{name.replace("_", "-"): value for name, value in fields.items()},
        }
        pairs = [*usual.items(), *(("Contact", contact) for contact in contacts)]
        if expires is not None:
            pairs.append(("Expires", expires))
        envelope = open_envelope(Request("REGISTER", "sip:example.org", Headers(pairs)), Transport.UDP)
        admitted = Admitted(envelope, account(user), peer, peer, b"", "key")
        outcome = self.registrar.apply(admitted, now)
        self.keep(outcome.change)
        return outcome

    def keep(self, change: BindingChange | None) -> None:
        """Do as the store does."""
        if change is None:
            return
        for key in change.removed:
            del self.store[key]
        for binding in change.added:
            assert binding.key not in self.store
            self.store[binding.key] = binding

    def contacts(self, now: float = NOW) -> list[str]:
        return [each.contact for each in self.registrar.bindings_of(ANNA, now)]


def told(outcome: Registered | Refused) -> list[str]:
    assert isinstance(outcome, Registered), outcome
    assert outcome.answer.status == 200
    return [value for name, value in outcome.answer.headers if name == "Contact"]


def refusal(outcome: Registered | Refused) -> tuple[int, str]:
    assert isinstance(outcome, Refused), outcome
    return outcome.status, outcome.reason
