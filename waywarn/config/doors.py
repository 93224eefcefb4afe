"""What the other rooms make of a configuration; a refusal of theirs is placed on its line.

Imported only when a door of `Config` is used.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from alerts import Address, AlertsError, Form, Recipient
from corridor import Corridor, CorridorError, Path
from rules import Deviation, Window
from sip import Account, RulePolicy, SipError
from waywarn.config.models import DeviceConfig, RecipientConfig, RuleConfig
from waywarn.config.presets import DEFAULT_HALF_WIDTH_M
from waywarn.config.problem import ConfigError, Problem

if TYPE_CHECKING:
    from waywarn.config.config import Config

HOUR_S = 3600.0

Made = TypeVar("Made")


class Opened(NamedTuple):
    """Everything that the other rooms make of a configuration."""

    rules: tuple[Deviation, ...]
    accounts: tuple[Account, ...]
    recipients: Mapping[str, Recipient]


def open_all(config: "Config") -> Opened:
    """Use every door of a configuration.

    Raises
    ------
    ConfigError
        With the problems of all of them.
    """
    problems: list[Problem] = []
    rules = _kept(deviations, config, problems)
    known = _kept(accounts, config, problems)
    told = _kept(recipients, config, problems)
    if rules is None or known is None or told is None:
        raise ConfigError(problems)
    return Opened(rules, known, told)


def _kept(door: "Callable[[Config], Made]", config: "Config", problems: list[Problem]) -> Made | None:
    try:
        return door(config)
    except ConfigError as error:
        problems += error.problems
        return None


def deviations(config: "Config") -> tuple[Deviation, ...]:
    """Read every rule's path and make the rules."""
    made: list[Deviation] = []
    problems: list[Problem] = []
    for name, rule in config.rules.items():
        try:
            made.append(_deviation(name, rule))
        except CorridorError as error:
            problems.append(config.problem(("rules", name, "path"), str(error)))
        except ValueError as error:
            problems.append(config.problem(("rules", name), str(error)))
    return tuple(_all_good(made, problems))


def accounts(config: "Config") -> tuple[Account, ...]:
    """Make the account of each device."""
    made: list[Account] = []
    problems: list[Problem] = []
    for name, device in config.devices.items():
        try:
            made.append(_account(config, name, device))
        except SipError as error:
            problems.append(config.problem(("devices", name), str(error)))
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


def _deviation(name: str, rule: RuleConfig) -> Deviation:
    numbers: dict[str, Any] = rule.in_force()  # types were checked when the file was read
    half_width_m = numbers.pop("half_width_m", DEFAULT_HALF_WIDTH_M)
    corridor = Corridor(Path.from_file(rule.path), half_width_m=half_width_m)
    window = Window.parse(rule.when, zone=rule.time_zone.key) if rule.when and rule.time_zone else None
    return Deviation(corridor, device=rule.device, name=name, window=window, **numbers)


def _account(config: "Config", name: str, device: DeviceConfig) -> Account:
    return Account.with_password(
        device.sip_user,
        device.secret.value.get_secret_value(),
        realm=config.sip.realm,
        aor=f"sip:{device.sip_user}@{config.sip.domain}",
        device_id=name,
        algorithms=device.algorithms,
        policy=RulePolicy(
            retention_s=device.retention_h * HOUR_S, retransmission_allowed=device.retransmission
        ),
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
