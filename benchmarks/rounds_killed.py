"""Child process: the last migration is killed at random moments; what is left is one or the other.

usage: python -m benchmarks.rounds_killed HOME STORE_URL PROJECTS
       python -m benchmarks.rounds_killed migrate HOME STORE_URL
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
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

KILLS, BY = 20, "benchmarks"
_READY = "ready"
_KEPT = ("projects", "needs", "providers", "feedback", "ledger", "sensitive_facts")


def main() -> None:
    if sys.argv[1] == "migrate":
        _migrate(Path(sys.argv[2]), sys.argv[3])
        return
    home, url, projects = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    peipao = _wired(home, url)
    peipao.store.migrate()
    peipao.load_sample(size_of(projects), 2026, by=BY)
    new, old = _versions()
    rows = _rows(peipao.store.engine)
    peipao.store.downgrade(old)
    spent = _whole_run(home, url, peipao, old)
    dice = np.random.default_rng(5)
    found = [_killed(home, url, peipao, float(dice.uniform(0, spent))) for _ in range(KILLS)]
    whole = [_is_whole(peipao, seen, (old, new), rows) for seen in found]
    answer = {
        "database": peipao.store.database_version(),
        "rows": sum(rows.values()),
        "from": old,
        "to": new,
        "killed": KILLS,
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


def _migrate(home: Path, url: str) -> None:
    service = _wired(home, url)
    print(_READY, flush=True)
    service.store.migrate()
    print("done", flush=True)


def _started(home: Path, url: str) -> subprocess.Popen[str]:
    """Start a migration and return once it is about to begin."""
    process = subprocess.Popen(  # noqa: S603  our own module
        [sys.executable, "-m", "benchmarks.rounds_killed", "migrate", str(home), url],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == _READY
    return process


def _whole_run(home: Path, url: str, peipao: Peipao, old: str) -> float:
    """Return the seconds that an undisturbed migration takes, and take it back."""
    process = _started(home, url)
    began = time.perf_counter()
    process.wait()
    spent = time.perf_counter() - began
    peipao.store.downgrade(old)
    return spent


def _killed(home: Path, url: str, peipao: Peipao, after_s: float) -> dict[str, Any]:
    """Kill a migration after so many seconds; return what is found, and take it back."""
    process = _started(home, url)
    time.sleep(after_s)
    process.kill()
    process.wait()
    seen = _seen(peipao)
    peipao.store.migrate()
    seen["reaches"] = migration.differences(peipao.store.engine) == []
    seen["chain"] = peipao.verify_books().head.sequence > 0
    peipao.store.downgrade(_versions()[1])
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


def _is_whole(
    peipao: Peipao, seen: dict[str, Any], versions: tuple[str, str], rows: dict[str, int]
) -> bool:
    """Tell whether what was found is one of the two versions, and nothing else."""
    old, new = versions
    expected = {old: _seen(peipao)["differs"], new: 0}
    same = expected.get(seen["revision"]) == seen["differs"]
    return bool(same and seen["rows"] == rows and seen["reaches"] and seen["chain"])


if __name__ == "__main__":
    main()
