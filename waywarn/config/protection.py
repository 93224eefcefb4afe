"""Doubts about what protects: secrets that others can read, digests that can be broken, certificates.

What else is doubtful is ``doubts.py``.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from waywarn.config.accounts import AccountConfig
from waywarn.config.lines import Location
from waywarn.config.problem import Problem
from waywarn.config.secret import Secret, is_readable_by_all

if TYPE_CHECKING:
    from waywarn.config.config import Config

RENEW = "renew it, then send the service SIGHUP"


def protection(config: "Config") -> Iterator[Problem]:
    """Find them, table by table."""
    yield from _sip(config)
    yield from _door(config)
    for table, accounts in (("devices", config.devices), ("watchers", config.watchers)):
        for name, account in accounts.items():
            yield from _account(config, (table, name), account)
    if config.operator is not None:
        yield from _secret(config, ("operator", "password"), config.operator.password)
        yield from _secret(config, ("operator", "password_file"), config.operator.password_file)
    for name, recipient in config.recipients.items():
        for position, address in enumerate(recipient.addresses):
            place = ("recipients", name, "addresses", position)
            yield from _secret(config, place, address.url or address.url_file)


def _sip(config: "Config") -> Iterator[Problem]:
    sip = config.sip
    yield from _key(config, "sip", sip.key)
    if sip.tls_min == "1.2" and sip.speaks_tls:
        yield config.problem(
            ("sip", "tls_min"), "TLS 1.2 is spoken", "keep it only for a phone that knows no other"
        )
    certificate = sip.server_certificate
    if certificate is not None and sip.speaks_tls and (why := certificate.doubt()):
        yield config.problem(("sip", "certificate"), why, RENEW)


def _door(config: "Config") -> Iterator[Problem]:
    door = config.provision
    if door is None:
        return
    yield from _key(config, "provision", door.key)
    if not (door.certificate.is_file() or door.key.is_file()):
        return  # they are to be made, which ``explain.py`` says
    from sip import CallerError, ServerCertificate

    try:
        why = ServerCertificate(door.certificate, door.key).doubt()
    except CallerError as error:
        why = f"{error}; `waywarn run` does not start with it"
    if why:
        yield config.problem(("provision", "certificate"), why, RENEW)


def _account(config: "Config", place: Location, account: AccountConfig) -> Iterator[Problem]:
    if "MD5" in account.algorithms:
        yield config.problem(
            (*place, "algorithms"),
            "MD5 is allowed, whose digests can be broken",
            "keep it only for a peer that knows no other",
        )
    yield from _secret(config, (*place, "password"), account.password)
    yield from _secret(config, (*place, "password_file"), account.password_file)


def _key(config: "Config", table: str, file: Path | None) -> Iterator[Problem]:
    if file is not None and is_readable_by_all(file):
        yield config.problem((table, "key"), f"every user of this machine can read {file}", "chmod o-r it")


def _secret(config: "Config", place: Location, secret: Secret | None) -> Iterator[Problem]:
    if secret is None:
        return
    if secret.readable_by_all:
        yield config.problem(place, f"every user of this machine can read {secret.file}", "chmod o-r it")
    elif secret.file is None and is_readable_by_all(config.file):
        yield config.problem(
            place, "a secret stands in a file that every user of this machine can read", "chmod o-r it"
        )
