"""The assignment method on a matrix of places: fastest wherever the matrix is small enough."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from matching.network import EXACT_FLOAT, LongArray, Network
from peipao.errors import InfeasibleError
from peipao.tables.profiles import BoolArray, FloatArray

MAX_CELLS = 12_000_000
"""Cells of the matrix of places, 8 bytes each; above this `sparse` is faster or smaller."""


class DenseSolver:
    """scipy's `linear_sum_assignment`, every node split into its places.

    Exact: all numbers are integers below 2^53. Places of a node are alike, so a pair where both
    sides have several places could be made twice; such networks are refused.
    """

    def refusal(self, network: Network, /) -> str:
        """Return in Chinese why this engine does not take the network; empty if it does."""
        need, provider = network.need_places(), network.provider_places()
        if ((need[network.need] > 1) & (provider[network.provider] > 1)).any():
            return "需求与资源方双方都有多个名额"
        rows, columns = _extent(network, need, provider)
        if rows * columns > MAX_CELLS:
            return f"名额矩阵 {rows} × {columns} 过大(上限 {MAX_CELLS} 格)"
        if (rows + columns) * network.largest_gain() >= EXACT_FLOAT:
            return "数值过大,双精度无法保证精确"
        return ""

    def solve(self, network: Network, /) -> BoolArray:
        """Return bool (n_edges,), the edges taken, of exactly the greatest total gain."""
        need, provider = network.need_places(), network.provider_places()
        cost = _cost(network, need, provider)
        if network.has_minimum():
            cost = _with_idle_places(network, cost, need, provider)
        try:
            row, column = linear_sum_assignment(cost)
        except ValueError as failed:
            raise InfeasibleError("名额下限无法同时满足") from failed
        return _edges(network, row, column, need, provider)


def _extent(network: Network, need: LongArray, provider: LongArray) -> tuple[int, int]:
    """Return the rows and columns of the matrix."""
    rows, columns = int(need.sum()), int(provider.sum())
    if not network.has_minimum():
        return rows, columns
    idle_rows, idle_columns = _idle(network, need, provider)
    return rows + idle_rows, columns + idle_columns


def _idle(network: Network, need: LongArray, provider: LongArray) -> tuple[int, int]:
    """Return how many idle rows and columns make the matrix square with room for every choice."""
    rows, columns = int(need.sum()), int(provider.sum())
    by_need = rows - int(network.need_min.sum())
    by_provider = columns - int(network.provider_min.sum())
    idle_columns = max(min(by_need, rows - columns + by_provider), rows - columns, 0)
    return idle_columns + columns - rows, idle_columns


def _cost(network: Network, need: LongArray, provider: LongArray) -> FloatArray:
    """Return float64 (need places, provider places): minus the gain, or what a non-edge costs.

    Without lower bounds a non-edge, like an edge that loses, is a place left empty and costs 0.
    """
    bounded = network.has_minimum()
    cost = np.full((network.n_needs, network.n_providers), np.inf if bounded else 0.0)
    gain = network.gain.astype(np.float64)
    cost[network.need, network.provider] = -gain if bounded else -np.maximum(gain, 0.0)
    return np.repeat(np.repeat(cost, need, axis=0), provider, axis=1)


def _with_idle_places(
    network: Network, cost: FloatArray, need: LongArray, provider: LongArray
) -> FloatArray:
    """Return the square matrix in which a place that may stay empty meets an idle one for 0."""
    rows, columns = cost.shape
    idle_rows, idle_columns = _idle(network, need, provider)
    square = np.zeros((rows + idle_rows, columns + idle_columns))
    square[:rows, :columns] = cost
    square[:rows, columns:][_first(need, network.need_min)] = np.inf
    square[rows:, :columns][:, _first(provider, network.provider_min)] = np.inf
    return square


def _first(places: LongArray, minimum: LongArray) -> BoolArray:
    """Return bool (total places,): the places of each node that its lower bound fills."""
    start = np.repeat(np.cumsum(places) - places, places)
    number = np.arange(int(places.sum())) - start
    return number < np.repeat(minimum, places)


def _edges(
    network: Network, row: LongArray, column: LongArray, need: LongArray, provider: LongArray
) -> BoolArray:
    """Return bool (n_edges,): the edges behind the cells, those that bring nothing left out."""
    real = (row < int(need.sum())) & (column < int(provider.sum()))
    i = np.repeat(np.arange(network.n_needs), need)[row[real]]
    j = np.repeat(np.arange(network.n_providers), provider)[column[real]]
    keys = network.need.astype(np.int64) * network.n_providers + network.provider
    chosen = np.isin(keys, i * network.n_providers + j)
    return chosen if network.has_minimum() else chosen & (network.gain > 0)
