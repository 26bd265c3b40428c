"""Child process: a city in which every need fits every mentor, so that all compete for all.

usage: python -m benchmarks.offer_city HOME MENTORS CAPACITY [URL]

MENTORS with CAPACITY places each, 80 needs that want a hundred places each, and a trained model.
Prints the ids.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from peipao.config import Settings, StoreSettings
from peipao.sample.size import CitySize
from serving.wiring import wire

KIND, NEEDS, WANTED = "mentor", 80, 100
SIZE = CitySize(projects=NEEDS, earlier=10, officers=5, talents=0, service_points=1, history=0.2)


def main() -> None:
    home, mentors, capacity = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    url = sys.argv[4] if len(sys.argv) > 4 else None
    peipao = wire(Settings(home=home, store=StoreSettings(url=url)))
    peipao.store.migrate()
    peipao.load_sample(replace(SIZE, mentors=mentors), 2026, by="benchmarks")
    with peipao.store.transaction(who="benchmarks", why="everybody fits everybody") as tx:
        for mentor in tx.providers.of_kind(KIND):
            tx.providers.update(
                replace(
                    mentor,
                    capacity=capacity,
                    districts_served=(),
                    valid_from=None,
                    valid_to=None,
                    paused=False,
                    organisation=None,
                )
            )
        needs = tx.needs.open_of_kind(KIND)
        for need in needs:
            tx.needs.update(replace(need, attributes={}, wanted=WANTED))
        names = [mentor.id for mentor in tx.providers.of_kind(KIND)]
    peipao.train_model(KIND, by="benchmarks", track=False)
    peipao.close()
    print(json.dumps({"needs": [need.id for need in needs], "mentors": names}))


if __name__ == "__main__":
    main()
