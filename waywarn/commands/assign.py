"""`waywarn assign`: who follows which rule from when to when, kept in the store."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from waywarn.assignment import Assignment
    from waywarn.config import Config
    from waywarn.store import Store


def assign(
    config: Annotated[Path, typer.Option("-c", "--config", help="The service's configuration file.")],
    device: Annotated[str | None, typer.Argument(help="A device, or a pattern such as 'van-*'.")] = None,
    rule: Annotated[str | None, typer.Argument(help="The rule that it follows.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="For example 2026-11-25T07:00:00+01:00; left out: at once.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Left out: without end.")] = None,
    remove: Annotated[int | None, typer.Option(help="Forget the assignment of this number.")] = None,
    show: Annotated[bool, typer.Option("--list", help="Show what is kept.")] = False,  # noqa: FBT002 (typer gives it by its name)
) -> None:
    """Let a device follow a rule for a time, beside what the configuration says.

    The service reads assignments when it starts. Exit code 0, or 2 if nothing could be done.
    """
    from waywarn.commands.configuration import read_configuration
    from waywarn.store import Store, StoreError

    settings = read_configuration(config)
    try:
        added = _wanted(settings, device, rule, (since, until))
        with Store.open(settings.service.store) as store:
            if remove is not None:
                _forget(store, remove)
            if added is not None:
                typer.echo(f"{store.assign(added)}: {added}; in force when `waywarn run` starts next")
            if show or (added is None and remove is None):
                _show(store)
    except (ValueError, StoreError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def _wanted(
    settings: "Config", device: str | None, rule: str | None, times: tuple[str | None, str | None]
) -> "Assignment | None":
    from corridor import parse_instant
    from waywarn.assignment import Assignment
    from waywarn.config.fields import suggestion
    from waywarn.config.followers import devices_of

    if device is None and times == (None, None):
        return None
    if device is None or rule is None:
        raise ValueError("give a device and a rule")
    if not devices_of(settings, [device]):
        raise ValueError(f"no device is called {device!r}; {suggestion(device, settings.device_names)}")
    if rule not in settings.rules:
        raise ValueError(f"there is no rule {rule!r}; {suggestion(rule, settings.rules)}")
    begin, end = (parse_instant(text) if text else None for text in times)
    return Assignment(device, rule, -math.inf if begin is None else begin, math.inf if end is None else end)


def _forget(store: "Store", number: int) -> None:
    if not store.unassign(number):
        raise ValueError(f"there is no assignment {number}; --list shows them")


def _show(store: "Store") -> None:
    from waywarn.assignment import instant

    rows = store.assignments()
    if not rows:
        typer.echo("no assignment is kept in the store")
    for number, each in rows.items():
        columns = (str(number), each.device, each.rule, instant(each.begin), instant(each.end))
        typer.echo("\t".join(columns).rstrip())
