"""Compiles the kernel, or loads what was compiled before, so that no request has to."""

from __future__ import annotations

import numpy as np

from matching.kernel.live import LiveRound
from matching.kernel.rounds import solve_priced, solve_shortlisted
from matching.network import Network


def warm() -> None:
    """Run every compiled function once on a handful of edges.

    Some 20 s of one core the first time on a machine, half a second from then on
    (benchmarks/RESULTS.md); every later call in the process is immediate. `make` runs this once
    after installing, `peipao doctor` whenever it looks.
    """
    one, two = np.ones(2, np.int64), np.full(2, 2)
    network = Network(
        need=np.array([0, 0, 1, 1], np.int32),
        provider=np.array([0, 1, 0, 1], np.int32),
        gain=np.array([3, 1, 2, 2], np.int64),
        need_min=np.zeros(2, np.int64),
        need_max=two,
        provider_min=np.zeros(2, np.int64),
        provider_max=one,
    )
    solve_priced(network)
    solve_shortlisted(network)
    live = LiveRound.start(network)
    live.leave(0)
    live.enter(0)
    live.resize(0, 2)
    live.prices(), live.chosen(), live.regret(0), live.one_more_each(), live.one_less_each()


if __name__ == "__main__":
    warm()
