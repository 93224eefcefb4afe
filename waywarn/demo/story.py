"""The day that the demo tells: record the way, start the service, walk it, stray from it, look at it.

Each step is the real command in a process of its own (``actors.py``); the walks come from ``walks.py``.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from rich.console import Console
from rich.text import Text

from waywarn.demo.actors import HOST, PASSWORD, free_port, publish, run_command, service, write_csv
from waywarn.demo.mailbox import Mailbox, text_of
from waywarn.demo.walks import Detour, walk

MAIL_PATIENCE_S = 30.0
HALF_WIDTH_M = 40
ZONE = "Europe/Vienna"
DETOUR = Detour(from_m=450.0, to_m=800.0, aside_m=160.0)

CONFIGURATION = """\
[service]
store = "waywarn.sqlite"

[sip]
domain = "{host}"
listen = ["udp:{host}:{sip_port}", "tcp:{host}:{sip_port}"]

[devices.anna]
password = "{password}"

[rules.way_to_school]
kind = "deviation"
device = "anna"
path = "school.geojson"
half_width_m = {half_width_m}
confirm_fixes = 3
confirm_s = 20
when = "Mon-Fri 07:00-08:15"
time_zone = "{zone}"
tell = ["mother"]

[recipients.mother]
time_zone = "{zone}"
addresses = ["mailto://{host}:{smtp_port}/?from=waywarn@demo.example&to=mother@demo.example&mode=insecure"]
"""


@dataclass(frozen=True, slots=True)
class Story:
    """One run of the demo.

    Parameters
    ----------
    folder
        Where its files are left; empty of an earlier run.
    console
        Where it is told.
    """

    folder: Path
    console: Console

    async def tell(self) -> bool:
        """Tell it to its end; True if the alarm and the all-clear, and nothing else, were mailed."""
        mailbox = Mailbox(self._show)
        server, smtp_port = await mailbox.open(HOST)
        async with server:
            await self._record_the_way()
            sip_port = self._configure(smtp_port)
            self._head("The service starts (the first start on a machine compiles its loops)")
            async with service(self.folder):
                self._head("Monday: anna walks to school as always")
                await publish(self.folder, "monday.csv", sip_port)
                false_alarms = len(mailbox.mails)
                self._head("Tuesday: anna leaves the way, and comes back to it")
                await publish(self.folder, "tuesday.csv", sip_port)
                await self._wait_for_mails(mailbox, false_alarms + 2)
        self._sum_up(false_alarms, len(mailbox.mails) - false_alarms)
        return false_alarms == 0 and len(mailbox.mails) == 2

    async def _record_the_way(self) -> None:
        rng = np.random.default_rng(2026)
        sunday, monday, tuesday = last_days(datetime.now(ZoneInfo(ZONE)))
        write_csv(walk("anna", sunday, rng, standing_s=60), self.folder / "sunday.csv")
        write_csv(walk("anna", monday, rng), self.folder / "monday.csv")
        write_csv(walk("anna", tuesday, rng, detour=DETOUR), self.folder / "tuesday.csv")
        self._head("Sunday: the way to school is walked once and recorded")
        await run_command(self.folder, "record", "sunday.csv", "-o", "school.geojson")

    def _configure(self, smtp_port: int) -> int:
        sip_port = free_port()
        text = CONFIGURATION.format(
            host=HOST,
            zone=ZONE,
            sip_port=sip_port,
            smtp_port=smtp_port,
            password=PASSWORD,
            half_width_m=HALF_WIDTH_M,
        )
        (self.folder / "waywarn.toml").write_text(text, encoding="utf-8")
        return sip_port

    async def _wait_for_mails(self, mailbox: Mailbox, count: int) -> None:
        try:
            await asyncio.wait_for(mailbox.wait_for(count), MAIL_PATIENCE_S)
        except TimeoutError:
            self.console.print(
                f"[red]{count} mails were due after {MAIL_PATIENCE_S:.0f} s; see service.log[/]"
            )

    def _head(self, text: str) -> None:
        self.console.print(f"\n[bold]{text}[/]")

    def _show(self, mail: EmailMessage) -> None:
        self.console.rule("a mail arrives", style="yellow")
        text = f"To: {mail['to']}\nSubject: {mail['subject']}\n\n{text_of(mail)}"
        self.console.print(Text(text), soft_wrap=True)  # no box: a link must stay in one line
        self.console.rule(style="yellow")

    def _sum_up(self, false_alarms: int, mails: int) -> None:
        from corridor import Corridor
        from corridor import Path as Way
        from corridor.tracks import read_fixes
        from waywarn.picture import draw_drive
        from waywarn.store import Store

        with Store.open(self.folder / "waywarn.sqlite") as store:
            transitions, stored = store.transitions("anna"), store.count_fixes()
        corridor = Corridor(Way.from_file(self.folder / "school.geojson"), half_width_m=HALF_WIDTH_M)
        walks = {day: read_fixes(self.folder / f"{day.lower()}.csv").batch for day in ("Monday", "Tuesday")}
        picture = self.folder / "demo.png"
        draw_drive(corridor, walks, transitions, picture)
        self._head("What happened")
        self.console.print(
            f"{sum(map(len, walks.values()))} fixes walked, {stored} published over SIP and stored\n"
            f"Monday {false_alarms} mails, Tuesday {mails} (one alarm, one all-clear)\n"
            f"picture: {picture}\nconfiguration to start from: {self.folder / 'waywarn.toml'}"
        )


def last_days(now: datetime) -> tuple[float, float, float]:
    """Give 07:20 of the last Sunday, Monday and Tuesday that are over, as UTC seconds."""
    since_tuesday = (now.weekday() - 1) % 7 or 7
    tuesday = (now - timedelta(days=since_tuesday)).replace(hour=7, minute=20, second=0, microsecond=0)
    sunday, monday = tuesday - timedelta(days=2), tuesday - timedelta(days=1)
    return sunday.timestamp(), monday.timestamp(), tuesday.timestamp()
