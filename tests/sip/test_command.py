"""Bodies of commands and results: written, read back, signed, and whatever else may come instead of them."""

import contextlib
import hashlib
import hmac
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip.command import (
    CLOCK_TOLERANCE_S,
    MAX_DETAIL_BYTES,
    MAX_LIFETIME_S,
    Command,
    Result,
    ResultState,
    Validity,
    parse_command,
    parse_result,
)
from sip.errors import CallerError, PeerFault
from sip.order import MAX_TEXT_BYTES, Argument, Order
from sip.signed_json import MAX_BODY_BYTES, canonical, sign
from tests.sip.talk import NOW

ID = "0123456789abcdef0123456789abcdef"
KEY = "5e55" * 16
ARGUMENTS: dict[Order, dict[str, Argument]] = {
    Order.RING: {"for_s": 30},
    Order.MESSAGE: {"text": "Komm bitte heim.\nDas Essen ist fertig 🍲"},
    Order.LOCATE: {},
    Order.LOCK: {"text": "Verloren? Bitte +43 1 000 anrufen"},
    Order.UNLOCK: {},
    Order.SHUTDOWN: {},
    Order.PHOTO: {"camera": "front"},
    Order.CALLBACK: {"uri": "sip:mother@example.org", "media": "video"},
    Order.REPORT: {},
}
COMMANDS = [Command(ID, order, ARGUMENTS[order], NOW, NOW + 600) for order in Order]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.order)
def test_a_command_is_read_as_it_was_written(command: Command) -> None:
    read = parse_command(command.signed(KEY))
    assert read.command == command
    assert read.is_signed_by([KEY])
    assert read.is_signed_by(["0" * 64, KEY])
    assert not read.is_signed_by(["0" * 64])
    assert not read.is_signed_by([])


@pytest.mark.parametrize("state", ResultState)
def test_a_result_is_read_as_it_was_written(state: ResultState) -> None:
    result = Result(ID, state, "gesperrt, Grüße")
    read = parse_result(result.signed(KEY))
    assert read.result == result
    assert read.is_signed_by([KEY])
    assert not read.is_signed_by([KEY[::-1]])


def test_the_signature_is_the_one_that_the_documentation_describes() -> None:
    """Computed here from its words, with nothing of ours."""
    body = json.loads(COMMANDS[1].signed(KEY))
    signature = body.pop("signature")
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest() == signature


def test_blanks_and_the_order_of_names_do_not_matter() -> None:
    members = json.loads(COMMANDS[7].signed(KEY))
    shuffled = json.dumps(dict(reversed(members.items())), indent=2).encode()
    assert parse_command(shuffled).is_signed_by([KEY])


@pytest.mark.parametrize("name", ["id", "command", "issued_at", "expires_at"])
def test_what_was_changed_on_its_way_is_not_signed(name: str) -> None:
    other = {
        "id": ID[::-1],
        "command": "unlock",
        "issued_at": "2026-01-01T00:00:00Z",
        "expires_at": "2026-09-21T15:00:00Z",
    }
    members = json.loads(Command(ID, Order.LOCATE, {}, NOW, NOW + 600).signed(KEY))
    if name == "issued_at":
        members["expires_at"] = "2026-01-01T01:00:00Z"
    members[name] = other[name]
    assert not parse_command(json.dumps(members).encode()).is_signed_by([KEY])


def test_a_result_never_passes_for_a_command() -> None:
    with pytest.raises(PeerFault):
        parse_command(Result(ID, ResultState.DONE).signed(KEY))
    with pytest.raises(PeerFault):
        parse_result(COMMANDS[0].signed(KEY))


@pytest.mark.parametrize(
    ("at", "validity"),
    [
        (NOW - CLOCK_TOLERANCE_S - 1, Validity.NOT_YET),
        (NOW - CLOCK_TOLERANCE_S, Validity.VALID),
        (NOW, Validity.VALID),
        (NOW + 599.9, Validity.VALID),
        (NOW + 600, Validity.EXPIRED),
        (NOW + 1e9, Validity.EXPIRED),
    ],
)
def test_a_command_is_valid_from_its_issue_to_its_expiry(at: float, validity: Validity) -> None:
    assert COMMANDS[0].validity(at) is validity


def test_every_command_fits_a_datagram() -> None:
    worst = Command("a" * 64, Order.MESSAGE, {"text": '"' * MAX_TEXT_BYTES}, NOW, NOW + 600)
    assert len(worst.signed(KEY)) < MAX_BODY_BYTES
    usual = Command(ID, Order.MESSAGE, {"text": "x" * MAX_TEXT_BYTES}, NOW, NOW + 600)
    assert len(usual.signed(KEY)) <= 750


BAD_ARGUMENTS: list[tuple[Order, dict[str, Any]]] = [
    (Order.RING, {}),
    (Order.RING, {"for_s": 0}),
    (Order.RING, {"for_s": True}),
    (Order.RING, {"for_s": "30"}),
    (Order.RING, {"for_s": 301}),
    (Order.RING, {"for_s": 30, "loud": True}),
    (Order.MESSAGE, {"text": ""}),
    (Order.MESSAGE, {"text": "ü" * 241}),
    (Order.MESSAGE, {"text": "\x1b[2J"}),
    (Order.MESSAGE, {"text": "\u202egnp.exe"}),
    (Order.MESSAGE, {"text": "\ud800"}),
    (Order.MESSAGE, {"text": 7}),
    (Order.LOCATE, {"text": "x"}),
    (Order.PHOTO, {"camera": "roof"}),
    (Order.CALLBACK, {"uri": "sip:mother@example.org"}),
    (Order.CALLBACK, {"uri": "tel:+431", "media": "audio"}),
    (Order.CALLBACK, {"uri": "sip:example.org", "media": "audio"}),
    (Order.CALLBACK, {"uri": "sip:m@example.org?Subject=x", "media": "audio"}),
    (Order.CALLBACK, {"uri": "sip:" + "m" * 200 + "@example.org", "media": "audio"}),
    (Order.CALLBACK, {"uri": "sip:m@example.org", "media": "smell"}),
]


@pytest.mark.parametrize(("order", "arguments"), BAD_ARGUMENTS)
def test_other_arguments_are_refused_at_both_ends(order: Order, arguments: dict[str, Any]) -> None:
    with pytest.raises(CallerError):
        Command(ID, order, arguments, NOW, NOW + 600)
    members = json.loads(Command(ID, order, ARGUMENTS[order], NOW, NOW + 600).signed(KEY))
    members["arguments"] = arguments
    with pytest.raises(PeerFault, match="400"):
        parse_command(json.dumps(members).encode())


@pytest.mark.parametrize(
    ("issued_at", "expires_at"),
    [
        (NOW, NOW),
        (NOW, NOW - 1),
        (NOW, NOW + MAX_LIFETIME_S + 1),
        (NOW + 0.5, NOW + 600),
        (NOW, float("nan")),
        (float("nan"), NOW),
        (float("inf"), float("inf")),
        (-60.0, 60.0),
        (1e15, 1e15 + 60),
    ],
)
def test_times_that_cannot_be_are_refused(issued_at: float, expires_at: float) -> None:
    with pytest.raises(CallerError):
        Command(ID, Order.LOCATE, {}, issued_at, expires_at)


@pytest.mark.parametrize("id_", ["", "short", "a" * 65, "ä" * 20, "0123456789abcde\n", "0123456789-abcdef"])
def test_an_id_is_letters_and_digits(id_: str) -> None:
    with pytest.raises(CallerError):
        Command(id_, Order.LOCATE, {}, NOW, NOW + 600)
    with pytest.raises(CallerError):
        Result(id_, ResultState.DONE)


def _changed(**changes: object) -> bytes:
    members = json.loads(COMMANDS[2].signed(KEY)) | changes
    return json.dumps({name: value for name, value in members.items() if value is not None}).encode()


BAD_BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "a number": b"7",
    "deep": b"[" * MAX_BODY_BYTES,
    "deep objects": b'{"a":' * 400,
    "no UTF-8": b'{"v":\xff}',
    "UTF-16": '{"v":1}'.encode("utf-16"),
    "too long": COMMANDS[2].signed(KEY).ljust(MAX_BODY_BYTES + 1),
    "a name twice": COMMANDS[2].signed(KEY).replace(b'"v":1', b'"v":1,"v":1'),
    "a fraction": _changed(v=1.0),
    "NaN": COMMANDS[2].signed(KEY).replace(b'"v":1', b'"v":NaN'),
    "version true": _changed(v=True),
    "version 2": _changed(v=2),
    "huge number": _changed(v=10**400),
    "no signature": _changed(signature=None),
    "empty signature": _changed(signature=""),
    "upper-case signature": _changed(signature="A" * 64),
    "short signature": _changed(signature="a" * 63),
    "no id": _changed(id=None),
    "one more": _changed(extra="x"),
    "unknown command": _changed(command="explode"),
    "command is no text": _changed(command={}),
    "arguments are text": _changed(arguments="x"),
    "arguments nest": _changed(arguments={"a": {"b": "c"}}),
    "arguments null": _changed(arguments={"a": None}),
    "local time": _changed(issued_at="2026-11-26T00:00:00"),
    "fraction of a second": _changed(issued_at="2026-11-26T00:00:00.5Z"),
    "no such day": _changed(issued_at="2026-02-30T00:00:00Z"),
    "year 0": _changed(issued_at="0000-01-01T00:00:00Z"),
    "before 1970": _changed(issued_at="1969-12-31T23:59:59Z"),
    "leap second": _changed(issued_at="2026-12-31T23:59:60Z"),
    "year 9999": _changed(issued_at="9999-12-31T23:59:59Z", expires_at="9999-12-31T23:59:59Z"),
    "Arabic digits": _changed(issued_at="٢٠٢٦-11-26T00:00:00Z"),
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_body_that_is_no_command_is_refused(body: bytes) -> None:
    with pytest.raises(PeerFault) as fault:
        parse_command(body)
    assert fault.value.status == 400


def test_a_detail_is_cut_to_what_may_stand_in_it() -> None:
    result = Result.cut(ID, ResultState.FAILED, "hook said:\n\x1b[31m" + "ü" * 400)
    assert result.detail.startswith("hook said:  [31mü")
    assert MAX_DETAIL_BYTES - 1 <= len(result.detail.encode()) <= MAX_DETAIL_BYTES
    assert Result.cut(ID, ResultState.DONE, "x" + "ü" * 150).detail == "x" + "ü" * 149  # not within a letter
    assert Result.cut(ID, ResultState.DONE, "\ud800").detail == " "
    for detail in ("x" * 301, "a\nb", "\ud800"):
        with pytest.raises(CallerError):
            Result(ID, ResultState.DONE, detail)


def test_half_a_surrogate_pair_is_not_written() -> None:
    with pytest.raises(CallerError):
        canonical({"text": "\ud83d"})


def test_a_device_reads_commands_without_loading_arrays() -> None:
    code = "import sys, sip.command; sys.exit(bool({'numpy', 'pydantic', 'sqlalchemy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


SEEDS = [*(command.signed(KEY) for command in COMMANDS), Result(ID, ResultState.DONE, "ok").signed(KEY)]
WORDS = [
    b"{", b"}", b"[", b'"', b"\\u0000", b"\\ud800", b"\\", b"null", b"1e9", b"-1", b"9" * 40, b'"v":1,',
    b"\xff", b"\xef\xbb\xbf", b"true", b'"id":', b"2026-13-01T00:00:00Z", b"Infinity", b"{}", b",",
    b"\xed\xa0\x80",
]  # fmt: skip


def survive(body: bytes) -> None:
    for parse in (parse_command, parse_result):
        with contextlib.suppress(PeerFault):
            assert isinstance(parse(body).is_signed_by([KEY]), bool)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes(body: bytes) -> None:
    survive(body)


@settings(max_examples=1000, deadline=None)
@given(st.data())
def test_mutations_of_good_bodies(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 20))] = data.draw(
            st.sampled_from(WORDS) | st.binary(max_size=6)
        )
    survive(bytes(body))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(SEEDS), st.data())
def test_any_value_in_any_member(seed: bytes, data: st.DataObject) -> None:
    members = json.loads(seed)
    for _ in range(data.draw(st.integers(1, 2))):
        members[data.draw(st.sampled_from(sorted(members)))] = data.draw(JSON)
    survive(json.dumps(members).encode())


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=MAX_TEXT_BYTES), st.integers(0, 2**31), st.integers(1, 604_800))
def test_whatever_can_be_made_can_be_read(text: str, issued_at: int, lifetime_s: int) -> None:
    try:
        command = Command(ID, Order.MESSAGE, {"text": text}, float(issued_at), float(issued_at + lifetime_s))
    except CallerError:
        return
    read = parse_command(command.signed(KEY))
    assert read.command == command
    assert read.is_signed_by([KEY])


def test_a_signed_body_of_other_members_is_still_refused() -> None:
    with pytest.raises(PeerFault, match="Member"):
        parse_command(sign({"v": 1, "id": ID}, KEY))


def test_the_example_of_the_documentation_is_right() -> None:
    text = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()
    line = next(line.strip() for line in text.splitlines() if line.startswith('    {"arguments"'))
    signature = text.split("have the signature `")[1][:64]
    read = parse_command(json.dumps(json.loads(line) | {"signature": signature}).encode())
    assert read.is_signed_by([KEY])
    assert {f"| `{order}` |" for order in Order} <= {
        line[: line.find("|", 2) + 1] for line in text.splitlines()
    }
