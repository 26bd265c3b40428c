"""No solution: which needs and groups cannot be served together, and by which chain of limits.

If every limit could give way at the same price, the prices of the cheapest way out are positive
exactly on limits that stand in each other's way. One connected cluster of them is taken, and
limits are left out of it as long as the rest still has no solution: what remains is a chain of
which every link is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from matching.demands import Demands, Sort, demands_of
from matching.network import LongArray
from matching.outcomes import Cause, shortfalls, usual_exclusions
from matching.problem import Assignment, AssignmentProblem
from matching.programme import relaxed
from peipao.errors import InfeasibleError
from peipao.tables.pairs import EligibilityTable

MAX_LINKS = 60
"""Clusters with more limits are told as they are, without asking which of them are needed."""

_FAR, _NOTHING = 2**40, 1e-6


@dataclass(frozen=True, slots=True)
class Chain:
    """Limits that cannot be met together.

    Attributes:
        links: each limit in Chinese; ids only.
        minimal: True if there is a solution as soon as any one of them is lifted.
        missing: units by which they miss each other, >= 1; 0 if only whole numbers clash.
        unserved: need id -> Chinese reason, for needs of the chain that nobody can serve at all.
        sentence: Chinese, all of it.
    """

    links: tuple[str, ...]
    minimal: bool
    missing: int
    unserved: dict[str, str]
    sentence: str


@dataclass(frozen=True, slots=True)
class _Link:
    """One side of a limit."""

    row: int
    upper: bool


def clash(problem: AssignmentProblem, eligibility: EligibilityTable | None = None) -> Chain | None:
    """Return a chain of limits that have no solution together; None if there is a solution.

    Where only whole numbers clash (quotas that cross), None is returned as well.

    Args:
        problem: any.
        eligibility: which rules left a need without anybody.
    """
    demands = demands_of(problem)
    found = _smallest_cluster(demands)
    if found is None:
        return None
    links, missing = found
    minimal = len(links) <= MAX_LINKS
    if minimal:
        links = _needed(demands, links)
    words = tuple(demands.words(link.row, upper=link.upper) for link in links)
    unserved = _unserved(demands, links, eligibility)
    reasons = "".join(f";需求 {key}:{reason}" for key, reason in unserved.items())
    shown = "、".join(words[:MAX_LINKS]) + (f" 等共 {len(words)} 项" if not minimal else "")
    sentence = f"{shown} 不能同时满足,相差 {missing}{reasons}"
    return Chain(words, minimal, missing, unserved, sentence)


def _smallest_cluster(demands: Demands) -> tuple[list[_Link], int] | None:
    """Return the limits of the smallest cluster, and by how much they miss each other."""
    n_rows, n = len(demands.least), len(demands.rows)
    give = sp.hstack((sp.eye_array(n_rows), -sp.eye_array(n_rows)), format="csr")
    matrix = sp.hstack((demands.matrix, give), format="csr").astype(np.int64)
    gain = np.concatenate((np.zeros(n), -np.ones(2 * n_rows))).astype(np.int64)
    most = np.concatenate((np.ones(n), demands.least, np.full(n_rows, _FAR))).astype(np.int64)
    limits, room = (demands.least, demands.most), (np.zeros_like(most), most)
    found = relaxed(gain, matrix, limits, room, demands.alike())
    given = found.taken[n : n + n_rows] + found.taken[n + n_rows :]
    if given.sum() < _NOTHING:
        return None
    core = np.flatnonzero(np.abs(found.price) > _NOTHING)
    label = _clusters(demands, core)
    short = [core[label == k] for k in range(int(label.max()) + 1)]
    short = [rows for rows in short if given[rows].sum() > _NOTHING]
    rows = min(short, key=lambda rows: (len(rows), int(rows[0])))
    links = [_Link(int(row), bool(found.price[row] > 0)) for row in rows]
    return links, max(round(float(given[rows].sum())), 1)


def _clusters(demands: Demands, core: LongArray) -> LongArray:
    """Return int64 (n_core,), which cluster each limit belongs to: those that share pairs."""
    part = demands.matrix[core]
    return np.asarray(connected_components(part @ part.T, directed=False)[1], dtype=np.int64)


def _needed(demands: Demands, links: Sequence[_Link]) -> list[_Link]:
    """Return the links without those that the clash does not need."""
    kept = list(links)
    for link in links:
        rest = [one for one in kept if one != link]
        if not _solvable(demands, rest):
            kept = rest
    return kept


def _solvable(demands: Demands, links: Sequence[_Link]) -> bool:
    """Tell whether some (fractional) choice meets these limits, all others being lifted."""
    rows = np.unique([link.row for link in links]).astype(np.int64)
    place = {int(row): at for at, row in enumerate(rows)}
    least, most = np.full(len(rows), -_FAR), np.full(len(rows), _FAR)
    for link in links:
        side, bound = (most, demands.most) if link.upper else (least, demands.least)
        side[place[link.row]] = bound[link.row]
    part = demands.matrix[rows]
    edges = np.unique(part.indices)
    none, one = np.zeros(len(edges), dtype=np.int64), np.ones(len(edges), dtype=np.int64)
    try:
        relaxed(none, part[:, edges], (least, most), (none, one))
    except InfeasibleError:
        return False
    return True


def _unserved(
    demands: Demands, links: Sequence[_Link], eligibility: EligibilityTable | None
) -> dict[str, str]:
    """Return why the needs of a chain have nobody, where that is so."""
    problem = demands.problem
    pins = Assignment(np.flatnonzero(problem.pinned).astype(np.int32), None, "")
    lacking = shortfalls(
        problem, pins, None if eligibility is None else usual_exclusions(eligibility)
    )
    sorts = [demands.sort_of(link.row) for link in links]
    needs = [str(problem.need_ids[number]) for sort, number in sorts if sort is Sort.NEED]
    hopeless = {Cause.NOBODY, Cause.VETOED, Cause.RESERVATION, Cause.NO_PLACES}
    return {
        key: lacking[key].reason
        for key in needs
        if key in lacking and lacking[key].cause in hopeless
    }
