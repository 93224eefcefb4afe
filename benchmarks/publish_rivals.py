"""PUBLISH with digest: this service and Kamailio's presence server, each on one core, under the same sipp.

Run: ``python -m benchmarks.publish_rivals [--calls 20000] [--half-rate 1000] [--kept-nonce]``.

Three servers: ours, durable before each answer (SQLite in WAL, FULL); Kamailio with its presentities in
SQLite; Kamailio with them in memory. The scenario is the suite's: each call is one PUBLISH, its challenge,
and the PUBLISH that answers it, a publication of its own. First as fast as answers come, with a fixed number
of calls in flight; then at a fixed rate, for the time that an answer takes. Each server has one core, sipp
the other. Checks: all answered 200, and all stored, where there is a store to look into. Exit code 1 where
ours fails a check. ``--kept-nonce`` is a device's own way: it is challenged once, and then publishes nine
times more with that nonce, its count growing, each in the place of the one before.
"""

import argparse
import contextlib
import os
import platform
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import sipp_load
from benchmarks.sipp_load import PASSWORD, TRANSPORTS, Load

SERVER_CORE, LOAD_CORE = 0, 1
SCHEMA = Path("/usr/share/kamailio/db_sqlite")
STARTS_S = 1.5
AGAIN = 9
REALM = "example.org"

KAMAILIO = """#!KAMAILIO
debug=0
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
listen={transport}:127.0.0.1:{port}
{modules}
{parameters}
modparam("presence_xml", "force_active", 1)
request_route {{
  if (is_method("PUBLISH")) {{
    if (!pv_www_authenticate("{realm}", "{password}", "0")) {{
      www_challenge("{realm}", "1");
      exit;
    }}
    if (!t_newtran()) {{
      sl_reply_error();
      exit;
    }}
    handle_publish();
    t_release();
    exit;
  }}
  sl_send_reply("200", "OK");
}}
"""
MODULES = ("tm", "sl", "textops", "pv", "auth", "presence", "presence_xml")
IN_MEMORY = 'modparam("presence", "publ_cache", 2)\nmodparam("presence", "subs_db_mode", 0)'
IN_SQLITE = 'modparam("presence|presence_xml", "db_url", "sqlite:///{store}")'


@dataclass(frozen=True, slots=True)
class Running:
    """A server under load: where, which processes, and how many it has stored once it has ended."""

    port: int
    processes: Callable[[], Sequence[int]]
    stored: Callable[[], int | None]


@dataclass(frozen=True, slots=True)
class Server:
    """One of those compared; who keeps all keeps what a later PUBLISH has replaced, too."""

    name: str
    keeps_all: bool
    start: Callable[[Path, str, int], contextlib.AbstractContextManager[Running]]


@dataclass(frozen=True, slots=True)
class Measured:
    """One server under one load."""

    server: str
    transport: str
    calls: int
    answered: int
    stored: int | None
    expected: int
    retransmitted: int
    wall_s: float
    cpu_s: float
    median_ms: float
    p99_ms: float

    @property
    def per_s(self) -> float:
        """Answered a second."""
        return self.answered / self.wall_s

    @property
    def cpu_us(self) -> float:
        """Server's computing for each call that was answered."""
        return self.cpu_s / max(self.answered, 1) * 1e6

    @property
    def is_good(self) -> bool:
        """Whether all were answered 200, and stored where that can be seen."""
        return self.answered == self.calls and self.stored in {None, self.expected}


def main() -> int:
    """Compare, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--calls", type=int, default=20_000, help="of each run as fast as answers come")
    parser.add_argument("--in-flight", type=int, default=100)
    parser.add_argument("--devices", type=int, default=100)
    parser.add_argument("--half-rate", type=int, default=1_000, help="PUBLISH a second of the timed run")
    parser.add_argument("--kept-nonce", action="store_true", help="ten PUBLISH for one challenge")
    parser.add_argument("--seconds", type=int, default=8, help="of the timed run")
    given = parser.parse_args()
    if missing := [name for name in ("sipp", "kamailio", "taskset") if shutil.which(name) is None]:
        print(f"not installed: {', '.join(missing)}", file=sys.stderr)
        return 2
    os.sched_setaffinity(0, {LOAD_CORE})
    built = " of ".join((platform.python_version(), platform.python_build()[1]))
    print(f"waywarn on Python {built}; {given.in_flight} in flight", flush=True)
    again = AGAIN if given.kept_nonce else 0
    fastest, timed = [], []
    for transport in TRANSPORTS:
        for server in SERVERS:
            load = Load(given.calls // (1 + again), 1, given.devices)
            fastest.append(measure(server, transport, load, in_flight=given.in_flight, again=again))
            print(describe(fastest[-1]), flush=True)
    for transport in TRANSPORTS:
        load = Load(given.half_rate, given.seconds, given.devices)
        timed.append(measure(SERVERS[0], transport, load, in_flight=4 * given.half_rate))
        print(f"at {given.half_rate} a second, {describe(timed[-1])}", flush=True)
    for transport in TRANSPORTS:
        print(compare([each for each in fastest if each.transport == transport]))
    return 0 if all(each.is_good for each in (*fastest, *timed) if each.server == SERVERS[0].name) else 1


def measure(server: Server, transport: str, load: Load, *, in_flight: int, again: int = 0) -> Measured:
    """Start a server, let sipp loose on it, stop it, and count; each call publishes so often `again`."""
    with tempfile.TemporaryDirectory(prefix="waywarn-rivals-") as name:
        folder = Path(name)
        sipp_load.write_publications(folder / "places.csv", load)
        scenario = write_scenario(folder, again)
        with server.start(folder, transport, load.devices) as running:
            cpu_before_s = _cpu_seconds(running)
            began = time.monotonic()
            output = sipp_load.run_sipp(
                transport, running.port, load, folder, in_flight=in_flight, scenario=scenario
            )
            wall_s = time.monotonic() - began
            cpu_s = _cpu_seconds(running) - cpu_before_s
        counted = sipp_load.read_counts(output)
        times_ms = sipp_load.response_times_ms(folder)
        return Measured(
            server=server.name,
            transport=transport,
            calls=load.calls * (1 + again),
            answered=counted.answered * (1 + again),
            stored=running.stored(),
            expected=load.calls * (1 + again if server.keeps_all else 1),
            retransmitted=counted.retransmitted,
            wall_s=wall_s,
            cpu_s=cpu_s,
            median_ms=times_ms[len(times_ms) // 2],
            p99_ms=times_ms[len(times_ms) * 99 // 100],
        )


def write_scenario(folder: Path, again: int) -> Path:
    """Write the suite's scenario, with so many more PUBLISH in each call, by the nonce of the first."""
    text = sipp_load.SCENARIO.read_text()
    first = text[text.index('  <send retrans="500">') : text.index('  <recv response="200" rtd="1">')]
    last = text[text.index('  <recv response="200" rtd="1">') : text.index("  <Reference")]
    more = ""
    for number in range(again):
        later = first.replace("CSeq: 2", f"CSeq: {3 + number}").replace("[field4]", f"[field5].{number + 1}Z")
        more += later.replace("      Event:", "      SIP-If-Match: [$tag]\n      Event:")
        more += last.replace(' rtd="1"', "")
    file = folder / "scenario.xml"
    file.write_text(text.replace("  <Reference", f"{more}  <Reference"))
    return file


def describe(one: Measured) -> str:
    """Say it in a line."""
    stored = "nothing to look into" if one.stored is None else f"{one.stored} stored"
    return (
        f"{one.transport} {one.server:18} {one.per_s:7.0f}/s, {one.cpu_us:5.0f} us CPU each, "
        f"median {one.median_ms:.0f} ms, p99 {one.p99_ms:.0f} ms, {one.answered} of {one.calls} "
        f"answered, {stored}, {one.retransmitted} sent again{'' if one.is_good else '; NOT as it must be'}"
    )


def compare(of_transport: Sequence[Measured]) -> str:
    """Say how ours stands to the others."""
    ours, *others = of_transport
    ratios = ", ".join(f"{ours.per_s / one.per_s:.2f} x {one.server}" for one in others)
    return f"{ours.transport}: {ours.server} is {ratios}"


@contextmanager
def _waywarn(folder: Path, transport: str, devices: int) -> Iterator[Running]:
    port = sipp_load.free_port(transport)
    config = sipp_load.write_configuration(folder, transport, port, devices)
    command = [*_pinned(), sys.executable, "-m", "waywarn", "run", "-c", str(config)]
    with (folder / "server.log").open("wb") as log:
        service = subprocess.Popen(
            command, stderr=log, stdout=log, cwd=Path(__file__).resolve().parents[1], env=os.environ
        )
    try:
        sipp_load.await_ready(service, folder / "server.log")
        yield Running(port, lambda: [service.pid], partial(_fixes, folder / "load.sqlite"))
    finally:
        _stop(service)


@contextmanager
def _kamailio(folder: Path, transport: str, _devices: int, *, in_memory: bool) -> Iterator[Running]:
    port, store = sipp_load.free_port(transport), folder / "kamailio.sqlite"
    modules: tuple[str, ...] = MODULES
    if not in_memory:
        modules = ("db_sqlite", *MODULES)
        with closing(sqlite3.connect(store)) as connection:
            for part in ("standard", "presence"):
                connection.executescript((SCHEMA / f"{part}-create.sql").read_text())
    text = KAMAILIO.format(
        transport=transport,
        port=port,
        modules="\n".join(f'loadmodule "{name}.so"' for name in modules),
        parameters=IN_MEMORY if in_memory else IN_SQLITE.format(store=store),
        realm=REALM,
        password=PASSWORD,
    )
    (folder / "kamailio.cfg").write_text(text)
    command = [*_pinned(), "kamailio", "-f", str(folder / "kamailio.cfg"), "-DD", "-E", "-Y", str(folder)]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen([*command, "-m", "1024", "-M", "64"], stderr=log, stdout=log)
    try:
        time.sleep(STARTS_S)  # it says nothing when it is ready
        if server.poll() is not None:
            raise SystemExit(f"kamailio ended:\n{(folder / 'server.log').read_text()[-2_000:]}")
        stored = (lambda: None) if in_memory else partial(_presentities, store)
        yield Running(port, partial(_family, server.pid), stored)
    finally:
        _stop(server)


SERVERS = (
    Server("waywarn", keeps_all=True, start=_waywarn),
    Server("kamailio SQLite", keeps_all=False, start=partial(_kamailio, in_memory=False)),
    Server("kamailio in memory", keeps_all=False, start=partial(_kamailio, in_memory=True)),
)


def _pinned() -> list[str]:
    return ["taskset", "-c", str(SERVER_CORE)]


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGTERM)
    server.wait(sipp_load.STOPS_WITHIN_S)


def _family(parent: int) -> list[int]:
    """Give a process and its children (Linux)."""
    found = [parent]
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # ended in between
            if int(file.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(file.parent.name))
    return found


def _cpu_seconds(running: Running) -> float:
    return sum(sipp_load.cpu_seconds(pid) for pid in running.processes())


def _fixes(store: Path) -> int:
    stored, distinct = sipp_load.count_fixes(store)
    return stored if stored == distinct else -stored  # none twice


def _presentities(store: Path) -> int:
    with closing(sqlite3.connect(store)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM presentity").fetchone()
    return int(count)


if __name__ == "__main__":
    sys.exit(main())
