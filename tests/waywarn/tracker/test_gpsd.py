"""gpsd: a scripted daemon that dies and comes again, and Debian's own, fed by gpsfake."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from corridor.fix import Fix
from sip.pidflo import parse_pidf
from tests.sip.scripted import Script, scripted_server
from tests.waywarn.tracker.nmea import sentences
from waywarn.demo.actors import free_port
from waywarn.tracker import gpsd
from waywarn.tracker.gpsd import GpsdAddress, fixes_of_gpsd

START = 1_772_437_200.0  # 2026-03-02T07:40:00Z
HOST = "127.0.0.1"


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 50))


def report(second: int) -> bytes:
    stamp = f"2026-03-02T07:40:{second:02d}.000Z"
    tpv = {"class": "TPV", "mode": 3, "time": stamp, "lat": 48.2, "lon": 16.37, "eph": 5.0}
    return json.dumps(tpv).encode() + b"\r\n"


async def taken(address: GpsdAddress, count: int, told: list[str]) -> list[Fix]:
    fixes: list[Fix] = []
    source = fixes_of_gpsd(address, "anna", told.append)
    async for fix in source:
        fixes.append(fix)
        if len(fixes) == count:
            break
    await source.aclose()  # type: ignore[attr-defined] # it is a generator
    return fixes


def test_a_daemon_that_dies_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpsd, "FIRST_WAIT_S", 0.01)
    watches: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'{"class":"VERSION","release":"3.22"}\r\n')
        watches.append(await reader.readline())
        number = len(watches)
        writer.write(
            b'{"class":"SKY"}\r\n' + b"nonsense\r\n" + report(2 * number) + report(2 * number + 1)[:-9]
        )
        await writer.drain()
        writer.close()

    async def story() -> None:
        server = await asyncio.start_server(serve, HOST, 0)
        told: list[str] = []
        async with server:
            port = server.sockets[0].getsockname()[1]
            fixes = await taken(GpsdAddress(HOST, port, "/dev/x"), 3, told)
        assert [fix.time - START for fix in fixes] == [2, 4, 6]
        assert watches[0] == b'?WATCH={"enable":true,"json":true,"device":"/dev/x"}\n'
        assert sum("no JSON" in text for text in told) >= 2
        assert any("it closed the connection; again in" in text for text in told)

    run(story())


@pytest.mark.parametrize(
    ("limit", "said"), [("CONNECT_S", "no connection within 0 s"), ("SILENCE_S", "it said nothing for 0 s")]
)
def test_what_took_too_long_is_told_as_it_was(monkeypatch: pytest.MonkeyPatch, limit: str, said: str) -> None:
    monkeypatch.setattr(gpsd, limit, 0.0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def story() -> None:
        told: asyncio.Queue[str] = asyncio.Queue()
        async with await asyncio.start_server(serve, HOST, 0) as server:
            address = GpsdAddress(HOST, server.sockets[0].getsockname()[1])
            asking = asyncio.ensure_future(anext(fixes_of_gpsd(address, "anna", told.put_nowait)))
            assert said in await told.get()
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    run(story())


def test_a_daemon_that_is_not_there_is_asked_ever_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpsd, "FIRST_WAIT_S", 0.01)

    async def story() -> None:
        told: list[str] = []
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(taken(GpsdAddress(HOST, free_port()), 1, told), 1.0)
        assert 5 <= len(told) <= 8
        assert "Connect" in told[0] or "refused" in told[0].lower()

    run(story())


WAY: Sequence[Fix] = [
    Fix("anna", START + n, 16.37 + 2e-5 * n, 48.2, 190.0, speed_mps=1.5, course_deg=90.0) for n in range(20)
]


@asynccontextmanager
async def gpsfake(log: Path) -> AsyncIterator[int]:
    """Run Debian's gpsd on a receiver that writes a log again and again; gives its port."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *("gpsfake", "-q", "-P", str(port), "-c", "0.05", "-p", str(log)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": "/usr/sbin:/usr/bin:/bin:/sbin"},
    )
    try:
        yield port
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@pytest.mark.peer
def test_the_command_publishes_what_debians_gpsd_says(tmp_path: Path) -> None:
    if shutil.which("gpsfake") is None or shutil.which("gpsd") is None:
        pytest.skip("gpsfake is not installed (Debian: gpsd gpsd-clients)")
    log = tmp_path / "way.nmea"
    log.write_text("".join(sentences(WAY)), encoding="ascii", newline="")

    async def story() -> None:
        script = Script()
        async with gpsfake(log) as gpsd_port, scripted_server(script) as port:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "waywarn", "publish", f"gpsd://{HOST}:{gpsd_port}"),
                *("--to", f"sip:anna@{HOST}:{port}", "--state", str(tmp_path / "state"), "--no-register"),
                *("--rate", "steady", "--every-m", "0", "--at-most-every-s", "0"),
                stderr=asyncio.subprocess.DEVNULL,
            )
            while len(script.taken) < 3:
                await asyncio.sleep(0.05)
            process.terminate()
            assert await process.wait() == 0
        place = parse_pidf(script.taken[0]).place
        assert place is not None
        assert place.lat == pytest.approx(48.2, abs=1e-6)

    run(story())


@pytest.mark.peer
def test_debians_gpsd_tells_the_way_that_a_receiver_wrote(tmp_path: Path) -> None:
    if shutil.which("gpsfake") is None or shutil.which("gpsd") is None:
        pytest.skip("gpsfake is not installed (Debian: gpsd gpsd-clients)")
    log = tmp_path / "way.nmea"
    log.write_text("# a walk\n#Date: 2026-03-02\n" + "".join(sentences(WAY)), encoding="ascii", newline="")

    async def story() -> None:
        async with gpsfake(log) as port:
            fixes = await asyncio.wait_for(taken(GpsdAddress(HOST, port), 5, []), 40)
        by_time = {fix.time: fix for fix in WAY}
        for fix in fixes:
            real = by_time[fix.time]
            assert fix.lon == pytest.approx(real.lon, abs=2e-7)
            assert fix.lat == pytest.approx(real.lat, abs=2e-7)
            assert fix.method == "GPS"
        assert any(fix.accuracy_m is not None and 1 < fix.accuracy_m < 100 for fix in fixes)
        assert any(fix.speed_mps == pytest.approx(1.5, abs=0.05) for fix in fixes)
        assert any(fix.course_deg == pytest.approx(90.0, abs=0.1) for fix in fixes)

    run(story())
