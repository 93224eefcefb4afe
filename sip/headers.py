"""Header fields as they stand on the wire: names, compact forms, lists, quoted strings, parameters.

What single fields mean is in ``address.py`` (From, To, Via) and with those who read them.
"""

import re
from collections.abc import Iterable, Iterator

from sip.errors import CallerError, PeerFault

MAX_LIST_ITEMS = 64  # items of one comma list; a request crosses a handful of proxies, each adds one Via

TOKEN = r"[A-Za-z0-9\-.!%*_+`'~]+"  # RFC 3261, 25.1 # noqa: S105 (a grammar rule, no secret)
_TOKEN = re.compile(TOKEN)
QUOTED = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'  # a quoted string, escapes and all
_COMMA_ITEM = re.compile(rf'(?:{QUOTED}|<[^>]*>|[^,"<])+', re.DOTALL)
_PARAMETER = re.compile(
    rf'\s*+;\s*+({TOKEN}+)\s*+(?:=\s*+({QUOTED}|\[[0-9A-Fa-f:.]++\]|[^\s;,"<>]++)\s*+)?', re.DOTALL
)

_COMPACT = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "d": "Request-Disposition",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "n": "Identity-Info",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
    "y": "Identity",
}
"""Compact forms (RFC 3261 7.3.3, 3515, 3841, 4028, 4474, 6665)."""

_SECRET = frozenset({"authorization", "proxy-authorization"})  # a digest can be guessed at offline


class Headers:
    """Header fields in order, looked up without regard to case or compact form.

    Parameters
    ----------
    pairs
        (name, value); a compact name is written out, other names stay as they are.

    Examples
    --------
    >>> headers = Headers([("v", "SIP/2.0/UDP host;branch=z9hG4bK1"), ("CALL-id", "x")])
    >>> headers.get("Call-ID"), headers.get("via")
    ('x', 'SIP/2.0/UDP host;branch=z9hG4bK1')
    """

    __slots__ = ("_first", "_repeated", "pairs")

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs = tuple(
            [(_COMPACT.get(name.lower(), name) if len(name) == 1 else name, value) for name, value in pairs]
        )
        self._first: dict[str, str] | None = None  # made when first asked: a response never is
        self._repeated: dict[str, tuple[str, ...]] = {}

    def _indexed(self) -> dict[str, str]:
        first = {name.lower(): value for name, value in reversed(self.pairs)}
        self._first = first
        if len(first) < len(self.pairs):
            grouped: dict[str, list[str]] = {}
            for name, value in self.pairs:
                grouped.setdefault(name.lower(), []).append(value)
            self._repeated = {name: tuple(values) for name, values in grouped.items() if len(values) > 1}
        return first

    def get(self, name: str) -> str | None:
        """Give the first field of that name, or None."""
        return (self._first or self._indexed()).get(name.lower())

    def get_all(self, name: str) -> tuple[str, ...]:
        """Give every field of that name, as it stands, in order."""
        found = self.get(name)
        return () if found is None else self._repeated.get(name.lower(), (found,))

    def only(self, name: str) -> str | None:
        """Give the field that may occur once; None where it is absent.

        Raises
        ------
        PeerFault
            400: it occurs more than once (RFC 3261 7.3.1).
        """
        key = name.lower()
        found = (self._first or self._indexed()).get(key)
        if key in self._repeated:
            raise PeerFault(400, f"More Than One {name}")
        return found

    def items_of(self, name: str) -> tuple[str, ...]:
        """Give the items of a list field: comma lists and repeated fields are the same (7.3.1)."""
        return tuple(item for value in self.get_all(name) for item in split_commas(value))

    def __contains__(self, name: str) -> bool:
        return name.lower() in (self._first or self._indexed())

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self.pairs == other.pairs

    def __hash__(self) -> int:
        return hash(self.pairs)

    def __repr__(self) -> str:
        shown = [(name, "..." if name.lower() in _SECRET else value) for name, value in self.pairs]
        return f"Headers({shown!r})"


def is_token(text: str) -> bool:
    """Tell whether `text` is a token (RFC 3261 25.1)."""
    return _TOKEN.fullmatch(text) is not None


def split_commas(value: str) -> tuple[str, ...]:
    """Split a list at its commas, but not inside quotes or angle brackets.

    Raises
    ------
    PeerFault
        400: a quote or bracket is left open, or the list is unreasonably long.

    Examples
    --------
    >>> split_commas('"Bell, A." <sip:a@x>, <sip:b@x>')
    ('"Bell, A." <sip:a@x>', '<sip:b@x>')
    """
    if "," not in value:
        return (value.strip(),) if value.strip() else ()
    items: list[str] = []
    position = 0
    while position < len(value):
        match = _COMMA_ITEM.match(value, position)
        if match is not None:
            items.append(match.group().strip())
            position = match.end()
        if position < len(value) and value[position] != ",":
            raise PeerFault(400, "Unbalanced Quotes Or Brackets")
        position += 1
        if len(items) > MAX_LIST_ITEMS:
            raise PeerFault(400, f"More Than {MAX_LIST_ITEMS} Items In A List")
    return tuple(item for item in items if item)


def parse_parameters(text: str) -> dict[str, str | None]:
    """Read ``;name=value;flag`` (names in lower case, quoted values unquoted; the first of a name wins).

    Raises
    ------
    PeerFault
        400: what stands there is no parameter list.

    Examples
    --------
    >>> parse_parameters(';branch=z9hG4bK1 ; rport;x="a b"')
    {'branch': 'z9hG4bK1', 'rport': None, 'x': 'a b'}
    """
    parameters: dict[str, str | None] = {}
    position = 0
    while position < len(text):
        match = _PARAMETER.match(text, position)
        if match is None:
            raise PeerFault(400, "Bad Header Parameter")
        name, value = match.groups()
        parameters.setdefault(name.lower(), unquote(value) if value else value)
        position = match.end()
    return parameters


def quote(text: str) -> str:
    """Write a quoted string, escaping what must be (RFC 3261 25.1).

    Raises
    ------
    CallerError
        The text holds a line break, which no escape can carry.
    """
    if "\r" in text or "\n" in text:
        raise CallerError("a quoted string cannot carry a line break")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def unquote(text: str) -> str:
    """Undo `quote`; text without quotes is given back as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    inner = text[1:-1]
    return re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL) if "\\" in inner else inner
