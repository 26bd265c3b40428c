"""Rank the providers of a kind for all its waiting needs at once, block by block."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from features.builder import encode_needs
from features.eligibility import eligibility
from features.facts import PairFacts, need_facts
from features.indicators import indicators
from features.pairs import meet
from features.policies import Applicants
from models.base import Progress
from models.grids import best_of, margin_grid
from peipao.clock import Clock
from peipao.errors import InvalidInputError
from peipao.kinds.catalogue import Catalogue
from peipao.kinds.spec import KindSpec
from peipao.store import Store
from peipao.tables.pairs import AffinityTable
from serving.usecases.active_models import ActiveModels, LoadedModel, told_to_retrain
from serving.usecases.policy_applicants import GatherApplicants
from serving.usecases.provider_boards import Board, ProviderBoards
from serving.usecases.score_pairs import Asked, History, city_date, history

MAX_LIMIT = 200
CELLS = 1 << 20
"""Pairs that are looked at at once; each takes about 150 bytes while it is."""


@dataclass(frozen=True, slots=True)
class TopRow:
    """One place of one list.

    Attributes:
        rank: 1 is the best; equals by provider id.
    """

    need_id: str
    provider_id: str
    rank: int
    affinity: float
    margin: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """All that the lists of a kind are made of, read from one snapshot.

    Attributes:
        asked: needs with their projects.
        past: vetoes and earlier matches.
        applicants: whom rules on policies ask about.
        today: the day validity is judged on.
    """

    spec: KindSpec
    model: LoadedModel
    board: Board
    asked: Asked
    past: History
    applicants: Applicants | None
    today: dt.date


@dataclass(frozen=True, slots=True)
class RankAll:
    """Makes the lists of all needs of a kind that wait; never more than a block is in memory."""

    store: Store
    catalogue: Catalogue
    models: ActiveModels
    boards: ProviderBoards
    applicants: GatherApplicants
    clock: Clock

    def __call__(
        self, kind: str, limit: int = 20, *, progress: Progress | None = None
    ) -> Iterator[TopRow]:
        """Yield the places of all lists, by need id and then rank.

        Each list is that of `Rank.need`, to the last bit.

        Args:
            kind: whose needs and providers.
            limit: places of a list, 1 to 200.
            progress: told the share of the needs that are done.

        Raises:
            UnknownKindError, NoActiveModelError: nothing to go by.
            InvalidInputError: no need of the kind waits, or the limit is out of range.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise InvalidInputError("limit", "取值不合适", f"1 至 {MAX_LIMIT}")
        return top_rows(self.waiting(self.catalogue[kind]), limit, progress)

    def waiting(self, spec: KindSpec) -> Waiting:
        """Return all that the lists of a kind are made of."""
        today = city_date(self.clock.now())
        with self.store.reading() as tx:
            needs = sorted(tx.needs.open_of_kind(spec.name), key=lambda need: need.id)
            if not needs:
                raise InvalidInputError(
                    "kind", f"类别 {spec.name} 没有等待配对的需求", "先提出需求"
                )
            found = tx.projects.get_many([need.project_id for need in needs])
            projects = {project.id: project for project in found}
            asked = [(need, projects[need.project_id]) for need in needs]
            model = self.models.of_kind(tx, spec.name)
            vetoes = [(one.need_id, one.provider_id) for one in tx.vetoes.of_kind(spec.name)]
            return Waiting(
                spec=spec,
                model=model,
                board=self.boards.of_kind(tx, model),
                asked=asked,
                past=history(tx.matches.of_kind(spec.name), vetoes),
                applicants=self.applicants(tx, spec, asked, today),
                today=today,
            )


def top_rows(waiting: Waiting, limit: int, progress: Progress | None = None) -> Iterator[TopRow]:
    """Yield the places of all lists, by need id and then rank; blocks of needs, one by one.

    Args:
        waiting: needs by id.
        limit: places of a list, >= 1.
        progress: told the share of the needs that are done.
    """
    step = max(1, CELLS // max(len(waiting.board.profiles), 1))
    for start in range(0, len(waiting.asked), step):
        if progress is not None:
            progress("逐块排序", start / len(waiting.asked))
        yield from _block(waiting, waiting.asked[start : start + step], limit)
    if progress is not None:
        progress("完成", 1.0)


def _block(waiting: Waiting, asked: Asked, limit: int) -> Iterator[TopRow]:
    model, board = waiting.model, waiting.board
    with told_to_retrain(model):
        profiles = encode_needs(model.schema, asked)
    facts = PairFacts(
        today=waiting.today,
        needs=need_facts(asked),
        providers=board.facts,
        vetoed=waiting.past.vetoed,
        ended=waiting.past.ended,
        active=waiting.past.active,
        applicants=waiting.applicants,
    )
    with told_to_retrain(model):
        admitted = eligibility(model.schema, profiles, board.profiles, facts, waiting.spec)
    needs = indicators(model.schema, profiles)
    meeting = meet(model.schema, profiles, board.side)
    grid = margin_grid(board.tables, needs, meeting.factors())
    grid.margin[admitted.excluded_by != 0] = -np.inf
    need, provider = best_of(grid.margin, limit)
    # What is shown comes from the margin itself, which tells apart what the block cannot.
    pairs = meeting.pairs((need, provider))
    told = grid.told(model.package.margin_model, need, provider)
    package = replace(model.package, margin_model=told)
    return _placed(package.score(pairs, needs, board.prepared), limit)


def _placed(scored: AffinityTable, limit: int) -> Iterator[TopRow]:
    """Yield the best of each need; what stands beyond the limit was only shortlisted."""
    order = np.lexsort((scored.provider, -scored.margin, scored.need))
    need = scored.need[order]
    rank = 1 + np.arange(len(order)) - np.searchsorted(need, need)
    kept, rank = order[rank <= limit], rank[rank <= limit]
    return map(
        TopRow,
        scored.need_ids[scored.need[kept]].tolist(),
        scored.provider_ids[scored.provider[kept]].tolist(),
        rank.tolist(),
        scored.affinity[kept].tolist(),
        scored.margin[kept].tolist(),
    )
