"""Every limit of a round as a row with a name: what a round without a solution has too many of.

Pins are rows too (at least one of that pair), so that a pin can be weighed against a quota.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import scipy.sparse as sp

from matching.network import LongArray
from matching.problem import AssignmentProblem


class Sort(StrEnum):
    """What sort of limit a row is."""

    NEED = "need"
    PROVIDER = "provider"
    GROUP = "group"
    PIN = "pin"


@dataclass(frozen=True, slots=True, eq=False)
class Demands:
    """All limits of a problem, its pins not yet taken out.

    Attributes:
        problem: as given.
        rows: int64 (n_edges,), pair rows that may be made: open or pinned; ascending.
        matrix: int64 sparse (n_demands, n_edges): needs, providers, groups, then pins.
        least, most: int64 (n_demands,).
    """

    problem: AssignmentProblem
    rows: LongArray
    matrix: Any
    least: LongArray
    most: LongArray

    def sort_of(self, at: int) -> tuple[Sort, int]:
        """Return what sort of limit a row is, and its number among those."""
        sizes = len(self.problem.wanted), len(self.problem.capacity), len(self.problem.groups)
        for sort, size in zip(Sort, sizes, strict=False):
            if at < size:
                return sort, at
            at -= size
        return Sort.PIN, at

    def pins(self) -> LongArray:
        """Return int64 (n_pins,), the pair rows of the pins, in the order of their rows here."""
        return np.flatnonzero(self.problem.pinned)

    def words(self, at: int, *, upper: bool) -> str:
        """Return one side of a limit in Chinese; ids only."""
        problem, (sort, number) = self.problem, self.sort_of(at)
        bound = int((self.most if upper else self.least)[at])
        if sort is Sort.PIN:
            row = self.pins()[number]
            need, provider = problem.need_ids[problem.need[row]], problem.provider[row]
            return f"指定 ({need}, {problem.provider_ids[provider]})"
        if sort is Sort.GROUP:
            return f"分组 {problem.groups[number].id} 的{'上限' if upper else '下限'} {bound}"
        name = (
            f"需求 {problem.need_ids[number]}"
            if sort is Sort.NEED
            else f"资源方 {problem.provider_ids[number]}"
        )
        return f"{name} 的{'名额' if upper else '下限'} {bound}"


def demands_of(problem: AssignmentProblem) -> Demands:
    """Return every limit of a problem as a row."""
    pins = np.flatnonzero(problem.pinned)
    usable = problem.pinned.copy()
    usable[problem.open_rows()] = True
    rows = np.flatnonzero(usable)
    place = np.full(len(problem.weight), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    n, m = len(problem.wanted), len(problem.capacity)
    groups = [place[group.rows][place[group.rows] >= 0] for group in problem.groups]
    listed = [*groups, *(place[[pin]] for pin in pins.tolist())]
    at = [problem.need[rows], n + problem.provider[rows]]
    at += [np.full(len(edges), n + m + k) for k, edges in enumerate(listed)]
    edge = [np.arange(len(rows)), np.arange(len(rows)), *listed]
    ends = np.concatenate(at).astype(np.int64), np.concatenate(edge).astype(np.int64)
    shape = (n + m + len(listed), len(rows))
    ones = np.ones(len(pins), dtype=np.int64)
    least = [group.least for group in problem.groups]
    most = [group.most for group in problem.groups]
    return Demands(
        problem=problem,
        rows=rows,
        matrix=sp.csr_array((np.ones(len(ends[0]), dtype=np.int64), ends), shape=shape),
        least=np.concatenate((problem.need_min(), problem.provider_min(), least, ones)).astype(
            np.int64
        ),
        most=np.concatenate((problem.wanted, problem.capacity, most, ones)).astype(np.int64),
    )
