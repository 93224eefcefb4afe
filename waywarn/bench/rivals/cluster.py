"""A private PostgreSQL with PostGIS, for as long as a context is open; what it is asked is ``postgis.py``.

In a temporary folder, by an account without rights, on a socket in that folder alone; stopped again. One
process: no parallel workers.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

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


class Cluster:
    """A server while the context is open; where there is none, `why` says so and `connection` is None."""

    def __init__(self) -> None:
        self.connection: Any = None
        self._programs = _programs()
        self.why = missing("psycopg") or ("" if self._programs else "no PostgreSQL server is installed")
        self._folder: Path | None = None

    def __enter__(self) -> Self:
        if not self.why:
            try:
                self._start()
            except (OSError, subprocess.SubprocessError) as error:
                self.why = f"PostgreSQL does not start: {error}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.connection is not None:
            self.connection.close()
        if self._folder is not None:
            if (self._folder / "data" / "postmaster.pid").exists():
                self._call("pg_ctl", "stop", "-D", "data", "-m", "immediate")
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> None:
        import psycopg

        self._folder = Path(tempfile.mkdtemp(prefix="waywarn-bench-"))
        if os.geteuid() == 0:
            shutil.chown(self._folder, _account())
        self._call("initdb", "-D", "data", "-A", "trust", "-U", "bench", "-E", "UTF8", "--no-sync")
        options = " ".join(f"-c {key}='{value}'" for key, value in _SETTINGS.items())
        self._call("pg_ctl", "start", "-w", "-D", "data", "-l", "log", "-o", f"{options} -k {self._folder}")
        self.connection = psycopg.connect(
            host=str(self._folder), user="bench", dbname="postgres", autocommit=True
        )
        try:
            self.connection.execute("CREATE EXTENSION postgis")
        except psycopg.Error as error:
            self.why = f"PostGIS is not installed: {str(error).splitlines()[0]}"

    def _call(self, program: str, *arguments: str) -> None:
        assert self._programs is not None
        assert self._folder is not None
        as_whom: dict[str, Any] = {}
        if os.geteuid() == 0:
            as_whom = {"user": _account(), "group": pwd.getpwnam(_account()).pw_gid, "extra_groups": []}
        subprocess.run(  # noqa: S603 (our own words alone)
            [str(self._programs / program), *arguments],
            cwd=self._folder,
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
