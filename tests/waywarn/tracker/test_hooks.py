"""Hooks: real programs, run without a shell, ended at their limit."""

import asyncio
import os
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from waywarn.tracker.hooks import MAX_OUTPUT_BYTES, Ended, run_hook, variables_of


def run(story: Coroutine[Any, Any, Ended]) -> Ended:
    return asyncio.run(asyncio.wait_for(story, 20))


def python(code: str, **variables: str) -> Coroutine[Any, Any, Ended]:
    return run_hook([sys.executable, "-c", code], variables, environ=os.environ)


def is_alive(stat: Path) -> bool:
    try:
        return stat.read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


def test_a_hook_finds_its_order_in_the_environment_and_says_one_line() -> None:
    code = "import os; print('noise'); print(os.environ['WAYWARN_TEXT'] + '!')"
    assert run(python(code, WAYWARN_TEXT="come; rm -rf $HOME")) == Ended(0, "come; rm -rf $HOME!")


def test_its_exit_code_and_its_last_words_are_told() -> None:
    assert run(python("import sys; sys.exit('no sound card')")) == Ended(1, "no sound card")


def test_a_flood_of_output_is_read_and_cut() -> None:
    ended = run(python(f"print('x' * {50 * MAX_OUTPUT_BYTES}); print('end')"))
    assert ended == Ended(0, "end")


def test_at_its_limit_it_is_ended_with_what_it_started(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    code = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen(['sleep', '60']); open({str(file)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )
    began = time.monotonic()
    ended = run(run_hook([sys.executable, "-c", code], {}, environ=os.environ, limit_s=1.5))
    assert ended.code is None
    assert time.monotonic() - began < 10
    child = Path("/proc") / file.read_text() / "stat"
    while is_alive(child):  # it was told to end; that it has is the kernel's to say
        assert time.monotonic() - began < 10
        time.sleep(0.01)


def test_a_program_that_is_not_there_is_an_error_of_the_world() -> None:
    with pytest.raises(OSError, match="no-such-program"):
        run(run_hook(["no-such-program"], {}, environ={"PATH": "/usr/bin"}))


def test_the_names_of_variables() -> None:
    assert variables_of("callback", "i", {"uri": "sip:a@b", "media": "audio"}) == {
        "WAYWARN_COMMAND": "callback",
        "WAYWARN_ID": "i",
        "WAYWARN_URI": "sip:a@b",
        "WAYWARN_MEDIA": "audio",
    }
