"""A device and a server that talk in bytes, without sockets: what the tests of PUBLISH share.

The server's halves are the real ones; only the wire and the store are missing.
"""

from dataclasses import dataclass, field

from corridor.instant import format_instant
from sip.account import Account, RulePolicy
from sip.digest import authorize
from sip.directory import Directory
from sip.headers import Headers
from sip.message import Request, Response, parse_message
from sip.peer import Peer, Transport
from sip.reply import Reply
from sip.server.admitted import Admitted
from sip.server.compositor import Compositor
from sip.server.outcome import Refused
from sip.server.publication import Publication, Published
from sip.server.relay import Forward
from sip.server.report import LocationReport
from sip.server.uas import Answered, Ignored, UserAgentServer

NOW = 1_790_000_000.0
REALM = "example.org"
DEVICE = Peer(Transport.UDP, "192.0.2.10", 40_000)


def account(
    name: str,
    *,
    algorithms: tuple[str, ...] = ("SHA-256", "MD5"),
    policy: RulePolicy | None = None,
    password: str | None = None,
) -> Account:
    return Account.with_password(
        name,
        password or f"{name}'s password",
        realm=REALM,
        aor=f"sip:{name}@example.org",
        device_id=name,
        algorithms=algorithms,
        policy=policy,
    )


def document(
    *,
    lat: float = 48.2,
    lon: float = 16.37,
    entity: str = "pres:anna@example.org",
    time: float | None = NOW - 1,
    usage: str = "",
) -> bytes:
    timestamp = "" if time is None else f"<timestamp>{format_instant(time)}</timestamp>"
    return (
        f'<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"'
        f' xmlns:gbp="urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy"'
        f' xmlns:gml="http://www.opengis.net/gml" entity="{entity}">'
        f'<tuple id="t"><status><gp:geopriv><gp:location-info>'
        f'<gml:Point srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>{lat} {lon}</gml:pos></gml:Point>'
        f"</gp:location-info><gp:usage-rules>{usage}</gp:usage-rules><gp:method>GPS</gp:method></gp:geopriv>"
        f"</status>{timestamp}</tuple></presence>"
    ).encode()


@dataclass
class Talk:
    """One server and what was said to it."""

    accounts: tuple[Account, ...] = field(default_factory=lambda: (account("anna"), account("bert")))
    peer: Peer = DEVICE
    now: float = NOW
    sent: int = 0

    def __post_init__(self) -> None:
        self.directory = Directory(self.accounts, realm=REALM)
        self.uas = UserAgentServer(self.directory, domains=["example.org"], secret=b"a secret of the test")
        self.compositor = Compositor(self.directory, tag_prefix="tag")
        self.outcome: Published | Refused | None = None

    def request(
        self,
        *fields: tuple[str, str],
        user: str = "anna",
        body: bytes = b"",
        event: str | None = "presence",
        method: str = "PUBLISH",
        headers: dict[str, str | None] | None = None,
    ) -> Request:
        """A request with a new Call-ID and branch; `headers` replaces (or with None removes) fields."""
        self.sent += 1
        usual = {
            "Via": f"SIP/2.0/{self.peer.transport} 192.0.2.10:40000;branch=z9hG4bK{self.sent};rport",
            "Max-Forwards": "70",
            "From": f"<sip:{user}@example.org>;tag=f{self.sent}",
            "To": f"<sip:{user}@example.org>",
            "Call-ID": f"call{self.sent}@192.0.2.10",
            "CSeq": f"{self.sent} {method}",
            "Event": event,
            "Content-Type": "application/pidf+xml" if body else None,
            **(headers or {}),
        }
        pairs = [(name, value) for name, value in usual.items() if value is not None]
        return Request(method, f"sip:{user}@example.org", Headers([*pairs, *fields]), body)

    def authorized(
        self, request: Request, username: str = "anna", *, answer: Response | None = None
    ) -> Request:
        """Answer the challenge that `request` gets (or got in `answer`)."""
        challenge = answer or self.ask(request)
        self.sent += 1
        value = authorize(
            challenge.headers.get_all("WWW-Authenticate"),
            method=request.method,
            uri=request.uri,
            username=username,
            password=f"{username}'s password",
            body=request.body,
            cnonce="c",
        )
        pairs = [(name, text) for name, text in request.headers if name not in {"Via", "CSeq"}]
        via = f"SIP/2.0/{self.peer.transport} 192.0.2.10:40000;branch=z9hG4bK{self.sent};rport"
        cseq = f"{self.sent} {request.method}"
        fresh = [("Via", via), ("CSeq", cseq), *pairs, ("Authorization", value)]
        return Request(request.method, request.uri, Headers(fresh), request.body)

    def receive(self, request: Request | bytes) -> Reply | Admitted | Forward | Answered | Ignored:
        data = request if isinstance(request, bytes) else request.to_bytes()
        return self.uas.receive(data, self.peer, self.now)

    def send(self, request: Request | bytes) -> bytes | None:
        """Give the bytes of the answer, deciding the request on the way as a service does."""
        taken = self.receive(request)
        if isinstance(taken, Admitted):
            self.outcome = self.compositor.apply(taken, self.now)
            return self.uas.answer(taken, self.outcome.answer, self.now)
        return taken.data if isinstance(taken, Reply) else None

    def ask(self, request: Request | bytes) -> Response:
        data = self.send(request)
        assert data is not None
        response = parse_message(data)
        assert isinstance(response, Response)
        return response

    def publish(
        self,
        body: bytes = b"",
        *,
        tag: str | None = None,
        expires: str | None = None,
        user: str = "anna",
        username: str = "anna",
        event: str | None = "presence",
        headers: dict[str, str | None] | None = None,
    ) -> Response:
        """PUBLISH with digest; give the final response."""
        fields: list[tuple[str, str]] = []
        if tag is not None:
            fields.append(("SIP-If-Match", tag))
        if expires is not None:
            fields.append(("Expires", expires))
        request = self.request(*fields, user=user, body=body, event=event, headers=headers)
        return self.ask(self.authorized(request, username))

    def latitudes(self) -> tuple[float, ...]:
        """Of the fixes of the last outcome."""
        assert isinstance(self.outcome, Published)
        return (self.outcome.report.fix.lat,) if self.outcome.report else ()

    @property
    def report(self) -> LocationReport:
        """The place of the last outcome."""
        assert self.outcome is not None
        assert self.outcome.report is not None
        return self.outcome.report

    @property
    def publications(self) -> dict[str, Publication]:
        return self.compositor.publications
