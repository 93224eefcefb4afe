"""`waywarn device add`: an account and a one-time token for a device, or for each line of a CSV file."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waywarn.commands.devices.inviting import (
    DEFAULT_VALID_H,
    KindOption,
    ValidOption,
    configured,
    inviting_of,
    show,
)
from waywarn.commands.devices.opened import ConfigOption, opened
from waywarn.presets import Preset
from waywarn.provision.token import TokenKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waywarn.config import Config
    from waywarn.provision.invitation import Invitation, Inviting
    from waywarn.provision.new_device import DeviceError, NewDevice
    from waywarn.store import Store

SHOWN = 8  # names of rules or devices


def add(
    config: ConfigOption,
    name: Annotated[
        str | None, typer.Argument(help="The device; its SIP user too, unless --sip-user.")
    ] = None,
    profile: Annotated[Preset | None, typer.Option(help="How it moves: how often it publishes.")] = None,
    sip_user: Annotated[str, typer.Option(help="The user of its SIP address.")] = "",
    retention_h: Annotated[str, typer.Option(help="How long its places are kept; 24 where left out.")] = "",
    algorithms: Annotated[
        str, typer.Option(help="Digest algorithms, SHA-256 where left out; SHA-256,MD5 for an old phone.")
    ] = "",
    file: Annotated[
        Path | None, typer.Option("--from", help="A CSV file of devices: name,profile,sip_user,...")
    ] = None,
    kind: KindOption = TokenKind.TRACKER,
    valid_h: ValidOption = DEFAULT_VALID_H,
) -> None:
    """Make an account and a one-time token for a device; a running service takes it within a second.

    With --from all good lines of the file are added at once, and each other is named with what is wrong
    in it. Exit code 0, or 2 where something was not added.
    """
    with opened(config) as (settings, store):
        inviting = inviting_of(settings, kind, valid_h)
        if file is not None:
            if name is not None:
                raise typer.BadParameter("give a name or --from, not both", param_hint="NAME")
            told = {
                "--profile": profile,
                "--sip-user": sip_user,
                "--retention-h": retention_h,
                "--algorithms": algorithms,
            }
            if given := next((option for option, value in told.items() if value), None):
                raise typer.BadParameter("the file says it of each device", param_hint=given)
            _add_many(settings, store, inviting, file)
            return
        if name is None or profile is None:
            raise typer.BadParameter("give a name and --profile, or --from FILE", param_hint="NAME")
        from waywarn.provision.new_device import DeviceError, NewDevice

        device = NewDevice.read(
            name, profile=profile, sip_user=sip_user, retention_h=retention_h, algorithms=algorithms
        )
        (outcome,) = _added(settings, store, inviting, [device])
        if isinstance(outcome, DeviceError):
            raise outcome
        typer.echo(f"{name}: account {_aor(settings, device)} made, profile {profile}")
        show(outcome)
        typer.echo(_watched(settings, [name]))


def _added(
    settings: "Config", store: "Store", inviting: "Inviting", found: "Iterable[NewDevice | DeviceError]"
) -> "list[Invitation | DeviceError]":
    """Add what can be added, all of it or none; gives what became of each, in order."""
    from waywarn.provision.new_device import DeviceError, NewDevice

    now = time.time()
    fault_of = configured(settings)
    judged = [each if isinstance(each, DeviceError) else fault_of(each) or each for each in found]
    new = [each for each in judged if isinstance(each, NewDevice)]
    invitations = [inviting.invite(each.name, now) for each in new]
    issues = [invitation.issue for invitation in invitations]
    faults = store.accounts.add_all(list(zip(new, issues, strict=True)), now)
    outcomes = (fault or invitation for fault, invitation in zip(faults, invitations, strict=True))
    return [each if isinstance(each, DeviceError) else next(outcomes) for each in judged]


def _add_many(settings: "Config", store: "Store", inviting: "Inviting", file: Path) -> None:
    from waywarn.provision.device_file import read_devices
    from waywarn.provision.new_device import DeviceError

    rows = read_devices(file)
    outcomes = _added(settings, store, inviting, (row.found for row in rows))
    invitations = [each for each in outcomes if not isinstance(each, DeviceError)]
    for invitation in invitations:
        typer.echo(f"{invitation.name}\t{invitation.text}")
    for row, outcome in zip(rows, outcomes, strict=True):
        if isinstance(outcome, DeviceError):
            typer.echo(f"{file}: line {row.line}: {outcome}", err=True)
    added = f"{len(invitations):,} of {len(rows):,} devices added"
    if invitations:
        typer.echo(
            f"{added}; their tokens are shown here only (`waywarn device sheet` prints new ones)", err=True
        )
        typer.echo(_watched(settings, [each.name for each in invitations]), err=True)
    else:
        typer.echo(added, err=True)
    if len(invitations) < len(rows):
        raise typer.Exit(2)


def _aor(settings: "Config", device: "NewDevice") -> str:
    return f"sip:{device.sip_user}@{settings.sip.domain}"


def _watched(settings: "Config", names: "Sequence[str]") -> str:
    """Say which rules watch new devices, and from when on: the engine's rules are made at the start."""
    from waywarn.config.followers import watches_at_once

    watching = {rule: table for rule, table in settings.rules.items() if any(map(table.watches, names))}
    alone = [name for name in names if not any(table.watches(name) for table in watching.values())]
    at_once = [rule for rule, table in watching.items() if watches_at_once(settings, table)]
    later = [rule for rule in watching if rule not in at_once]
    said = []
    if at_once:
        said.append(f"watched at once by {_listed(at_once)}")
    if later:
        said.append(f"watched by {_listed(later)} from the next start of `waywarn run` on")
    watched = f"{text[0].upper()}{text[1:]}." if (text := "; ".join(said)) else ""
    if not alone:
        return watched
    what = "write that into one, or assign one, and start `waywarn run` anew."
    return f"{watched} No rule watches {_listed(alone)}: {what}".strip()


def _listed(names: "Sequence[str]") -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
