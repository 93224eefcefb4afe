"""What a configuration may say but likely does not mean: warnings, each with its line and key."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from waywarn.config.models import RuleConfig
from waywarn.config.presets import DEFAULT_HALF_WIDTH_M
from waywarn.config.problem import Problem
from waywarn.config.secret import Secret, is_readable_by_all
from waywarn.rooms import foreign_rooms

if TYPE_CHECKING:
    from waywarn.config.config import Config


def doubts(config: "Config") -> tuple[Problem, ...]:
    """Find everything doubtful, in order of lines."""
    foreign = (Problem("packages", 0, "", text, "remove it") for text in foreign_rooms())
    return (*foreign, *sorted((*_devices(config), *_rules(config), *_recipients(config))))


def _devices(config: "Config") -> Iterator[Problem]:
    followed = {rule.device for rule in config.rules.values()}
    for name, device in config.devices.items():
        place = ("devices", name)
        if "MD5" in device.algorithms:
            yield config.problem(
                (*place, "algorithms"),
                "MD5 is allowed, whose digests can be broken",
                "keep it only for a peer that knows no other",
            )
        yield from _secret(config, (*place, "password"), device.password)
        yield from _secret(config, (*place, "password_file"), device.password_file)
        if name not in followed:
            yield config.problem(
                place, "no rule watches this device", "its fixes are stored and judged by none"
            )


def _secret(config: "Config", place: tuple[str | int, ...], secret: Secret | None) -> Iterator[Problem]:
    if secret is None:
        return
    if secret.readable_by_all:
        yield config.problem(place, f"every user of this machine can read {secret.file}", "chmod o-r it")
    elif secret.file is None and is_readable_by_all(config.file):
        yield config.problem(
            place, "a secret stands in a file that every user of this machine can read", "chmod o-r it"
        )


def _rules(config: "Config") -> Iterator[Problem]:
    for name, rule in config.rules.items():
        place = ("rules", name)
        if not rule.tell:
            yield config.problem(
                (*place, "tell"), "this rule tells nobody", "name recipients, or only replay it"
            )
        if rule.tell and not config.devices[rule.device].retransmission:
            yield config.problem(
                (*place, "tell"),
                f"alarms go out without the place of {rule.device!r} where its document is silent",
                "set retransmission = true for the device, or let its documents allow it",
            )
        if rule.starts != "at_once":
            yield config.problem(
                (*place, "starts"),
                "waits for a first fix on the path and has no deadline beside it: "
                "a device that never gets there raises nothing",
                'rules with a deadline do not exist yet; starts = "at_once" watches from the first fix',
            )
        if rule.time_zone is not None and rule.when is None:
            yield config.problem((*place, "time_zone"), "has no effect without `when`")
        yield from _narrow(config, name, rule)


def _narrow(config: "Config", name: str, rule: RuleConfig) -> Iterator[Problem]:
    from corridor.uncertainty import default_accuracy_m  # loads the compiler, which a publisher never needs

    likely_m = rule.default_accuracy_m or default_accuracy_m(None)
    half_width_m = rule.in_force().get("half_width_m", DEFAULT_HALF_WIDTH_M)
    if isinstance(half_width_m, (int, float)) and half_width_m < likely_m:
        yield config.problem(
            ("rules", name, "half_width_m"),
            f"{half_width_m:g} m is less than the accuracy of a usual fix ({likely_m:g} m)",
            "alarms will be late or missing; widen it",
        )


def _recipients(config: "Config") -> Iterator[Problem]:
    told = {name for rule in config.rules.values() for name in rule.tell}
    for name, recipient in config.recipients.items():
        place = ("recipients", name)
        if recipient.sms_per_day is None and any(address.form == "sms" for address in recipient.addresses):
            yield config.problem(
                (*place, "sms_per_day"),
                "is not stated, though an SMS address is told",
                "the usual cap is in force; state your own",
            )
        for position, address in enumerate(recipient.addresses):
            yield from _secret(config, (*place, "addresses", position), address.url or address.url_file)
        if name not in told:
            yield config.problem(place, "no rule tells this recipient")
