"""`waywarn device` as a person uses it: what is said, what is refused, and what is on the disk then."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.waywarn.provision.enrolling import prepare
from waywarn.cli import app
from waywarn.commands.device import device
from waywarn.provision.enrolment_url import EnrolmentUrl
from waywarn.provision.token import Token, TokenKind, TokenRefusal
from waywarn.store import Store


class Person:
    """Somebody at the command line, and a look into the store."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, prepare(folder)

    def does(self, *words: str | Path, code: int = 0, answer: str | None = None) -> str:
        """Run a command; gives all that it said."""
        given = [*map(str, words), "-c", str(self.file)]
        result = CliRunner().invoke(device, given, input=answer, catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.output

    def accounts(self) -> dict[str, tuple[bool, bool]]:
        with Store.open(self.folder / "waywarn.sqlite") as store:
            return {each.name: (each.is_revoked, each.ha1 is not None) for each in store.accounts.all()}


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path)


def test_a_device_is_added_and_its_token_told(person: Person) -> None:
    said = person.does("add", "anna", "--profile", "child")
    assert "anna: account sip:anna@town.example made, profile child" in said
    address, token = re.findall(r"waywarn device enroll '(https://\S+)' ([0-9A-Z-]{39})", said)[0]
    url = EnrolmentUrl.read(address)
    assert (url.host, len(url.pin), url.token) == ("127.0.0.1", 64, None)
    assert "Watched at once by yard; watched by heard from the next start of `waywarn run` on." in said
    assert token not in person.does("list")
    assert person.accounts() == {"anna": (False, False)}


def test_names_of_the_configuration_are_refused(person: Person) -> None:
    said = person.does("add", "berta", "--profile", "child", code=2)
    assert "name: 'berta' stands in " in said
    assert "[devices.berta]" in said
    said = person.does("add", "anna", "--profile", "child", "--sip-user", "berta", code=2)
    assert "sip_user: 'berta' is that of [devices.berta]" in said
    assert person.accounts() == {}


def test_many_are_added_line_by_line(person: Person) -> None:
    file = person.folder / "devices.csv"
    file.write_text("name,profile\nanna,child\nberta,child\nclara,boat\ndora,truck\n")
    said = person.does("add", "--from", file, code=2)
    assert "line 3: name: 'berta' stands in" in said
    assert "line 4: profile: 'boat' is no profile" in said
    assert "2 of 4 devices added" in said
    addresses = dict(re.findall(r"^(\w+)\t(https://\S+)$", said, re.MULTILINE))
    assert {name: EnrolmentUrl.read(url).token is not None for name, url in addresses.items()} == {
        "anna": True,
        "dora": True,
    }
    assert set(person.accounts()) == {"anna", "dora"}


def test_a_phone_is_told_another_address(person: Person) -> None:
    said = person.does("add", "anna", "--profile", "child", "--for", "phone")
    assert re.search(r"https://127\.0\.0\.1(:\d+)?/linphone\?token=[0-9A-Z-]{39}\n", said)


def test_revoking_is_said_and_once(person: Person) -> None:
    person.does("add", "anna", "--profile", "child")
    assert "anna: revoked" in person.does("revoke", "anna", "--yes")
    said = person.does("revoke", "anna", "berta", "--yes", code=2)
    assert "anna: no account in the store, or revoked before" in said
    assert "berta: its account stands in" in said
    assert person.accounts() == {"anna": (True, False)}
    assert "was revoked" in person.does("token", "anna", code=2)
    person.does("add", "anna", "--profile", "car")
    assert person.accounts() == {"anna": (False, False)}


def test_a_device_that_the_configuration_names_already_is_added(person: Person) -> None:
    text = person.file.read_text().replace('devices = ["*"]', 'devices = ["anna"]')
    person.file.write_text(f'{text}[watchers.mother]\npassword = "m"\nwatches = [{{ device = "anna" }}]\n')
    checked = ["check", "-c", str(person.file)]
    before = CliRunner().invoke(app, checked)
    assert before.exit_code == 2
    assert "watchers.mother.watches[0].device: no device is called 'anna'" in before.output
    assert "`waywarn device add` makes one" in before.output
    assert "no device has an account" in person.does("list")
    person.does("add", "anna", "--profile", "child")
    assert CliRunner().invoke(app, checked).exit_code == 0


@pytest.mark.parametrize(("said", "code"), [("n\n", 1), ("", 2), ("y\n", 0)])
def test_revoking_is_asked_before(person: Person, said: str, code: int) -> None:
    person.does("add", "anna", "--profile", "child")
    assert "anna" in person.does("revoke", "anna", code=code, answer=said)
    assert person.accounts() == {"anna": (code == 0, False)}


@pytest.mark.parametrize("suffix", ["pdf", "png"])
def test_a_sheet_is_printed_with_new_tokens(person: Person, suffix: str) -> None:
    for name in ("anna", "clara"):
        person.does("add", name, "--profile", "child")
    with Store.open(person.folder / "waywarn.sqlite") as store:
        before = store.accounts.open_tokens()
    file = person.folder / f"sheet.{suffix}"
    assert "2 devices" in person.does("sheet", "-o", file, "--valid-h", "1")
    assert file.stat().st_mode & 0o077 == 0  # a live token in it is as good as a password
    assert file.read_bytes()[:4] in {b"%PDF", b"\x89PNG"}
    with Store.open(person.folder / "waywarn.sqlite") as store:
        assert all(end < before[name] for name, end in store.accounts.open_tokens().items())


def test_a_phone_stays_a_phone_on_the_sheet_and_with_a_new_token(person: Person) -> None:
    person.does("add", "anna", "--profile", "child", "--for", "phone")
    person.does("sheet", "-o", person.folder / "sheet.png")
    assert "in Linphone" in person.does("token", "anna")
    assert "waywarn device enroll" in person.does("token", "anna", "--for", "tracker")
    assert "waywarn device enroll" in person.does("token", "anna")


def test_a_sheet_that_cannot_be_written_voids_no_token(person: Person) -> None:
    said = person.does("add", "anna", "--profile", "child")
    assert "No such file" in person.does("sheet", "-o", person.folder / "nowhere" / "sheet.png", code=2)
    token = Token.read(re.findall(r"([0-9A-Z-]{39})\n", said)[0])
    assert token is not None
    with Store.open(person.folder / "waywarn.sqlite") as store:
        used = store.accounts.enrol(token, TokenKind.PHONE, realm="r", secrets=lambda _: {}, now=0.0)
    assert used is TokenRefusal.OTHER_KIND


def test_a_certificate_is_made_once_and_kept(person: Person) -> None:
    assert "exists and is kept" in person.does("certificate", code=2)
    for name in ("provision.crt", "provision.key"):
        (person.folder / name).unlink()
    said = person.does("certificate", "--host", "home.example.org", "--host", "192.0.2.1")
    assert "for home.example.org, 192.0.2.1, sha256 " in said
    assert (person.folder / "provision.key").stat().st_mode & 0o777 == 0o600
    (person.folder / "provision.crt").unlink()
    assert "`waywarn device certificate` makes one" in person.does(
        "add", "anna", "--profile", "child", code=2
    )
    assert person.accounts() == {}


@pytest.mark.parametrize("kept", ["provision.crt", "provision.key"])
def test_a_key_or_certificate_that_exists_gets_no_other_beside_it(person: Person, kept: str) -> None:
    before = (person.folder / kept).read_bytes()
    for name in {"provision.crt", "provision.key"} - {kept}:
        (person.folder / name).unlink()
    said = person.does("certificate", code=2)
    assert f"{person.folder / kept} exists and is kept" in said
    assert {each.name for each in person.folder.iterdir()} == {"waywarn.toml", kept}
    assert (person.folder / kept).read_bytes() == before


def test_a_key_is_not_left_where_its_certificate_cannot_be_written(person: Person) -> None:
    for name in ("provision.crt", "provision.key"):
        (person.folder / name).unlink()
    text = person.file.read_text()
    person.file.write_text(text.replace("[provision]", '[provision]\ncertificate = "none/provision.crt"'))
    assert "No such file" in person.does("certificate", code=2)
    assert not (person.folder / "provision.key").exists()


@pytest.mark.parametrize("host", ["", "ü", "a" * 64 + ".org", "a..b"])
def test_a_host_that_no_certificate_can_name_is_refused(person: Person, host: str) -> None:
    for name in ("provision.crt", "provision.key"):
        (person.folder / name).unlink()
    assert "cannot stand in a certificate" in person.does("certificate", "--host", host, code=2)
    assert not (person.folder / "provision.key").exists()


def test_without_a_door_there_is_nowhere_to_invite_to(person: Person) -> None:
    text = person.file.read_text().replace('[provision]\nlisten = "127.0.0.1:0"\n', "")
    person.file.write_text(text.replace('"an*"', '"berta"'))
    assert "there is no [provision]" in person.does("add", "anna", "--profile", "child", code=2)
    assert "write [provision]" in person.does("certificate", code=2)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("http://home.example.org/enroll", "x"), "URL: it is not of the form https://"),
        (("https://home..example.org/enroll", "0" * 32), "URL: its host 'home..example.org' cannot be one"),
        ((f"https://{'a' * 64}.org/enroll", "0" * 32), "cannot be one"),
        (("https://home.example.org/enroll", "x"), "TOKEN: it is none"),
        (("https://home.example.org/enroll",), "TOKEN: it is none"),
        (("https://127.0.0.1:1/enroll", "0" * 32), "127.0.0.1:1 cannot be asked: Connection refused"),
    ],
)
def test_enrolling_says_what_is_wrong_and_writes_nothing(
    tmp_path: Path, words: tuple[str], problem: str
) -> None:
    file = tmp_path / "tracker.toml"
    result = CliRunner().invoke(device, ["enroll", *words, "-o", str(file)], catch_exceptions=False)
    assert result.exit_code == 2
    assert problem in result.output
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("-o", "{}", "--replace"), "is a folder"),
        (("-o", "{}/t.toml", "--gpsd", "here"), "'here' is not host:port"),
    ],
)
def test_what_would_be_of_no_use_is_said_before_the_token_is_used(
    tmp_path: Path, words: tuple[str, ...], problem: str
) -> None:
    given = ["enroll", "https://127.0.0.1:1/enroll", "0" * 32, *(each.format(tmp_path) for each in words)]
    result = CliRunner().invoke(device, given, catch_exceptions=False)
    assert result.exit_code == 2
    assert problem in result.output
    assert "The token was not used" in result.output
    assert [*tmp_path.iterdir()] == []


def test_a_file_that_exists_is_kept_and_the_token_too(tmp_path: Path) -> None:
    file = tmp_path / "tracker.toml"
    file.write_text("old")
    words = ["enroll", "https://127.0.0.1:1/enroll", "0" * 32, "-o", str(file)]
    result = CliRunner().invoke(device, words, catch_exceptions=False)
    assert (result.exit_code, file.read_text()) == (2, "old")
    assert "The token was not used" in result.output


def ask(person: Person, statement: str) -> list[Any]:
    with closing(sqlite3.connect(person.folder / "waywarn.sqlite")) as store:
        return store.execute(statement).fetchall()


def fail_at(person: Person, name: str) -> None:
    """Let the store fail when it comes to the token of a device."""
    said = f"WHEN NEW.account = '{name}' BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    ask(person, f"CREATE TRIGGER full BEFORE INSERT ON tokens {said}")


def test_of_many_none_is_added_where_the_store_fails_midway(person: Person) -> None:
    person.does("list")  # makes the store
    fail_at(person, "dora")
    file = person.folder / "devices.csv"
    file.write_text("name,profile\nanna,child\nclara,child\ndora,truck\n")
    assert "disk full" in person.does("add", "--from", file, code=2)
    assert person.accounts() == {}


def test_a_sheet_of_which_one_token_cannot_be_issued_voids_none(person: Person) -> None:
    for name in ("anna", "clara"):
        person.does("add", name, "--profile", "child")
    before = ask(person, "SELECT hash FROM tokens ORDER BY hash")
    fail_at(person, "clara")
    assert "disk full" in person.does("sheet", "-o", person.folder / "sheet.png", code=2)
    assert ask(person, "SELECT hash FROM tokens ORDER BY hash") == before
    assert not (person.folder / "sheet.png").exists()  # its codes would give nothing


def test_what_was_revoked_before_the_store_failed_is_said(person: Person) -> None:
    for name in ("anna", "clara"):
        person.does("add", name, "--profile", "child")
    said = "WHEN NEW.name = 'clara' BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    ask(person, f"CREATE TRIGGER full BEFORE UPDATE ON accounts {said}")
    told = person.does("revoke", "anna", "clara", "--yes", code=2)
    assert "anna: revoked" in told
    assert "disk full" in told
    assert person.accounts() == {"anna": (True, False), "clara": (False, False)}


def test_of_many_those_that_no_rule_watches_are_named(person: Person) -> None:
    text = person.file.read_text().replace('devices = ["*"]', 'devices = ["c*"]')
    person.file.write_text(text)
    file = person.folder / "devices.csv"
    file.write_text("name,profile\nanna,child\nclara,child\ndora,truck\n")
    said = person.does("add", "--from", file)
    assert "Watched at once by yard; watched by heard from the next start" in said
    assert "No rule watches dora" in said


@pytest.mark.parametrize(
    "words", [("--profile", "child"), ("--sip-user", "a"), ("--retention-h", "1"), ("--algorithms", "MD5")]
)
def test_what_a_file_says_of_each_device_is_not_said_beside_it(
    person: Person, words: tuple[str, ...]
) -> None:
    file = person.folder / "devices.csv"
    file.write_text("name,profile\nanna,child\n")
    assert f"{words[0]}" in person.does("add", "--from", file, *words, code=2)
    assert person.accounts() == {}
