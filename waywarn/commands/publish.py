"""`waywarn publish`: the device side. A recorded trip is published as the device would have done it.

The talk with the server is ``waywarn/publishing.py``; which fixes are sent, ``sip/publish_policy.py``.
"""

import asyncio
import os
import re
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from corridor.fix import Fix
from waywarn.commands.fixes import (
    Device,
    Fixes,
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

if TYPE_CHECKING:
    from sip.device.caller import ServerAddress
    from sip.device.publish_request import Identity
    from waywarn.publishing import Outcome, Told

DAY_S = 86_400.0
DEFAULT_PORT = 5060  # RFC 3261, 19.1.2
MAX_PASSWORD_BYTES = 1_024
SHOWN_LOSSES = 10


class Transport(StrEnum):
    """How requests travel."""

    UDP = "udp"
    TCP = "tcp"


class Answer(StrEnum):
    """Yes or no, said so that neither is meant by leaving it out."""

    YES = "yes"
    NO = "no"


To = Annotated[
    str,
    typer.Option(
        metavar="URI", help="Whose presence it is, and where the server is: sip:anna@192.0.2.1:5060."
    ),
]
Server = Annotated[
    str | None, typer.Option(metavar="HOST[:PORT]", help="The server, where the host of --to is not it.")
]
User = Annotated[str | None, typer.Option(help="Name for the digest; by default the user of --to.")]
PasswordEnv = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The environment variable that holds the password. There is no option for the password "
        "itself: every user of a machine can read its command lines.",
    ),
]
PasswordFile = Annotated[
    Path | None, typer.Option(help="The file whose first line is the password.", dir_okay=False)
]
By = Annotated[
    Transport, typer.Option(help="What does not fit into a datagram of the path goes by TCP anyway.")
]
Speed = Annotated[
    float, typer.Option(min=0.001, max=1e6, help="How much faster than it happened: 60 is an hour a minute.")
]
EveryM = Annotated[float, typer.Option(min=0, help="Publish after so many metres ...")]
AtMostEveryS = Annotated[
    float, typer.Option(min=0, help="... but at most once in so many seconds of the trip ...")
]
AtLeastEveryS = Annotated[float, typer.Option(min=0, help="... and at least once in so many.")]
RetainDays = Annotated[
    float,
    typer.Option(
        min=0.001, max=36_500, help="How many days from now the places may be kept (retention-expiry)."
    ),
]
Retransmission = Annotated[
    Answer, typer.Option(help="Whether guardians may be told of the places (retransmission-allowed).")
]
Now = Annotated[
    bool, typer.Option("--now", help="Shift the trip to the present instead of keeping its time stamps.")
]


def publish(
    fixes: Fixes,
    to: To,
    server: Server = None,
    user: User = None,
    password_env: PasswordEnv = None,
    password_file: PasswordFile = None,
    transport: By = Transport.UDP,
    speed: Speed = 1.0,
    every_m: EveryM = 50.0,
    at_most_every_s: AtMostEveryS = 10.0,
    at_least_every_s: AtLeastEveryS = 60.0,
    retain_days: RetainDays = 30.0,
    retransmission: Retransmission = Answer.YES,
    now: Now = False,  # noqa: FBT002 (an option of the command line)
    where: Where = None,
    device: Device = None,
    since: Since = None,
    until: Until = None,
    naive_zone: NaiveZone = None,
) -> None:
    """Publish a recorded trip over SIP, as the device would have done.

    Fixes go out by distance and interval, in real time or faster, with their own time stamps; a
    publication that the server has lost is begun anew. Exit code 0 when all was answered 200, 1 when
    something was not delivered (it says what), 2 for bad input.
    """
    from sip.device.publish_policy import PublishPolicy, chosen_fixes
    from sip.errors import CallerError

    console = stderr()
    identity, address = _who_and_where(
        to,
        server=server,
        user=user,
        password=_password(password_env, password_file, console),
        transport=transport,
        console=console,
    )
    selection = Selection.of(where=where, device=device, naive_zone=naive_zone, since=since, until=until)
    trip = _read_trip(selection, fixes, console)
    try:
        policy = PublishPolicy(every_m, at_most_every_s, at_least_every_s)
    except CallerError as error:
        stop(str(error), console)
    chosen = chosen_fixes(trip, policy)
    say(console, "publish", f"{len(chosen):,} of {len(trip):,} fixes to {identity.aor} at {speed:g} x")
    outcome = _talk(
        chosen,
        identity,
        address,
        speed=speed,
        now=now,
        retain_s=retain_days * DAY_S,
        allowed=retransmission is Answer.YES,
        console=console,
    )
    _summarise(outcome, len(chosen), console)
    raise typer.Exit(1 if outcome.delivered < len(chosen) else 0)


def _read_trip(selection: Selection, file: Path, console: Console) -> list[Fix]:
    track, batch = selection.read(file, console)
    tell_reading(track, len(batch), file, console)
    named = sorted({batch.devices[code] for code in batch.device})
    if len(named) > 1:
        listed = ", ".join(repr(name) for name in named[:20])
        stop(f"{file}: {len(named)} devices, and one publishes; choose with --device: {listed}", console)
    return sorted(batch, key=lambda fix: fix.time)


def _talk(
    chosen: tuple[Fix, ...],
    identity: "Identity",
    address: "ServerAddress",
    *,
    speed: float,
    now: bool,
    retain_s: float,
    allowed: bool,
    console: Console,
) -> "Outcome":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from corridor.errors import FixError
    from sip.device.caller import UnansweredError
    from waywarn.publishing import Rules, document_of, moved_to, publish_trip

    clock_s = time.time()
    rules = Rules(clock_s + retain_s, allowed)
    columns = (TextColumn("publishing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        fixes = moved_to(chosen, clock_s, speed) if now else chosen
        documents = [document_of(fix, identity, rules) for fix in fixes]
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("", total=len(fixes))
            return asyncio.run(
                publish_trip(
                    fixes,
                    documents,
                    identity=identity,
                    server=address,
                    speed=speed,
                    tell=lambda told: _tell(told, console, lambda: bar.advance(task)),
                )
            )
    except (UnansweredError, FixError) as error:
        stop(str(error), console)


def _tell(told: "Told", console: Console, advance: Callable[[], None]) -> None:
    from sip.device.publication_client import Delivered, Lost, Retrying

    if isinstance(told, Delivered | Lost):
        advance()
    if isinstance(told, Retrying):
        say(console, "waiting", f"{told.reason}; again in {told.wait_s:.0f} s")


def _summarise(outcome: "Outcome", count: int, console: Console) -> None:
    if outcome.reason:
        say(console, "ended", outcome.reason)
    for lost in outcome.lost[:SHOWN_LOSSES]:
        say(console, "lost", f"the fix of {lost.document.label}: {lost.reason}")
    if len(outcome.lost) > SHOWN_LOSSES:
        say(console, "", f"and {len(outcome.lost) - SHOWN_LOSSES:,} more")
    say(console, "delivered", f"{outcome.delivered:,} of {count:,}")


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


def _who_and_where(
    to: str,
    *,
    server: str | None,
    user: str | None,
    password: str | None,
    transport: Transport,
    console: Console,
) -> "tuple[Identity, ServerAddress]":
    from sip.device.caller import ServerAddress
    from sip.device.publish_request import Identity
    from sip.errors import PeerFault
    from sip.peer import Transport as Wire
    from sip.uri import parse_uri

    try:
        uri = parse_uri(to)
    except PeerFault as fault:
        stop(f"--to {to!r}: {fault.reason}; give sip:user@host or sip:user@host:port", console)
    if uri.scheme == "sips":
        stop(f"--to {to!r}: TLS is not served here; give a sip: URI", console)
    if uri.user is None:
        stop(f"--to {to!r} names no user; give sip:user@host", console)
    host, port = (uri.host, uri.port) if server is None else _host_and_port(server, console)
    says_tcp = ";transport=tcp" in uri.parameters.lower()
    wire = Wire.TCP if says_tcp else Wire(transport.value.upper())
    return (
        Identity(uri.aor, to, user if user is not None else uri.user, password),
        ServerAddress(host.strip("[]"), port or DEFAULT_PORT, wire),
    )


def _host_and_port(text: str, console: Console) -> tuple[str, int | None]:
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::([0-9]{1,5}))?", text)
    port = int(match[2]) if match and match[2] else None
    if match is None or (port is not None and not 0 < port < 65_536):
        stop(f"--server {text!r} is not HOST or HOST:PORT", console)
    return match[1], port
