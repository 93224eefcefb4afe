"""A private PostgreSQL with PostGIS, for as long as a context is open; what it is asked is ``postgis.py``.

In a temporary folder, by an account without rights, on a socket in that folder alone; stopped again. One
process: no parallel workers.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from waywarn.bench.rivals.rival import missing

_DEBIAN = Path("/usr/lib/postgresql")  # where Debian keeps each version's programs
_ACCOUNTS = ("postgres", "nobody")  # initdb refuses root
_STARTS_WITHIN_S = 60
_SETTINGS = {
    "listen_addresses": "",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "fsync": "off",  # only reading is timed
    "shared_buffers": "1GB",
    "work_mem": "1GB",
    "jit": "off",  # compiling costs a short query more than it gains
}


@dataclass(frozen=True, slots=True)
class Server:
    """A connection to PostGIS; or none, and why."""

    connection: Any = None
    why: str = ""


@contextmanager
def cluster(*, wanted: bool = True) -> Iterator[Server]:
    """Run a server for as long as the context is open, if it is wanted and can be."""
    programs = _programs()
    why = missing("psycopg") if wanted else "left out"
    if why or programs is None:
        yield Server(why=why or "no PostgreSQL server is installed")
        return
    with ExitStack() as stack:
        try:
            server = _started(programs, stack)
        except (OSError, subprocess.SubprocessError) as error:
            server = Server(why=f"PostgreSQL does not start: {error}")
        yield server


def _started(programs: Path, stack: ExitStack) -> Server:
    """Start a server, and let the stack stop it and remove its folder."""
    import psycopg

    folder = Path(tempfile.mkdtemp(prefix="waywarn-bench-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    if os.geteuid() == 0:
        shutil.chown(folder, _account())
    run = partial(_run, programs, folder)
    run("initdb", "-D", "data", "-A", "trust", "-U", "bench", "-E", "UTF8", "--no-sync")
    options = " ".join(f"-c {key}='{value}'" for key, value in _SETTINGS.items())
    run("pg_ctl", "start", "-w", "-D", "data", "-l", "log", "-o", f"{options} -k {folder}")
    stack.callback(run, "pg_ctl", "stop", "-D", "data", "-m", "immediate")
    connection = psycopg.connect(host=str(folder), user="bench", dbname="postgres", autocommit=True)
    stack.callback(connection.close)
    try:
        connection.execute("CREATE EXTENSION postgis")
    except psycopg.Error as error:
        return Server(why=f"PostGIS is not installed: {str(error).splitlines()[0]}")
    return Server(connection)


def _run(programs: Path, folder: Path, program: str, *arguments: str) -> None:
    as_whom: dict[str, Any] = {}
    if os.geteuid() == 0:
        as_whom = {"user": _account(), "group": pwd.getpwnam(_account()).pw_gid, "extra_groups": []}
    subprocess.run(  # noqa: S603 (our own words alone)
        [str(programs / program), *arguments],
        cwd=folder,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=_STARTS_WITHIN_S,
        **as_whom,
    )


def _programs() -> Path | None:
    """Give the folder of initdb and pg_ctl; the newest of Debian's, else whichever is on the path."""
    versions = [file.parent for file in _DEBIAN.glob("*/bin/initdb")]
    if versions:
        return max(versions, key=lambda folder: int(folder.parent.name))
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _account() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in _ACCOUNTS if name in known)
