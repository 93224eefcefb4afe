"""What hostile bytes can reach: each target takes any bytes and raises nothing but what is declared.

`benchmarks/fuzz.py` runs them for hours under coverage guidance; `test_corpus.py` runs what that has found.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from sip.address import parse_address, parse_via
from sip.command import parse_command, parse_result
from sip.digest import Credentials, authorize
from sip.envelope import open_envelope
from sip.errors import CallerError, ChallengeError, MessageError, PeerFault
from sip.filters import parse_filters, write_filters
from sip.filters.body import FILTER_TYPE
from sip.headers import parse_parameters, split_commas
from sip.message import MAX_HEADER_FIELDS, Request, parse_message
from sip.multipart import parse_media_type, split_parts
from sip.peer import Peer, Transport
from sip.pidflo import parse_pidf
from sip.stream import MessageStream
from sip.stun import is_stun, stun_answer
from sip.uri import parse_uri
from tests.fuzzing.whole import Whole
from tests.sip.talk import DEVICE, NOW, document


@dataclass(frozen=True, slots=True)
class Target:
    """A door for bytes from outside, and bytes that it takes well."""

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def message(data: bytes) -> None:
    """Read a message; what was read can be written, and read again to the same."""
    try:
        read = parse_message(data)
    except MessageError:
        return
    if len(read.headers) < MAX_HEADER_FIELDS:  # Content-Length may come to it
        assert parse_message(read.to_bytes()).to_bytes() == read.to_bytes()
    if isinstance(read, Request):
        with suppress(PeerFault):
            open_envelope(read, Transport.UDP)


def stream(data: bytes) -> None:
    """Cut a stream at places that its first byte tells; the frames are the same as of the whole."""
    step, rest = (data[0] or 1, data[1:]) if data else (1, b"")
    whole, cut = MessageStream(), MessageStream()
    frames = whole.feed(rest)
    pieces = [frame for at in range(0, len(rest), step) for frame in cut.feed(rest[at : at + step])]
    if not whole.is_broken:
        assert pieces == frames
    for frame in frames:
        if isinstance(frame, bytes):
            message(frame)


def server(data: bytes) -> None:
    """Give the bytes to a whole server, by each transport."""
    whole = Whole()
    for transport in Transport:
        whole.take(data, Peer(transport, DEVICE.host, DEVICE.port))


def filters(data: bytes) -> None:
    """Read a filter document; what was read can be written, and read again to the same."""
    with suppress(PeerFault):
        read = parse_filters(data)
        assert parse_filters(write_filters(read)) == read


def stun(data: bytes) -> None:
    """Answer a binding request."""
    if is_stun(data):
        stun_answer(data, "192.0.2.10", 40_000)
        stun_answer(data, "2001:db8::1", 40_000)


def pidf(data: bytes) -> None:
    """Read a document; what was read can be made a fix."""
    with suppress(PeerFault):
        presence = parse_pidf(data)
        with suppress(ValueError):  # CorridorError: a place that cannot be
            presence.to_fix("anna", NOW)


def digest(data: bytes) -> None:
    """Read an Authorization field, and answer a challenge."""
    text = data.decode("utf-8", "surrogateescape")
    with suppress(PeerFault):
        Credentials.parse(text)
    with suppress(ChallengeError, CallerError):
        authorize([text], method="PUBLISH", uri="sip:a@b", username="a", password="b", cnonce="c")


def fields(data: bytes) -> None:
    """Read bytes as each kind of header field."""
    text = data.decode("utf-8", "surrogateescape")
    for read in (parse_address, parse_via, parse_uri, parse_parameters, split_commas, parse_media_type):
        with suppress(PeerFault):
            read(text)


def multipart(data: bytes) -> None:
    """Cut a body; its first line is the Content-Type."""
    head, _, body = data.partition(b"\n")
    with suppress(PeerFault):
        split_parts(parse_media_type(head.decode("utf-8", "surrogateescape")), body)


def command(data: bytes) -> None:
    """Read a command, and a result."""
    for read in (parse_command, parse_result):
        with suppress(PeerFault):
            read(data)


def _requests() -> tuple[bytes, ...]:
    """Write requests that a new server of `server` admits."""
    talk = Whole().talk
    body = document()
    mixed = b"--x\r\nContent-Type: application/pidf+xml\r\n\r\n" + body + b"\r\n--x--"
    contact = ("Contact", '<sip:anna@192.0.2.10;ob>;+sip.instance="<urn:uuid:1>";reg-id=1;q=0.5;expires=60')
    watch = ("Event", "presence;max-rate=0.1;min-rate=0.01"), ("Content-Type", FILTER_TYPE)
    requests = (
        talk.request(("Expires", "600"), body=body),
        talk.request(headers={"Content-Type": "multipart/mixed; boundary=x"}, body=mixed),
        talk.request(("SIP-If-Match", "tag1"), ("Geolocation", "<cid:a@b>")),
        talk.request(contact, ("Supported", "path, outbound"), method="REGISTER", event=None),
        talk.request(contact, method="SUBSCRIBE", headers=dict(watch), body=_FILTER),
        talk.request(
            ("Geolocation", "<cid:a@b>"), ("Content-ID", "<a@b>"), method="MESSAGE", event=None, body=body
        ),
    )
    return tuple(talk.authorized(request).to_bytes() for request in requests)


_FILTER = (
    b'<filter-set xmlns="urn:ietf:params:xml:ns:simple-filter"'
    b' xmlns:lf="urn:ietf:params:xml:ns:location-filter"'
    b' xmlns:gml="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0"><ns-bindings>'
    b'<ns-binding prefix="dyn" urn="urn:ietf:params:xml:ns:pidf:geopriv10:dynamic"/></ns-bindings>'
    b'<filter id="1"><trigger><lf:moved>300</lf:moved></trigger><trigger>'
    b'<changed by="3">//dyn:speed</changed></trigger><trigger><lf:enterOrExit>'
    b'<gs:Circle srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>48.2 16.3</gml:pos>'
    b'<gs:radius uom="urn:ogc:def:uom:EPSG::9001">200</gs:radius></gs:Circle></lf:enterOrExit></trigger>'
    b"</filter></filter-set>"
)
_REQUESTS = _requests()
_COMMAND = (
    b'{"arguments":{"for_s":30},"command":"ring","expires_at":"2026-09-21T15:00:00Z","id":"0123456789abcdef",'
    b'"issued_at":"2026-09-21T14:00:00Z","signature":"' + b"0f" * 32 + b'","v":1}'
)
_RESULT = b'{"detail":"rang","id":"0123456789abcdef","signature":"' + b"0f" * 32 + b'","state":"done","v":1}'
_FIELDS = (
    b'"Anna" <sips:anna%41:x@[2001:db8::1]:5061;transport=tls;lr?a=b>;tag=1;x="a\\"b"',
    b"SIP / 2.0 / UDP [::1]:5060 ;branch=z9hG4bK1;received=192.0.2.1;rport",
)

TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "command": Target(command, (_COMMAND, _RESULT)),
        "digest": Target(
            digest,
            (
                b'Digest realm="a", nonce="b", qop="auth,auth-int", algorithm=SHA-256-sess, opaque="c"',
                b'Digest username=a,realm="b",nonce="c",uri="d",response="e",qop=auth,cnonce="",nc=00000001',
            ),
        ),
        "fields": Target(fields, _FIELDS),
        "filters": Target(filters, (_FILTER,)),
        "message": Target(message, _REQUESTS),
        "multipart": Target(multipart, (b'multipart/mixed; boundary="x"\n--x\r\nA: 1\r\n\r\none\r\n--x--',)),
        "pidf": Target(pidf, (document(),)),
        "server": Target(server, _REQUESTS),
        "stun": Target(stun, (b"\0\1\0\0\x21\x12\xa4\x42" + b"t" * 12,)),
        "stream": Target(stream, (b"\x07" + _REQUESTS[0] + b"\r\n\r\n" + _REQUESTS[1],)),
    }
)
