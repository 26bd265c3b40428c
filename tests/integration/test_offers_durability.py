"""Small versions of what the benchmarks measure: kill -9, and one effect after a restart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from offer_desk import a_desk, settle

from peipao.clock import FixedClock
from peipao.store import Store

TESTS = Path(__file__).parents[1]
WRITER = """
import sys
from pathlib import Path
from peipao.clock import SystemClock
from peipao.store import Store
sys.path.insert(0, sys.argv[2])
from offer_desk import a_desk
desk = a_desk(Store.open(sys.argv[1], SystemClock()), SystemClock(), Path("unused"))
for number in range(1, 41):
    reply = desk.offer(f"n{number}", f"m{number}", key=f"k{number}")
    print(number, reply.body, flush=True)
"""


def acknowledged_until_killed(url: str, *, after: int) -> dict[int, str]:
    """Let a process make offers until it has acknowledged so many, kill it, return what it said."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, url, str(TESTS)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=TESTS.parent,
    ) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(after)]
        writer.kill()
        lines += [line for line in writer.stdout if line.endswith("\n")]
    return {int(line.split(" ", 1)[0]): line.split(" ", 1)[1].strip() for line in lines}


@pytest.mark.parametrize("after", [1, 12])
def test_an_acknowledged_offer_survives_kill_9_whole_and_is_not_made_twice(
    database_url: str, clock: FixedClock, tmp_path: Path, after: int
) -> None:
    store = Store.open(database_url, clock)
    settle(store, needs=40, providers=40)
    a_desk(store, clock, tmp_path)
    said = acknowledged_until_killed(database_url, after=after)
    with store.reading() as tx:
        before = tx.matches.page()
        assert tx.replies.count() == len(before)
        assert len(before) in {len(said), len(said) + 1}
        assert tx.providers.miscounted() == []
        tx.ledger.verify()
    again = a_desk(store, clock, tmp_path)
    replies = {k: again.offer(f"n{k}", f"m{k}", key=f"k{k}") for k in said}
    assert {k: reply.body for k, reply in replies.items()} == said
    with store.reading() as tx:
        assert tx.matches.page() == before
    store.close()
