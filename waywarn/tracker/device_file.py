"""The file of a device, ``tracker.toml``: account, server, source, policy, queue and hooks, read and checked.

`waywarn device enroll` writes one; docs/tracker.md tells what may stand in it.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails

from sip.device.adaptive_rate import AdaptiveRate
from sip.device.channel import ServerAddress
from sip.device.publish_policy import Policy, PublishPolicy
from sip.device.request_writer import Identity
from sip.errors import CallerError, PeerFault
from sip.order import Order
from sip.peer import Transport
from sip.tls import ServerTrust
from sip.uri import parse_uri
from waywarn.config.fields import suggestion
from waywarn.config.lines import Location
from waywarn.config.problem import ConfigError, located
from waywarn.config.secret import SecretError, Surroundings, from_environment, from_file
from waywarn.config.table import Table
from waywarn.config.toml_file import read_toml
from waywarn.tracker.duties import HookSettings
from waywarn.tracker.fix_queue import DEFAULT_MOST
from waywarn.tracker.hooks import LIMIT_S
from waywarn.tracker.settings import DAY_S, TrackerSettings
from waywarn.tracker.source import GPSD, STANDARD_INPUT
from waywarn.tracker.supply import DEFAULT_PER_SECOND

MAX_TEXT = 256
ALLOWED_HOOKS = tuple(order.value for order in Order if order is not Order.REPORT)
_FORM = re.compile(r"^constrained-|\[")  # how pydantic calls the two forms of a program
_ADDRESS = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}")

Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
Seconds = Annotated[float, Field(ge=0, le=604_800)]
Metres = Annotated[float, Field(ge=0, le=1_000_000)]
_Program = list[Text] | Text


class AccountTable(Table):
    """Who publishes."""

    aor: Text = Field(description='give the address that is published for, as "sip:anna@example.org"')
    user: Text | None = None
    password: Text | None = None
    password_env: Text | None = None
    password_file: Text | None = None


class ServerTable(Table):
    """Where to."""

    host: Text = Field(description="give a name or an address")
    port: Annotated[int, Field(gt=0, lt=65_536)] = 5060
    transport: Literal["udp", "tcp", "tls"] = "udp"
    pin: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = Field(
        default=None, description="give the SHA-256 of the server's certificate: 64 lower-case hex digits"
    )


class SourceTable(Table):
    """Where the fixes come from."""

    gpsd: Text | None = Field(default=None, description='give host:port, as "127.0.0.1:2947"')
    receiver: Annotated[str, Field(pattern="^/")] | None = Field(
        default=None, description='name a receiver of gpsd, as "/dev/ttyACM0"; without it all are taken'
    )
    standard_input: bool = False
    device: Text | None = Field(default=None, description="give the name of this device")


class PolicyTable(Table):
    """Which fixes are sent."""

    adaptive: bool = True
    every_m: Metres | None = None
    at_most_every_s: Seconds | None = None
    at_least_every_s: Seconds | None = None
    off_course_m: Metres | None = None
    stand_m: Metres | None = None
    stand_s: Seconds | None = None
    heartbeat_s: Seconds | None = None
    retain_days: Annotated[float, Field(gt=0, le=36_500)] = 30.0
    retransmission_allowed: bool = True

    def policy(self) -> Policy:
        """Make it; raises CallerError where the numbers do not go together."""
        given = self.model_dump(
            exclude={"adaptive", "retain_days", "retransmission_allowed"}, exclude_none=True
        )
        if self.adaptive:
            return AdaptiveRate(**given)
        if only := sorted(set(given) - set(PublishPolicy.__slots__)):
            raise CallerError(f"{only[0]} is for adaptive = true")
        return PublishPolicy(**given)


class QueueTable(Table):
    """What is kept while there is no server."""

    state: Text | None = Field(default=None, description="name a folder")
    most: Annotated[int, Field(ge=100, le=1_000_000)] = DEFAULT_MOST
    per_second: Annotated[float, Field(gt=0, le=1_000)] = DEFAULT_PER_SECOND


class OrdersTable(Table):
    """Whether the device can be reached."""

    reachable: bool = True
    hook_limit_s: Annotated[float, Field(gt=0, le=86_400)] = LIMIT_S


class DeviceTables(Table):
    """The whole file."""

    account: AccountTable = Field(description="add the table [account]")
    server: ServerTable = Field(description="add the table [server]")
    source: SourceTable = SourceTable()
    policy: PolicyTable = PolicyTable()
    queue: QueueTable = QueueTable()
    orders: OrdersTable = OrdersTable()
    hooks: dict[str, _Program] = Field(default_factory=dict, description="give a program and its arguments")


@dataclass(frozen=True, slots=True)
class DeviceFile:
    """What the file says.

    Parameters
    ----------
    settings
        How to run.
    source
        ``gpsd:...``, ``-``, or None where the command line says it.
    device
        Its name.
    state
        The state folder, or None for the usual one.
    """

    settings: TrackerSettings
    source: str | None
    device: str
    state: Path | None


def read_device_file(file: Path, environ: Mapping[str, str]) -> DeviceFile:
    """Read and check the file of a device.

    Raises
    ------
    ConfigError
        With every problem found, each with its line and key.
    """
    raw, lines = read_toml(file)
    try:
        tables = DeviceTables.model_validate(raw)
    except ValidationError as error:
        findings = [_described(details) for details in error.errors(include_url=False)]
        raise ConfigError(located(file, lines, *finding) for finding in findings) from None
    surroundings = Surroundings(file.parent, environ)
    findings = list(_findings(tables, surroundings))
    if findings:
        raise ConfigError(located(file, lines, *finding) for finding in findings)
    return _device(tables, surroundings)


_Finding = tuple[Location, str, str]


def _findings(tables: DeviceTables, surroundings: Surroundings) -> Iterator[_Finding]:
    """Give what pydantic cannot see: values that do not go together, or that name what is not there."""
    account, source = tables.account, tables.source
    try:
        uri = parse_uri(account.aor)
        if uri.user is None or uri.scheme != "sip":
            yield (
                ("account", "aor"),
                f"{account.aor!r} is not of the form sip:user@host",
                "as sip:anna@example.org",
            )
    except PeerFault as fault:
        yield ("account", "aor"), f"{account.aor!r}: {fault.reason}", "give sip:user@host"
    given = [name for name in ("password", "password_env", "password_file") if getattr(account, name)]
    if len(given) > 1:
        yield ("account", given[1]), f"is given beside {given[0]}", "give one of the two"
    else:
        try:
            _password(account, surroundings)
        except SecretError as error:
            yield ("account", given[0]), error.problem, error.expected
    if tables.server.pin is not None and tables.server.transport != "tls":
        yield ("server", "pin"), "is given without TLS", 'set transport = "tls"'
    if source.gpsd is not None and _ADDRESS.fullmatch(source.gpsd) is None:
        yield ("source", "gpsd"), f"{source.gpsd!r} is not host:port", "as 127.0.0.1:2947"
    if source.gpsd is not None and source.standard_input:
        yield ("source", "standard_input"), "is given beside gpsd", "give one of the two"
    try:
        tables.policy.policy()
    except CallerError as error:
        yield ("policy",), str(error), ""
    yield from _hook_findings(tables.hooks)


def _hook_findings(hooks: Mapping[str, _Program]) -> Iterator[_Finding]:
    for name, program in hooks.items():
        if name not in ALLOWED_HOOKS:
            yield ("hooks", name), "is no order", suggestion(name, ALLOWED_HOOKS)
        try:
            if not program_of(program):
                yield ("hooks", name), "is empty", "give a program and its arguments"
        except ValueError as error:
            yield ("hooks", name), f"cannot be taken apart ({error})", "give a list of texts"


def program_of(text: str | list[str]) -> tuple[str, ...]:
    """Give a program and its arguments; a text is taken apart as a shell would, and no shell is run."""
    return tuple(shlex.split(text) if isinstance(text, str) else text)


def _password(account: AccountTable, surroundings: Surroundings) -> str | None:
    if account.password_env is not None:
        return from_environment(account.password_env, surroundings).value.get_secret_value()
    if account.password_file is not None:
        return from_file(account.password_file, surroundings).value.get_secret_value()
    return account.password


def _device(tables: DeviceTables, surroundings: Surroundings) -> DeviceFile:
    account, server, source = tables.account, tables.server, tables.source
    uri = parse_uri(account.aor)
    name = uri.user or ""
    hooks = {Order(order): program_of(program) for order, program in tables.hooks.items()}
    secret = {account.password_env} if account.password_env else set()
    environ = {key: value for key, value in surroundings.environ.items() if key not in secret}
    settings = TrackerSettings(
        Identity(uri.aor, uri.aor, account.user or name, _password(account, surroundings)),
        ServerAddress(
            server.host.strip("[]"),
            server.port,
            Transport(server.transport.upper()),
            ServerTrust(pin=server.pin),
        ),
        policy=tables.policy.policy(),
        hooks=HookSettings(hooks, environ, tables.orders.hook_limit_s),
        retain_s=tables.policy.retain_days * DAY_S,
        retransmission_allowed=tables.policy.retransmission_allowed,
        is_reachable=tables.orders.reachable,
        most_kept=tables.queue.most,
        per_second=tables.queue.per_second,
    )
    named = f"{GPSD}//{source.gpsd}{source.receiver or ''}" if source.gpsd else None
    state = surroundings.folder / tables.queue.state if tables.queue.state else None
    return DeviceFile(
        settings, STANDARD_INPUT if source.standard_input else named, source.device or name, state
    )


def _described(details: ErrorDetails) -> _Finding:
    location = tuple(
        part for part in details["loc"] if part if isinstance(part, int) or _FORM.search(part) is None
    )
    if details["type"] == "extra_forbidden":
        model = _model(location[:-1])
        return location, "is not known here", suggestion(str(location[-1]), model.model_fields)
    if details["type"] in {"missing", "string_pattern_mismatch"}:
        said = "is missing" if details["type"] == "missing" else "is not of that form"
        return location, said, _expected(location)
    return location, details["msg"][:1].lower() + details["msg"][1:], _expected(location)


def _model(location: Location) -> type[BaseModel]:
    field = DeviceTables.model_fields.get(str(location[0])) if location else None
    found = field.annotation if field is not None else None
    return found if isinstance(found, type) and issubclass(found, BaseModel) else DeviceTables


def _expected(location: Location) -> str:
    model = _model(location[:1]) if len(location) > 1 else DeviceTables
    field = model.model_fields.get(str(location[min(1, len(location) - 1)]))
    return (field.description if field is not None else None) or ""
