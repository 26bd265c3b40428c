"""A linear programme over the edges: takes every network, whatever its places."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from matching.network import Network
from peipao.errors import InfeasibleError, SolverFailedError
from peipao.tables.profiles import BoolArray, FloatArray

LARGEST_COST = 2.0**20
"""Costs are scaled to this size: one unit of gain stays well above the tolerance of HiGHS."""

_INTEGRAL, _INFEASIBLE = 1e-6, 2


class SparseSolver:
    """scipy's HiGHS dual simplex; its vertices are integral because the matrix is unimodular.

    It works in floating point, so every answer is checked to be integral here and proven optimal
    in integers by the prices of `matching.duals`.
    """

    def refusal(self, _network: Network, /) -> str:
        """Return an empty text: every network is taken."""
        return ""

    def solve(self, network: Network, /) -> BoolArray:
        """Return bool (n_edges,), the edges taken, of the greatest total gain."""
        if not network.n_edges:
            if network.has_minimum():
                raise InfeasibleError("名额下限无法同时满足")
            return np.zeros(0, dtype=np.bool_)
        found: Any = linprog(method="highs-ds", bounds=(0.0, 1.0), **_programme(network))
        if found.status == _INFEASIBLE:
            raise InfeasibleError("名额下限无法同时满足")
        if found.x is None:
            raise SolverFailedError(f"HiGHS 未得出结果:{found.message}")
        chosen: BoolArray = found.x > 0.5
        if np.abs(found.x - chosen).max() > _INTEGRAL:
            raise SolverFailedError("HiGHS 的结果不是整数解")
        return chosen


def _programme(network: Network) -> dict[str, Any]:
    """Return the arguments of the linear programme: cost, at-most rows, equal rows."""
    n_nodes, n = network.n_needs + network.n_providers, network.n_edges
    ends = np.stack((network.need, network.n_needs + network.provider)).ravel()
    edge = np.tile(np.arange(n), 2)
    incidence = sp.csr_array((np.ones(2 * n), (ends, edge)), shape=(n_nodes, n))
    least = np.concatenate((network.need_min, network.provider_min))
    most = np.concatenate((network.need_max, network.provider_max))
    exact = least == most
    upper, lower = np.flatnonzero(~exact), np.flatnonzero(~exact & (least > 0))
    at_most = sp.vstack((incidence[upper], -incidence[lower]), format="csr")
    return {
        "c": _cost(network),
        "A_ub": at_most,
        "b_ub": np.concatenate((most[upper], -least[lower])).astype(np.float64),
        "A_eq": incidence[np.flatnonzero(exact)],
        "b_eq": most[exact].astype(np.float64),
    }


def _cost(network: Network) -> FloatArray:
    return -network.gain.astype(np.float64) * (LARGEST_COST / max(network.largest_gain(), 1))
