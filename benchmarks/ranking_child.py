"""Child process: judge the rankers on the held-out months of one sample city.

usage: python -m benchmarks.ranking_child HOME CITY_SEED KIND…
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

from peipao.config import Settings
from peipao.sample.size import S
from serving.wiring import wire


def main() -> None:
    home, seed, *kinds = sys.argv[1:]
    peipao = wire(Settings(home=Path(home)))
    peipao.store.migrate()
    peipao.load_sample(S, int(seed), by="benchmarks")
    out = {}
    for kind in kinds:
        found = peipao.evaluate_model(kind, seed=peipao.settings.seed)
        out[kind] = {
            "since": dt.datetime.fromtimestamp(found.cut_at, dt.UTC).date().isoformat(),
            "needs": found.n_needs,
            "cold": found.n_cold,
            "ndcg": {name: row["ndcg_at_10"].to_json() for name, row in found.figures.items()},
            "ratios": {name: ratio.to_json() for name, ratio in found.ratios.items()},
        }
    peipao.close()
    print(json.dumps(out))


if __name__ == "__main__":
    main()
