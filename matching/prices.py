"""Prices of a whole problem from those of what was left to decide."""

from __future__ import annotations

import numpy as np

from matching.duals import Prices
from matching.problem import AssignmentProblem, Duals


def signed_duals(problem: AssignmentProblem, prices: Prices) -> Duals:
    """Return duals of the whole problem; negative only where a minimum asks for more.

    A full node that left the network costs what anybody would pay for it.
    """
    need = np.where(problem.need_min_left() > 0, prices.need, np.maximum(prices.need, 0))
    held = problem.provider_min_left() > 0
    provider = np.where(held, prices.provider, np.maximum(prices.provider, 0))
    rows = problem.open_rows()
    i, j, gain = problem.need[rows], problem.provider[rows], problem.gain()[rows]
    closed_provider = (problem.capacity_left() == 0)[j]
    closed_need = (problem.wanted_left() == 0)[i]
    at = closed_provider & ~closed_need
    np.maximum.at(provider, j[at], (gain - need[i])[at])
    np.maximum.at(need, i[closed_need], (gain - provider[j])[closed_need])
    return Duals(need=need, provider=provider)
