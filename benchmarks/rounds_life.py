"""Child process: a round at scale S is published, replayed without its model, and withdrawn.

usage: python -m benchmarks.rounds_life HOME SEED
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT, environment
from peipao.config import Settings
from peipao.domain.states import NeedState
from peipao.sample.size import S
from serving.wiring import Peipao, wire

KIND, BY, CHECKER, NEWCOMERS = "mentor", "benchmarks", "checker", 300
_TABLES = ("rounds", "matches", "outcomes", "needs", "notices", "ledger")


def main() -> None:
    home, seed = Path(sys.argv[1]), int(sys.argv[2])
    peipao = wire(Settings(home=home))
    peipao.store.migrate()
    peipao.load_sample(S, seed, by=BY)
    peipao.train_model(KIND, by=BY, track=False)
    started = time.perf_counter()
    key = peipao.run_round(KIND, by=BY)
    run_s = time.perf_counter() - started
    _publish(peipao, key)
    shown = peipao.show_rounds.one(key)
    second, before = _newcomers(peipao)
    told = len(peipao.review_round.notices(second))
    counts = _counts(peipao)
    started = time.perf_counter()
    _command(home.parent, "round", "withdraw", second, "--by", "boss", "--why", "benchmark")
    withdraw_s = time.perf_counter() - started
    after = _counts(peipao)
    answer = {
        "run_s": run_s,
        "needs": int(shown.figures["needs"]),
        "providers": int(shown.figures["providers"]),
        "pairs": int(shown.figures["eligible_pairs"]),
        "withdrawn": len(peipao.show_rounds.matches(second).matches),
        "withdraw_s": withdraw_s,
        "back": _state(peipao) == before,
        "told": told,
        "all": len(peipao.review_round.notices(second)),
        "deleted": sum(max(counts[name] - after[name], 0) for name in _TABLES),
        **_replayed(peipao, home, key, shown.digest),
    }
    peipao.close()
    print(json.dumps(answer))


def _publish(peipao: Peipao, key: str) -> None:
    for one in peipao.override_finding.list(key):
        peipao.override_finding(key, one.number, by=CHECKER, why="benchmark")
    peipao.review_round.check(key, by=BY)
    peipao.review_round.approve(key, by=CHECKER)
    peipao.review_round.publish(key, by=CHECKER)


def _newcomers(peipao: Peipao) -> tuple[str, dict[str, Any]]:
    """Publish a second round over new projects; return its id and the state before."""
    with peipao.store.transaction(who=BY, why="newcomers") as tx:
        needs = tx.needs.of_kind(KIND)[:NEWCOMERS]
        projects = {one.id: one for one in tx.projects.get_many([n.project_id for n in needs])}
        fresh = [
            replace(projects[need.project_id], id=f"x{at:05d}", external_ids={})
            for at, need in enumerate(needs)
        ]
        tx.projects.add_many(fresh)
        tx.needs.add_many(
            [
                replace(
                    need,
                    id=f"x{at:05d}-m",
                    project_id=f"x{at:05d}",
                    state=NeedState.OPENED,
                    version=1,
                )
                for at, need in enumerate(needs)
            ]
        )
    key = peipao.run_round(KIND, by=BY)
    with peipao.store.transaction(who=BY, why="received") as tx:
        opened = [n for n in tx.needs.open_of_kind(KIND) if n.state is NeedState.OPENED]
        tx.needs.move_many(opened, NeedState.ACKNOWLEDGED)
    before = _state(peipao)
    _publish(peipao, key)
    return key, before


def _state(peipao: Peipao) -> dict[str, Any]:
    """Return what counts of the city: held matches, states of needs, places."""
    with peipao.store.reading() as tx:
        return {
            "held": [(one.id, one.state.value) for one in tx.matches.holding_of_kind(KIND)],
            "needs": [(one.id, one.state.value) for one in tx.needs.of_kind(KIND)],
            "used": tx.providers.used(KIND),
        }


def _counts(peipao: Peipao) -> dict[str, int]:
    with peipao.store.engine.connect() as connection:
        asked = {name: f"SELECT COUNT(*) FROM {name}" for name in _TABLES}
        return {
            name: int(connection.exec_driver_sql(sql).scalar_one()) for name, sql in asked.items()
        }


def _replayed(peipao: Peipao, home: Path, key: str, digest: str) -> dict[str, Any]:
    content = peipao.export_bundle(key)
    shutil.rmtree(home / "packages")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "round.jsonl.gz"
        path.write_bytes(content)
        started = time.perf_counter()
        said = _command(Path(folder), "round", "replay", "--bundle", path.name)
        replay_s = time.perf_counter() - started
    return {
        "replay_s": replay_s,
        "same": digest in said,
        "bundle_mb": len(content) / 1e6,
    }


def _command(folder: Path, *words: str) -> str:
    """Run `peipao` in a folder and return what it printed; a failure ends the measurement."""
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "serving.cli.main", *words],
        cwd=folder,
        env=environment(PYTHONPATH=str(ROOT), PEIPAO_HOME=str(folder / "life")),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


if __name__ == "__main__":
    main()
