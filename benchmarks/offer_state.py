"""What the benchmarks of offers share: places to set, and what the database holds afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from peipao.clock import SystemClock
from peipao.domain.states import HOLDING
from peipao.store import Store


def set_places(home: Path, url: str | None, capacity: int) -> None:
    """Give every mentor so many places."""
    with _store(home, url).transaction(who="benchmarks", why="one more place each") as tx:
        for mentor in tx.providers.of_kind("mentor"):
            tx.providers.update(replace(mentor, capacity=capacity))


def state_of(home: Path, url: str | None) -> dict[str, int]:
    """Return counts: held, over capacity, pairs twice, miscounted places, ledger lines."""
    with _store(home, url).reading() as tx:
        held = [m for m in tx.matches.of_kind("mentor") if m.state in HOLDING]
        capacity = {one.id: one.capacity for one in tx.providers.of_kind("mentor")}
        loads = Counter(match.provider_id for match in held)
        pairs = Counter((match.need_id, match.provider_id) for match in held)
        return {
            "held": len(held),
            "over": sum(load > capacity[key] for key, load in loads.items()),
            "twice": sum(number > 1 for number in pairs.values()),
            "miscounted": len(tx.providers.miscounted()),
            "lines": tx.ledger.verify().sequence,
        }


def _store(home: Path, url: str | None) -> Store:
    return Store.open(url or f"sqlite:///{home / 'peipao.db'}", SystemClock())
