"""A whole server in memory, as fuzzing meets it: every method is decided, watchers are told, calls passed on.

The service adds the store and the sockets; the pieces are the real ones.
"""

from itertools import count

from sip.message import parse_message
from sip.peer import Peer
from sip.server.admitted import Admitted
from sip.server.compositor import Compositor
from sip.server.inbox import Inbox
from sip.server.notifier import Notifier
from sip.server.outbound import Outbound
from sip.server.outcome import Outcome, Refused
from sip.server.permission import ALLOWED
from sip.server.presence_server import PresenceServer
from sip.server.registrar import Registrar
from sip.server.relay import Relay
from sip.server.subscription import SubscriptionChange
from sip.server.subscriptions import Subscriptions
from sip.server.uas import Answered, UserAgentServer
from tests.sip.talk import NOW, Talk, account

HERE = {0: "192.0.2.1:5060"}
SECRET = b"a secret of the test"


class Whole:
    """Who takes bytes, and does all that follows from them."""

    def __init__(self) -> None:
        # with MD5 alone a fuzzer's bytes differ from a good answer in fewer places
        self.talk = Talk((account("anna", algorithms=("MD5",)), account("bert", algorithms=("MD5",))))
        directory, fresh = self.talk.directory, count()
        registrar = Registrar()
        self.relay = Relay(directory, registrar, sent_by=HERE, secret=SECRET)
        self.talk.uas = UserAgentServer(directory, domains=["example.org"], secret=SECRET, relay=self.relay)
        self.subscriptions = Subscriptions(
            directory,
            lambda _watcher, _device: ALLOWED,
            fresh=lambda: f"t{next(fresh)}",
            contacts={0: "sip:192.0.2.1:5060"},
        )
        self.notifier = Notifier(self.subscriptions)
        self.outbound = Outbound(HERE, lambda: f"b{next(fresh)}")
        self.presence = PresenceServer(
            {
                "PUBLISH": Compositor(directory, tag_prefix="tag"),
                "REGISTER": registrar,
                "SUBSCRIBE": self.subscriptions,
                "MESSAGE": Inbox(),
            }
        )

    def take(self, data: bytes, peer: Peer) -> None:
        """Take bytes; what is decided is taken back and decided again, to the same."""
        got = self.talk.uas.receive(data, peer, NOW)
        if isinstance(got, Answered):
            self.outbound.receive(got.response, NOW)
            self.relay.respond(got.response)
        if not isinstance(got, Admitted):
            return
        outcome = self.presence.apply(got, NOW)
        if not isinstance(outcome, Refused):
            self.presence.undo(got, outcome)
            again = self.presence.apply(got, NOW)
            assert again.answer.status == outcome.answer.status
            outcome = again
        parse_message(self.talk.uas.answer(got, outcome.answer, NOW))
        self._tell(outcome)

    def _tell(self, outcome: Outcome) -> None:
        if isinstance(outcome.change, SubscriptionChange):
            self.notifier.changed(outcome.change, NOW)
        if outcome.report is not None:
            self.notifier.placed(outcome.report.account.aor, outcome.report, NOW)
        for sent in self.notifier.due(NOW):
            parse_message(self.outbound.send(sent.request, sent.to, sent.ticket, NOW))
