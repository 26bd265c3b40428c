"""Say why a provider stands where it stands for a need, or why it is excluded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from peipao.clock import Clock
from peipao.errors import InvalidInputError
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store
from serving.usecases.active_models import ActiveModels, LoadedModel
from serving.usecases.answers import Contribution, Explanation
from serving.usecases.policy_applicants import GatherApplicants
from serving.usecases.provider_boards import ProviderBoards
from serving.usecases.score_pairs import (
    Scored,
    best_rows,
    city_date,
    history,
    intervals_of,
    reasons_of,
    score_pairs,
    shortlist_of,
)


@dataclass(frozen=True, slots=True)
class ExplainPair:
    """Explains one pair by the model and the rules of today."""

    store: Store
    catalogue: Catalogue
    models: ActiveModels
    boards: ProviderBoards
    applicants: GatherApplicants
    clock: Clock
    notice_version: str

    def __call__(self, need_id: str, provider_id: str) -> Explanation:
        """Return what speaks for and against the pair.

        Raises:
            NotFoundError: the need or the provider is not stored.
            InvalidInputError: they are of different kinds.
            NoActiveModelError: no model was trained for the kind.
        """
        with self.store.reading() as tx:
            need, provider = tx.needs.get(need_id), tx.providers.get(provider_id)
            if need.kind != provider.kind:
                right = f"类别为 {need.kind} 的资源方"
                raise InvalidInputError("query.provider", f"属于类别 {provider.kind}", right)
            project = tx.projects.get(need.project_id)
            vetoes = [(one.need_id, one.provider_id) for one in tx.vetoes.of_need(need_id)]
            past = history(tx.matches.of_need(need_id), vetoes)
            model = self.models.of_kind(tx, need.kind)
            board, data = self.boards.of_kind(tx, model), tx.data_version()
            today, spec, asked = self._today(), self.catalogue[need.kind], [(need, project)]
            applicants = self.applicants(tx, spec, asked, today)
        scored = score_pairs(
            model, spec, board, asked, today=today, past=past, applicants=applicants
        )
        return self._explained(model, scored, (need_id, provider_id), data)

    def _today(self) -> dt.date:
        return city_date(self.clock.now())

    def _explained(
        self, model: LoadedModel, scored: Scored, pair: tuple[str, str], data: str
    ) -> Explanation:
        column = int(np.searchsorted(scored.board.profiles.ids, pair[1]))
        code = int(scored.eligibility.excluded_by[0, column])
        order = best_rows(scored, len(scored.pairs.need))
        places = np.flatnonzero(scored.pairs.provider[order] == column)
        rows = order[places]
        said, between = reasons_of(model, scored, rows), intervals_of(scored, rows)
        return Explanation(
            need_id=pair[0],
            provider_id=pair[1],
            eligible=code == 0,
            excluded_because=scored.eligibility.reasons[code - 1] if code else None,
            rank=int(places[0]) + 1 if len(places) else None,
            n_eligible=len(order),
            affinity=float(scored.affinity.affinity[rows[0]]) if len(rows) else None,
            affinity_interval=between[0] if between else None,
            margin=float(scored.affinity.margin[rows[0]]) if len(rows) else None,
            contributions=said[0][1] if said else (),
            topics=_by_topic(said[0][1]) if said else (),
            shortlist=shortlist_of(scored),
            reasons=said[0][0] if said else (),
            model_version=model.version,
            data_version=data,
            notice_version=self.notice_version,
        )


def _by_topic(parts: Iterable[Contribution]) -> tuple[Contribution, ...]:
    """Return the contributions added up by topic, in the order of their first."""
    sums: dict[str, float] = {}
    for part in parts:
        sums[part.topic] = sums.get(part.topic, 0.0) + part.value
    return tuple(Contribution(topic, value, topic) for topic, value in sums.items())
