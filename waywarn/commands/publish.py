"""`waywarn publish`: the device side. A recorded trip, a receiver or standard input is published over SIP.

A recorded trip without a state folder is ``publish_trip.py``, the rest ``publish_live.py``, on the tracker.
The options are ``publish_options.py``, what they say of the server ``publish_server.py``.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer
from rich.console import Console

from waywarn.commands.fixes import (
    Device,
    NaiveZone,
    Selection,
    Since,
    Until,
    Where,
    stderr,
    stop,
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
    from sip.device.publish_policy import Policy
    from waywarn.commands.publish_live import LivePlan

DAY_S = 86_400.0
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
    from waywarn.commands.publish_server import Wire, password_of, who_and_where
    from waywarn.tracker.settings import TrackerSettings
    from waywarn.tracker.source import is_live

    console = stderr()
    if config is not None:
        _refuse(context, IN_FILE, f"-c {config} says that; beside it stand SOURCE and --state", console)
        plan = LivePlan.of_file(config, source, state, console)
        if plan.is_live:
            _refuse(context, ("device",), f"-c {config} says that, in [source]", console)
    else:
        if to is None or source is None:
            stop("give SOURCE and --to, or a file of the device with -c", console)
        wire = Wire(server, user, password_of(password_env, password_file, console), transport, pin)
        if hook and not is_live(source):
            stop("--hook: a recorded trip takes no orders; gpsd: and - do", console)
        is_adaptive = is_live(source) if rate is None else rate is Rate.ADAPTIVE
        rhythm = _rhythm(every_m, at_most_every_s, at_least_every_s, heartbeat_s)
        settings = TrackerSettings(
            *who_and_where(to, wire, console),
            policy=_policy(is_adaptive, rhythm, console),
            retain_s=retain_days * DAY_S,
            retransmission_allowed=retransmission is Answer.YES,
            is_reachable=register and is_live(source),
        )
        plan = LivePlan.of_options(settings, source, device, state, hook or (), password_env, console)
    if plan.is_live:
        _refuse(context, OF_TRIP, f"is for a recorded trip, and {plan.source} goes on", console)
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


def _run(plan: "LivePlan", selection: Selection, *, speed: float, now: bool, console: Console) -> NoReturn:
    from waywarn.commands.publish_live import track
    from waywarn.commands.publish_trip import moved, publish_recorded, read_trip

    if plan.is_live:
        track(plan, console)
    trip = read_trip(selection, Path(plan.source), console)
    if plan.state is not None:
        track(plan.of_trip(moved(trip, now, speed, console), speed), console)
    publish_recorded(trip, plan.settings, speed=speed, now=now, console=console)


def _rhythm(*given: float | None) -> dict[str, float]:
    """Give those of the four numbers of the rhythm that are stated, by their names."""
    names = ("every_m", "at_most_every_s", "at_least_every_s", "heartbeat_s")
    return {name: value for name, value in zip(names, given, strict=True) if value is not None}


def _policy(is_adaptive: bool, stated: dict[str, float], console: Console) -> "Policy":  # noqa: FBT001
    from sip.device.adaptive_rate import AdaptiveRate
    from sip.device.publish_policy import PublishPolicy
    from sip.errors import CallerError

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
