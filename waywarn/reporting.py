"""What the log says of a batch once it is stored: refusals, discards, transitions, alerts. Never a place."""

import re

from alerts import AlertChange
from sip import Admitted, Outcome, Peer, Refused, Reply
from waywarn import log
from waywarn.intake import Judgement
from waywarn.store import StoredFix

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def report(judgement: Judgement) -> None:
    """Log a stored batch, a line an event."""
    for request, outcome in judgement.outcomes:
        _report_outcome(request, outcome)
    for fix in judgement.batch.fixes:
        _report_fix(fix)
    for device in judgement.step.wrong_clocks:
        log.warn("device.clock_is_wrong", device=device)
    for said, _ in judgement.batch.transitions:
        log.say(
            "transition", rule=said.rule, device=said.device, kind=said.kind.value, reason=said.reason.value
        )
    for change, _ in judgement.batch.alerts:
        _report_alert(change)


def report_reply(reply: Reply, peer: Peer) -> None:
    """Log an answer that was given at once, if it refuses; challenges are ordinary."""
    status = reply.data[8:11].decode("ascii", "replace")  # behind "SIP/2.0 "
    if status >= "400" and status != "401":
        log.warn("sip.refused", host=peer.host, transport=peer.transport.value, status=status)


def _report_outcome(request: Admitted, outcome: Outcome) -> None:
    who, what = request.account.username, request.request.method.lower()
    if isinstance(outcome, Refused):
        reason = _NUMBER.sub("#", outcome.reason)  # it may quote a coordinate
        log.warn(f"{what}.refused", account=who, status=outcome.status, reason=reason)
        return
    log.say_detail(f"{what}.stored", account=who, has_place=outcome.report is not None)
    if outcome.report is not None and outcome.report.flags:
        flags = ",".join(sorted(flag.value for flag in outcome.report.flags))
        log.say_detail("document.forgiven", account=who, flags=flags)


def _report_fix(stored: StoredFix) -> None:
    if stored.discard is not None:
        log.say("fix.discarded", device=stored.fix.device_id, reason=stored.discard.value)


def _report_alert(change: AlertChange) -> None:
    ending = change.after.ending.value if change.after.ending else None
    log.warn("alert", alert=change.after.fingerprint, edge=change.edge.value, ending=ending)
