"""Child process: draft one whole round and say how long each of its stages took.

usage: python -m benchmarks.round_child HOME KIND

The functions that make features are wrapped, here and in no other process, to tell their time
apart from that of scoring; all other stages are those that the use case itself announces.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

STARTED = time.perf_counter()

from benchmarks.processes import megabytes  # noqa: E402  imports are timed too
from peipao.config import Settings  # noqa: E402
from serving.usecases import provider_boards, score_pairs  # noqa: E402
from serving.wiring import wire  # noqa: E402

FEATURES = (
    (provider_boards, "encode_providers"),
    (provider_boards, "indicators"),
    (score_pairs, "encode_needs"),
    (score_pairs, "eligibility"),
    (score_pairs, "compare"),
    (score_pairs, "indicators"),
)
STAGES = ("read", "score", "solve", "check", "explanations", "save")


class Watch:
    """Adds up the time of some functions, by the stage in which they were called."""

    def __init__(self) -> None:
        """Start with the first stage."""
        self.marks: list[float] = []
        self.features: dict[int, float] = {}

    def mark(self, _step: str, _share: float) -> None:
        """Note that the next stage begins."""
        self.marks.append(time.perf_counter())

    def wrap(self, module: ModuleType, name: str) -> None:
        """Count the time of a module's function as that of features."""
        inner: Callable[..., Any] = getattr(module, name)

        def timed(*args: Any, **more: Any) -> Any:  # noqa: ANN401  any function
            started = time.perf_counter()
            try:
                return inner(*args, **more)
            finally:
                stage = len(self.marks)
                spent = time.perf_counter() - started
                self.features[stage] = self.features.get(stage, 0.0) + spent

        setattr(module, name, timed)

    def seconds(self) -> dict[str, float]:
        """Return stage -> seconds; the features are taken out of the stages they lie in."""
        out = {}
        for number, name in enumerate(STAGES, start=1):
            whole = self.marks[number] - self.marks[number - 1]
            out[name] = whole - self.features.get(number, 0.0)
        return out | {"features": sum(self.features.values())}


def main() -> None:
    home, kind = Path(sys.argv[1]), sys.argv[2]
    peipao = wire(Settings(home=home))
    ready, processor = time.perf_counter(), time.process_time()
    watch = Watch()
    for module, name in FEATURES:
        watch.wrap(module, name)
    key = peipao.run_round(kind, by="benchmarks", progress=watch.mark)
    ended, processor = time.perf_counter(), time.process_time() - processor
    used = resource.getrusage(resource.RUSAGE_SELF)
    shown = peipao.show_rounds.one(key)
    peipao.close()
    answer = {
        "round": key,
        "inputs": shown.certificate["inputs"],
        "solver": shown.certificate["solver"],
        "figures": dict(shown.figures),
        "start": ready - STARTED,
        "total": ended - ready,
        "processor": processor,
        "stages": watch.seconds(),
        "peak_mb": megabytes(used.ru_maxrss),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
