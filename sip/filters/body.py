"""The filter document of a SUBSCRIBE: whether it carries one, and of which type (RFC 4660, 3.2).

What the document says is ``parse.py``.
"""

from sip.errors import PeerFault
from sip.filters.filter_set import Filters
from sip.filters.parse import parse_filters
from sip.message import Request
from sip.multipart import parse_media_type

FILTER_TYPE = "application/simple-filter+xml"


def filters_in(request: Request) -> Filters | None:
    """Read the filters that a SUBSCRIBE brings; None where it has no body, and those that stand go on.

    Raises
    ------
    PeerFault
        415: a body of another type or encoding. 488 and 413: as `parse_filters`.
    """
    if not request.body:
        return None
    value = request.headers.only("Content-Type")
    if value is None or parse_media_type(value).name != FILTER_TYPE:
        raise PeerFault(415, "Unsupported Media Type", (("Accept", FILTER_TYPE),))
    if any(coding.lower() != "identity" for coding in request.headers.items_of("Content-Encoding")):
        raise PeerFault(415, "Unsupported Content Encoding", (("Accept-Encoding", "identity"),))
    return parse_filters(request.body)
