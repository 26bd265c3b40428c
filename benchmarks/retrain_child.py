"""Child process: train every kind of a sample city again, as an operator does.

usage: python -m benchmarks.retrain_child HOME
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from peipao.config import Settings
from serving.wiring import wire


def main() -> None:
    peipao = wire(Settings(home=Path(sys.argv[1])))
    found = {}
    for kind in peipao.catalogue:
        started, cpu = time.perf_counter(), time.process_time()
        peipao.train_model(kind, by="benchmarks", track=False, accept_flags=True)
        found[kind] = {
            "wall_s": time.perf_counter() - started,
            "cpu_s": time.process_time() - cpu,
        }
    peipao.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"kinds": found, "peak_gb": peak}))


if __name__ == "__main__":
    main()
