"""The relay: requests of one account to another passed on, and answers back, with next to no memory.

A stateless proxy (RFC 3261 16.11) between accounts of ours, over flows that are open already; it calls
nobody else's server. What it needs to know later it gives away in sealed tokens (``flow.py``): in its Via
the way of the answers, in its Record-Route the way of all that follows in a call.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b

from sip.account import Account
from sip.address import MAGIC_COOKIE, parse_address, parse_via
from sip.digest import parse_directives
from sip.directory import Directory
from sip.envelope import Envelope
from sip.errors import PeerFault
from sip.headers import Headers, split_commas
from sip.message import Request, Response
from sip.peer import Peer, Transport
from sip.reply import reply_address, stamped_vias
from sip.server.authenticator import Asking, Authenticator
from sip.server.flow import FlowTokens
from sip.server.inbox import read_location
from sip.server.registrar import Registrar
from sip.server.report import LocationReport
from sip.server.transaction import transaction_key
from sip.server.ways import Way, Ways
from sip.uri import parse_uri

OPENING = ("INVITE", "MESSAGE")
"""What an account may begin with another; the rest follows within a call."""

IN_CALLS = ("ACK", "BYE", "CANCEL", "INFO", "INVITE", "PRACK", "REFER", "UPDATE")
DEFAULT_MAX_FORWARDS = 70

_BRANCH = f"{MAGIC_COOKIE}ww"
_HASH_CHARACTERS = 16
_ROUTE = "flow-"
_OURS_ALONE = frozenset({"via", "route", "max-forwards", "proxy-authorization"})


@dataclass(frozen=True, slots=True)
class Forward:
    """Bytes to pass on.

    Parameters
    ----------
    data, to
        What, and to whom.
    account
        Who began this, the first time that it is passed on; None for all that follows.
    report
        The place that he conveyed with it (RFC 6442), which is a place of his like any other.
    """

    data: bytes
    to: Peer
    account: Account | None = None
    report: LocationReport | None = None


class Relay:
    """Passes on what is for others.

    Parameters
    ----------
    directory, registrar
        Who exists, and where they are.
    sent_by
        By number of the door: ``host:port`` as others reach it.
    secret
        Fresh randomness, at least 16 bytes.
    is_open
        Tells whether a flow still leads somewhere.
    """

    def __init__(
        self,
        directory: Directory,
        registrar: Registrar,
        *,
        sent_by: Mapping[int, str],
        secret: bytes,
        is_open: Callable[[Peer], bool] = lambda _: True,
    ) -> None:
        self._directory, self._registrar = directory, registrar
        self._sent_by, self._is_open = sent_by, is_open
        # nonces of its own: one that was given for another server's part is stale here, and asked for anew
        self._authenticator = Authenticator(directory, secret=blake2b(secret, person=b"relay").digest())
        self._tokens = FlowTokens(secret)
        self._ways = Ways()

    def is_routed(self, envelope: Envelope) -> bool:
        """Tell whether a request is within a call that was begun through here."""
        return envelope.recipient.tag is not None and any(
            _token(item) is not None for item in envelope.request.headers.items_of("Route")[:2]
        )

    def takes(self, envelope: Envelope) -> bool:
        """Tell whether a request that is not `is_routed` is for the relay, and not for the server itself.

        A MESSAGE to one's own address is for the server.
        """
        if envelope.request.method == "MESSAGE":
            return _sender(envelope) != envelope.target.aor
        return envelope.request.method in IN_CALLS

    def forward(
        self,
        envelope: Envelope,
        peer: Peer,
        now: float,
        *,
        begins: Callable[[Account], None] = lambda _: None,
    ) -> Forward:
        """Pass a request on.

        Parameters
        ----------
        envelope, peer
            The request, and where it came from. Its Request-URI is ours, or it is `is_routed`.
        now
            UTC seconds.
        begins
            Called with the account that begins something, before that is remembered: may refuse it.

        Raises
        ------
        PeerFault
            Checks of RFC 3261 16.3: 483 no more hops; 482 it was here before; 420 Proxy-Require.
            Within a call: 403 forged Route, 430 the far end has gone, 481 there is no such call.
            Beginning: 405 not this; 407 who are you; 403 locked, or From is another's address; 404 no
            such account; 480 not here now; 503 too much was begun lately. Of an ACK nothing is answered in
            any case.
        """
        mark = _mark(envelope, peer)
        self._check(envelope, mark)
        if self.is_routed(envelope):
            return self._pass(envelope, peer, mark, self._follow(envelope))
        key = f"{_begun_by(envelope)} {mark}"
        known = self._ways.find(key, now)
        is_there = self._directory.of_aor(_sender(envelope) or "") is not None  # not revoked since
        if known is not None and is_there:
            return self._pass(envelope, peer, mark, known)
        account, way = self._begin(envelope, mark, now)
        begins(account)
        self._ways.remember(key, way, account.aor, now)
        report = _conveyed(envelope.request, account, now)
        return replace(self._pass(envelope, peer, mark, way), account=account, report=report)

    def respond(self, response: Response) -> Forward | None:
        """Pass an answer back the way its request came; None for one that is not of ours."""
        fields = response.headers.get_all("Via")
        try:
            top, *rest = split_commas(fields[0])
            back = self._open_branch(parse_via(top).branch or "")
        except (PeerFault, IndexError, ValueError):  # no Via at all, an empty one
            return None
        vias = [*([", ".join(rest)] if rest else []), *fields[1:]]
        if back is None or not vias:
            return None
        others = ((name, value) for name, value in response.headers if name.lower() != "via")
        headers = Headers([*(("Via", value) for value in vias), *others])
        return Forward(Response(response.status, response.reason, headers, response.body).to_bytes(), back)

    def _check(self, envelope: Envelope, mark: str) -> None:
        headers = envelope.request.headers
        if envelope.max_forwards == 0:
            raise PeerFault(483, "Too Many Hops")
        if any(self._is_loop(item, mark) for item in headers.items_of("Via")):
            raise PeerFault(482, "Loop Detected")
        required = headers.items_of("Proxy-Require")
        if required:
            raise PeerFault(420, "Bad Extension", (("Unsupported", ", ".join(required)),))

    def _is_loop(self, via: str, mark: str) -> bool:
        """Tell whether this Via was written here for the same request: one to another place is a spiral."""
        if _BRANCH not in via:
            return False
        branch = parse_via(via).branch or ""
        return branch[len(_BRANCH) + _HASH_CHARACTERS :].startswith(f"{mark[_HASH_CHARACTERS:]}.") and (
            self._open_branch(branch) is not None
        )

    def _open_branch(self, branch: str) -> Peer | None:
        mark, dot, token = branch.removeprefix(_BRANCH).partition(".")
        return self._tokens.open(token, _branch(mark)) if dot else None

    def _follow(self, envelope: Envelope) -> Way:
        """Find the way of a request within a call: by the token in its Route, which it must be given."""
        routes = list(envelope.request.headers.items_of("Route"))
        if _token(routes[0]) is None:
            del routes[0]  # the proxy that the phone is set to use: us, or it would not be here
        flow = self._open_route(routes.pop(0), envelope.call_id)
        if flow is None:
            raise PeerFault(403, "Route Of Another Call")
        while routes and self._open_route(routes[0], envelope.call_id) is not None:
            del routes[0]  # our own other half
        if not self._is_open(flow):
            raise PeerFault(430, "Flow Failed")
        return Way(flow, envelope.request.uri, tuple(routes))

    def _open_route(self, item: str, call_id: str) -> Peer | None:
        token = _token(item)
        return self._tokens.open(token, _call(call_id)) if token is not None else None

    def _begin(self, envelope: Envelope, mark: str, now: float) -> tuple[Account, Way]:
        """Find the way of a request that begins something: to where its account is registered."""
        request = envelope.request
        if envelope.recipient.tag is not None or request.method in {"ACK", "CANCEL"}:
            raise PeerFault(481, "Call/Transaction Does Not Exist")
        if request.method not in OPENING:
            raise PeerFault(405, "Method Not Allowed", (("Allow", ", ".join(OPENING)),))
        who = self._authenticator.authenticate(
            request, envelope.target, mark.encode(), now, asking=Asking.PROXY
        )
        self._check_caller(envelope, who.account)
        return who.account, self._find(envelope.target.aor, now)

    def _check_caller(self, envelope: Envelope, account: Account) -> None:
        if _sender(envelope) != account.aor:
            raise PeerFault(403, "Not Your Address")
        if account.aor in self._directory.locked:
            raise PeerFault(403, "Locked")
        if len(envelope.request.headers.items_of("Route")) > 1:
            raise PeerFault(403, "Foreign Route")

    def _find(self, aor: str, now: float) -> Way:
        if self._directory.of_aor(aor) is None:
            raise PeerFault(404, "Not Found")
        for binding in self._registrar.bindings_of(aor, now):
            if binding.flow.door in self._sent_by and self._is_open(binding.flow):
                return Way(binding.flow, binding.contact)
        raise PeerFault(480, "Temporarily Unavailable")

    def _pass(self, envelope: Envelope, peer: Peer, mark: str, way: Way) -> Forward:
        """Write the request as it goes out (RFC 3261 16.6)."""
        request = envelope.request
        back = self._tokens.seal(reply_address(request.headers, peer), _branch(mark))
        own = (
            f"SIP/2.0/{way.flow.transport} {self._sent_by[way.flow.door]};branch={_BRANCH}{mark}.{back};rport"
        )
        hops = DEFAULT_MAX_FORWARDS if envelope.max_forwards is None else envelope.max_forwards - 1
        pairs = [("Via", value) for value in (own, *stamped_vias(request.headers, peer))]
        if request.method == "INVITE" and not self.is_routed(envelope):
            pairs += self._record_route(envelope.call_id, peer, way.flow)
        pairs += [("Route", item) for item in way.routes]
        pairs.append(("Max-Forwards", str(hops)))
        pairs += [pair for pair in request.headers if self._goes_on(*pair)]
        return Forward(replace(request, uri=way.uri, headers=Headers(pairs)).to_bytes(), way.flow)

    def _record_route(self, call_id: str, caller: Peer, called: Peer) -> list[tuple[str, str]]:
        """Stay in the call: each side is given the way to the other (two fields, as RFC 5658 has it)."""
        return [
            ("Record-Route", self._route(caller, called, call_id)),
            ("Record-Route", self._route(called, caller, call_id)),
        ]

    def _route(self, leads_to: Peer, side: Peer, call_id: str) -> str:
        token = self._tokens.seal(leads_to, _call(call_id))
        by = "" if side.transport is Transport.UDP else f";transport={side.transport.lower()}"
        return f"<sip:{_ROUTE}{token}@{self._sent_by[side.door]}{by};lr>"

    def _goes_on(self, name: str, value: str) -> bool:
        """Keep back what is written anew, and the answer to our own challenge."""
        if name.lower() not in _OURS_ALONE:
            return True
        if name.lower() != "proxy-authorization":
            return False
        directives = parse_directives(value)
        return directives is None or directives.get("realm") != self._directory.realm


def _mark(envelope: Envelope, peer: Peer) -> str:
    """Name a request twice: its transaction, then what it asks for; the same for its CANCEL and ACK.

    Computed from the request alone, so that a retransmission gets the same branch (RFC 3261 16.11).
    """
    number = (envelope.request.headers.get("CSeq") or "").split()[0]
    routes = envelope.request.headers.items_of("Route")
    sender, request = envelope.sender, envelope.request
    # the body of a call is not that of its ACK and CANCEL, which go by the same name
    text = request.body.decode("latin-1") if request.method == "MESSAGE" else ""
    asked = (request.uri, *routes, sender.uri, sender.tag or "", envelope.call_id, number, text)
    transaction = transaction_key(envelope, "relay") + f"{peer}".encode()
    return "".join(
        blake2b(part, digest_size=_HASH_CHARACTERS // 2).hexdigest()
        for part in (transaction, "\0".join(asked).encode("utf-8", "surrogateescape"))
    )


def _begun_by(envelope: Envelope) -> str:
    method = envelope.request.method
    return "INVITE" if method in {"ACK", "CANCEL"} else method


def _branch(mark: str) -> bytes:
    return b"via " + mark.encode("utf-8", "surrogateescape")


def _call(call_id: str) -> bytes:
    return b"call " + call_id.encode("utf-8", "surrogateescape")


def _sender(envelope: Envelope) -> str | None:
    try:
        return parse_uri(envelope.sender.uri).aor
    except PeerFault:
        return None


def _conveyed(request: Request, account: Account, now: float) -> LocationReport | None:
    """Read the place that comes with a request; one that cannot be read is the affair of who is called."""
    if "Geolocation" not in request.headers:
        return None
    try:
        return read_location(request, account, now)
    except PeerFault:
        return None


def _token(route: str) -> str | None:
    """Give the flow token of a Route item; None where it holds none."""
    try:
        user = parse_uri(parse_address(route).uri).user or ""
    except PeerFault:
        return None
    return user.removeprefix(_ROUTE) if user.startswith(_ROUTE) else None
