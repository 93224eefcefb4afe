"""A server between phones, without sockets: each phone has a flow, and says what it is told to in bytes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sip.account import Account
from sip.digest import authorize
from sip.directory import Directory
from sip.headers import Headers
from sip.message import Request, Response, parse_message
from sip.peer import Peer, Transport
from sip.reply import Reply
from sip.server.admitted import Admitted
from sip.server.limits import Rates
from sip.server.registrar import Registrar
from sip.server.relay import Forward, Relay
from sip.server.uas import Answered, Ignored, UserAgentServer
from tests.sip.talk import NOW, REALM, account

Message = Request | Response
SENT_BY = {0: "sip.example.org:5060", 1: "sip.example.org:5061"}


@dataclass
class Phone:
    """One end: where it is, and what it calls itself."""

    name: str
    flow: Peer
    contact: str

    @property
    def via_host(self) -> str:
        return self.contact.partition("@")[2].partition(";")[0]


ANNA = Phone("anna", Peer(Transport.UDP, "192.0.2.10", 40_000), "sip:anna@10.0.0.7:5060")
BERT = Phone(
    "bert", Peer(Transport.TCP, "198.51.100.7", 50_000, door=1), "sip:bert@10.0.0.9:49152;transport=tcp"
)


@dataclass
class Exchange:
    """The server, with what it passes on and answers."""

    accounts: Iterable[Account] = field(default_factory=lambda: (account("anna"), account("bert")))
    now: float = NOW
    rates: Rates | None = None
    sent: int = 0
    closed: set[Peer] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.directory = Directory(self.accounts, realm=REALM)
        self.registrar = Registrar()
        self.relay = Relay(
            self.directory,
            self.registrar,
            sent_by=SENT_BY,
            secret=b"a secret of the test",
            is_open=lambda flow: flow not in self.closed,
        )
        self.uas = UserAgentServer(
            self.directory,
            domains=["example.org"],
            secret=b"a secret of the test",
            rates=self.rates,
            relay=self.relay,
        )

    def receive(self, message: Message | bytes, flow: Peer) -> Reply | Forward | Ignored | Admitted | None:
        """Hand over what came by a flow; None of an answer to nobody."""
        data = message if isinstance(message, bytes) else message.to_bytes()
        taken = self.uas.receive(data, flow, self.now)
        return None if isinstance(taken, Answered) else taken

    def passed(self, message: Message | bytes, flow: Peer) -> tuple[Message, Peer]:
        """Give what comes out of the server, which must pass it on."""
        taken = self.receive(message, flow)
        assert isinstance(taken, Forward), taken
        return parse_message(taken.data), taken.to

    def refused(self, request: Request, flow: Peer) -> Response:
        """Give the answer of the server, which must not pass it on."""
        taken = self.receive(request, flow)
        assert isinstance(taken, Reply), taken
        assert taken.to == flow
        response = parse_message(taken.data)
        assert isinstance(response, Response)
        return response

    def register(self, phone: Phone) -> None:
        uri, domain = f"sip:{phone.name}@example.org", "sip:example.org"
        fields = (("Contact", f"<{phone.contact}>"),)
        request = self.request("REGISTER", phone, *fields, uri=domain, to=f"<{uri}>")
        challenge = self.refused(request, phone.flow)
        taken = self.receive(self.answering(request, challenge, phone), phone.flow)
        assert isinstance(taken, Admitted), taken
        assert self.registrar.apply(taken, self.now).answer.status == 200

    def request(
        self,
        method: str,
        phone: Phone,
        *fields: tuple[str, str],
        uri: str = "sip:bert@example.org",
        to: str | None = None,
        call_id: str = "call-1",
        cseq: int = 1,
        headers: dict[str, str | None] | None = None,
        body: bytes = b"",
    ) -> Request:
        self.sent += 1
        usual = {
            "Via": f"SIP/2.0/{phone.flow.transport} {phone.via_host};branch=z9hG4bK{self.sent};rport",
            "Max-Forwards": "70",
            "From": f"<sip:{phone.name}@example.org>;tag=from-{phone.name}",
            "To": to or f"<{uri}>",
            "Call-ID": call_id,
            "CSeq": f"{cseq} {method}",
            **(headers or {}),
        }
        pairs = [(name, value) for name, value in usual.items() if value is not None]
        return Request(method, uri, Headers([*pairs, *fields, ("Content-Length", str(len(body)))]), body)

    def answering(self, request: Request, challenge: Response, phone: Phone) -> Request:
        """Ask again, now with the digest, as a phone does: a new branch, the next CSeq."""
        self.sent += 1
        proxy = challenge.status == 407
        value = authorize(
            challenge.headers.get_all("Proxy-Authenticate" if proxy else "WWW-Authenticate"),
            method=request.method,
            uri=request.uri,
            username=phone.name,
            password=f"{phone.name}'s password",
            body=request.body,
            cnonce="c",
        )
        number = int((request.headers.get("CSeq") or "").split()[0]) + 1
        return with_fields(
            request,
            ("Proxy-Authorization" if proxy else "Authorization", value),
            CSeq=f"{number} {request.method}",
            Via=f"SIP/2.0/{phone.flow.transport} {phone.via_host};branch=z9hG4bK{self.sent};rport",
        )

    def opening(self, method: str, phone: Phone, *fields: tuple[str, str], **more: str) -> Request:
        """A request whose challenge was answered."""
        request = self.request(method, phone, *fields, **more)  # type: ignore[arg-type]  # texts only
        return self.answering(request, self.refused(request, phone.flow), phone)


def with_fields(request: Request, *added: tuple[str, str], **replaced: str | None) -> Request:
    """The request with fields replaced (with None: removed), and others added."""
    names = {name.replace("_", "-"): value for name, value in replaced.items()}
    kept = [(name, value) for name, value in request.headers if name not in names]
    fresh = [(name, value) for name, value in names.items() if value is not None]
    return Request(request.method, request.uri, Headers([*fresh, *kept, *added]), request.body)


def answer_to(request: Message, status: int, phone: Phone) -> Response:
    """What a phone answers."""
    copied = [
        (name, f"{value};tag=to-{phone.name}" if name == "To" and "tag=" not in value else value)
        for name, value in request.headers
        if name in {"Via", "From", "To", "Call-ID", "CSeq", "Record-Route"}
    ]
    return Response(status, "As Said", Headers([*copied, ("Contact", f"<{phone.contact}>")]))


def within(
    exchange: Exchange, method: str, phone: Phone, answer: Message, *, called: bool = False
) -> Request:
    """A request within a call that `answer` (200) or, for who was called, its INVITE has made."""
    routes = list(answer.headers.items_of("Record-Route"))
    contact = re.sub(r"[<>]", "", answer.headers.get("Contact") or "")
    near, far = ("To", "From") if called else ("From", "To")
    return exchange.request(
        method,
        phone,
        *(("Route", route) for route in (routes if called else routes[::-1])),
        uri=contact,
        cseq=9,
        headers={"From": answer.headers.get(near), "To": answer.headers.get(far)},
    )
