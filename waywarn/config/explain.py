"""A configuration told to the person who wrote it: what is in force, and where each number came from.

Words only; rules are ``explain_rules.py``, how all is laid out on a screen is ``commands/check.py``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waywarn.config.accounts import AccountConfig, DeviceConfig, WatchConfig, WatcherConfig
from waywarn.config.amounts import duration
from waywarn.config.explain_operator import operator_sections
from waywarn.config.explain_rules import condition_rows, following_rows, told_rows, what_rows, when_rows
from waywarn.config.followers import assigned
from waywarn.config.kinds.ground import Ground
from waywarn.config.provision import devices_reach, sip_server
from waywarn.config.trips import part_rows, trip_rows
from waywarn.config.windows import Windows
from waywarn.presets import LATE_HORIZONS_S
from waywarn.provision.enrolment_url import origin

if TYPE_CHECKING:
    from sip import Account
    from waywarn.config.config import Config
    from waywarn.config.doors import Opened


SOMEBODY = "somebody"  # a device in whose name a rule is explained


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and rows of a label and a text; a text may have several lines."""

    title: str
    rows: tuple[tuple[str, str], ...]


def explain(config: "Config", opened: "Opened", *, now: float) -> Iterator[Section]:
    """Tell a configuration, section by section.

    Parameters
    ----------
    config
        Read and found good.
    opened
        What its doors gave.
    now
        UTC seconds, from which on the next openings are shown.
    """
    yield _service(config)
    accounts = {account.username: account for account in opened.accounts}
    for name, device in config.devices.items():
        yield Section(f"Device {name}", tuple(_device(device, accounts[device.sip_user])))
    for name, watcher in config.watchers.items():
        yield Section(f"Watcher {name}", tuple(_watcher(watcher, accounts[watcher.sip_user])))
    yield from _provision(config)
    yield from operator_sections(config)
    ground, to, windows = Ground(), assigned(config), Windows()
    for name, table in config.rules.items():
        window = windows.of(table)
        rule = table.maker(name, ground)(
            device=SOMEBODY, name=name, window=window
        )  # each device's is like it
        told = [
            *following_rows(table, config.device_names, to.get(name, {})),
            *what_rows(table, rule, ground),
            *when_rows(table, window, now),
            *condition_rows(table),
            *part_rows(config, name),
            *told_rows(config.recipients_of(name), opened.recipients),
        ]
        yield Section(f"Rule {name}: {table.about(rule)}", tuple(told))
    for name, trip in config.trips.items():
        told = [*trip_rows(config, name), *told_rows(config.recipients_of(name), opened.recipients)]
        yield Section(f"Trip {name}: {len(trip.rules)} rules, one alarm", tuple(told))


def _service(config: "Config") -> Section:
    sip = config.sip
    store = config.service.store
    lives = (sip.expires_min_s, sip.expires_default_s, sip.expires_max_s)
    least, usual, most = map(duration, lives)
    realm = "" if sip.realm == sip.domain else f", digest realm {sip.realm}"
    return Section(
        "Service",
        (
            ("listens", "\n".join(map(str, sip.listen))),
            *_tls(config),
            ("domain", f"{sip.domain}{realm}"),
            ("store", f"{store} ({_size(store.stat().st_size) if store.is_file() else 'will be made'})"),
            ("limits", _rates(config)),
            ("publications", f"live {usual}, or as asked from {least} to {most}"),
            ("late fixes", _late(config)),
            ("log", config.service.log),
        ),
    )


def _tls(config: "Config") -> Iterator[tuple[str, str]]:
    sip = config.sip
    if sip.speaks_tls:
        clients = "needs" if sip.require_client_certificate else "may show"
        asked = f"; a client {clients} a certificate of {sip.client_certificates}"
        yield "TLS", f"{sip.tls_min} or newer, {sip.certificate}{asked if sip.client_certificates else ''}"


def _rates(config: "Config") -> str:
    sip = config.sip
    source, account = sip.max_unknown_per_source_per_s, sip.max_per_account_per_s
    return f"{source:g} requests a second of a source without an account, {account:g} of an account"


def _provision(config: "Config") -> Iterator[Section]:
    if config.provision is None:
        return
    host, port = devices_reach(config.provision, config.sip)
    listening = f"{config.provision.listen.host}:{config.provision.listen.port}"
    there = config.provision.certificate.is_file()
    missing = "" if there else " (not there yet: `waywarn device certificate` makes it)"
    rows = [
        ("listens", f"https {listening}"),
        ("devices come to", origin(host, port)),
        ("and are sent to", str(sip_server(config.provision, config.sip, config.sip.listen))),
        ("certificate", f"{config.provision.certificate}{missing}"),
    ]
    enrolled = [name for name in config.device_names if name not in config.devices]
    if enrolled:
        rows.append(("devices", f"{len(enrolled):,} have an account in the store (`waywarn device list`)"))
    yield Section("Provisioning", tuple(rows))


def _late(config: "Config") -> str:
    if config.late_horizon_s == 0:
        return "do not count: one older than its device's newest is left out"
    if config.service.late_horizon_s is not None:
        source = "by this file"
    else:
        longest = [
            rule.preset
            for rule in config.rules.values()
            if rule.preset and LATE_HORIZONS_S[rule.preset] == config.late_horizon_s
        ]
        source = f"by preset {longest[0]}" if longest else "by default"
    return f"count up to {duration(config.late_horizon_s)} behind their device's newest, {source}"


def _watcher(watcher: WatcherConfig, account: "Account") -> Iterator[tuple[str, str]]:
    yield from _account(watcher, account)
    seen = [_seen(watch) for watch in watcher.watches]
    yield "sees", "\n".join(seen) if seen else "no device: each is denied"


def _seen(watch: WatchConfig) -> str:
    if watch.answer == "allow":
        how = f"within {watch.coarse_m:g} m" if watch.coarse_m else "as it is told"
        return f"{watch.device}, {how}"
    said = "told that there is no place" if watch.answer == "polite_block" else "denied"
    return f"{watch.device}: {said}"


def _account(config: AccountConfig, account: "Account") -> Iterator[tuple[str, str]]:
    yield "account", account.aor
    yield "digest", f"{', '.join(account.algorithms)}; password {config.secret.source}"


def _device(device: DeviceConfig, account: "Account") -> Iterator[tuple[str, str]]:
    yield from _account(device, account)
    told = "alarms may tell it" if device.retransmission else "alarms go out without it"
    yield "document silent", f"place kept for {device.retention_h:g} h, {told}"
    yield "", "(what a document says explicitly wins)"
    if device.commands is not None:
        yield "commands", f"heard in {device.commands}"


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
