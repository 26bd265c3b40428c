"""Instances that take a search a while."""

from __future__ import annotations

from typing import Any

import numpy as np


def hard_instance() -> dict[str, Any]:
    """Return an instance with groups that cross, too large to be proven in a blink."""
    dice = np.random.default_rng(5)
    n, m = 70, 40
    needs = [{"id": f"n{k:02d}"} for k in range(n)]
    providers = [{"id": f"p{k:02d}", "capacity": 2} for k in range(m)]
    chosen = np.argwhere(dice.random((n, m)) < 0.7)
    pairs = [
        {"need": f"n{i:02d}", "provider": f"p{j:02d}", "affinity": round(float(a), 6)}
        for (i, j), a in zip(chosen.tolist(), dice.random(len(chosen)), strict=True)
    ]
    groups = []
    for k in range(24):
        inside = [[p["need"], p["provider"]] for p in pairs if dice.random() < 0.3]
        groups.append({"id": f"g{k:02d}", "side": "pair", "members": inside, "min": 9, "max": 14})
    return {"needs": needs, "providers": providers, "pairs": pairs, "groups": groups}
