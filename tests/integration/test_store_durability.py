"""What was acknowledged is there after the process was killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from peipao.clock import FixedClock
from peipao.store import Store

WRITER = """
import itertools, sys
from peipao.clock import SystemClock
from peipao.domain.records import Project
from peipao.store import Store

store = Store.open(sys.argv[1], SystemClock())
for number in itertools.count():
    with store.transaction(who="writer", why="x") as tx:
        tx.projects.add_many([Project(f"p{number}-{part}", "n", "seed") for part in range(3)])
    print(number, flush=True)
"""


def acknowledged_until_killed(url: str, *, after: int) -> int:
    """Let a process write until it has acknowledged so many writes, kill it, return the last."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, url],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as writer:
        assert writer.stdout is not None
        first = [int(writer.stdout.readline()) for _ in range(after)]
        writer.kill()
        rest = [int(line) for line in writer.stdout if line.endswith("\n")]
    return (first + rest)[-1]


@pytest.mark.parametrize("after", [1, 25])
def test_a_killed_process_loses_nothing_it_acknowledged_and_leaves_nothing_half_done(
    database_url: str, clock: FixedClock, after: int
) -> None:
    last = acknowledged_until_killed(database_url, after=after)
    store = Store.open(database_url, clock)
    with store.reading() as tx:
        stored = {project.id for project in tx.projects.list()}
        writes = tx.ledger.verify().sequence
    store.close()
    # One more may have been committed and not yet acknowledged when the process was killed.
    assert writes in {last + 1, last + 2}
    assert stored == {f"p{number}-{part}" for number in range(writes) for part in range(3)}
