"""`waywarn device report`: what is kept of a device, as files for whoever has to find it."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from waywarn.commands.devices.giving import DeviceName, Wait, ask_for_report, known
from waywarn.commands.devices.opened import ConfigOption, opened

if TYPE_CHECKING:
    from alerts import Recipient
    from waywarn.config import Config
    from waywarn.evidence import Case
    from waywarn.evidence.folder import Folder
    from waywarn.store import Store

DAY_S = 86_400.0
LATEST = 253_402_300_799.0 - DAY_S  # has a date in every zone


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Of which device, from when to when, in which local time, and to whom."""

    device: str
    since: str | None
    until: str | None
    zone: str | None
    to: str | None


def report(
    device: DeviceName,
    config: ConfigOption,
    folder: Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER", help="A new or empty folder.")],
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="As 2026-11-26T07:00:00+01:00. Left out: a day before the end."),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Left out: the newest place.")] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="RECIPIENT", help="Also send the files to a recipient of the configuration."
        ),
    ] = None,
    ask: Annotated[  # noqa: FBT002 (typer gives it by its name)
        bool, typer.Option("--ask", help="First ask the device for all that waits in its queue.")
    ] = False,
    wait: Wait = 30.0,
    zone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Local time, as Europe/Vienna. Left out: RECIPIENT's, else UTC."),
    ] = None,
) -> None:
    """Write what is kept of a device: its last place, its track, a map, alerts, and a list of SHA-256 values.

    The map has no background. Places whose retention has ended are never in it; those whose document forbids
    passing them on are in it, marked, unless it is sent. Exit code 0. 1: it could not be sent to some
    address, and why. 2: no such device, nothing kept, or the folder is not empty.
    """
    from waywarn.evidence import write_folder

    wanted = _Wanted(device, since, until, zone, to)
    with opened(config) as (settings, store):
        recipient = _recipient(settings, to)
        if ask:
            ask_for_report(store, known(settings, store, device), wait)
        case = _case(settings, store, wanted, recipient)
        written = write_folder(case, folder)
    _tell(case, written, folder)
    if recipient is not None and not _send(case, written, recipient):
        raise typer.Exit(1)


def _case(settings: "Config", store: "Store", wanted: _Wanted, recipient: "Recipient | None") -> "Case":
    """Read what is kept, or raise ValueError that says why there is nothing to report."""
    from waywarn.evidence import Case

    device = _reported(settings, store, wanted.device)
    now = time.time()
    since, until = _times(store, wanted, now)
    records = store.records(device, since, until, now)
    if not records.places:
        raise ValueError(f"no place of {device!r} is kept of that time; retention ends, or it told none")
    make = Case.to_keep if recipient is None else Case.to_pass_on
    return make(
        records,
        device=device,
        aor=f"sip:{records.places[-1].stored.user_name}@{settings.sip.domain}",
        since=since,
        until=until,
        made_at=float(int(now)),
        zone=_zone(wanted.zone, recipient),
    )


def _times(store: "Store", wanted: _Wanted, now: float) -> tuple[float, float]:
    """Give the time that is asked for; left open, it ends with the newest place that is believed."""
    from corridor import parse_instant

    newest = store.newest_believed_at(wanted.device, now) if wanted.until is None else None
    until = newest or LATEST if wanted.until is None else min(parse_instant(wanted.until), LATEST)
    since = until - DAY_S if wanted.since is None else max(parse_instant(wanted.since), 0.0)
    if not since <= until:
        raise ValueError(f"--since {wanted.since} is after the end, {wanted.until or 'the newest place'}")
    return since, until


def _reported(settings: "Config", store: "Store", device: str) -> str:
    """Give the name of a device that has an account, or of which places are kept: it may be revoked."""
    if store.newest_fix(device, LATEST) is not None:
        return device
    return known(settings, store, device)


def _zone(name: str | None, recipient: "Recipient | None") -> ZoneInfo:
    if name is None:
        return ZoneInfo("UTC") if recipient is None else recipient.zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"time zone {name!r} is unknown; give an IANA name, for example Europe/Vienna"
        ) from None


def _recipient(settings: "Config", name: str | None) -> "Recipient | None":
    from waywarn.config.fields import suggestion

    if name is None:
        return None
    recipients = settings.recipient_objects()
    if name not in recipients:
        raise ValueError(f"there is no recipient {name!r}; {suggestion(name, recipients)}")
    return recipients[name]


def _tell(case: "Case", written: "Folder", folder: Path) -> None:
    for file in written.files:
        typer.echo(str(file))
    if case.withheld:
        typer.echo(f"{case.withheld} places are left out: their documents forbid passing them on")
    kept_back = sum(not place.stored.terms.may_tell_place for place in case.places)
    if kept_back:
        typer.echo(f"{kept_back} of the places in {folder} may not be passed on; places.csv says which")
    typer.echo(f"SHA-256 of SHA256SUMS, to be told on another way: {written.sha256}")


def _send(case: "Case", written: "Folder", recipient: "Recipient") -> bool:
    """Send to each address of a recipient; tells whether all took it."""
    from alerts import AppriseChannel, Failed

    summary = next(file for file in written.files if file.name == "summary.txt").read_text(encoding="utf-8")
    body = f"{summary}\nSHA-256 of SHA256SUMS: {written.sha256}\n"
    taken = True
    for address in recipient.addresses:
        sent = AppriseChannel().send(address, f"Report about {case.device}", body, files=written.files)
        if isinstance(sent, Failed):
            typer.echo(f"{address.key}: not sent: {sent.reason}", err=True)
            taken = False
        else:
            typer.echo(f"{address.key}: sent")
    return taken
