"""The whole way on loopback: a token over HTTPS, a publication with what it gave, and the end of it."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.waywarn.phone import Phone
from tests.waywarn.provision.enrolling import Home, fresh, home, prepare, run
from tests.waywarn.town import DOMAIN, ON_STREET
from waywarn.config import ConfigError, load_config
from waywarn.provision.certificate import read_certificate, self_signed
from waywarn.provision.fetching import EnrolmentError, fetch_handout
from waywarn.provision.handout import Server
from waywarn.provision.token import TokenKind
from waywarn.service import Service
from waywarn.store import Store

WITHIN_S = 2.0  # `revoke` promises one, of which the next look takes up to 0.25; shared machines stall


async def until_refused(phone: Phone) -> float:
    """Publish until it is refused; gives how long that took."""
    began = time.monotonic()
    while (await phone.publish(ON_STREET)).status == 200:
        assert time.monotonic() - began < 5
        await asyncio.sleep(0.02)
    return time.monotonic() - began


def rows(folder: Path, table: str) -> int:
    with contextlib.closing(sqlite3.connect(folder / "waywarn.sqlite")) as connection:
        count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return count


def test_a_device_publishes_with_what_its_token_gave(tmp_path: Path) -> None:
    async def story() -> None:
        async with home(tmp_path) as here:
            issue = fresh()
            here.add("anna", issue, retention_h="1")
            given = await here.enroll(issue)
            assert (given.aor, given.user) == (f"sip:anna@{DOMAIN}", "anna")
            assert given.retain_days == pytest.approx(1 / 24)  # as its documents must say, for they win
            udp = here.service.addresses[0]
            assert (given.server.host, given.server.port, given.server.transport) == (
                udp.host,
                udp.port,
                "udp",
            )
            async with Phone.at(udp, given.user, given.password) as phone:
                assert (await phone.publish(ON_STREET)).status == 200
            assert here.store.count_fixes() == 1
        with contextlib.closing(sqlite3.connect(tmp_path / "waywarn.sqlite")) as connection:
            told = connection.execute("SELECT device_id, keep_until - inserted_at FROM fixes").fetchall()
            said = connection.execute("SELECT rule, device, kind FROM transitions").fetchall()
        assert told == [("anna", pytest.approx(3600, abs=5))]
        assert said == [("yard", "anna", "enter")]  # a geofence rule with a pattern watches who comes later

    run(story())


def test_the_password_is_nowhere_on_the_disk(tmp_path: Path) -> None:
    async def story() -> None:
        async with home(tmp_path) as here:
            issue = fresh()
            here.add("anna", issue)
            given = await here.enroll(issue)
        held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert given.password.encode() not in held
        assert issue.token.digits.encode() not in held

    run(story())


def test_a_token_works_once_and_in_its_time(tmp_path: Path) -> None:
    async def story() -> None:
        async with home(tmp_path) as here:
            used, expired, phone = fresh(1), fresh(2, valid_s=-1.0), fresh(3, TokenKind.PHONE)
            for name, issue in (("anna", used), ("berta2", expired), ("clara", phone)):
                here.add(name, issue)
            await here.enroll(used)
            for issue, why in ((used, "was used"), (expired, "has expired"), (phone, "other kind")):
                with pytest.raises(EnrolmentError, match=rf"refused \(403\): this token .*{why}"):
                    await here.enroll(issue)
            with pytest.raises(EnrolmentError, match="not known"):
                await here.enroll(fresh(99))

    run(story())


def test_nothing_is_sent_to_a_server_that_is_not_the_pinned_one(tmp_path: Path) -> None:
    async def story() -> None:
        async with home(tmp_path) as here:
            issue = fresh()
            here.add("anna", issue)
            other = replace(here.url, pin="00" * 32)
            with pytest.raises(EnrolmentError, match="nothing was sent"):
                await asyncio.to_thread(fetch_handout, other, issue.token)
            with pytest.raises(EnrolmentError, match="not to be trusted"):
                await asyncio.to_thread(fetch_handout, replace(here.url, pin=""), issue.token)
            await here.enroll(issue)  # so it was not used

    run(story())


def test_who_tries_too_often_waits_whatever_he_brings(tmp_path: Path) -> None:
    async def story() -> None:
        async with home(tmp_path) as here:
            good = fresh()
            here.add("anna", good)
            for number in range(10):
                with pytest.raises(EnrolmentError, match="403"):
                    await here.enroll(fresh(100 + number))
            with pytest.raises(EnrolmentError, match=r"429.*again in \d+ s"):
                await here.enroll(good)

    run(story())


@pytest.mark.parametrize("transport", [0, 1], ids=["udp", "tcp"])
def test_a_revoked_device_is_cut_off_within_a_second(tmp_path: Path, transport: int) -> None:
    async def story() -> None:
        async with home(tmp_path) as here:
            issue = fresh()
            here.add("anna", issue)
            given = await here.enroll(issue)
            address = here.service.addresses[transport]
            async with Phone.at(address, given.user, given.password) as phone:
                assert (await phone.publish(ON_STREET)).status == 200
                assert rows(tmp_path, "publications") == 1
                began = time.monotonic()
                assert here.beside.accounts.revoke("anna", time.time())
                if phone.is_udp:
                    await until_refused(phone)
                else:
                    await phone.wait_until_closed()
                assert time.monotonic() - began < WITHIN_S
                while rows(tmp_path, "publications"):
                    assert time.monotonic() - began < WITHIN_S
                    await asyncio.sleep(0.02)
            async with Phone.at(address, given.user, given.password) as phone:
                assert (await phone.publish(ON_STREET)).status == 401
            await others_go_on(here)

    async def others_go_on(here: Home) -> None:
        async with Phone.at(here.service.addresses[transport], "berta") as phone:
            assert (await phone.publish(ON_STREET)).status == 200

    run(story())


def test_registrations_and_subscriptions_go_with_the_account(tmp_path: Path) -> None:
    async def story() -> None:
        async with home(tmp_path) as here:
            issue = fresh()
            here.add("anna", issue)
            given = await here.enroll(issue)
            async with Phone.at(here.service.addresses[0], given.user, given.password) as phone:
                contact = f"Contact: <sip:anna@127.0.0.1:{phone.port}>"
                assert (await phone.ask("REGISTER", contact, "Expires: 600")).status == 200
                assert (
                    await phone.ask("SUBSCRIBE", contact, "Event: presence", "Expires: 600")
                ).status == 200
                assert (rows(tmp_path, "bindings"), rows(tmp_path, "subscriptions")) == (1, 1)
                began = time.monotonic()
                assert here.beside.accounts.revoke("anna", time.time())
                while rows(tmp_path, "bindings") or rows(tmp_path, "subscriptions"):
                    assert time.monotonic() - began < WITHIN_S
                    await asyncio.sleep(0.02)

    run(story())


def test_a_second_enrolment_voids_the_first_ones_password(tmp_path: Path) -> None:
    async def story() -> None:
        async with home(tmp_path) as here:
            first, second = fresh(1), fresh(2)
            here.add("anna", first)
            old = await here.enroll(first)
            here.beside.accounts.issue({"anna": second}, time.time())
            udp = here.service.addresses[0]
            async with Phone.at(udp, old.user, old.password) as phone:
                assert (await phone.publish(ON_STREET)).status == 200  # until the token is used
                new = await here.enroll(second)
                assert (await phone.publish(ON_STREET)).status == 401
            async with Phone.at(udp, new.user, new.password) as phone:
                assert (await phone.publish(ON_STREET)).status == 200

    run(story())


def test_a_restart_forgets_no_device_and_no_revocation(tmp_path: Path) -> None:
    async def story() -> None:
        first, second = fresh(1), fresh(2)
        async with home(tmp_path) as here:
            here.add("anna", first)
            here.add("clara", second)
            anna, clara = await here.enroll(first), await here.enroll(second)
            async with Phone.at(here.service.addresses[0], clara.user, clara.password) as phone:
                assert (await phone.publish(ON_STREET)).status == 200
            beside = here.beside.accounts
            kept = {each.name: each for each in beside.all()}
        with Store.open(tmp_path / "waywarn.sqlite") as store:
            assert store.accounts.revoke("clara", time.time())  # while nobody is there to see it
        assert rows(tmp_path, "publications") == 1
        async with home(tmp_path) as here:
            udp = here.service.addresses[0]
            async with Phone.at(udp, anna.user, anna.password) as phone:
                assert (await phone.publish(ON_STREET)).status == 200
            async with Phone.at(udp, clara.user, clara.password) as phone:
                assert (await phone.publish(ON_STREET)).status == 401
        assert set(kept) == {"anna", "clara"}
        assert rows(tmp_path, "publications") == 1  # anna's; clara's went

    run(story())


def test_a_device_of_the_configuration_keeps_its_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        async with home(tmp_path) as here:
            issue = fresh()
            here.add("berta", issue)  # `device add` refuses it; the configuration may be newer
            await here.enroll(issue)
            async with Phone.at(here.service.addresses[0], "berta") as phone:
                assert (await phone.publish(ON_STREET)).status == 200

    run(story())
    assert "account.passed_over device=berta" in caplog.text


def test_nothing_that_is_logged_tells_a_token(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with home(tmp_path) as here:
            issue = fresh()
            here.add("anna", issue)
            await here.enroll(issue)
            with pytest.raises(EnrolmentError):
                await here.enroll(issue)

    caplog.set_level("DEBUG")
    run(story())
    assert "device.enrolled device=anna kind=tracker host=127.0.0.1" in caplog.text
    assert str(fresh().token)[-9:] not in caplog.text


def test_a_service_whose_door_has_no_certificate_does_not_start_and_says_why(tmp_path: Path) -> None:
    async def story() -> None:
        prepare(tmp_path)
        (tmp_path / "provision.crt").write_text("none")
        with Store.open(tmp_path / "waywarn.sqlite") as store:
            service = Service(load_config(tmp_path / "waywarn.toml", {}), store)
            with pytest.raises(
                ConfigError, match=r"provision.certificate: .*`waywarn device certificate` makes both"
            ):
                await service.run()

    run(story())


def test_a_device_that_is_sent_to_tls_is_told_the_pin_of_a_certificate_of_our_own(tmp_path: Path) -> None:
    async def story() -> None:
        file = prepare(tmp_path)
        files = 'certificate = "provision.crt"\nkey = "provision.key"\nlisten = ["tls:127.0.0.1:0", '
        file.write_text(file.read_text().replace('listen = ["udp:127.0.0.1:0", ', files))
        async with home(tmp_path) as here:
            first, second = fresh(1), fresh(2)
            here.add("anna", first)
            here.add("clara", second)
            given = await here.enroll(first)
            where = here.service.addresses[0]
            assert given.server == Server("127.0.0.1", where.port, "tls", here.pin)
            made, key = self_signed(["127.0.0.1"], now=time.time(), valid_days=2)
            (tmp_path / "provision.crt").write_bytes(made)
            (tmp_path / "provision.key").write_bytes(key)
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.sleep(0)  # the loop hears of it
            here.pin = read_certificate(tmp_path / "provision.crt").pin
            assert (await here.enroll(second)).server.pin == here.pin

    run(story())


def test_another_certificate_is_used_without_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        async with home(tmp_path) as here:
            first, second = fresh(1), fresh(2)
            here.add("anna", first)
            here.add("clara", second)
            await here.enroll(first)
            made, key = self_signed(["127.0.0.1"], now=time.time(), valid_days=2)
            (tmp_path / "provision.crt").write_bytes(made)
            (tmp_path / "provision.key").write_bytes(key)
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.sleep(0)  # the loop hears of it
            with pytest.raises(EnrolmentError, match="is not the server that the address names"):
                await here.enroll(second)
            here.pin = read_certificate(tmp_path / "provision.crt").pin
            await here.enroll(second)

    run(story())
