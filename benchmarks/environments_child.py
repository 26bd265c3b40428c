"""Child process: five cities, a model and a round of every kind in each; prints their digests.

usage: python -m benchmarks.environments_child HOME SHUFFLE all|train|rounds URL URL URL URL URL
"""

from __future__ import annotations

import json
import locale
import sys
from contextlib import suppress
from pathlib import Path

from benchmarks.digest_child import NOW, size_of, store_city
from peipao.clock import FixedClock
from peipao.config import Settings, StoreSettings
from peipao.sample.city import generate_city
from serving.usecases.score_pairs import city_date
from serving.wiring import Peipao, wire

SEEDS, PROJECTS, BY = (1, 2, 3, 4, 5), 40, "benchmarks"
KINDS = ("mentor", "service_officer", "investor", "space")


def main() -> None:
    home, shuffle, phase, *urls = sys.argv[1:]
    # Whatever the environment asks for; where it is not installed there is nothing to set.
    with suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "")
    found = {}
    for seed, url in zip(SEEDS, urls, strict=True):
        settings = Settings(home=Path(home) / f"{seed}", store=StoreSettings(url=url or None))
        peipao = wire(settings, FixedClock(NOW))
        if phase != "rounds":
            _train(peipao, seed, int(shuffle))
        if phase != "train":
            for kind in KINDS:
                shown = peipao.show_rounds.one(peipao.run_round(kind, by=BY))
                found[f"{seed} {kind}"] = shown.digest
        peipao.close()
    print(json.dumps(found))


def _train(peipao: Peipao, seed: int, shuffle: int) -> None:
    peipao.store.migrate()
    city = generate_city(
        size_of(PROJECTS), seed, peipao.reference, peipao.catalogue, city_date(NOW)
    )
    store_city(peipao, city, shuffle)
    for kind in KINDS:
        peipao.train_model(kind, by=BY, track=False)


if __name__ == "__main__":
    main()
