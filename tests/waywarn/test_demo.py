"""What `waywarn demo` shows, on a terminal as narrow as they come."""

import io
from email.message import EmailMessage
from pathlib import Path

import pytest
from rich.console import Console

from waywarn.demo.story import Story

LINK = "https://www.openstreetmap.org/?mlat=48.20849&mlon=16.37208#map=17/48.20849/16.37208"


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_link_of_a_mail_stays_whole(width: int) -> None:
    mail = EmailMessage()
    mail["To"], mail["Subject"] = "mother@demo.example", "anna [left]"
    mail.set_content(f"anna left the way.\n{LINK}\n", cte="8bit")
    shown = io.StringIO()
    Story(Path(), Console(file=shown, width=width, force_terminal=False))._show(mail)
    assert LINK in [line.strip() for line in shown.getvalue().splitlines()]
    assert "Subject: anna [left]" in shown.getvalue()
