"""What the other rooms make of a configuration; a refusal of theirs is placed on its line.

Rules are ``rule_doors.py``. Imported only when a door of `Config` is used.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from alerts import Address, AlertsError, Form, Recipient
from sip import Account, RulePolicy, SipError
from waywarn.assignment import Assignment
from waywarn.config.accounts import DeviceConfig, WatcherConfig
from waywarn.config.models import RecipientConfig
from waywarn.config.problem import ConfigError, Problem
from waywarn.config.rule_doors import engine_rules

if TYPE_CHECKING:
    import ssl

    from rules.rule import Rule
    from waywarn.config.config import Config

HOUR_S = 3600.0

Made = TypeVar("Made")


class Opened(NamedTuple):
    """Everything that the other rooms make of a configuration."""

    rules: "tuple[Rule, ...]"
    accounts: tuple[Account, ...]
    recipients: Mapping[str, Recipient]


def open_all(config: "Config", stored: Iterable[Assignment] = ()) -> Opened:
    """Use every door of a configuration.

    Parameters
    ----------
    config
        Read and found good.
    stored
        Assignments besides its own.

    Raises
    ------
    ConfigError
        With the problems of all of them.
    """
    problems: list[Problem] = []
    rules = _kept(partial(engine_rules, stored=stored), config, problems)
    known = _kept(accounts, config, problems)
    told = _kept(recipients, config, problems)
    _kept(server_tls, config, problems)
    if rules is None or known is None or told is None or problems:
        raise ConfigError(problems)
    return Opened(rules, known, told)


def _kept(door: "Callable[[Config], Made]", config: "Config", problems: list[Problem]) -> Made | None:
    try:
        return door(config)
    except ConfigError as error:
        problems += error.problems
        return None


def server_tls(config: "Config") -> "ssl.SSLContext | None":
    """Read the certificate and its key; None where no address is for TLS.

    Raises
    ------
    ConfigError
        A file is not what it should be.
    """
    certificate = config.sip.server_certificate
    if certificate is None or not config.sip.speaks_tls:
        return None
    try:
        return certificate.context()
    except SipError as error:
        raise ConfigError([config.problem(("sip", "certificate"), str(error))]) from None


def accounts(config: "Config") -> tuple[Account, ...]:
    """Make the account of each device, then of each watcher."""
    made: list[Account] = []
    problems: list[Problem] = []
    for table, named in (("devices", config.devices), ("watchers", config.watchers)):
        for name, account in named.items():
            try:
                made.append(_account(config, name, account))
            except SipError as error:
                problems.append(config.problem((table, name), str(error)))
    return tuple(_all_good(made, problems))


def recipients(config: "Config") -> Mapping[str, Recipient]:
    """Make the recipients, by name."""
    made: list[Recipient] = []
    problems: list[Problem] = []
    for name, recipient in config.recipients.items():
        addresses, refused = _addresses(config, name, recipient)
        problems += refused
        try:
            if not refused:
                made.append(_recipient(name, recipient, addresses))
        except AlertsError as error:
            problems.append(config.problem(("recipients", name), str(error)))
    return MappingProxyType({recipient.name: recipient for recipient in _all_good(made, problems)})


def _all_good(made: list[Made], problems: list[Problem]) -> list[Made]:
    if problems:
        raise ConfigError(problems)
    return made


def _account(config: "Config", name: str, account: DeviceConfig | WatcherConfig) -> Account:
    device = account if isinstance(account, DeviceConfig) else None
    return Account.with_password(
        account.sip_user,
        account.secret.value.get_secret_value(),
        realm=config.sip.realm,
        aor=f"sip:{account.sip_user}@{config.sip.domain}",
        device_id=name if device else None,
        algorithms=account.algorithms,
        policy=RulePolicy(device.retention_h * HOUR_S, device.retransmission) if device else None,
    )


def _addresses(
    config: "Config", name: str, recipient: RecipientConfig
) -> tuple[tuple[Address, ...], list[Problem]]:
    addresses, problems = [], []
    for position, address in enumerate(recipient.addresses):
        url = address.secret.value.get_secret_value()
        try:
            form = Form(address.form)
            addresses.append(Address.at(name, position + 1, url, form=form, name=address.name))
        except AlertsError as error:
            problems.append(config.problem(("recipients", name, "addresses", position), str(error)))
    return tuple(addresses), problems


def _recipient(name: str, recipient: RecipientConfig, addresses: tuple[Address, ...]) -> Recipient:
    zone = recipient.time_zone.key
    if recipient.sms_per_day is None:
        return Recipient(name, zone, addresses)
    return Recipient(name, zone, addresses, sms_per_day=recipient.sms_per_day)
