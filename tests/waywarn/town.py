"""A small town for tests: a street, one device on it, one guardian, and SIP bytes of its publications."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from alerts import Address, AlertBook, Recipient
from corridor import Corridor, Path, format_instant
from rules import Deviation, Engine, Geofence
from sip import Account, Admitted, Compositor, Directory, Peer, PresenceServer, Transport, UserAgentServer
from waywarn.intake import Intake

NOW = 1_790_000_000.0
DOMAIN = "town.example"
PASSWORD = "only-a-test"
DEVICE = Peer(Transport.UDP, "127.0.0.1", 40000)

STREET = Path([16.3700, 16.3800], [48.2000, 48.2000], name="street")  # 743 m from west to east
ON_STREET = (16.3720, 48.2000)
FAR_OFF = (16.3730, 48.2030)  # 334 m north of it


def pidf(place: tuple[float, float], time: float, *, usage: str = "") -> bytes:
    """Write a document by hand, so that the tests do not lean on the writer."""
    lon, lat = place
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"
 xmlns:gml="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0"
 xmlns:gbp="urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy" entity="pres:anna@{DOMAIN}">
<tuple id="phone"><status><gp:geopriv><gp:location-info><gs:Circle srsName="urn:ogc:def:crs:EPSG::4326">
<gml:pos>{lat} {lon}</gml:pos><gs:radius uom="urn:ogc:def:uom:EPSG::9001">8</gs:radius></gs:Circle>
</gp:location-info><gp:usage-rules>{usage}</gp:usage-rules><gp:method>GPS</gp:method></gp:geopriv></status>
<timestamp>{format_instant(time)}</timestamp></tuple></presence>""".encode()


def publish(body: bytes, *, branch: str, headers: Sequence[str] = (), etag: str | None = None) -> bytes:
    """Write an unauthenticated PUBLISH."""
    lines = [
        f"PUBLISH sip:anna@{DOMAIN} SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK{branch};rport",
        f"From: <sip:anna@{DOMAIN}>;tag=1",
        f"To: <sip:anna@{DOMAIN}>",
        f"Call-ID: {branch}@test",
        "CSeq: 1 PUBLISH",
        "Max-Forwards: 70",
        "Event: presence",
        *headers,
        *([f"SIP-If-Match: {etag}"] if etag else []),
        *(["Content-Type: application/pidf+xml"] if body else []),
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Town:
    """The rooms of a service, wired as it wires them, without a socket."""

    mail_url: str = "mailto://127.0.0.1:2525/?from=waywarn@town.example&to=mother@town.example&mode=insecure"
    rule: Deviation | Geofence = field(
        default_factory=lambda: Deviation(
            Corridor(STREET, half_width_m=40), device="anna", name="to_school", starts="at_once", ends="never"
        )
    )

    tag_prefix: str = "t"

    def __post_init__(self) -> None:
        account = Account.with_password(
            "anna",
            PASSWORD,
            realm=DOMAIN,
            aor=f"sip:anna@{DOMAIN}",
            device_id="anna",
            algorithms=["MD5", "SHA-256"],
        )
        self.account = account
        directory = Directory([account], realm=DOMAIN)
        self.server = UserAgentServer(directory, domains=[DOMAIN], secret=b"sixteen bytes ok")
        self.compositor = Compositor(directory, tag_prefix=self.tag_prefix)
        self.presence = PresenceServer({"PUBLISH": self.compositor})
        self.engine = Engine([self.rule])
        self.book = AlertBook()
        self.mother = Recipient("mother", "Europe/Vienna", (Address.at("mother", 1, self.mail_url),))
        self.intake = Intake(
            self.presence, self.engine, self.book, recipients={self.rule.name: [self.mother]}, terms={}
        )
        self._count = 0

    def admit(
        self, place: tuple[float, float], time: float, *, usage: str = "", etag: str | None = None
    ) -> Admitted:
        """Give a publication as the server admits it once its digest was right."""
        self._count += 1
        return self.admitted(publish(pidf(place, time, usage=usage), branch=f"b{self._count}", etag=etag))

    def admitted(self, data: bytes) -> Admitted:
        """Read bytes into an admitted request of anna's."""
        from sip import Request, parse_message
        from sip.envelope import open_envelope

        request = parse_message(data)
        assert isinstance(request, Request)
        return Admitted(open_envelope(request, DEVICE.transport), self.account, DEVICE, DEVICE, data[:40])

    def memory(self) -> tuple[object, ...]:
        """Give all state of the rooms in a form that compares."""
        snapshot = self.engine.snapshot()
        return (
            self.compositor.publications,
            snapshot.devices,
            snapshot.device_rows.tobytes(),
            snapshot.rules,
            snapshot.rule_rows.tobytes(),
            dict(zip(snapshot.memberships, snapshot.membership_rows, strict=True)),
            self.book.open_alerts,
            dict(self.intake._terms),
        )
