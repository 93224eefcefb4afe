"""`waywarn device enroll`: on the device, fetch its configuration with a one-time token."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from waywarn.provision.tracker_file import DEFAULT_GPSD

if TYPE_CHECKING:
    from waywarn.provision.enrolment_url import EnrolmentUrl
    from waywarn.provision.token import Token

UNUSED = "The token was not used"


def enroll(
    url: Annotated[str, typer.Argument(metavar="URL", help="As it was told, with its #sha256=...")],
    token: Annotated[str | None, typer.Argument(help="The token, unless the address carries it.")] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")] = Path("tracker.toml"),
    gpsd: Annotated[str, typer.Option(help="Where this device's gpsd listens.")] = DEFAULT_GPSD,
    replace: Annotated[bool, typer.Option("--replace", help="Write over a file that exists.")] = False,  # noqa: FBT002 (typer gives it by its name)
) -> None:
    """Fetch this device's account, server and policy, once, and write them where nobody else can read them.

    Then `waywarn publish -c tracker.toml` publishes. Exit code 0, or 2 if it was not enrolled; what went
    wrong before the server was asked has not used the token up.
    """
    from waywarn.provision.fetching import EnrolmentError, fetch_handout
    from waywarn.provision.tracker_file import GPSD_ADDRESS, private_file, tracker_toml

    where, read = _where(url, token)
    if output.is_dir():
        _stop(f"{output} is a folder; name a file with -o. {UNUSED}")
    if output.exists() and not replace:
        _stop(f"{output} exists; give another with -o, or --replace. {UNUSED}")
    if not GPSD_ADDRESS.fullmatch(gpsd):
        _stop(f"--gpsd {gpsd[:60]!r} is not host:port, as {DEFAULT_GPSD}. {UNUSED}")
    try:
        with private_file(output) as write:
            handout = fetch_handout(where, read)
            write(tracker_toml(handout, gpsd=gpsd))
    except EnrolmentError as error:
        _stop(str(error))
    except OSError as error:
        _stop(f"{output}: cannot be written ({error.strerror})")
    typer.echo(f"enrolled as {handout.aor}")
    typer.echo(f"{output} is written, for you alone; `waywarn publish -c {output}` publishes")


def _where(url: str, token: str | None) -> "tuple[EnrolmentUrl, Token]":
    from waywarn.provision.enrolment_url import EnrolmentUrl, EnrolmentUrlError
    from waywarn.provision.token import Token

    try:
        where = EnrolmentUrl.read(url)
    except EnrolmentUrlError as error:
        _stop(f"URL: {error}")
    read = where.token if token is None else Token.read(token)
    if read is None:
        _stop("TOKEN: it is none: 32 letters and digits in groups of four, copied whole")
    return where, read


def _stop(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(2)
