"""Agents against a real phone: Debian's baresip is rung, answers or does not, and is told something."""

import asyncio
import contextlib
import shutil
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from benchmarks.kamailio_devices import until
from benchmarks.kamailio_server import HOST, free_port
from sip.agent_talk import AgentAccount, Ending
from waywarn.operator import Agents

MODULES = Path("/usr/lib/baresip/modules")
# a phone that answers at once, and one that only rings
ACCOUNTS = f"<sip:takes@{HOST}>;regint=0;answermode=auto\n<sip:rings@{HOST}>;regint=0\n"


@contextlib.asynccontextmanager
async def baresip(folder: Path) -> AsyncIterator[int]:
    if shutil.which("baresip") is None or not MODULES.is_dir():
        pytest.skip("baresip is not installed (Debian: baresip-core)")
    port = free_port()
    with wave.open(str(folder / "silence.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(160_000))
    loaded = "".join(f"module {name}.so\n" for name in ("account", "g711", "aufile"))
    (folder / "config").write_text(
        f"sip_listen {HOST}:{port}\nmodule_path {MODULES}\n{loaded}module_app menu.so\n"
        f"audio_source aufile,{folder}/silence.wav\naudio_player aufile,{folder}/heard.wav\n"
    )
    (folder / "accounts").write_text(ACCOUNTS)
    said = folder / "said"
    with said.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *("baresip", "-f", str(folder)), stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log
        )
        try:
            assert await until(lambda: b"baresip is ready" in said.read_bytes(), 10) is not None
            yield port
        finally:
            process.terminate()
            await process.wait()


@pytest.mark.peer
def test_a_phone_is_rung_until_it_answers_and_told_a_text(tmp_path: Path) -> None:
    pytest.importorskip("pjsua2", reason="pjsua2 is not installed (pip install 'waywarn[agent]')")

    async def scene() -> None:
        async with baresip(tmp_path) as port:
            account = AgentAccount(
                address=f"sip:waywarn@{HOST}",
                server=f"sip:{HOST}:{port};transport=tcp",
                user="waywarn",
                password="none is asked for",
                bound_to=HOST,
                registers=False,
            )
            agents = Agents(account)
            assert (await agents.ring(f"sip:takes@{HOST}", 1)).ending is Ending.REFUSED  # nobody is there yet
            async with agents:
                assert await until(lambda: agents.is_ready, 30) is not None
                taken = await agents.ring(f"sip:takes@{HOST}", 10)
                assert (taken.ending, taken.status, taken.after_s < 5) == (Ending.ANSWERED, 200, True)
                rung = await agents.ring(f"sip:rings@{HOST}", 1)
                assert (rung.ending, 1 <= rung.after_s < 5) == (Ending.NO_ANSWER, True)
                unknown = await agents.ring(f"sip:nobody@{HOST}", 5)
                assert (unknown.ending, unknown.status) == (Ending.REFUSED, 404)
                assert (await agents.tell(f"sip:takes@{HOST}", "Grüße")).ending is Ending.ANSWERED
                refused = await agents.tell(f"sip:takes@{HOST}", "{}", "application/json")
                assert (refused.ending, refused.status) == (Ending.REFUSED, 415)
                (pid,) = agents.pids
            assert agents.pids == ()
            assert not Path(f"/proc/{pid}").exists()

    asyncio.run(asyncio.wait_for(scene(), 90))
