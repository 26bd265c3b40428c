"""Child process: make a home folder with the sample city S and a trained model of every kind.

usage: python -m benchmarks.city_home HOME SEED
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from peipao.config import Settings
from peipao.sample.size import S
from serving.wiring import wire

BY = "benchmarks"


def main() -> None:
    home, seed = Path(sys.argv[1]), int(sys.argv[2])
    started = time.perf_counter()
    peipao = wire(Settings(home=home))
    peipao.store.migrate()
    peipao.load_sample(S, seed, by=BY)
    loaded = time.perf_counter()
    for kind in peipao.catalogue:
        peipao.train_model(kind, by=BY, track=False)
    peipao.close()
    print(json.dumps({"load": loaded - started, "train": time.perf_counter() - loaded}))


if __name__ == "__main__":
    main()
