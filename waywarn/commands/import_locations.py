"""`waywarn import`: the rows of an existing `geo_location` table, into the store or into a file of fixes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from waywarn.geo_location import Source, Tally
    from waywarn.geo_location.into_file import IntoFile
    from waywarn.geo_location.into_store import IntoStore


def import_locations(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            envvar="WAYWARN_IMPORT_URL",
            help="The database, as SQLAlchemy writes it: mysql+pymysql://reader:password@host/tracking, "
            "sqlite:///old.sqlite. Give it by the environment where others see your processes.",
        ),
    ],
    config: Annotated[
        Path | None, typer.Option("-c", "--config", help="The configuration whose store is filled.")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write a new file of fixes instead: .csv or .parquet, for `waywarn replay`."
        ),
    ] = None,
    table: Annotated[str, typer.Option(help="The table's name.")] = "geo_location",
) -> None:
    """Import the rows of an existing table of SIP locations; running it twice adds nothing.

    The table has the columns username, device_id, gps_type, gps_latitude, gps_longitude, gps_altitude,
    gps_precision, gps_utctimestamp and perhaps id and insert_time. Into the store go the rows of devices
    with an account that are within their retention; they are history, and raise no alarm. Rows that
    cannot be used are counted with their reasons. Exit code 0, or 2 where the table cannot be read.
    """
    from waywarn.commands.fixes import say, stderr, stop
    from waywarn.geo_location import Source, SourceError, Tally
    from waywarn.store import StoreError

    console = stderr()
    if (config is None) == (to is None):
        stop("give either -c waywarn.toml, to fill its store, or --to FILE.csv", console)
    tally = Tally()
    try:
        with Source(url, table) as source:
            where = (
                _into_file(source, to, tally, console) if to else _into_store(source, config, tally, console)
            )
    except (SourceError, StoreError, OSError, ValueError) as error:
        stop(str(error), console)
    say(console, "read", f"{tally.read:,} rows of {table} in {source.name}")
    say(console, "imported", f"{tally.taken:,} fixes into {where}")
    for line in tally.lines():
        say(console, "left out", line)


def _into_file(source: "Source", file: Path, tally: "Tally", console: "Console") -> Path:
    from waywarn.geo_location.into_file import IntoFile

    with IntoFile(file) as into:
        _take_all(source, into, tally, console)
    return file


def _into_store(source: "Source", config: Path | None, tally: "Tally", console: "Console") -> Path:
    import time

    from waywarn.commands.configuration import read_configuration
    from waywarn.geo_location.into_store import IntoStore
    from waywarn.store import Store

    settings = read_configuration(config or Path())
    with Store.open(settings.service.store) as store:
        _take_all(source, IntoStore(settings, store, now=time.time()), tally, console)
    return settings.service.store


def _take_all(source: "Source", into: "IntoFile | IntoStore", tally: "Tally", console: "Console") -> None:
    from rich.progress import Progress

    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("importing", total=source.count())
        for piece in source.pieces():
            into.take(piece, tally)
            progress.advance(task, len(piece))
