"""The command `waywarn publish`, a process of its own, against a scripted server: what it says at its end."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from corridor.fix import Fix
from corridor.instant import format_instant
from sip.pidflo import parse_pidf
from tests.sip.scripted import HOST, Script, scripted_server
from tests.waywarn.test_publish import START, places, run, walk
from waywarn.demo.actors import free_port


def csv_of(fixes: list[Fix], folder: Path) -> Path:
    file = folder / "trip.csv"
    rows = [f"{f.device_id},{format_instant(f.time)},{f.lon},{f.lat},{f.accuracy_m}" for f in fixes]
    file.write_text("\n".join(["device_id,time,lon,lat,accuracy_m", *rows]) + "\n")
    return file


async def started(*arguments: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "waywarn", "publish", *arguments),
        env=os.environ | environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def command(*arguments: str, **environment: str) -> tuple[int | None, str]:
    process = await started(*arguments, **environment)
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
        (["--to", "sip:town"], "names no user"),
        (["--to", "sip:a@b", "--password-env", "NO_SUCH"], "no variable 'NO_SUCH'"),
        (["--to", "sip:a@b", "--password-file", "nowhere"], "--password-file nowhere"),
        (["--to", "sip:a@b", "--password-env", "HOME", "--password-file", "x"], "not both"),
        (["--to", "sip:a@b", "--server", "b:x"], "is not HOST or HOST:PORT"),
        (["--to", "sip:a@b", "--at-least-every-s", "5"], "is shorter than"),
        (["--to", "sip:a@b", "--heartbeat-s", "120"], "--heartbeat-s 120 is for --rate adaptive"),
        (["--to", "sip:a@b", "--hook", "ring=true"], "--hook: a recorded trip takes no orders"),
        (["--to", "sip:a@b", "--device", "berta"], "no fix of device 'berta'"),
    ],
)
def test_bad_input_ends_with_2_and_the_reason(arguments: list[str], reason: str, tmp_path: Path) -> None:
    async def story() -> None:
        code, said = await command(str(csv_of(walk(3), tmp_path)), *arguments)
        assert code == 2
        assert reason in " ".join(said.split())

    run(story())


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--now"], "--now: is for a recorded trip"),
        (["--speed", "2"], "--speed: is for a recorded trip"),
        (["--since", "2026-03-02T00:00:00Z"], "--since: is for a recorded trip"),
        (["--hook", "dance=true"], "is not ORDER=PROGRAM"),
    ],
)
def test_what_a_receiver_cannot_do_is_not_passed_over(options: list[str], reason: str) -> None:
    async def story() -> None:
        code, said = await command("gpsd:", "--to", "sip:a@b", *options)
        assert code == 2
        assert reason in said

    run(story())


def test_a_standard_input_that_is_closed_ends_with_2() -> None:
    shell = f'"{sys.executable}" -m waywarn publish - --to sip:a@b <&-'
    done = subprocess.run(shell, shell=True, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "standard input is closed" in done.stderr) == (2, True)


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
        away = await started(*arguments, "--speed", "1000")
        assert away.stderr is not None
        while b"publication.waiting" not in (line := await away.stderr.readline()):
            assert line
        server = Script()
        async with scripted_server(server, port=port):
            _, said = await away.communicate()
        assert away.returncode == 0, said
        assert places(server) == [0, 1, 2, 3]

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
            process = await started(
                *("-", "--to", f"sip:anna@{HOST}:{port}", "--state", str(tmp_path), "--no-register"),
                *("--rate", "steady", "--at-most-every-s", "0"),
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
