"""A configuration told to the person who wrote it: what is in force, and where each number came from.

Words only; how they are laid out on a screen is ``commands/check.py``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from waywarn.config.models import DeviceConfig, RuleConfig

if TYPE_CHECKING:
    from alerts import Recipient
    from rules import Deviation, Window
    from sip import Account
    from waywarn.config.config import Config
    from waywarn.config.doors import Opened

OPENINGS_SHOWN = 3
_NUMBERS = (
    "confirm_fixes",
    "confirm_s",
    "raise_probability",
    "clear_probability",
    "starts",
    "ends",
    "start_grace_m",
    "end_grace_m",
    "silence_s",
    "default_accuracy_m",
)


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
    for account in opened.accounts:
        rows = _device(config.devices[account.device_id], account)
        yield Section(f"Device {account.device_id}", tuple(rows))
    for rule in opened.rules:
        rows = _rule(config.rules[rule.name], rule, opened.recipients, now)
        yield Section(f"Rule {rule.name}: {rule.device} keeps to its path", tuple(rows))


def _service(config: "Config") -> Section:
    sip = config.sip
    store = config.service.store
    lives = (sip.expires_min_s, sip.expires_default_s, sip.expires_max_s)
    least, usual, most = map(_duration, lives)
    realm = "" if sip.realm == sip.domain else f", digest realm {sip.realm}"
    return Section(
        "Service",
        (
            ("listens", "\n".join(map(str, sip.listen))),
            ("domain", f"{sip.domain}{realm}"),
            ("store", f"{store} ({_size(store.stat().st_size) if store.is_file() else 'will be made'})"),
            ("publications", f"live {usual}, or as asked from {least} to {most}"),
            ("log", config.service.log),
        ),
    )


def _device(device: DeviceConfig, account: "Account") -> Iterator[tuple[str, str]]:
    yield "account", account.aor
    yield "digest", f"{', '.join(account.algorithms)}; password {device.secret.source}"
    told = "alarms may tell it" if device.retransmission else "alarms go out without it"
    yield "document silent", f"place kept for {device.retention_h:g} h, {told}"
    yield "", "(what a document says explicitly wins)"


def _rule(
    config: RuleConfig, rule: "Deviation", recipients: Mapping[str, "Recipient"], now: float
) -> Iterator[tuple[str, str]]:
    path = rule.corridor.path
    width_m = rule.corridor.half_width_m
    yield "path", f"{config.path.name}: {_distance(path.length_m)}, {len(path)} vertices"
    yield "corridor", f"{width_m:g} m to each side"
    yield from _numbers(config, rule)
    if rule.window is None:
        yield "awake", "always"
    else:
        yield "awake", f"{config.when} ({rule.window.zone})"
        yield "next", "\n".join(openings(rule.window, now)) or "never"
    yield "tells", "\n".join(_told(config, recipients)) or "nobody"


def _numbers(config: RuleConfig, rule: "Deviation") -> Iterator[tuple[str, str]]:
    stated, in_force = config.stated(), config.in_force()
    by_source: dict[str, list[str]] = {"this file": [], f"preset {config.preset}": [], "default": []}
    for name in ("half_width_m", *_NUMBERS):
        value = rule.corridor.half_width_m if name == "half_width_m" else getattr(rule, name)
        source = (
            "this file" if name in stated else f"preset {config.preset}" if name in in_force else "default"
        )
        by_source[source].append(f"{name} {_value(value)}")
    for source, numbers in by_source.items():
        if numbers:
            yield f"by {source}", ", ".join(numbers)


def _told(config: RuleConfig, recipients: Mapping[str, "Recipient"]) -> Iterator[str]:
    for name in config.tell:
        recipient = recipients[name]
        for address in recipient.addresses:
            cap = f", at most {recipient.sms_per_day} a day" if address.form == "sms" else ""
            yield f"{name} ({address.form}{cap}): {address.masked}"


def openings(window: "Window", now: float) -> Iterator[str]:
    """Write the next openings of a window in its own local time."""
    from rules.window import BLOCK_S

    block = int(now // BLOCK_S)  # an opening that began in the block before may not be over
    spans = chain.from_iterable(
        zip(*window.openings(each), strict=True) for each in range(block - 1, block + 2)
    )
    for opening in islice((span for span in spans if span[1] > now), OPENINGS_SHOWN):
        yield _opening(opening, ZoneInfo(window.zone))


def _opening(opening: tuple[float, float], zone: ZoneInfo) -> str:
    first, last = (datetime.fromtimestamp(instant, zone) for instant in opening)
    end = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%a %d %b %H:%M}"
    return f"{first:%a %d %b %Y %H:%M} to {end}"


def _value(value: object) -> str:
    if value is None:
        return "by method"  # default_accuracy_m: that of the fix's method
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def _duration(seconds: float) -> str:
    for unit_s, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit_s or (seconds % unit_s == 0 and seconds >= unit_s):
            return f"{seconds / unit_s:.4g} {unit}"
    return f"{seconds:g} s"


def _distance(metres: float) -> str:
    return f"{metres / 1000:.2f} km" if metres >= 1000 else f"{metres:.0f} m"


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
