"""The command line: which commands there are. Each lives in a file of its own in ``commands/``."""

import sys

import typer

from waywarn.commands.assign import assign
from waywarn.commands.bench import bench
from waywarn.commands.check import check
from waywarn.commands.demo import demo
from waywarn.commands.device import device
from waywarn.commands.explain import explain
from waywarn.commands.import_locations import import_locations
from waywarn.commands.outbox import outbox
from waywarn.commands.publish import publish
from waywarn.commands.record import record
from waywarn.commands.replay import replay
from waywarn.commands.run import run

app = typer.Typer(
    name="waywarn",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    help="Record a path once; be told, once, when a device strays from it.",
    epilog="Start with `waywarn demo`: a simulated day with real SIP and real mail on this machine.",
)
for command in (demo, run, check, record, replay, publish, assign, explain, outbox, bench):
    app.command()(command)
app.command("import")(import_locations)
app.add_typer(device)


def main() -> None:
    """Run the command line; the entry point of the package."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away, as `| head` does
        sys.exit(0)
