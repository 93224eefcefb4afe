"""The options of `waywarn publish`, with what `--help` says of each.

What is done with them is ``publish.py``.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Transport(StrEnum):
    """How requests travel."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class Rate(StrEnum):
    """How fixes are chosen."""

    ADAPTIVE = "adaptive"
    STEADY = "steady"


class Answer(StrEnum):
    """Yes or no, said so that neither is meant by leaving it out."""

    YES = "yes"
    NO = "no"


Source = Annotated[
    str | None,
    typer.Argument(
        metavar="SOURCE",
        help="A recorded trip (CSV, Parquet, GPX, KML, GeoJSON, .gz too); gpsd:, gpsd://host:port/dev/..., "
        "the receiver of this device; or -, standard input: a fix a line, as JSON or CSV with header.",
    ),
]
DeviceToml = Annotated[
    Path | None,
    typer.Option(
        "-c",
        "--config",
        metavar="FILE",
        help="Who, where to and how from a file, as `waywarn device enroll` writes it.",
        dir_okay=False,
    ),
]
State = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Where fixes wait until the server has them, through the end of the program and of the power. "
        "By default in the user's state folder for gpsd: and -, and nowhere for a recorded trip.",
        file_okay=False,
    ),
]
How = Annotated[
    Rate | None,
    typer.Option(
        "--rate",
        help="steady: by distance and interval. adaptive: at once when it moves or turns otherwise than "
        "expected, hardly ever while it stands. By default adaptive for gpsd: and -.",
    ),
]
Hook = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ORDER=PROGRAM",
        help="What carries out an order of the server's: ring, message, lock, unlock, locate, shutdown, "
        "photo, callback. As ring='paplay /usr/share/sounds/alarm.oga'; no shell is run. Repeatable.",
    ),
]
Reachable = Annotated[
    bool,
    typer.Option(
        "--register/--no-register", help="Register, and take orders of the server's; for gpsd: and -."
    ),
]
Pin = Annotated[
    str | None,
    typer.Option(
        metavar="HEX", help="SHA-256 of the server's TLS certificate: that one it must be, whoever signed it."
    ),
]
HeartbeatS = Annotated[
    float | None,
    typer.Option(
        min=0,
        help="Adaptive: once in so long while it stands (75); two must fit into the silence that is told.",
    ),
]

To = Annotated[
    str | None,
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
    float,
    typer.Option(
        min=0.001, max=1e6, help="A recorded trip: how much faster than it happened; 60 is an hour a minute."
    ),
]
EveryM = Annotated[
    float | None, typer.Option(min=0, help="Publish after so many metres (steady 50, adaptive 300) ...")
]
AtMostEveryS = Annotated[
    float | None,
    typer.Option(min=0, help="... but at most once in so many seconds (steady 10, adaptive 5) ..."),
]
AtLeastEveryS = Annotated[
    float | None, typer.Option(min=0, help="... and at least once in so many, while it moves (60).")
]
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
    bool,
    typer.Option(
        "--now", help="A recorded trip: shift it to the present instead of keeping its time stamps."
    ),
]
