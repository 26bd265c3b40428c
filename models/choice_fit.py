"""How the tables of choice are learnt: a softmax over the catalogue, its weights drawn to 0.

Descent is accelerated, takes a fixed number of steps and uses sparse products alone: sums run in
a fixed order, so that no linear-algebra library and no thread count changes the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from models.alignment import rows_of
from models.base import TrainingData
from models.choice import Choice, History
from models.columns import on_grid
from models.lifts import shares_of
from models.links import Links, earlier_of, new_links_of
from models.standing import decay
from models.unstated import slots_of, width_of
from peipao.tables.profiles import FloatArray, IntArray, TextArray
from peipao.tables.terms import TermRows, no_terms

_BLOCK = 1024
_LEAST = 0.1
"""Links added to each provider's count before its logarithm is the starting popularity."""
_NEVER = -1e3
"""Log-odds of a provider that the project already has: it cannot be chosen anew."""


@dataclass(frozen=True, slots=True)
class ChoiceSettings:
    """How the tables are learnt.

    Attributes:
        half_life_days: after that many days a need counts half.
        strength: of the ridge, in needs; `history_strength` that of the table of earlier providers.
        n_steps: of the descent; it is near its end after half as many.
        most_pairs: the latest needs teach, as many as have so many pairs with the catalogue.
        most_providers: of more than that no table of earlier providers is learnt.
    """

    half_life_days: float = 730.0
    strength: float = 1.0
    history_strength: float = 1.0
    n_steps: int = 30
    most_pairs: int = 30_000_000
    most_providers: int = 2_500


def fit_choice(data: TrainingData, settings: ChoiceSettings) -> tuple[Choice, History]:
    """Return the tables at the time of the latest link; data must be canonical.

    The second is empty where no project had a provider before, or the catalogue is too large.
    """
    names, ids = data.need_indicators.names, data.pairs.provider_ids
    width, links = width_of(names), new_links_of(data)
    if not len(links.need):
        return Choice(ids, names, np.zeros((width, len(ids)))), _no_history(ids)
    earlier = _earlier(data, settings.most_providers)
    taught = _latest(links, settings.most_pairs // len(ids))
    strength = np.full((width + earlier.shape[1] + 1, 1), settings.strength)
    strength[width:-1] = settings.history_strength
    table = _descended(_lesson(data, taught, earlier, settings), strength, settings.n_steps)
    table = on_grid(table - table.mean(axis=1, keepdims=True))
    choice = Choice(ids, names, table[:width])
    return choice, _history(data, earlier, table[width:-1])


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the needs that teach.

    Attributes:
        rows, columns: sparse (n, n_features) and its transpose; the last feature is 1 throughout.
        taken: rows and columns of providers that the need's project has already.
        weight: float64 (n,), by age.
    """

    rows: Any
    columns: Any
    taken: tuple[IntArray, IntArray]
    weight: FloatArray


@dataclass(frozen=True, slots=True)
class _Lesson:
    """What is learnt from.

    Attributes:
        parts: all needs that teach.
        target: float64 (n_features, n_providers), what the links sum to by feature.
        mass: float64 (n_features, 1), what the needs sum to.
        together: most that the features of one need sum to.
    """

    parts: tuple[_Part, ...]
    target: FloatArray
    mass: FloatArray
    together: float


def _earlier(data: TrainingData, most_providers: int) -> Any:  # noqa: ANN401  scipy's is generic
    """Return sparse (n_needs, n_providers), rows of length 1: the project's earlier providers.

    With too many providers it is (n_needs, 0): a table of them would be as wide as it is high.
    """
    from scipy import sparse

    shape = (len(data.pairs.need_ids), len(data.pairs.provider_ids))
    if shape[1] > most_providers:
        return sparse.csr_matrix((shape[0], 0))
    need, provider = earlier_of(data)
    length = np.sqrt(np.bincount(need, minlength=shape[0]))
    return sparse.csr_matrix((1 / length[need], (need, provider)), shape)


def _latest(links: Links, most_needs: int) -> Links:
    """Return the links of the needs that were linked last."""
    needs, owner = np.unique(links.need, return_inverse=True)
    if len(needs) <= most_needs:
        return links
    at = np.full(len(needs), -np.inf)
    np.maximum.at(at, owner, links.at)
    late = np.zeros(len(needs), dtype=np.bool_)
    late[np.argsort(-at, kind="stable")[:most_needs]] = True
    kept = late[owner]
    return Links(links.need[kept], links.provider[kept], links.at[kept])


def _lesson(
    data: TrainingData,
    links: Links,
    earlier: Any,  # noqa: ANN401
    settings: ChoiceSettings,
) -> _Lesson:
    from scipy import sparse

    needs, owner, per_need = np.unique(links.need, return_inverse=True, return_counts=True)
    weight = np.zeros(len(needs))
    np.maximum.at(weight, owner, decay(links, settings.half_life_days))
    shares = _shares(data, needs)
    ones = sparse.csr_matrix(np.ones((len(needs), 1)))
    rows = sparse.hstack([sparse.csr_matrix(shares), earlier[needs], ones]).tocsr()
    linked = sparse.csr_matrix(
        ((weight / per_need)[owner], (owner, links.provider)),
        (len(needs), len(data.pairs.provider_ids)),
    )
    return _Lesson(
        _parts(rows, earlier[needs], weight),
        target=np.asarray((rows.T.tocsr() @ linked).todense()),
        mass=np.asarray(rows.T @ weight)[:, None],
        together=float(rows.sum(axis=1).max()),
    )


def _parts(rows: Any, earlier: Any, weight: FloatArray) -> tuple[_Part, ...]:  # noqa: ANN401
    found = []
    for low, high in pairwise([*range(0, len(weight), _BLOCK), len(weight)]):
        some, had = rows[low:high], earlier[low:high].tocoo()
        taken = had.row.astype(np.int32), had.col.astype(np.int32)
        found.append(_Part(some, some.T.tocsr(), taken, weight[low:high]))
    return tuple(found)


def _shares(data: TrainingData, needs: IntArray) -> FloatArray:
    """Return float64 (len(needs), width), attributes that sum to 1 each; no words of texts."""
    table = data.need_indicators
    rows = rows_of(data.pairs.need_ids[needs], table.ids)
    shares = np.where((rows >= 0)[:, None], shares_of(table)[np.maximum(rows, 0)], 0.0)
    shares[:, slots_of(table.names) == -1] = 0.0
    return shares


def _descended(lesson: _Lesson, strength: FloatArray, n_steps: int) -> FloatArray:
    """Return float64 (n_features, n_providers).

    Each number has a step of its own: one over a bound of its curvature, which is the mass that
    its feature shares with its provider times the features that share a need.
    """
    start = np.zeros_like(lesson.target)
    start[-1] = np.log(lesson.target[-1] + _LEAST)
    popularity = lesson.target[-1] / lesson.target[-1].sum()
    reached = np.maximum(lesson.target, lesson.mass * popularity)
    bound = strength + lesson.together * reached
    at, ahead, pace = start, start, 1.0
    for _ in range(n_steps):
        slope = _slope(lesson, ahead)
        slope += strength * (ahead - start)
        to = ahead - slope / bound
        step = to - at
        if float((slope * step).sum()) > 0:  # momentum led uphill: begin anew
            pace = 1.0
        faster = (1 + np.sqrt(1 + 4 * pace**2)) / 2
        step *= (pace - 1) / faster
        step += to
        at, ahead, pace = to, step, faster
    return at


def _slope(lesson: _Lesson, table: FloatArray) -> FloatArray:
    """Return the gradient of minus the log likelihood."""
    out = -lesson.target
    for part in lesson.parts:
        chance = np.asarray(part.rows @ table)
        chance[part.taken] = _NEVER
        chance -= chance.max(axis=1, keepdims=True)
        np.exp(chance, out=chance)
        chance *= (part.weight / chance.sum(axis=1))[:, None]
        out += part.columns @ chance
    return np.asarray(out)


def _no_history(provider_ids: TextArray) -> History:
    return History(provider_ids, provider_ids[:0], no_terms(), np.zeros((0, 0)))


def _history(
    data: TrainingData,
    earlier: Any,  # noqa: ANN401
    values: FloatArray,
) -> History:
    if not earlier.nnz:
        return _no_history(data.pairs.provider_ids)
    known = np.flatnonzero(np.diff(earlier.indptr))
    kept = earlier[known]
    kept.sort_indices()
    rows = TermRows(
        width=kept.shape[1],
        starts=kept.indptr.astype(np.int64),
        terms=kept.indices.astype(np.int32),
        weights=np.asarray(kept.data),
    )
    return History(data.pairs.provider_ids, data.pairs.need_ids[known], rows, values)
