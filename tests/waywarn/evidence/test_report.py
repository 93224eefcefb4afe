"""`waywarn device report` on a store: what is in it, what is not, and how it is sent."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from corridor import Fix
from rules import Discard
from tests.alerts.servers import mail_server
from tests.waywarn.evidence.cases import alarm, place
from waywarn.commands.device import device
from waywarn.store import Batch, Store, StoredFix, Terms

NOW = float(int(time.time()))
CONFIG = """
[service]
store = "store.sqlite"

[sip]
domain = "example.org"
listen = ["udp:127.0.0.1:0"]

[devices.anna]
password = "anna's password"

[devices.berta]
password = "berta's password"

[recipients.police]
time_zone = "Europe/Vienna"
addresses = ["mailto://127.0.0.1:{port}?from=waywarn@example.org&to=police@example.org"{more}]
"""


def stored(age_s: float, lat: float, **terms: float | bool) -> StoredFix:
    kept = {"may_tell_place": True, "keep_until": NOW + 3600, **terms}
    fix = Fix("anna", NOW - age_s, 16.37, lat, accuracy_m=20, method="GPS")
    return StoredFix(fix, "anna", "Circle", None, Terms(**kept))  # type: ignore[arg-type]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "waywarn.toml"
    file.write_text(CONFIG.format(port=9, more=""))
    with Store.open(tmp_path / "store.sqlite") as store:
        fixes = (
            stored(90_000, 48.10),  # more than a day before the newest
            stored(600, 48.20),
            stored(500, 48.21, keep_until=NOW - 1),  # retention is over, and the purge has not come yet
            stored(400, 48.22, may_tell_place=False),
            stored(300, 48.23),
        )
        store.commit(Batch(now=NOW, fixes=fixes))
    return file


def run(config: Path, *words: str) -> Result:
    folder = str(config.parent / "evidence")
    return CliRunner().invoke(
        device, ["report", *words, "-c", str(config), "-o", folder], catch_exceptions=False
    )


def latitudes(config: Path) -> list[str]:
    lines = (config.parent / "evidence" / "places.csv").read_text().splitlines()[1:]
    return [line.split(",")[2][:5] for line in lines]


def test_the_last_day_is_reported_without_what_may_not_be_kept(config: Path) -> None:
    result = run(config, "anna")
    assert result.exit_code == 0
    assert latitudes(config) == ["48.20", "48.22", "48.23"]
    assert "1 of the places" in result.stdout
    assert "SHA-256 of SHA256SUMS" in result.stdout
    assert (config.parent / "evidence" / "map.png").is_file()


def test_a_fix_of_the_future_does_not_hide_where_the_device_was(config: Path) -> None:
    wrong = replace(stored(-40 * 86_400, 48.50), discard=Discard.FUTURE)
    with Store.open(config.parent / "store.sqlite") as store:
        store.commit(Batch(now=NOW, fixes=(wrong,)))
    assert run(config, "anna").exit_code == 0
    assert "48.23" in latitudes(config)
    assert "none is kept" not in (config.parent / "evidence" / "summary.txt").read_text()


def test_places_that_were_only_imported_are_reported(config: Path) -> None:
    config.with_name("store.sqlite").unlink()
    with Store.open(config.parent / "store.sqlite") as store:
        imported = replace(stored(600, 48.20), discard=Discard.LATE)
        store.commit(Batch(now=NOW, fixes=(imported, replace(stored(-9, 48.5), discard=Discard.IMPLAUSIBLE))))
    assert run(config, "anna").exit_code == 0
    assert latitudes(config) == ["48.20"]


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_all_times_are_reported_in_any_zone(config: Path, zone: str) -> None:
    since, until = "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"
    assert run(config, "anna", "--since", since, "--until", until, "--zone", zone).exit_code == 0
    assert latitudes(config) == ["48.10", "48.20", "48.22", "48.23"]


def test_from_and_to_when_can_be_said(config: Path) -> None:
    from corridor import format_instant

    since, until = format_instant(NOW - 100_000), format_instant(NOW - 350)
    assert run(config, "anna", "--since", since, "--until", until).exit_code == 0
    assert latitudes(config) == ["48.10", "48.20", "48.22"]


@pytest.mark.parametrize(
    "words",
    [
        ["ana"],
        ["berta"],
        ["anna", "--since", "yesterday"],
        ["anna", "--since", "2099-01-01T00:00:00Z"],
        ["anna", "--to", "polizei"],
        ["anna", "--zone", "Vienna"],
    ],
)
def test_what_cannot_be_reported_ends_with_code_2_and_writes_nothing(config: Path, words: list[str]) -> None:
    assert run(config, *words).exit_code == 2
    assert not (config.parent / "evidence").exists()


def test_a_second_report_does_not_write_over_the_first(config: Path) -> None:
    assert run(config, "anna").exit_code == 0
    second = run(config, "anna")
    assert second.exit_code == 2
    assert "give a new folder" in second.stderr


def test_it_is_sent_by_mail_with_its_files_and_without_what_may_not_be_passed_on(config: Path) -> None:
    with mail_server() as (box, port):
        config.write_text(CONFIG.format(port=port, more=""))
        result = run(config, "anna", "--to", "police")
    assert result.exit_code == 0, result.stderr
    assert latitudes(config) == ["48.20", "48.23"]
    ((to, mail),) = box.mails
    assert to == ["police@example.org"]
    assert mail["Subject"] == "Report about anna"
    attached = {part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()}
    folder = config.parent / "evidence"
    assert attached == {file.name: file.read_bytes() for file in folder.iterdir()}
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "48.230000, 16.370000" in text
    assert "CET (UTC+0100)" in text or "CEST (UTC+0200)" in text
    assert "SHA-256 of SHA256SUMS" in text


def test_a_channel_that_carries_no_files_is_said(config: Path) -> None:
    with mail_server() as (box, port):
        more = ', { url = "clicksend://user:secretpass@+43664123450", form = "sms" }'
        config.write_text(CONFIG.format(port=port, more=more))
        result = run(config, "anna", "--to", "police")
    assert result.exit_code == 1
    assert "police/1: sent" in result.stdout
    assert "police/2: not sent: clicksend://**** cannot carry files" in result.stderr
    assert len(box.mails) == 1


def test_an_alarm_of_that_time_is_in_it(config: Path) -> None:
    from dataclasses import replace

    from alerts import AlertChange, Edge

    raised = alarm(place(0))
    recent = replace(raised, starts_at=NOW - 350, raised_at=NOW - 349)
    with Store.open(config.parent / "store.sqlite") as store:
        store.commit(Batch(now=NOW, alerts=((AlertChange(None, recent, Edge.OPENED), NOW + 3600),)))
    assert run(config, "anna").exit_code == 0
    assert (
        "off route, rule 'way_to_school', not over"
        in (config.parent / "evidence" / "summary.txt").read_text()
    )


def test_the_device_can_be_asked_for_what_it_holds_before(config: Path) -> None:
    result = run(config, "anna", "--ask", "--wait", "0")
    assert result.exit_code == 0
    assert "report for anna, queued" in result.stdout
    with Store.open(config.parent / "store.sqlite") as store:
        assert [each.order.value for each in store.commands.newest("anna", 9)] == ["report"]


def test_a_device_that_was_taken_out_of_the_configuration_is_still_reported(config: Path) -> None:
    config.write_text(config.read_text().replace("[devices.anna]", "[devices.anton]"))
    assert run(config, "anna").exit_code == 0
    assert "(sip:anna@example.org)" in (config.parent / "evidence" / "summary.txt").read_text()
