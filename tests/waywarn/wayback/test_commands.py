"""`waywarn device ring` and its like: what they write into the store, and what they tell."""

import threading
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sip.order import Order
from waywarn.commands.device import device
from waywarn.store import Store
from waywarn.store.command_table import Move
from waywarn.wayback import Errand, Input, State

CONFIG = """
[service]
store = "store.sqlite"

[sip]
domain = "example.org"
listen = ["udp:127.0.0.1:0"]

[devices.anna]
password = "anna's password"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "waywarn.toml"
    file.write_text(CONFIG)
    return file


def run(config: Path, *words: str, said: str | None = None) -> Result:
    return CliRunner().invoke(device, [*words, "-c", str(config)], input=said, catch_exceptions=False)


def newest(config: Path) -> Errand:
    with Store.open(config.parent / "store.sqlite") as store:
        return store.commands.newest("anna", 1)[0]


GIVEN = [
    (["ring", "anna", "--for", "45"], Order.RING, {"for_s": 45}),
    (["message", "anna", "Komm heim"], Order.MESSAGE, {"text": "Komm heim"}),
    (["locate", "anna"], Order.LOCATE, {}),
    (["lock", "anna", "--yes", "--text", "Verloren?"], Order.LOCK, {"text": "Verloren?"}),
    (["unlock", "anna"], Order.UNLOCK, {}),
    (["shutdown", "anna", "--yes"], Order.SHUTDOWN, {}),
    (["photo", "anna", "--camera", "back"], Order.PHOTO, {"camera": "back"}),
    (
        ["callback", "anna", "mother", "--media", "video"],
        Order.CALLBACK,
        {"uri": "sip:mother@example.org", "media": "video"},
    ),
    (
        ["callback", "anna", "sips:m@home.example"],
        Order.CALLBACK,
        {"uri": "sips:m@home.example", "media": "audio"},
    ),
]


@pytest.mark.parametrize(("words", "order", "arguments"), GIVEN, ids=lambda each: str(each)[:30])
def test_a_command_is_queued_and_it_is_said_that_nobody_takes_it_up(
    config: Path, words: list[str], order: Order, arguments: dict[str, object]
) -> None:
    result = run(config, *words, "--wait", "0", "--expires-s", "90")
    assert result.exit_code == 1
    errand = newest(config)
    assert (errand.order, dict(errand.arguments), errand.state) == (order, arguments, State.QUEUED)
    assert errand.expires_at - errand.created_at == 90
    assert errand.id in result.stdout
    assert "does `waywarn run` run" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["ring", "ana"],
        ["message", "anna", "x" * 481],
        ["message", "anna", "\x1b[2J"],
        ["callback", "anna", "tel:123"],
        ["ring", "anna", "--for", "0"],
        ["ring", "anna", "--expires-s", "604801"],
    ],
)
def test_what_cannot_be_given_ends_with_code_2(config: Path, words: list[str]) -> None:
    result = run(config, *words, "--wait", "0")
    assert result.exit_code == 2
    with Store.open(config.parent / "store.sqlite") as store:
        assert store.commands.newest(None, 9) == ()


def test_a_misspelt_device_is_told_the_nearest(config: Path) -> None:
    assert "anna" in run(config, "ring", "ana", "--wait", "0").stderr


@pytest.mark.parametrize("command", ["lock", "shutdown"])
@pytest.mark.parametrize(("said", "code"), [("n\n", 1), ("", 2), ("y\n", 1)])
def test_what_is_hard_to_undo_is_asked_before(config: Path, command: str, said: str, code: int) -> None:
    result = run(config, command, "anna", "--wait", "0", said=said)
    assert result.exit_code == code
    with Store.open(config.parent / "store.sqlite") as store:
        assert len(store.commands.newest("anna", 9)) == (said == "y\n")
        assert store.commands.locked() == ({"anna"} if command == "lock" and said == "y\n" else set())


@pytest.mark.parametrize(("given", "code"), [(Input.DELIVERED, 0), (Input.DECLINED, 1)])
def test_it_waits_for_what_comes_of_it(config: Path, given: Input, code: int) -> None:
    def service() -> None:
        with Store.open(config.parent / "store.sqlite") as store:
            while not (found := store.commands.newest("anna", 1)):
                time.sleep(0.01)
            sent = found[0].moved(Input.SEND, 1.0, "on its way")
            assert sent is not None
            assert store.commands.move([Move(sent, State.QUEUED)]) == (True,)
            settled = sent.moved(given, 2.0, "told [/red] by the device")
            assert settled is not None
            assert store.commands.move([Move(settled, State.SENT)]) == (True,)

    thread = threading.Thread(target=service)
    Store.open(config.parent / "store.sqlite").close()
    thread.start()
    result = run(config, "ring", "anna", "--wait", "20")
    thread.join()
    assert result.exit_code == code
    assert "told [/red] by the device" in (result.stdout if code == 0 else result.stderr)


def test_the_queue_fits_into_80_columns(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("COLUMNS", "80"), ("FORCE_COLOR", "1")):  # a terminal
        monkeypatch.setenv(name, value)
    run(config, "ring", "anna", "--wait", "0")
    errand = newest(config)
    detail = "no answer from the phone, which is asked again when it registers " * 3
    with Store.open(config.parent / "store.sqlite") as store:
        sent = errand.moved(Input.SEND, 1.0, detail)
        assert sent is not None
        assert store.commands.move([Move(sent, State.QUEUED)]) == (True,)
    shown = run(config, "commands").stdout
    assert max(map(len, shown.splitlines())) <= 80
    assert " ".join(detail.split()) in " ".join(shown.split())
    assert "tried once, until 20" in shown


def test_the_queue_is_shown_and_taken_back(config: Path) -> None:
    assert "no device was asked anything" in run(config, "commands").stdout
    run(config, "lock", "anna", "--yes", "--wait", "0")
    shown = run(config, "commands", "anna").stdout
    errand = newest(config)
    assert errand.id in shown
    assert "lock" in shown
    assert "calls are refused of: anna" in shown
    assert run(config, "cancel", errand.id).exit_code == 0
    assert run(config, "cancel", "f" * 16).exit_code == 2
    after = run(config, "commands").stdout
    assert "cancelled" in after
    assert "refused of" not in after


def test_what_was_settled_is_not_taken_back(config: Path) -> None:
    run(config, "ring", "anna", "--wait", "0")
    errand = newest(config)
    with Store.open(config.parent / "store.sqlite") as store:
        expired = errand.moved(Input.EXPIRE, errand.expires_at, "it never reached the device")
        assert expired is not None
        assert store.commands.move([Move(expired, State.QUEUED)]) == (True,)
    result = run(config, "cancel", errand.id)
    assert result.exit_code == 1
    assert "never reached" in result.stderr
