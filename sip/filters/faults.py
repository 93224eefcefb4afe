"""The one answer to a filter that cannot be: 488 (RFC 4660), with what, where and the value."""

from sip.errors import PeerFault

_MAX_REASON = 200  # characters: the reason goes into a SIP reason phrase and into the log


class FilterFault(PeerFault):
    """A filter document that is faulty, or asks for what is not done here; the answer is 488."""

    def __init__(self, reason: str) -> None:
        super().__init__(488, reason[:_MAX_REASON])
