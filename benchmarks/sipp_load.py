"""PUBLISH with digest at a fixed rate, from Debian's sipp through a running ``waywarn run`` into its store.

Run: ``python -m benchmarks.sipp_load [--rate 500] [--seconds 20] [--devices 100]``. Checks that all were
answered 200, that all are stored, and none twice; prints what was seen. Exit code 1 where a check fails.
"""

import argparse
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from corridor.instant import format_instant

SCENARIO = Path(__file__).resolve().parents[1] / "tests" / "sip" / "server" / "scenarios" / "publish_load.xml"
TRANSPORTS = {"udp": "u1", "tcp": "t1"}
PASSWORD = "only-a-load"
STARTS_WITHIN_S = 60.0  # loading compiled loops for the first time takes some
STOPS_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """How much is sent."""

    rate_per_s: int
    seconds: int
    devices: int

    @property
    def calls(self) -> int:
        """How many PUBLISH in all."""
        return self.rate_per_s * self.seconds


@dataclass(frozen=True, slots=True)
class Counts:
    """What sipp counted: calls, and requests that it sent again."""

    answered: int
    failed: int
    retransmitted: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    transport: str
    calls: int
    answered: int
    failed: int
    retransmitted: int
    stored: int
    distinct: int
    wall_s: float
    cpu_s: float
    median_ms: float
    p99_ms: float

    @property
    def is_good(self) -> bool:
        """Whether all were answered 200 and stored once."""
        return self.failed == 0 and self.answered == self.stored == self.distinct == self.calls


def main() -> int:
    """Run the load over UDP, then over TCP, each on a fresh store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=500, help="PUBLISH a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--devices", type=int, default=100)
    given = parser.parse_args()
    if shutil.which("sipp") is None:
        print("sipp is not installed (Debian: sip-tester)", file=sys.stderr)
        return 2
    load = Load(given.rate, given.seconds, given.devices)
    outcomes = []
    for transport in TRANSPORTS:
        with tempfile.TemporaryDirectory(prefix="waywarn-load-") as folder:
            outcomes.append(run(transport, load, Path(folder)))
        print(describe(outcomes[-1]), flush=True)
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


def run(transport: str, load: Load, folder: Path) -> Outcome:
    """Start the service, let sipp loose on it, stop it, and count what is stored."""
    port = free_port(transport)
    config = write_configuration(folder, transport, port, load.devices)
    write_publications(folder / "places.csv", load)
    with (folder / "service.log").open("wb") as log:
        command = [sys.executable, "-m", "waywarn", "run", "-c", str(config)]
        service = subprocess.Popen(command, stderr=log, stdout=log, cwd=Path(__file__).resolve().parents[1])
        try:
            await_ready(service, folder / "service.log")
            started, cpu_before_s = time.monotonic(), cpu_seconds(service.pid)
            output = run_sipp(transport, port, load, folder, in_flight=4 * load.rate_per_s)
            wall_s = time.monotonic() - started
            cpu_s = cpu_seconds(service.pid) - cpu_before_s
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(STOPS_WITHIN_S)
    stored, distinct = count_fixes(folder / "load.sqlite")
    times_ms = response_times_ms(folder)
    counts = read_counts(output)
    return Outcome(
        transport=transport,
        calls=load.calls,
        answered=counts.answered,
        failed=counts.failed,
        retransmitted=counts.retransmitted,
        stored=stored,
        distinct=distinct,
        wall_s=wall_s,
        cpu_s=cpu_s,
        median_ms=times_ms[len(times_ms) // 2],
        p99_ms=times_ms[len(times_ms) * 99 // 100],
    )


def write_configuration(folder: Path, transport: str, port: int, devices: int) -> Path:
    """Write a service without rules: what is measured is the way from the wire into the store."""
    lines = [
        "[service]",
        'store = "load.sqlite"',
        'log = "warning"',
        "[sip]",
        'domain = "example.org"',
        f'listen = ["{transport}:127.0.0.1:{port}"]',
        "max_unknown_per_source_per_s = 1000000",  # each call is challenged, and all come from one host
    ]
    for number in range(devices):
        lines += [f"[devices.d{number}]", f'password = "{PASSWORD}"', 'algorithms = ["MD5"]']
    config = folder / "waywarn.toml"
    config.write_text("\n".join(lines) + "\n")
    config.chmod(0o600)
    return config


def write_publications(file: Path, load: Load) -> None:
    """Write one line a call: the devices in turn, each on its way north, each document with its own time."""
    # a second of its own for each of a device's documents; the last is now, none is past its retention
    first = time.time() - load.calls / load.devices - 1
    lines = ["SEQUENTIAL"]
    for call in range(load.calls):
        number, step = call % load.devices, call // load.devices
        when = format_instant(float(int(first) + step))
        place = f"{48 + step / 1e5:.5f};{16 + number / 1e3:.3f}"
        answer = f"[authentication username=d{number} password={PASSWORD}]"
        lines.append(f"d{number};{answer};{place};{when};{when.removesuffix('Z')}")
    file.write_text("\n".join(lines) + "\n")


def count_fixes(store: Path) -> tuple[int, int]:
    """Give the number of stored fixes, and of different (device, time) among them."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        (stored,) = connection.execute("SELECT count(*) FROM fixes").fetchone()
        (distinct,) = connection.execute(
            "SELECT count(*) FROM (SELECT DISTINCT device_id, time FROM fixes)"
        ).fetchone()
    return stored, distinct


def describe(outcome: Outcome) -> str:
    """Say it in a few lines."""
    return (
        f"{outcome.transport}: {outcome.calls} PUBLISH in {outcome.wall_s:.1f} s: "
        f"{outcome.answered} answered 200, {outcome.failed} failed, {outcome.retransmitted} retransmitted; "
        f"{outcome.stored} stored, {outcome.stored - outcome.distinct} of them twice; "
        f"service CPU {outcome.cpu_s:.1f} s "
        f"({outcome.cpu_s / outcome.calls * 1e6:.0f} us each, its challenge included)\n"
        f"  first PUBLISH to 200: median {outcome.median_ms:.1f} ms, p99 {outcome.p99_ms:.1f} ms\n"
        f"  {'as it must be' if outcome.is_good else 'NOT as it must be'}"
    )


def free_port(transport: str) -> int:
    """Give a port that nobody has now."""
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def await_ready(service: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for the listening socket, by asking it: OPTIONS by sipp would need a scenario of its own."""
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        if service.poll() is not None:
            raise SystemExit(f"the service ended with {service.returncode}:\n{log.read_text()}")
        if _listens(service.pid):
            return
        time.sleep(0.1)
    raise SystemExit(f"the service did not listen within {STARTS_WITHIN_S:g} s:\n{log.read_text()}")


def _listens(pid: int) -> bool:
    """Tell whether the process has an internet socket bound (Linux)."""
    links = [_link(file) for file in Path(f"/proc/{pid}/fd").iterdir()]
    inodes = {link[8:-1] for link in links if link.startswith("socket:[")}
    tables = (Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:] for name in ("udp", "tcp"))
    return any(line.split()[9] in inodes for table in tables for line in table)


def _link(file: Path) -> str:
    try:
        return str(file.readlink())
    except OSError:
        return ""  # closed in between


def run_sipp(
    transport: str, port: int, load: Load, folder: Path, *, in_flight: int, scenario: Path = SCENARIO
) -> str:
    """Send the load from a folder with its ``places.csv``; give what sipp printed."""
    command = ["sipp", f"127.0.0.1:{port}", "-sf", str(scenario), "-inf", "places.csv", "-i", "127.0.0.1"]
    command += ["-m", str(load.calls), "-r", str(load.rate_per_s), "-l", str(in_flight)]
    command += ["-t", TRANSPORTS[transport], "-nostdin", "-trace_err", "-error_file", "errors.log"]
    command += ["-trace_rtt", "-rtt_freq", "200"]
    command += ["-timeout", f"{3 * load.seconds + 60}s", "-buff_size", "4194304"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    errors = folder / "errors.log"
    if done.returncode != 0 and errors.exists():  # it also lists answers to its own retransmissions
        print(errors.read_text()[:300], file=sys.stderr)
    return done.stdout


def read_counts(output: str) -> Counts:
    """Read sipp's last screen."""
    sent_again = re.findall(r"PUBLISH -+>\s+(?:B-RTD1\s+)?\d+\s+(\d+)", output)[-2:]
    return Counts(
        answered=_figure(output, r"Successful call\s*\|[^|]*\|\s*(\d+)"),
        failed=_figure(output, r"Failed call\s*\|[^|]*\|\s*(\d+)"),
        retransmitted=sum(int(number) for number in sent_again),
    )


def cpu_seconds(pid: int) -> float:
    """Give what a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _figure(output: str, pattern: str) -> int:
    found = re.findall(pattern, output)
    return int(found[-1]) if found else -1


def response_times_ms(folder: Path) -> list[float]:
    """Read how long each PUBLISH took, its challenge included, sorted."""
    lines = [line for file in folder.glob("*_rtt.csv") for line in file.read_text().splitlines()[1:]]
    return sorted(float(line.split(";")[1]) for line in lines) or [float("nan")]


if __name__ == "__main__":
    sys.exit(main())
