"""`waywarn publish` against a scripted server on loopback: what arrives, and how it ends."""

import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from corridor.fix import Fix
from corridor.instant import format_instant
from sip.device.channel import ServerAddress
from sip.device.request_writer import Identity
from sip.peer import Transport
from sip.pidflo import Circle, Point, parse_pidf
from tests.sip.scripted import DROP, HOST, Script, scripted_server
from tests.waywarn.test_service import running
from tests.waywarn.town import DOMAIN, PASSWORD
from waywarn.demo.actors import free_port
from waywarn.publishing import Rules, document_of, moved_to, publish_trip
from waywarn.talk import Outcome, Told

START = 1_772_437_200.0  # 2026-03-02T07:40:00Z
RULES = Rules(START + 86_400, retransmission_allowed=True)


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 40))


def walk(count: int = 5, *, step_s: float = 30.0) -> list[Fix]:
    return [
        Fix(
            "anna",
            START + step_s * n,
            16.37 + 0.001 * n,
            48.2,
            accuracy_m=8.0,
            speed_mps=1.4,
            course_deg=90.0,
        )
        for n in range(count)
    ]


async def told_by(
    script: Script,
    *,
    fixes: list[Fix] | None = None,
    transport: Transport = Transport.UDP,
    password: str | None = None,
    speed: float = 1_000.0,
) -> tuple[Outcome, list[Told]]:
    told: list[Told] = []
    trip = fixes or walk()
    async with scripted_server(script) as port:
        identity = Identity("sip:anna@town", f"sip:anna@{HOST}:{port}", "anna", password)
        outcome = await publish_trip(
            trip,
            [document_of(fix, identity, RULES) for fix in trip],
            identity=identity,
            server=ServerAddress(HOST, port, transport),
            speed=speed,
            tell=told.append,
        )
    return outcome, told


def places(script: Script) -> list[float]:
    return [round((place.lon - 16.37) * 1000) for body in script.taken if (place := parse_pidf(body).place)]


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
@pytest.mark.parametrize(
    ("script", "requests"),
    [
        (Script, 6),
        (lambda: Script(password="secret"), 7),
        (lambda: Script(twice=True), 6),
        (lambda: Script([200, 412]), 7),
        (lambda: Script([423]), 7),
        (lambda: Script([200, 200, 503]), 7),
        (lambda: Script([500, 408, 200], password="secret", twice=True), 9),
    ],
)
def test_a_trip_arrives_whole_and_in_order_whatever_the_server_does(
    script: Callable[[], Script], requests: int, transport: Transport
) -> None:
    async def story() -> None:
        server = script()
        server.extra[503] = server.extra[500] = server.extra[408] = "Retry-After: 0"
        outcome, _ = await told_by(server, transport=transport, password="secret")
        assert outcome == Outcome(delivered=5)
        assert places(server) == [0, 1, 2, 3, 4]
        assert len(server.seen) == requests
        assert b"\r\nExpires: 0\r\n" in server.seen[-1]

    run(story())


def test_lost_datagrams_are_sent_again() -> None:
    async def story() -> None:
        server = Script([DROP, 200, DROP])
        outcome, _ = await told_by(server)
        assert outcome.delivered == 5
        assert places(server) == [0, 1, 2, 3, 4]

    run(story())


def test_what_is_refused_is_lost_and_named_and_the_rest_arrives() -> None:
    async def story() -> None:
        outcome, _ = await told_by(Script([200, 400]))
        assert outcome.delivered == 4
        assert [(lost.document.label, lost.reason) for lost in outcome.lost] == [
            ("2026-03-02T07:40:30Z", "400 Said So")
        ]

    run(story())


def test_a_wrong_password_loses_everything_at_once() -> None:
    async def story() -> None:
        server = Script(password="another")
        outcome, _ = await told_by(server, password="secret", speed=10.0)
        assert outcome.delivered == 0
        assert len(outcome.lost) == 5
        assert outcome.reason == "the server does not take the password of 'anna'"
        assert len(server.seen) == 2

    run(story())


def test_the_trip_is_told_at_its_own_pace() -> None:
    async def story() -> None:
        began = asyncio.get_running_loop().time()
        await told_by(Script(), fixes=walk(4, step_s=10.0), speed=60.0)
        assert 0.5 <= asyncio.get_running_loop().time() - began < 5.0

    run(story())


def test_a_fix_is_written_with_all_that_is_known_of_it() -> None:
    identity = Identity("sip:anna@town", "sip:anna@town", "anna")
    fix = Fix("anna's phone", START, 16.37, 48.2, 190.0, 8.0, 1.5, 90.0, "GPS")
    presence = parse_pidf(document_of(fix, identity, RULES).body)
    assert presence.shape == Circle(16.37, 48.2, 8.0)
    assert presence.usage.retransmission_allowed is True
    assert presence.usage.retention_expiry == START + 86_400
    assert presence.flags == frozenset()
    assert presence.entity == "sip:anna@town"
    again = presence.to_fix("anna's phone", 0.0)
    assert again == Fix("anna's phone", START, 16.37, 48.2, None, 8.0, 1.5, 90.0, "GPS")
    vague = Fix("anna", START, 16.37, 48.2, altitude_m=190.0)
    assert parse_pidf(document_of(vague, identity, RULES).body).shape == Point(16.37, 48.2, 190.0)
    exact = Fix("anna", START, 16.37, 48.2, accuracy_m=0.0)
    assert parse_pidf(document_of(exact, identity, RULES).body).shape == Point(16.37, 48.2)


@pytest.mark.parametrize("speed", [0.5, 1.0, 60.0])
def test_a_trip_that_is_moved_to_the_present_has_no_fix_in_the_future_when_it_is_sent(speed: float) -> None:
    trip = walk(10)
    now = 2e9
    moved = moved_to(trip, now, speed)
    for before, after in zip(trip, moved, strict=True):
        sent = now + (before.time - trip[0].time) / speed
        assert after.time <= sent + 1e-6 or speed < 1
    assert moved[-1].time == pytest.approx(now + 270 / speed)
    gaps = [b.time - a.time for a, b in itertools.pairwise(moved)]
    assert gaps == pytest.approx([30.0] * 9)


def csv_of(fixes: list[Fix], folder: Path) -> Path:
    file = folder / "trip.csv"
    rows = [f"{f.device_id},{format_instant(f.time)},{f.lon},{f.lat},{f.accuracy_m}" for f in fixes]
    file.write_text("\n".join(["device_id,time,lon,lat,accuracy_m", *rows]) + "\n")
    return file


async def command(*arguments: str, **environment: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "waywarn", "publish", *arguments),
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert out == b""  # progress is for people
    return process.returncode, err.decode()


def test_the_command_publishes_and_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        server = Script(password="secret")
        file = csv_of(walk(4), tmp_path)
        async with scripted_server(server) as port:
            code, said = await command(
                *(str(file), "--to", f"sip:anna@{HOST}:{port}", "--speed", "1000", "--now"),
                *("--password-env", "SECRET", "--retransmission", "no", "--retain-days", "2"),
                SECRET="secret",
            )
        assert code == 0, said
        assert "4 of 4" in said
        presences = [parse_pidf(body) for body in server.taken]
        assert len(presences) == 4
        last = presences[-1]
        assert last.time == pytest.approx(time.time(), abs=30)
        assert last.entity == "sip:anna@127.0.0.1"
        assert last.usage.retransmission_allowed is False
        assert last.usage.retention_expiry == pytest.approx(time.time() + 2 * 86_400, abs=30)
        assert b"secret" not in b"".join(server.seen)

    run(story())


def test_the_command_says_what_was_not_delivered_and_ends_with_1(tmp_path: Path) -> None:
    async def story() -> None:
        file = csv_of(walk(3), tmp_path)
        async with scripted_server(Script([200, 403])) as port:
            code, said = await command(str(file), "--to", f"sip:anna@{HOST}:{port}", "--speed", "1000")
        assert code == 1
        assert "403 Said So" in said
        assert "the fix of 2026-03-02T07:40:30Z" in said
        assert "1 of 3" in said

    run(story())


def test_a_wrong_password_is_one_error_and_ends_with_2(tmp_path: Path) -> None:
    async def story() -> None:
        file = csv_of(walk(3), tmp_path)
        async with scripted_server(Script(password="another")) as port:
            code, said = await command(
                *(str(file), "--to", f"sip:anna@{HOST}:{port}", "--password-env", "SECRET"), SECRET="secret"
            )
        assert code == 2
        assert "3 of 3, from the fix of 2026-03-02T07:40:00Z on" in said
        assert said.count("does not take the password of 'anna'") == 1
        assert "--password-file" in said.splitlines()[-1]

    run(story())


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--to", "mailto:anna@town"], "Unsupported URI Scheme"),
        ([], "give SOURCE and --to"),
        (["--to", "sip:a@b", "--pin", "0" * 64], "goes without --transport tls"),
        (["--to", "sips:a@b", "--pin", "xyz"], "is not 64 lower-case hex digits"),
        (["--to", "sip:a@b", "--hook", "dance=true"], "is not ORDER=PROGRAM"),
        (["--to", "sip:town"], "names no user"),
        (["--to", "sip:a@b", "--password-env", "NO_SUCH"], "no variable 'NO_SUCH'"),
        (["--to", "sip:a@b", "--password-file", "nowhere"], "--password-file nowhere"),
        (["--to", "sip:a@b", "--password-env", "HOME", "--password-file", "x"], "not both"),
        (["--to", "sip:a@b", "--server", "b:x"], "is not HOST or HOST:PORT"),
        (["--to", "sip:a@b", "--at-least-every-s", "5"], "is shorter than"),
        (["--to", "sip:a@b", "--heartbeat-s", "120"], "--heartbeat-s 120 is for --rate adaptive"),
        (["--to", "sip:a@b", "--device", "berta"], "no fix of device 'berta'"),
    ],
)
def test_bad_input_ends_with_2_and_the_reason(arguments: list[str], reason: str, tmp_path: Path) -> None:
    async def story() -> None:
        code, said = await command(str(csv_of(walk(3), tmp_path)), *arguments)
        assert code == 2
        assert reason in " ".join(said.split())

    run(story())


def test_several_devices_are_not_one_publisher(tmp_path: Path) -> None:
    async def story() -> None:
        two = [*walk(2), Fix("berta", START, 1.0, 2.0, accuracy_m=5.0)]
        code, said = await command(str(csv_of(two, tmp_path)), "--to", "sip:a@b")
        assert code == 2
        assert "2 devices, and one publishes; choose with --device: 'anna', 'berta'" in said

    run(story())


def test_the_device_side_carries_neither_geometry_library_nor_compiler(tmp_path: Path) -> None:
    file = csv_of(walk(2), tmp_path)
    arguments = [str(file), "--to", f"sip:anna@{HOST}:9", "--device", "anna", "--at-least-every-s", "5"]
    code = (
        "import sys, waywarn.publishing; from waywarn.cli import app\n"
        f"try: app(['publish', *{arguments!r}])\n"
        "except SystemExit as end: assert end.code == 2, end.code\n"
        "heavy = 'shapely numba llvmlite rtree pyproj matplotlib sqlalchemy apprise'.split()\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert "is shorter than" in done.stderr  # it came as far as reading the trip
    assert done.stdout.strip() == "[]"


def test_a_tracker_carries_neither_too(tmp_path: Path) -> None:
    file = tmp_path / "tracker.toml"
    file.write_text(
        '[account]\naor = "sip:anna@town"\n[server]\nhost = "127.0.0.1"\nport = 9\n'
        '[source]\nstandard_input = true\n[queue]\nstate = "file/x"\n'
    )
    (tmp_path / "file").write_text("")
    code = (
        "import sys; from waywarn.cli import app\n"
        f"try: app(['publish', '-c', {str(file)!r}])\n"
        "except SystemExit as end: assert end.code == 2, end.code\n"
        "heavy = 'shapely numba llvmlite rtree pyproj matplotlib pyarrow sqlalchemy apprise'.split()\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert "name another with --state" in done.stderr  # it came as far as opening the state
    assert done.stdout.strip() == "[]"


def test_a_recorded_trip_may_wait_for_its_server(tmp_path: Path) -> None:
    async def story() -> None:
        file = csv_of(walk(4, step_s=60.0), tmp_path)
        port = free_port()
        arguments = (str(file), "--to", f"sip:anna@{HOST}:{port}", "--state", str(tmp_path / "state"))
        away = asyncio.create_task(command(*arguments, "--speed", "1000"))
        queue = tmp_path / "state" / "tracker.sqlite"
        while not queue.exists():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        server = Script()
        async with scripted_server(server, port=port):
            code, said = await away
        assert code == 0, said
        assert places(server) == [0, 1, 2, 3]
        assert "publication.waiting" in said

    run(story())


def test_what_the_file_says_is_not_said_again(tmp_path: Path) -> None:
    async def story() -> None:
        code, said = await command("-c", str(tmp_path / "x.toml"), "--every-m", "5")
        assert code == 2
        assert "beside it stand SOURCE and --state" in " ".join(said.split())
        code, said = await command("-c", str(tmp_path / "x.toml"))
        assert code == 2
        assert "cannot be read" in said

    run(story())


def test_lines_go_out_as_they_come_and_bad_ones_are_told(tmp_path: Path) -> None:
    async def story() -> None:
        server = Script()
        async with scripted_server(server) as port:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "waywarn", "publish", "-", "--to", f"sip:anna@{HOST}:{port}"),
                *("--state", str(tmp_path), "--no-register", "--rate", "steady", "--at-most-every-s", "0"),
                stdin=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            assert process.stdin is not None
            for line in ("time,lon,lat", "1772437200,16.37,48.2", "nonsense", "x" * 40_000):
                process.stdin.write(line.encode() + b"\n")
            await process.stdin.drain()
            while not server.taken:
                await asyncio.sleep(0.01)
            process.stdin.write(b"1772437300,16.38,48.2")  # no line end: the recorder was cut off
            process.stdin.close()
            _, err = await process.communicate()
        assert process.returncode == 0
        assert places(server) == [0, 10]
        assert "line 3" in err.decode()
        assert "line 4" in err.decode()
        assert "delivered 2; 0 wait" in " ".join(err.decode().split())

    run(story())


@pytest.mark.parametrize("transport", [0, 1], ids=["udp", "tcp"])
def test_a_trip_reaches_the_real_service_and_its_store_whole(tmp_path: Path, transport: int) -> None:
    async def story() -> None:
        async with running(tmp_path) as (service, store):
            address = service.addresses[transport]
            trip = moved_to(walk(8), time.time(), 1_000.0)
            identity = Identity(f"sip:anna@{DOMAIN}", f"sip:anna@{DOMAIN}", "anna", PASSWORD)
            rules = Rules(time.time() + 86_400, retransmission_allowed=True)
            outcome = await publish_trip(
                trip,
                [document_of(fix, identity, rules) for fix in trip],
                identity=identity,
                server=ServerAddress(address.host, address.port, address.transport),
                speed=1_000.0,
                tell=lambda _: None,
            )
            assert outcome == Outcome(delivered=8)
            assert store.count_fixes() == 8

    run(story())
