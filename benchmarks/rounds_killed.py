"""Child process: migrations are killed at random moments; what is left is one or the other version.

usage: python -m benchmarks.rounds_killed HOME STORE_URL PROJECTS OLD
       python -m benchmarks.rounds_killed migrate HOME STORE_URL STATEMENTS

OLD is the revision to migrate from; `-1` is the one before the newest. STATEMENTS is after how many
SQL statements the migration kills itself; 0 is never.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import peipao.store
from benchmarks.digest_child import NOW, size_of
from benchmarks.processes import ROOT, environment
from peipao.clock import FixedClock
from peipao.config import Settings, StoreSettings
from peipao.store import migration
from serving.wiring import Peipao, wire

KILLS, TRIES, BY, MODULE = 20, 3, "benchmarks", "benchmarks.rounds_killed"
_READY = "ready"
_KEPT = ("projects", "needs", "providers", "feedback", "ledger", "sensitive_facts")


def main() -> None:
    if sys.argv[1] == "migrate":
        _migrate(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
        return
    home, url, projects = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    peipao = _wired(home, url)
    peipao.store.migrate()
    peipao.load_sample(size_of(projects), 2026, by=BY)
    new, before = _versions()
    old = before if sys.argv[4] == "-1" else sys.argv[4]
    peipao.store.downgrade(old)
    differs = {old: _seen(peipao)["differs"], new: 0}
    rows = _rows(peipao.store.engine)
    runs = [_whole_run(home, url, peipao, old) for _ in range(TRIES)]
    spent, statements = median(one[0] for one in runs), runs[0][1]
    # An upgrade may have lines of its own to write into the ledger: all of them or none.
    lines = {old: 0, new: (_rows(peipao.store.engine)["ledger"] - rows["ledger"]) // TRIES}
    dice = np.random.default_rng(5)
    moments = [float(dice.uniform(0, spent)) for _ in range(KILLS)]
    stops = dice.permutation(np.arange(1, statements + 1))[:KILLS].tolist()
    found = [_killed(home, url, peipao, old, after_s=at) for at in moments]
    found += [_killed(home, url, peipao, old, statements=number) for number in stops]
    whole = [
        seen["reaches"]
        and seen["chain"]
        and seen["differs"] == differs.get(seen["revision"])
        and seen["rows"] == {**rows, "ledger": seen["lines"] + lines[seen["revision"]]}
        for seen in found
    ]
    answer = {
        "database": peipao.store.database_version(),
        "rows": sum(rows.values()),
        "from": old,
        "to": new,
        "took_s": spent,
        "statements": statements,
        "by_time": len(moments),
        "by_statement": len(stops),
        "killed": len(found),
        "stayed": sum(seen["revision"] == old for seen in found),
        "arrived": sum(seen["revision"] == new for seen in found),
        "whole": sum(whole),
    }
    peipao.close()
    print(json.dumps(answer))


def _versions() -> tuple[str, str]:
    """Return the newest revision and the one before it."""
    scripts = ScriptDirectory(str(Path(str(peipao.store.__file__)).parent / "migrations"))
    head = scripts.get_revision(scripts.get_current_head() or "")
    return head.revision, str(head.down_revision)


def _wired(home: Path, url: str) -> Peipao:
    return wire(Settings(home=home, store=StoreSettings(url=url or None)), FixedClock(NOW))


def _migrate(home: Path, url: str, statements: int) -> None:
    service = _wired(home, url)
    done = 0

    def count(*_: object) -> None:
        nonlocal done
        done += 1
        if done == statements:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(service.store.engine, "after_cursor_execute", count)
    print(_READY, flush=True)
    service.store.migrate()
    print(done, flush=True)


def _started(home: Path, url: str, statements: int = 0) -> subprocess.Popen[str]:
    """Start a migration and return once it is about to begin."""
    process = subprocess.Popen(  # noqa: S603  our own module
        [sys.executable, "-m", MODULE, "migrate", str(home), url, str(statements)],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == _READY
    return process


def _whole_run(home: Path, url: str, peipao: Peipao, old: str) -> tuple[float, int]:
    """Return the seconds and statements that an undisturbed migration takes, and take it back."""
    process = _started(home, url)
    began = time.perf_counter()
    assert process.stdout is not None
    statements = int(process.stdout.readline())
    spent = time.perf_counter() - began
    process.wait()
    peipao.store.downgrade(old)
    return spent, statements


def _killed(
    home: Path, url: str, peipao: Peipao, old: str, *, after_s: float = 0.0, statements: int = 0
) -> dict[str, Any]:
    """Kill a migration after so many seconds or statements; return what is found; take it back."""
    # No connection of ours stays open: the next one must find its way out of what was left.
    lines = _rows(peipao.store.engine)["ledger"]
    peipao.store.engine.dispose()
    process = _started(home, url, statements)
    if not statements:
        until = time.perf_counter() + after_s
        while time.perf_counter() < until:  # more exact than to sleep
            pass
        process.kill()
    assert process.wait() in (-signal.SIGKILL, 0)
    seen = _seen(peipao)
    seen["lines"] = lines
    peipao.store.migrate()
    seen["reaches"] = migration.differences(peipao.store.engine) == []
    seen["chain"] = peipao.verify_books().head.sequence > 0
    peipao.store.downgrade(old)
    return seen


def _seen(peipao: Peipao) -> dict[str, Any]:
    engine = peipao.store.engine
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    return {
        "revision": revision,
        "rows": _rows(engine),
        "differs": len(migration.differences(engine)),
    }


def _rows(engine: sa.Engine) -> dict[str, int]:
    with engine.connect() as connection:
        asked = {name: f"SELECT COUNT(*) FROM {name}" for name in _KEPT}
        return {
            name: int(connection.exec_driver_sql(sql).scalar_one()) for name, sql in asked.items()
        }


if __name__ == "__main__":
    main()
