"""Every limit of a round as a row with a name: what a round without a solution has too many of.

Pins and vetoes are rows too (at least, at most so many of that pair), so that a pin can be weighed
against a quota and a veto against a minimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import scipy.sparse as sp

from matching.alike import alike_nodes
from matching.network import LongArray
from matching.problem import AssignmentProblem


class Sort(StrEnum):
    """What sort of limit a row is."""

    NEED = "need"
    PROVIDER = "provider"
    GROUP = "group"
    PIN = "pin"
    VETO = "veto"


@dataclass(frozen=True, slots=True, eq=False)
class Demands:
    """All limits of a problem, its pins not yet taken out.

    Attributes:
        problem: as given.
        rows: int64 (n_edges,), pair rows that a person may allow (open, pinned, vetoed); ascending.
        matrix: int64 sparse (n_demands, n_edges): needs, providers, groups, pins, then vetoes.
        least, most: int64 (n_demands,).
    """

    problem: AssignmentProblem
    rows: LongArray
    matrix: Any
    least: LongArray
    most: LongArray

    def sort_of(self, at: int) -> tuple[Sort, int]:
        """Return what sort of limit a row is, and its number among those."""
        problem = self.problem
        sizes = (
            len(problem.wanted),
            len(problem.capacity),
            len(problem.groups),
            int(np.count_nonzero(problem.pinned)),
        )
        for sort, size in zip(Sort, sizes, strict=False):
            if at < size:
                return sort, at
            at -= size
        return Sort.VETO, at

    def pins(self) -> LongArray:
        """Return int64 (n_pins,), the pair rows of the pins, in the order of their rows here."""
        return np.flatnonzero(self.problem.pinned)

    def vetoes(self) -> LongArray:
        """Return int64 (n_vetoes,), the pair rows of the vetoes that stop a pair, likewise."""
        return self.rows[self.problem.vetoed[self.rows]]

    def pair(self, sort: Sort, number: int) -> tuple[str, str]:
        """Return the ids (need, provider) of a pin or a veto."""
        row = (self.pins() if sort is Sort.PIN else self.vetoes())[number]
        need, provider = self.problem.need[row], self.problem.provider[row]
        return str(self.problem.need_ids[need]), str(self.problem.provider_ids[provider])

    def alike(self) -> LongArray:
        """Return int64 (n_demands,): needs that pair within the same groups are alike, and so on.

        So are providers; every other limit is like itself only.
        """
        n, m = len(self.problem.wanted), len(self.problem.capacity)
        return alike_nodes(self.matrix, n, n + m, len(self.problem.groups))

    def words(self, at: int, *, upper: bool) -> str:
        """Return one side of a limit in Chinese; ids only."""
        problem, (sort, number) = self.problem, self.sort_of(at)
        bound = int((self.most if upper else self.least)[at])
        if sort in {Sort.PIN, Sort.VETO}:
            return "{} ({}, {})".format(_PERSON[sort], *self.pair(sort, number))
        if sort is Sort.GROUP:
            return f"分组 {problem.groups[number].id} 的{'上限' if upper else '下限'} {bound}"
        name = (
            f"需求 {problem.need_ids[number]}"
            if sort is Sort.NEED
            else f"资源方 {problem.provider_ids[number]}"
        )
        return f"{name} 的{'名额' if upper else '下限'} {bound}"


_PERSON = {Sort.PIN: "指定", Sort.VETO: "否决"}


def demands_of(problem: AssignmentProblem) -> Demands:
    """Return every limit of a problem as a row."""
    pins = np.flatnonzero(problem.pinned)
    good = problem.weight >= problem.reservation[problem.need]
    rows = np.flatnonzero(good | problem.pinned)
    place = np.full(len(problem.weight), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    n, m = len(problem.wanted), len(problem.capacity)
    groups = [place[group.rows][place[group.rows] >= 0] for group in problem.groups]
    single = np.concatenate((pins, rows[problem.vetoed[rows]]))
    listed = [*groups, *(place[[row]] for row in single.tolist())]
    at = [problem.need[rows], n + problem.provider[rows]]
    at += [np.full(len(edges), n + m + k) for k, edges in enumerate(listed)]
    edge = [np.arange(len(rows)), np.arange(len(rows)), *listed]
    ends = np.concatenate(at).astype(np.int64), np.concatenate(edge).astype(np.int64)
    shape = (n + m + len(listed), len(rows))
    asked = problem.pinned[single].astype(np.int64)
    least = [group.least for group in problem.groups]
    most = [group.most for group in problem.groups]
    return Demands(
        problem=problem,
        rows=rows,
        matrix=sp.csr_array((np.ones(len(ends[0]), dtype=np.int64), ends), shape=shape),
        least=np.concatenate((problem.need_min(), problem.provider_min(), least, asked)).astype(
            np.int64
        ),
        most=np.concatenate((problem.wanted, problem.capacity, most, asked)).astype(np.int64),
    )
