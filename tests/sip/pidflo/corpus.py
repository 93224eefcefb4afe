"""The documents beside the project as rows of a table: what each was read as, or why it was refused.

SIP messages and sipp scenarios among them are opened, and each PIDF-LO body in them is a row.
"""

import re
from collections.abc import Iterator

from corridor.errors import XmlError
from corridor.xmltree import parse_xml
from sip.errors import PidfError
from sip.pidflo import parse_pidf

COLUMNS = ("file", "result", "shape", "lon", "lat", "accuracy_m", "altitude_m", "time", "notes")
Row = dict[str, str]


def rows_of(file: str, data: bytes) -> Iterator[Row]:
    bodies = list(bodies_of(file, data))
    if not bodies:
        yield dict.fromkeys(COLUMNS, "") | {"file": file, "result": "no_body"}
    for number, body in enumerate(bodies, start=1):
        yield row_of(file if len(bodies) == 1 else f"{file}#{number}", body)


def row_of(file: str, body: bytes) -> Row:
    row = dict.fromkeys(COLUMNS, "") | {"file": file}
    try:
        presence = parse_pidf(body)
    except PidfError as error:
        return row | {"result": "refused", "notes": error.reason}
    row |= {
        "result": "read" if presence.place else "no_place",
        "shape": type(presence.shape).__name__ if presence.shape else "civic" if presence.civic else "",
        "time": "" if presence.time is None else f"{presence.time:.2f}",
        "notes": " ".join(sorted(presence.flags)),
    }
    if place := presence.place:
        row |= {"lon": f"{place.lon:.6f}", "lat": f"{place.lat:.6f}"}
        row["accuracy_m"] = "" if place.accuracy_m is None else f"{place.accuracy_m:.1f}"
        row["altitude_m"] = "" if place.altitude_m is None else f"{place.altitude_m:.1f}"
    return row


def bodies_of(file: str, data: bytes) -> Iterator[bytes]:
    """Give the PIDF-LO bodies of a SIP message or sipp scenario; any other file is one body itself."""
    if file.endswith(".txt"):
        yield from _pidf_parts(data.decode())
        return
    messages = _scenario_messages(data)
    parts = [part for message in messages for part in _pidf_parts(message)]
    yield from parts or [data]


def _scenario_messages(data: bytes) -> list[str]:
    try:
        root = parse_xml(data, max_bytes=65_536)
    except XmlError:
        return []
    if root.name != "scenario":
        return []
    # sipp fills its [keywords] in when it sends
    return [re.sub(r"\[[$\w]+\]", "127.0.0.1", element.text) for element in root.find_all("send")]


def _pidf_parts(message: str) -> Iterator[bytes]:
    lines = iter(message.splitlines())
    for line in lines:
        if not re.match(r"\s*Content-Type:\s*application/pidf\+xml", line, re.IGNORECASE):
            continue
        body: list[str] = []
        for following in lines:
            if following.strip().startswith("--") and body:
                break
            if body or following.lstrip().startswith("<"):  # RFC 6442 forgot the blank line before it
                body.append(following)
        if body:  # RFC 3903 only says "[PIDF document]"
            yield "\n".join(body).strip().encode()
