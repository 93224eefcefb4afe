"""A real client: Debian's sipp publishes with digest over UDP and TCP."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sip.peer import Transport
from tests.sip.home import at_home
from tests.sip.talk import account

SCENARIO = Path(__file__).parent / "scenarios" / "publish_load.xml"
CALLS = 60


def write_publications(file: Path, count: int) -> None:
    """Write what sipp reads: one line a call, each with a time of its own."""
    start = datetime.now(tz=UTC).replace(microsecond=0) - timedelta(hours=1)
    lines = ["SEQUENTIAL"]
    for number in range(count):
        when = (start + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        secret = "[authentication username=anna password=secret]"
        lines.append(f"anna;{secret};{48 + number / 1e5:.5f};16.37;{when}")
    file.write_text("\n".join(lines) + "\n")


@pytest.mark.peer
@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
def test_sipp_publishes_with_digest_and_every_place_arrives_once(
    transport: Transport, tmp_path: Path
) -> None:
    sipp = shutil.which("sipp")
    if sipp is None:
        pytest.skip("sipp is not installed (Debian: sip-tester)")
    write_publications(tmp_path / "places.csv", CALLS)

    async def scene() -> None:
        async with at_home([account("anna", algorithms=("MD5",), password="secret")]) as home:
            options = ["-sf", str(SCENARIO), "-inf", "places.csv", "-i", "127.0.0.1", "-m", str(CALLS)]
            options += ["-r", "100", "-t", "u1" if transport is Transport.UDP else "t1", "-nostdin"]
            options += ["-timeout", "20s", "-timeout_error", "-trace_err", "-error_file", "errors.log"]
            target = f"127.0.0.1:{home.port(transport)}"
            process = await asyncio.create_subprocess_exec(
                sipp, target, *options, cwd=tmp_path, stdout=asyncio.subprocess.DEVNULL
            )
            code = await asyncio.wait_for(process.wait(), 40)
            errors = tmp_path / "errors.log"
            assert code == 0, errors.read_text() if errors.exists() else "no error log"
            assert sorted(fix.lat for fix in home.fixes) == [round(48 + n / 1e5, 5) for n in range(CALLS)]
            assert {fix.accuracy_m for fix in home.fixes} == {8.0}

    asyncio.run(scene())
