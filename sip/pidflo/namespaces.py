"""XML namespaces of PIDF-LO, as ``{uri}`` prefixes of element names.

Elements are matched by these alone, never by the prefix a document happens to use.
"""

from functools import lru_cache

PIDF = "{urn:ietf:params:xml:ns:pidf}"
DATA_MODEL = "{urn:ietf:params:xml:ns:pidf:data-model}"
GEOPRIV = "{urn:ietf:params:xml:ns:pidf:geopriv10}"
BASIC_POLICY = "{urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy}"
CIVIC = "{urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr}"
CIVIC_OLD = "{urn:ietf:params:xml:ns:pidf:geopriv10:civicLoc}"  # RFC 4119, obsoleted by RFC 5139
DYNAMIC = "{urn:ietf:params:xml:ns:pidf:geopriv10:dynamic}"
DYNAMIC_6447 = "{urn:ietf:params:xml:schema:pidf:dynamic}"  # RFC 6447, Figure 2; not the registered one
CONFIDENCE = "{urn:ietf:params:xml:ns:geopriv:conf}"
GML = "{http://www.opengis.net/gml}"
GS = "{http://www.opengis.net/pidflo/1.0}"
XINCLUDE = "{http://www.w3.org/2001/XInclude}"

CIVICS = frozenset({CIVIC, CIVIC_OLD})
DYNAMICS = frozenset({DYNAMIC, DYNAMIC_6447})
# what `mustUnderstand` may stand on without harm
UNDERSTOOD = frozenset({PIDF, DATA_MODEL, GEOPRIV, BASIC_POLICY, CONFIDENCE, GML, GS}) | CIVICS | DYNAMICS


@lru_cache(256)  # a document has the same few names as the one before
def namespace(name: str) -> str:
    """Give the ``{uri}`` part of an element name; empty where it has none.

    Examples
    --------
    >>> namespace("{urn:ietf:params:xml:ns:pidf}tuple") == PIDF, namespace("tuple")
    (True, '')
    """
    return name[: name.rfind("}") + 1]
