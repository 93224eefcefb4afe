"""What a configuration may say but likely does not mean: warnings, each with its line and key."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from waywarn.config.followers import Assigned, assigned, devices_of
from waywarn.config.lines import Location
from waywarn.config.problem import Problem
from waywarn.config.rule_tables import DeviationConfig, GeofenceConfig, RuleConfig
from waywarn.config.secret import Secret, is_readable_by_all
from waywarn.presets import DEFAULT_HALF_WIDTH_M
from waywarn.rooms import foreign_rooms

if TYPE_CHECKING:
    from waywarn.config.config import Config

SHOWN_DEVICES = 5


def doubts(config: "Config") -> tuple[Problem, ...]:
    """Find everything doubtful, in order of lines."""
    foreign = (Problem("packages", 0, "", text, "remove it") for text in foreign_rooms())
    to = assigned(config)
    return (*foreign, *sorted((*_devices(config, to), *_rules(config, to), *_recipients(config))))


def _devices(config: "Config", to: Assigned) -> Iterator[Problem]:
    watched = {device for rule in config.rules.values() for device in devices_of(config, rule.patterns)}
    watched.update(*to.values())
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
        if name not in watched:
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


def _rules(config: "Config", to: Assigned) -> Iterator[Problem]:
    for name, rule in config.rules.items():
        place = ("rules", name)
        named, others = devices_of(config, rule.patterns), to.get(name, {})
        if not named and not others:
            yield config.problem(
                place, "nobody follows this rule", "assign it: [[assignments]], a file, or `waywarn assign`"
            )
        if both := [device for device in others if device in named]:
            yield config.problem(
                place, f"{_listed(both)} follows it always, whatever is assigned", "name it in one place only"
            )
        if not rule.tell:
            yield config.problem(
                (*place, "tell"), "this rule tells nobody", "name recipients, or only replay it"
            )
        yield from _withheld(config, name, rule, [*named, *others])
        if rule.time_zone is not None and rule.when is None:
            yield config.problem((*place, "time_zone"), "has no effect without `when`")
        if isinstance(rule, DeviationConfig):
            yield from _deviation(config, name, rule)
        if isinstance(rule, GeofenceConfig) and rule.circle is not None:
            key = ("rules", name, "circle", "radius_m")
            yield from _narrow(config, key, rule.circle.radius_m, rule.default_accuracy_m)


def _withheld(config: "Config", name: str, rule: RuleConfig, devices: Iterable[str]) -> Iterator[Problem]:
    silent = [device for device in devices if not config.devices[device].retransmission]
    if rule.tell and silent:
        listed = _listed(silent)
        without = "the fence" if isinstance(rule, GeofenceConfig) else "the place"
        yield config.problem(
            ("rules", name, "tell"),
            f"messages go out without {without} of {listed} where its document is silent",
            "set retransmission = true for the device, or let its documents allow it",
        )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:SHOWN_DEVICES])) + (" ..." if len(names) > SHOWN_DEVICES else "")


def _deviation(config: "Config", name: str, rule: DeviationConfig) -> Iterator[Problem]:
    if rule.starts != "at_once":
        yield config.problem(
            ("rules", name, "starts"),
            "waits for a first fix on the path and has no deadline beside it: "
            "a device that never gets there raises nothing",
            'rules with a deadline do not exist yet; starts = "at_once" watches from the first fix',
        )
    in_force = rule.in_force()
    for key in ("half_width_m", "left_half_width_m"):
        given = in_force.get(key, DEFAULT_HALF_WIDTH_M if key == "half_width_m" else None)
        widths = given if isinstance(given, tuple) else (given,)
        least_m = min((width for width in widths if isinstance(width, (int, float))), default=None)
        if least_m is not None:
            yield from _narrow(config, ("rules", name, key), least_m, rule.default_accuracy_m)


def _narrow(config: "Config", key: Location, size_m: float, accuracy_m: float | None) -> Iterator[Problem]:
    from corridor.uncertainty import default_accuracy_m  # loads the compiler, which a publisher never needs

    likely_m = accuracy_m or default_accuracy_m(None)
    if size_m < likely_m:
        yield config.problem(
            key,
            f"{size_m:g} m is less than the accuracy of a usual fix ({likely_m:g} m)",
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
