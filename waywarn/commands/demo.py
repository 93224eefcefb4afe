"""`waywarn demo`: a simulated day, real SIP, real mail on this machine. The story is in ``waywarn/demo/``."""

import asyncio
import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

DEFAULT_FOLDER = Path("waywarn-demo")


def demo(
    folder: Annotated[
        Path, typer.Option(help="Where the demo leaves its files; emptied first.")
    ] = DEFAULT_FOLDER,
) -> None:
    """Show a day: a child walks to school twice and strays the second time; an alarm goes out by mail.

    Starts the service on free ports of this machine, an SMTP server that prints the mails it
    receives, and a simulated phone that publishes its place over SIP. Ends by itself within a
    minute or so, with a picture of what happened.
    """
    try:
        from waywarn.demo.story import Story
    except ModuleNotFoundError as error:
        if error.name != "aiosmtpd":
            raise
        Console(stderr=True).print(
            escape("the demo receives its own mail with aiosmtpd: pip install 'waywarn[demo]'")
        )
        raise typer.Exit(2) from None
    from waywarn.demo.actors import DemoError

    _make_empty(folder)
    try:
        told = asyncio.run(Story(folder.resolve(), Console()).tell())
    except DemoError as error:
        Console(stderr=True).print(escape(str(error)))
        raise typer.Exit(1) from None
    raise typer.Exit(0 if told else 1)


def _make_empty(folder: Path) -> None:
    made_by_demo = (folder / "waywarn.toml").exists() and (folder / "sunday.csv").exists()
    if folder.exists() and any(folder.iterdir()) and not made_by_demo:
        Console(stderr=True).print(
            escape(f"{folder} is not empty and not from an earlier demo; give --folder another place")
        )
        raise typer.Exit(2)
    if made_by_demo:
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
