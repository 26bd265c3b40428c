"""Bids of reviewers for papers (PrefLib MD-00002): known optima of two real rounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from matching.bound import require_optimal
from matching.network import Network
from matching.solvers.kernel import KernelSolver

OPTIMA = {
    ("conf1", "loads"): 497,
    ("conf1", "one to one"): 120,
    ("conf3", "loads"): 1817,
    ("conf3", "one to one"): 560,
}
"""As stated with the data: by HiGHS and by scipy's assignment method."""

MANY = 1_000
"""Outweighs every affinity: as many pairs as possible come first."""


def optima(folder: Path) -> dict[tuple[str, str], int]:
    """Return (conference, what) -> total affinity of our optimum, certified."""
    found = {}
    for name in ("conf1", "conf3"):
        bids = pd.read_parquet(folder / f"{name}.parquet").sort_values(["project", "expert"])
        allowed = bids[bids["bid"] != "conflict"]
        experts, projects = int(bids["expert"].max()) + 1, int(bids["project"].max()) + 1
        three = np.full(projects, 3)
        found[name, "loads"] = _total(allowed, (three, three), np.full(experts, 6), 0)
        one = np.ones(projects, np.int64)
        found[name, "one to one"] = _total(
            allowed, (np.zeros(projects, np.int64), one), np.ones(experts, np.int64), MANY
        )
    return found


def _total(
    bids: pd.DataFrame, papers: tuple[np.ndarray, np.ndarray], most: np.ndarray, each: int
) -> int:
    network = Network(
        need=bids["project"].to_numpy(np.int32),
        provider=bids["expert"].to_numpy(np.int32),
        gain=bids["affinity"].to_numpy(np.int64) + each,
        need_min=papers[0],
        need_max=papers[1],
        provider_min=np.zeros_like(most),
        provider_max=most,
    )
    chosen, prices = KernelSolver().solve_priced(network)
    total = require_optimal(network, chosen, (prices.need, prices.provider))
    return total - each * int(chosen.sum())
