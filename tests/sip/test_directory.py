"""Accounts that come and go: each name and each address is found, or is not there."""

from dataclasses import replace

import pytest

from sip.directory import Directory
from sip.errors import CallerError
from tests.sip.talk import REALM, account


def test_an_account_is_found_by_its_name_its_address_and_its_device() -> None:
    anna, carla = account("anna"), replace(account("carla"), device_id=None)
    directory = Directory([anna, carla], realm=REALM)
    assert directory.of_user("anna") is directory.of_device("anna") is anna
    assert directory.of_device("carla") is None
    assert directory.of_aor("sip:anna@example.org") is anna
    assert directory.of_user("bert") is directory.of_aor("sip:bert@example.org") is None
    assert list(directory) == [anna, carla]


def test_what_is_taken_out_is_gone_by_all() -> None:
    directory = Directory([account("anna")], realm=REALM)
    directory.remove("sip:anna@example.org")
    directory.remove("sip:anna@example.org")
    assert directory.of_user("anna") is directory.of_aor("sip:anna@example.org") is None
    assert directory.of_device("anna") is None
    assert len(directory) == 0


def test_a_device_that_has_another_address_now_is_found_there() -> None:
    old, new = account("anna"), replace(account("x"), device_id="anna")
    directory = Directory([old], realm=REALM)
    directory.put(new)
    directory.remove(old.aor)
    assert directory.of_device("anna") is new


def test_a_new_secret_takes_the_place_of_the_old_one() -> None:
    directory = Directory([account("anna")], realm=REALM)
    new = account("anna", password="another")
    directory.put(new)
    assert list(directory) == [new]
    renamed = replace(new, username="a")
    directory.put(renamed)
    assert directory.of_user("anna") is None
    assert directory.of_user("a") is directory.of_aor(new.aor) is renamed


def test_two_accounts_of_one_name_or_address_or_another_realm_are_refused() -> None:
    anna = account("anna")
    for other in (anna, replace(anna, username="x"), replace(anna, aor="sip:x@example.org")):
        with pytest.raises(CallerError):
            Directory([anna, other], realm=REALM)
    with pytest.raises(CallerError):
        Directory([anna], realm="elsewhere")
    with pytest.raises(CallerError):
        Directory([anna], realm=REALM).put(replace(anna, aor="sip:x@example.org"))
