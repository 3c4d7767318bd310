"""A PostgreSQL of its own for an Airflow, in which processes really write at the same moment."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from local_airflow import Failure, free_port


class Postgres:
    """A running PostgreSQL on the loopback interface; it ends with the ``with`` block.

    It needs Debian's package postgresql, and its data go into a folder of its own. PostgreSQL
    refuses to run as root, so root starts it as the package's user.
    """

    def __enter__(self) -> Postgres:
        self._programs = _programs()
        self._user = "postgres" if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="zoomchat-postgres-"))
        if self._user:
            shutil.chown(self._folder, self._user)
        port = free_port()
        self.url = f"postgresql+psycopg2://airflow@127.0.0.1:{port}/postgres"
        data = self._folder / "data"
        # Nobody keeps these data, so they need not reach the disk.
        settings = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200 "
            f"-c unix_socket_directories={self._folder}"
        )
        try:
            self._run("initdb", "-D", data, "-U", "airflow", "-A", "trust", "-E", "UTF8")
            self._run("pg_ctl", "-D", data, "-o", settings, "-l", self._log, "-w", "start")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        data = self._folder / "data"
        if (data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _run(self, program: str, *arguments: object) -> None:
        ended = subprocess.run(
            [self._programs / program, *map(str, arguments)],
            user=self._user,
            cwd=self._folder,
            # The server keeps what it inherits, so a pipe would not end before it does.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if ended.returncode:
            log = self._log.read_text(errors="replace") if self._log.exists() else ""
            raise Failure(f"{program} ended with {ended.returncode}. {log[-2000:]}")


def _programs() -> Path:
    """Return the folder with PostgreSQL's programs, of the newest version that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if not found:
        raise Failure("There is no PostgreSQL. Install it: apt-get install postgresql")
    return found[-1].parent


def _version(program: Path) -> int:
    return int(program.parts[-3])
