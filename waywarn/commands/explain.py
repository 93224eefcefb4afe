"""`waywarn explain`: why the service did, or did not, alarm at one moment."""

from pathlib import Path
from typing import Annotated

import typer

from waywarn.commands.explained import WHOM, device_and_time, show
from waywarn.commands.fixes import stderr, stop

Whom = Annotated[
    str,
    typer.Argument(
        metavar=WHOM, help="Whose fix, and which: the newest up to then, as anna@2026-11-23T07:40:00Z."
    ),
]


def explain(
    whom: Whom,
    config: Annotated[Path, typer.Option("-c", "--config", help="The service's configuration file.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for each rule.")] = False,  # noqa: FBT002 (typer gives it by its name)
) -> None:
    """Say why each rule did what it did of one fix, as the service decided it.

    For each rule: distance, probability, the state before and after, and why it did or did not alarm. Reads
    the store of a running or stopped service, which keeps the last 50 decisions of each device; changes
    nothing. The numbers are those that are configured now. Exit code 0, or 2 if nothing is known any more.
    """
    from rules.errors import RulesError
    from waywarn.commands.configuration import read_configuration
    from waywarn.config import ConfigError
    from waywarn.config.doors import open_all
    from waywarn.kept import NotKeptError, moments_kept
    from waywarn.store import Store, StoreError

    device, asked = device_and_time(whom)
    settings = read_configuration(config)
    try:
        with Store.open(settings.service.store) as store:
            rules, _, _ = open_all(settings, tuple(store.assignments().values()))
            moments = moments_kept(store, device, asked)
    except (NotKeptError, RulesError, StoreError, ConfigError) as error:
        stop(str(error), stderr())
    show(rules, moments, asked, as_json=as_json)
