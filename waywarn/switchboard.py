"""Each message that comes to whom it belongs: decided, answered at once, passed on, or an answer itself.

What a message means is said by ``sip/server/uas.py``; bytes come and go by ``wire.py``.
"""

from collections.abc import Callable, Iterable

from sip import Admitted, Answered, Forward, Ignored, LocationReport, Peer, Reply, UserAgentServer
from waywarn import log
from waywarn.connections import Connections
from waywarn.intake import Arrival, Gone, Heard
from waywarn.outgoing import Outgoing
from waywarn.reporting import report_reply
from waywarn.wire import Wire


class Switchboard:
    """Joins the server to those who decide, send and pass on.

    Parameters
    ----------
    server
        Tells what a message is.
    wire
        Carries bytes.
    outgoing
        Takes answers to our own requests.
    offer
        Takes what must be decided, in order of arrival.
    clock
        Wall time, UTC seconds.
    """

    def __init__(
        self,
        server: UserAgentServer,
        wire: Wire,
        outgoing: Outgoing,
        offer: Callable[[Arrival], None],
        *,
        clock: Callable[[], float],
    ) -> None:
        self._server, self._wire, self._outgoing = server, wire, outgoing
        self._offer, self._clock = offer, clock
        self._connections = Connections(wire.is_open)

    def on_message(self, data: bytes, peer: Peer) -> None:
        """Take one message from the wire."""
        outcome = self._server.receive(data, peer, self._clock())
        match outcome:
            case Admitted():
                self._connections.note(peer, outcome.account.aor)
                self._offer(outcome)
            case Reply():
                report_reply(outcome, peer)
                self._wire.send(outcome.to, outcome.data)
            case Forward():
                self._pass_on(outcome, peer)
            case Answered() if self._outgoing.receive(outcome.response):
                self._server.welcome(peer, self._clock())
            case Answered():
                log.say_detail("sip.ignored", host=peer.host, reason="response to nobody")
            case Ignored():
                log.say_detail("sip.ignored", host=peer.host, reason=outcome.reason)

    def hear(self, reports: tuple[LocationReport, ...]) -> None:
        """Take places that came without a request that waits for its answer."""
        self._offer(Heard(reports))

    def cut_off(self, aors: Iterable[str]) -> None:
        """End all that accounts have here, and their connections at once."""
        for aor in aors:
            self._offer(Gone(aor))
            for peer in self._connections.take(aor):
                self._wire.hang_up(peer)

    def _pass_on(self, forward: Forward, peer: Peer) -> None:
        if forward.account is not None:
            self._connections.note(peer, forward.account.aor)
            log.say_detail("relay.passed_on", account=forward.account.username)
        self._wire.send(forward.to, forward.data)
        if forward.report is not None:
            self.hear((forward.report,))
