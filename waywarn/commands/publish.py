"""`waywarn publish`: the device side. A recorded trip, a receiver or standard input is published over SIP.

A recorded trip without a state folder is told by ``waywarn/publishing.py``; the rest is the tracker's,
``publish_live.py`` and ``waywarn/tracker``. The options are ``publish_options.py``.
"""

import asyncio
import os
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer
from rich.console import Console

from corridor.fix import Fix
from waywarn.commands.fixes import (
    Device,
    NaiveZone,
    Selection,
    Since,
    Until,
    Where,
    say,
    stderr,
    stop,
    tell_reading,
)
from waywarn.commands.publish_options import (
    Answer,
    AtLeastEveryS,
    AtMostEveryS,
    By,
    DeviceToml,
    EveryM,
    HeartbeatS,
    Hook,
    How,
    Now,
    PasswordEnv,
    PasswordFile,
    Pin,
    Rate,
    Reachable,
    RetainDays,
    Retransmission,
    Server,
    Source,
    Speed,
    State,
    To,
    Transport,
    User,
)

if TYPE_CHECKING:
    from sip.device.channel import ServerAddress
    from sip.device.publish_policy import Policy
    from sip.device.request_writer import Identity
    from waywarn.commands.publish_live import LivePlan
    from waywarn.talk import Outcome, Told
    from waywarn.tracker.settings import TrackerSettings

DAY_S = 86_400.0
DEFAULT_PORT, DEFAULT_TLS_PORT = 5060, 5061  # RFC 3261, 19.1.2
MAX_PASSWORD_BYTES = 1_024
SHOWN_LOSSES = 10


IN_FILE = (
    *(
        "to",
        "server",
        "user",
        "password_env",
        "password_file",
        "transport",
        "pin",
        "rate",
        "hook",
        "register",
    ),
    *("every_m", "at_most_every_s", "at_least_every_s", "heartbeat_s", "retain_days", "retransmission"),
)
"""Options of which a device's file says the same: given beside it, one of the two would be passed over."""


OF_TRIP = ("speed", "now", "where", "since", "until", "naive_zone")
"""Options of which a source that goes on knows nothing."""


def publish(
    context: typer.Context,
    source: Source = None,
    config: DeviceToml = None,
    to: To = None,
    server: Server = None,
    user: User = None,
    password_env: PasswordEnv = None,
    password_file: PasswordFile = None,
    transport: By = Transport.UDP,
    pin: Pin = None,
    state: State = None,
    rate: How = None,
    every_m: EveryM = None,
    at_most_every_s: AtMostEveryS = None,
    at_least_every_s: AtLeastEveryS = None,
    heartbeat_s: HeartbeatS = None,
    hook: Hook = None,
    register: Reachable = True,  # noqa: FBT002 (an option of the command line)
    retain_days: RetainDays = 30.0,
    retransmission: Retransmission = Answer.YES,
    speed: Speed = 1.0,
    now: Now = False,  # noqa: FBT002 (an option of the command line)
    where: Where = None,
    device: Device = None,
    since: Since = None,
    until: Until = None,
    naive_zone: NaiveZone = None,
) -> None:
    """Publish where this device is over SIP; or a recorded trip, as the device would have done.

    From gpsd: or - it is a tracker: fixes wait on the disk while there is no network and go out in order,
    with their own times, when there is; the device is registered, and carries out orders by its hooks
    (docs/tracker.md). SIGTERM ends it, and what waits is sent after the next start.

    waywarn publish -c tracker.toml
    waywarn publish gpsd: --to sip:anna@home.example --password-file secret --hook ring='paplay alarm.oga'
    my-logger | waywarn publish - --to "sip:anna@192.0.2.1;transport=tcp" --password-env ANNA_PASSWORD
    waywarn publish walk.gpx --to sip:anna@192.0.2.1 --password-env ANNA_PASSWORD --now --speed 60

    A recorded trip goes out in real time or faster. Exit code 0 when all was answered 200, 1 when
    something was not delivered (it says what), 2 for bad input, and where the server does not take the
    name and password.
    """
    from waywarn.commands.publish_live import LivePlan
    from waywarn.tracker.settings import TrackerSettings
    from waywarn.tracker.source import is_live

    console = stderr()
    if config is not None:
        _refuse(context, IN_FILE, f"-c {config} says that; beside it stand SOURCE and --state", console)
        plan = LivePlan.of_file(config, source, state, console)
    else:
        if to is None or source is None:
            stop("give SOURCE and --to, or a file of the device with -c", console)
        password = _password(password_env, password_file, console)
        wire = _Wire(server, user, password, transport, pin)
        if hook and not is_live(source):
            stop("--hook: a recorded trip takes no orders; gpsd: and - do", console)
        is_adaptive = is_live(source) if rate is None else rate is Rate.ADAPTIVE
        numbers = {
            "every_m": every_m,
            "at_most_every_s": at_most_every_s,
            "at_least_every_s": at_least_every_s,
            "heartbeat_s": heartbeat_s,
        }
        settings = TrackerSettings(
            *_who_and_where(to, wire, console),
            policy=_policy(is_adaptive, numbers, console),
            retain_s=retain_days * DAY_S,
            retransmission_allowed=retransmission is Answer.YES,
            is_reachable=register and is_live(source),
        )
        plan = LivePlan.of_options(settings, source, device, state, hook or (), password_env, console)
    if plan.is_live:
        _refuse(context, OF_TRIP, f"is for a recorded trip, and {plan.source} goes on", console)
        if config is not None:
            _refuse(context, ("device",), f"-c {config} says that, in [source]", console)
    selection = Selection.of(where=where, device=device, naive_zone=naive_zone, since=since, until=until)
    _run(plan, selection, speed=speed, now=now, console=console)


def _refuse(context: typer.Context, names: Iterable[str], why: str, console: Console) -> None:
    for name in names:
        if _is_given(context, name):
            stop(f"--{name.replace('_', '-')}: {why}", console)


def _is_given(context: typer.Context, name: str) -> bool:
    """Tell whether an option stands on the command line, be it with the value that it would have anyway."""
    origin = context.get_parameter_source(name)
    return origin is not None and origin.name == "COMMANDLINE"


@dataclass(frozen=True, slots=True)
class _Wire:
    """What the options say of the way to the server, beside --to."""

    server: str | None
    user: str | None
    password: str | None
    transport: Transport
    pin: str | None


def _run(plan: "LivePlan", selection: Selection, *, speed: float, now: bool, console: Console) -> NoReturn:
    from waywarn.commands.publish_live import track

    if plan.is_live:
        track(plan, console)
    trip = _read_trip(selection, Path(plan.source), console)
    if plan.state is not None:
        track(plan.of_trip(_moved(trip, now, speed, console), speed), console)
    _publish_trip(trip, plan.settings, speed=speed, now=now, console=console)


def _policy(is_adaptive: bool, given: dict[str, float | None], console: Console) -> "Policy":  # noqa: FBT001
    from sip.device.adaptive_rate import AdaptiveRate
    from sip.device.publish_policy import PublishPolicy
    from sip.errors import CallerError

    stated = {name: value for name, value in given.items() if value is not None}
    if "heartbeat_s" in stated and not is_adaptive:
        stop(
            f"--heartbeat-s {stated['heartbeat_s']:g} is for --rate adaptive;"
            " a steady rate tells as often as --at-least-every-s says, standing too",
            console,
        )
    try:
        return AdaptiveRate(**stated) if is_adaptive else PublishPolicy(**stated)
    except CallerError as error:
        stop(str(error), console)


def _read_trip(selection: Selection, file: Path, console: Console) -> list[Fix]:
    track, batch = selection.read(file, console)
    tell_reading(track, len(batch), file, console)
    named = sorted({batch.devices[code] for code in batch.device})
    if len(named) > 1:
        listed = ", ".join(repr(name) for name in named[:20])
        stop(f"{file}: {len(named)} devices, and one publishes; choose with --device: {listed}", console)
    return sorted(batch, key=lambda fix: fix.time)


def _moved(trip: list[Fix], now: bool, speed: float, console: Console) -> tuple[Fix, ...]:  # noqa: FBT001
    from corridor.errors import FixError
    from waywarn.publishing import moved_to

    try:
        return moved_to(trip, time.time(), speed) if now else tuple(trip)
    except FixError as error:
        stop(str(error), console)


def _publish_trip(
    trip: list[Fix], settings: "TrackerSettings", *, speed: float, now: bool, console: Console
) -> NoReturn:
    from sip.device.publish_policy import chosen_fixes

    chosen = chosen_fixes(trip, settings.policy)
    aor = settings.identity.aor
    say(console, "publish", f"{len(chosen):,} of {len(trip):,} fixes to {aor} at {speed:g} x")
    outcome = _talk(_moved(list(chosen), now, speed, console), settings, speed, console)
    _summarise(outcome, len(chosen), console)
    raise typer.Exit(1 if outcome.delivered < len(chosen) else 0)


def _talk(fixes: tuple[Fix, ...], settings: "TrackerSettings", speed: float, console: Console) -> "Outcome":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from sip.device.channel import UnansweredError
    from waywarn.publishing import Rules, document_of, publish_trip

    rules = Rules(time.time() + settings.retain_s, settings.retransmission_allowed)
    columns = (TextColumn("publishing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    documents = [document_of(fix, settings.identity, rules) for fix in fixes]
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("", total=len(fixes))
            return asyncio.run(
                publish_trip(
                    fixes,
                    documents,
                    identity=settings.identity,
                    server=settings.server,
                    speed=speed,
                    tell=lambda told: _tell(told, console, lambda: bar.advance(task)),
                )
            )
    except UnansweredError as error:
        stop(str(error), console)


def _tell(told: "Told", console: Console, advance: Callable[[], None]) -> None:
    from sip.device.publication_client import Delivered, Lost, Retrying

    if isinstance(told, Delivered | Lost):
        advance()
    if isinstance(told, Retrying):
        say(console, "waiting", f"{told.reason}; again in {told.wait_s:.0f} s")


def _summarise(outcome: "Outcome", count: int, console: Console) -> None:
    refused = [lost for lost in outcome.lost if lost.is_refused]
    unsent = [lost for lost in outcome.lost if not lost.is_refused]
    for lost in refused[:SHOWN_LOSSES]:
        say(console, "lost", f"the fix of {lost.document.label}: {lost.reason}")
    if len(refused) > SHOWN_LOSSES:
        say(console, "", f"and {len(refused) - SHOWN_LOSSES:,} more")
    if unsent:
        first = unsent[0].document.label
        say(console, "not sent", f"{len(unsent):,} of {count:,}, from the fix of {first} on")
    say(console, "delivered", f"{outcome.delivered:,} of {count:,}")
    if outcome.is_denied:
        stop(f"{outcome.reason}; give --user and --password-file or --password-env as it knows them", console)
    if outcome.reason:
        say(console, "ended", outcome.reason)


def _password(variable: str | None, file: Path | None, console: Console) -> str | None:
    if variable is not None and file is not None:
        stop("give --password-env or --password-file, not both", console)
    if variable is not None:
        if variable not in os.environ:
            stop(f"--password-env: the environment has no variable {variable!r}", console)
        return os.environ[variable]
    if file is None:
        return None
    try:
        with file.open("rb") as stream:
            first_line = stream.readline(MAX_PASSWORD_BYTES)
        return first_line.decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        stop(f"--password-file {file}: {error}", console)


def _who_and_where(to: str, wire: _Wire, console: Console) -> "tuple[Identity, ServerAddress]":
    from sip.device.channel import ServerAddress
    from sip.device.request_writer import Identity
    from sip.errors import PeerFault
    from sip.peer import Transport as Protocol
    from sip.tls import ServerTrust
    from sip.uri import parse_uri

    try:
        uri = parse_uri(to)
    except PeerFault as fault:
        stop(f"--to {to!r}: {fault.reason}; give sip:user@host or sip:user@host:port", console)
    if uri.user is None:
        stop(f"--to {to!r} names no user; give sip:user@host", console)
    host, port = (uri.host, uri.port) if wire.server is None else _host_and_port(wire.server, console)
    said = re.search(r";transport=(tcp|tls)\b", uri.parameters.lower())
    by = Protocol("TLS" if uri.scheme == "sips" else (said[1] if said else wire.transport.value).upper())
    is_secure = by is Protocol.TLS
    if (pin := wire.pin) is not None and (not is_secure or re.fullmatch(r"[0-9a-f]{64}", pin) is None):
        stop(f"--pin {pin!r} is not 64 lower-case hex digits, or goes without --transport tls", console)
    default = DEFAULT_TLS_PORT if is_secure else DEFAULT_PORT
    return (
        Identity(uri.aor, to, wire.user if wire.user is not None else uri.user, wire.password),
        ServerAddress(host.strip("[]"), port or default, by, ServerTrust(pin=pin)),
    )


def _host_and_port(text: str, console: Console) -> tuple[str, int | None]:
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::([0-9]{1,5}))?", text)
    port = int(match[2]) if match and match[2] else None
    if match is None or (port is not None and not 0 < port < 65_536):
        stop(f"--server {text!r} is not HOST or HOST:PORT", console)
    return match[1], port
