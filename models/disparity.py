"""Disparity: does the ranking treat groups of projects or providers differently?

Only totals of groups leave this module. A group with fewer than `MIN_CELL` members is put
together with the other small ones, and if these are still too few, nothing is said of them: so
nobody can be told from a figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.base import TrainingData
from models.blend import Block
from models.links import marked, offers_of
from models.metrics import within_top
from peipao.tables.profiles import BoolArray, FloatArray, IntArray, TextArray

MIN_CELL = 5
"""Members of the smallest group that is reported."""

SMALL = "其他(合并)"
"""Name of the small groups put together."""

PROJECT, PROVIDER = "project", "provider"

SHOWN = 10
"""Places of a list that count as shown."""

MEASURES = ("exposure", "affinity", "match_rate")


@dataclass(frozen=True, slots=True)
class Treatment:
    """How each member of one side was treated in the judged lists, one row a member.

    Attributes:
        side: `project` or `provider`.
        ids: text (n,), project or provider ids, each once.
        exposure: float64 (n,); of a project: providers it may be offered, as a share of all; of a
            provider: its places in the ten best of the needs, 1 is an equal share of them.
        affinity: float64 (n,), mean over the ten best of its needs, or over its places in them;
            NaN where it has none.
        match_rate: float64 (n,), share of its needs that found a match; of its offers that were
            accepted and met; NaN where there were none.
    """

    side: str
    ids: TextArray
    exposure: FloatArray
    affinity: FloatArray
    match_rate: FloatArray

    def measures(self) -> FloatArray:
        """Return float64 (3, n), the columns of `MEASURES`."""
        return np.stack([self.exposure, self.affinity, self.match_rate])


@dataclass(frozen=True, slots=True)
class Cell:
    """Figures of one group.

    Attributes:
        side: `project` or `provider`.
        grouping: what the groups are, such as `区市`.
        group: its Chinese name.
        n: members, at least `MIN_CELL`.
        values: name of `MEASURES` -> mean over the members; NaN where fewer than `MIN_CELL` of
            them have it.
        ratios: the same over the mean of all members of the side; 1 is no difference.
    """

    side: str
    grouping: str
    group: str
    n: int
    values: Mapping[str, float]
    ratios: Mapping[str, float]


def treatments(data: TrainingData, block: Block, affinity: FloatArray) -> tuple[Treatment, ...]:
    """Return how the projects and the providers of judged needs were treated.

    Args:
        data: everything known; tells what came of the needs.
        block: the judged needs with all their eligible pairs.
        affinity: float64 (n_pairs,), of the block's pairs.
    """
    shown = within_top(block.pairs.need, affinity, SHOWN)
    return _of_projects(data, block, affinity, shown), _of_providers(data, block, affinity, shown)


def _of_projects(
    data: TrainingData, block: Block, affinity: FloatArray, shown: BoolArray
) -> Treatment:
    """Return one row a project, under the id of its first need: projects have no id here."""
    need = block.pairs.need
    owner = data.project
    n = int(owner.max(initial=-1)) + 1
    first = np.full(n, len(owner))
    np.minimum.at(first, owner, np.arange(len(owner)))
    needs = np.unique(need)
    eligible = np.bincount(need, minlength=len(owner)) / max(len(block.pairs.provider_ids), 1)
    matched = np.bincount(need, weights=block.linked, minlength=len(owner)) > 0
    judged = np.unique(owner[needs])
    return Treatment(
        PROJECT,
        block.pairs.need_ids[first[judged]],
        _means(eligible[needs], owner[needs], n)[judged],
        _means(affinity[shown], owner[need[shown]], n)[judged],
        _means(matched[needs].astype(np.float64), owner[needs], n)[judged],
    )


def _of_providers(
    data: TrainingData, block: Block, affinity: FloatArray, shown: BoolArray
) -> Treatment:
    provider, n = block.pairs.provider, len(block.pairs.provider_ids)
    places = np.bincount(provider[shown], minlength=n)
    offers = offers_of(data)
    offered = marked(block.pairs, offers.need, offers.provider)
    met = marked(block.pairs, offers.need[offers.met], offers.provider[offers.met])
    there = np.unique(provider)
    return Treatment(
        PROVIDER,
        block.pairs.provider_ids[there],
        (places / max(places.sum() / max(len(there), 1), 1e-12))[there],
        _means(affinity[shown], provider[shown], n)[there],
        _means(met[offered].astype(np.float64), provider[offered], n)[there],
    )


def cells(
    found: Treatment, grouping: str, groups: Mapping[str, str], absent: str
) -> tuple[Cell, ...]:
    """Return the figures of each group that is large enough, by name.

    Args:
        found: of one side.
        grouping: what the groups are.
        groups: id -> Chinese name of its group.
        absent: name of the group of those that state none.
    """
    names = [groups.get(key, absent) for key in found.ids.tolist()]
    whole = _mean_of(found.measures())
    out = []
    for group, rows in _large_enough(names).items():
        values = _mean_of(found.measures()[:, rows])
        ratios = np.divide(values, whole, out=np.full(3, np.nan), where=whole > 0)
        out.append(
            Cell(
                found.side,
                grouping,
                group,
                int(rows.sum()),
                dict(zip(MEASURES, values.tolist(), strict=True)),
                dict(zip(MEASURES, ratios.tolist(), strict=True)),
            )
        )
    return tuple(out)


def spread(found: Sequence[Cell], measure: str) -> float:
    """Return the lowest ratio over the highest, 1 is no difference; NaN with fewer than two."""
    ratios = np.array([cell.ratios[measure] for cell in found], dtype=np.float64)
    ratios = ratios[np.isfinite(ratios)]
    return float(ratios.min() / ratios.max()) if len(ratios) > 1 and ratios.max() > 0 else np.nan


def _large_enough(names: Sequence[str]) -> dict[str, BoolArray]:
    """Return group -> bool (n,), the small ones together, and left out if still too few."""
    labels = np.array(names, dtype=np.str_)
    kinds, counts = np.unique(labels, return_counts=True)
    small = np.isin(labels, kinds[counts < MIN_CELL])
    found = {str(k): labels == k for k in kinds[counts >= MIN_CELL]}
    return found | ({SMALL: small} if small.sum() >= MIN_CELL else {})


def _means(values: FloatArray, owner: IntArray, n: int) -> FloatArray:
    known = ~np.isnan(values)
    sums = np.bincount(owner[known], weights=values[known], minlength=n)
    counts = np.bincount(owner[known], minlength=n)
    found: FloatArray = np.divide(sums, counts, out=np.full(n, np.nan), where=counts > 0)
    return found


def _mean_of(measures: FloatArray) -> FloatArray:
    known = ~np.isnan(measures)
    sums, counts = np.where(known, measures, 0.0).sum(axis=1), known.sum(axis=1)
    # A mean of fewer than that many members would tell of them.
    least = counts >= MIN_CELL
    found: FloatArray = np.divide(sums, counts, out=np.full(len(measures), np.nan), where=least)
    return found
