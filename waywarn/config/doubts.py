"""What a configuration may say but likely does not mean: warnings, each with its line and key.

What is doubtful in one kind of rule alone is that kind's file; secrets are ``protection.py``.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from waywarn.config.amounts import duration
from waywarn.config.fields import is_every_address
from waywarn.config.followers import Assigned, assigned, devices_of
from waywarn.config.kinds.in_fences import InFencesConfig
from waywarn.config.kinds.rule import Beside, Doubt, RuleConfig
from waywarn.config.problem import Problem
from waywarn.config.protection import protection
from waywarn.rooms import foreign_rooms

if TYPE_CHECKING:
    from waywarn.config.config import Config

SHOWN_DEVICES = 5


def doubts(config: "Config") -> tuple[Problem, ...]:
    """Find everything doubtful, in order of lines."""
    foreign = (Problem("packages", 0, "", text, "remove it") for text in foreign_rooms())
    to = assigned(config)
    found = (
        *protection(config),
        *_contact_host(config),
        *_devices(config, to),
        *_watchers(config),
        *_rules(config, to),
        *_trips(config, to),
        *_recipients(config),
    )
    return (*foreign, *sorted(found))


def _devices(config: "Config", to: Assigned) -> Iterator[Problem]:
    watched = {device for rule in config.rules.values() for device in devices_of(config, rule.patterns)}
    watched.update(*to.values())
    may_be_assigned = any(rule.assigned for rule in config.rules.values())  # by the store, when it starts
    for name in config.devices:
        if name not in watched and not may_be_assigned:
            yield config.problem(
                ("devices", name), "no rule watches this device", "its fixes are stored and judged by none"
            )


def _contact_host(config: "Config") -> Iterator[Problem]:
    everywhere = [each for each in config.sip.listen if is_every_address(each.host)]
    if everywhere and config.sip.contact_host is None:
        yield config.problem(
            ("sip", "listen"),
            f"{everywhere[0]} is every address of this machine; peers are told to come back to"
            f" {config.sip.domain}",
            "give contact_host, unless that name leads here",
        )


def _silent(config: "Config", devices: Iterable[str]) -> list[str]:
    """Give those whose place may be told to nobody where their documents say nothing; the store's may be."""
    tables = ((device, config.devices.get(device)) for device in devices)
    return [device for device, table in tables if table is not None and not table.retransmission]


def _watchers(config: "Config") -> Iterator[Problem]:
    for name, watcher in config.watchers.items():
        for position, watch in enumerate(watcher.watches):
            silent = _silent(config, devices_of(config, [watch.device]))
            if silent and watch.answer == "allow":
                yield config.problem(
                    ("watchers", name, "watches", position, "device"),
                    f"{_listed(silent)} may be told to nobody (retransmission = false)",
                    "its place is shown only where its documents allow that themselves",
                )


def _rules(config: "Config", to: Assigned) -> Iterator[Problem]:
    for name, rule in config.rules.items():
        named, others = devices_of(config, rule.patterns), to.get(name, {})
        beside = Beside(config.rules, (*named, *others))
        for key, problem, expected in chain(
            _followed(rule, named, others),
            _awake(rule),
            rule.doubts(beside),
            _untold(config, name, beside.devices),
        ):
            yield config.problem(("rules", name, *key), problem, expected)


def _followed(rule: RuleConfig, named: Container[str], others: Iterable[str]) -> Iterator[Doubt]:
    if not named and not others and not rule.assigned:
        yield (), "nobody follows this rule", "assign it: [[assignments]], a file, or `waywarn assign`"
    if both := [device for device in others if device in named]:
        yield (), f"{_listed(both)} follows it always, whatever is assigned", "name it in one place only"


def _awake(rule: RuleConfig) -> Iterator[Doubt]:
    """Find hours that something in the rule does not fit into."""
    if rule.when is None or rule.time_zone is None:
        if rule.time_zone is not None:
            yield ("time_zone",), "has no effect without `when`", ""
        return
    from rules.window import Window

    pieces = Window.parse(rule.when, zone=rule.time_zone.key).pieces
    longest_s = max((piece.minutes * 60 for piece in pieces), default=0)
    in_force = rule.in_force()
    for key in rule.WAITS:
        wait_s = in_force.get(key)
        if wait_s is not None and wait_s >= longest_s:
            yield (
                (key,) if key in rule.stated() else ("preset",),
                f"{key} {wait_s:g} does not fit into its hours, {duration(longest_s)} at most: never met",
                "make it shorter, or the hours longer",
            )


def _untold(config: "Config", name: str, devices: Iterable[str]) -> Iterator[Doubt]:
    """Find that nobody is told, or is told without the place."""
    rule = config.rules[name]
    if not config.recipients_of(name):
        yield ("tell",), "this rule tells nobody", "name recipients, or only replay it"
        return
    silent = _silent(config, devices)
    if silent:
        without = "the fence" if isinstance(rule, InFencesConfig) else "the place"
        yield (
            ("tell",),
            f"messages go out without {without} of {_listed(silent)} where its document is silent",
            "set retransmission = true for the device, or let its documents allow it",
        )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:SHOWN_DEVICES])) + (" ..." if len(names) > SHOWN_DEVICES else "")


def _trips(config: "Config", to: Assigned) -> Iterator[Problem]:
    """Find trips that join nothing, and recipients that a trip overrules."""
    for name, trip in config.trips.items():
        followers = Counter(device for rule in trip.rules for device in _followers(config, rule, to))
        if max(followers.values(), default=0) < 2:
            yield config.problem(
                ("trips", name, "rules"),
                "no device follows two of these rules",
                "a trip makes one alarm of those of one device; name rules of the same device",
            )
        for rule in trip.rules:
            own = config.rules[rule].tell
            if trip.tell and own and set(own) != set(trip.tell):
                problem = f"has no effect: the trip {name!r} says whom to tell"
                yield config.problem(("rules", rule, "tell"), problem)


def _followers(config: "Config", rule: str, to: Assigned) -> set[str]:
    return {*devices_of(config, config.rules[rule].patterns), *to.get(rule, {})}


def _recipients(config: "Config") -> Iterator[Problem]:
    told = {name for rule in config.rules for name in config.recipients_of(rule)}
    for name, recipient in config.recipients.items():
        place = ("recipients", name)
        if recipient.sms_per_day is None and any(address.form == "sms" for address in recipient.addresses):
            yield config.problem(
                (*place, "sms_per_day"),
                "is not stated, though an SMS address is told",
                "the usual cap is in force; state your own",
            )
        if name not in told:
            yield config.problem(place, "no rule tells this recipient")
