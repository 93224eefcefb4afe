"""Hostile XML to a small tree: size first, then expat, no DOCTYPE, capped depth and count.

Names are ``{namespace}local``; what the elements mean is for the readers of GPX, KML and PIDF-LO.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from xml.parsers import expat

from corridor.errors import XmlError

MAX_DEPTH = 64  # PIDF-LO nests about 12, KML folders rarely 10
MAX_ELEMENTS = 4_000_000  # a day of one-second GPX points with four children each is 430,000
MAX_ATTRIBUTES = 64  # per element; no format that we read has a tenth of it
_KEPT_NAMES = 256  # more than our formats have; 32 MB when full of the longest of a presence document


@dataclass(slots=True)
class Element:
    """An element: its name, attributes, the text directly in it, and its children."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    @property
    def local(self) -> str:
        """The name without its namespace."""
        return _local(self.name)

    def find(self, name: str) -> "Element | None":
        """Give the first child of that name."""
        for child in self.children:
            if child.name == name:
                return child
        return None

    def find_all(self, name: str) -> list["Element"]:
        """Give all children of that name, in document order."""
        return [child for child in self.children if child.name == name]

    def walk(self) -> Iterator["Element"]:
        """Go through this element and all below it in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


def parse_xml(data: bytes, *, max_bytes: int, max_elements: int = MAX_ELEMENTS) -> Element:
    """Read a document into its root element.

    Parameters
    ----------
    data
        The whole document, in UTF-8 or UTF-16 (or as its declaration says).
    max_bytes, max_elements
        What is larger is refused before or while it is read.

    Raises
    ------
    XmlError
        Malformed, too large, too deep, or with a DOCTYPE (so no entity can be declared).
    """
    if len(data) > max_bytes:
        raise XmlError(f"XML of {len(data)} bytes is over the limit of {max_bytes}")
    builder = _Builder(max_elements)
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(data, True)  # noqa: FBT003 (expat's own signature)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise error if isinstance(error, XmlError) else XmlError(f"XML is malformed: {error}") from None
    return builder.root()


class _Builder:
    def __init__(self, max_elements: int) -> None:
        self._top = self._now = Element("", {})
        self._around: list[Element] = []  # the elements in which the one that is open now stands
        self._left = max_elements

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._left -= 1
        if self._left < 0 or len(self._around) >= MAX_DEPTH or len(attributes) > MAX_ATTRIBUTES:
            raise self._excess(name)
        element = Element(_braced(name), _all_braced(attributes) if attributes else attributes)
        self._now.children.append(element)
        self._around.append(self._now)
        self._now = element

    def end(self, _name: str) -> None:
        self._now = self._around.pop()

    def characters(self, text: str) -> None:
        self._now.text += text

    def doctype(self, *_: object) -> None:
        raise XmlError("XML has a DOCTYPE, which is refused")

    def root(self) -> Element:
        return self._top.children[0]

    def _excess(self, name: str) -> XmlError:
        if self._left < 0:
            return XmlError("XML has too many elements")
        if len(self._around) >= MAX_DEPTH:
            return XmlError(f"XML nests deeper than {MAX_DEPTH}")
        return XmlError(f"XML element {name[:60]!r} has more than {MAX_ATTRIBUTES} attributes")


def _all_braced(attributes: dict[str, str]) -> dict[str, str]:
    return {_braced(key): value for key, value in attributes.items()}


@lru_cache(_KEPT_NAMES)
def _local(name: str) -> str:
    return name.rpartition("}")[2]


@lru_cache(_KEPT_NAMES)  # the same string each time: names are compared at once, and hashed once
def _braced(name: str) -> str:
    return "{" + name if "}" in name else name
