"""A kind as it stands at one moment: who is free, what is held, and what may not be made again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.policies import Applicants
from peipao.domain.records import Match, Need, Project
from peipao.domain.states import HOLDING, MatchState
from peipao.kinds.catalogue import Catalogue
from peipao.kinds.spec import KindSpec
from peipao.store import Store, Transaction
from serving.usecases.active_models import ActiveModels, LoadedModel
from serving.usecases.provider_boards import Board, ProviderBoards
from serving.usecases.score_pairs import History, Scored, city_date, history, score_pairs

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LiveKind:
    """What is known of one kind now.

    Attributes:
        past: vetoes and earlier matches of all needs of the kind.
        free: provider id -> places that nobody holds; 0 for who is paused or not valid today.
        held: matches that hold a place, by id.
        movable: those of them that are offered and that nobody has answered yet.
        decided: (round id, need id, provider id) of every match, whatever its state; a round
            makes a pair once.
        today: the day in the city.
    """

    spec: KindSpec
    model: LoadedModel
    board: Board
    past: History
    free: Mapping[str, int]
    held: Sequence[Match]
    movable: Sequence[Match]
    decided: frozenset[tuple[str, str, str]]
    today: dt.date

    def made_in(self, round_id: str) -> frozenset[Pair]:
        """Return the pairs that a round has made, whatever became of them."""
        return frozenset(
            (need, provider) for key, need, provider in self.decided if key == round_id
        )

    def scored(
        self,
        asked: Sequence[tuple[Need, Project]],
        applicants: Applicants | None,
        besides: Sequence[Match] = (),
    ) -> Scored:
        """Return eligibility and affinity of needs with all providers, as of now.

        Args:
            asked: the needs with their projects.
            applicants: whom rules on policies ask about.
            besides: matches to be judged as if they were not held.
        """
        lifted = {(match.need_id, match.provider_id) for match in besides}
        past = replace(self.past, active=self.past.active - lifted)
        return score_pairs(
            self.model,
            self.spec,
            self.board,
            asked,
            today=self.today,
            past=past,
            applicants=applicants,
        )


@dataclass(frozen=True, slots=True)
class ReadLiveKind:
    """Reads how a kind stands."""

    store: Store
    catalogue: Catalogue
    models: ActiveModels
    boards: ProviderBoards

    def __call__(self, tx: Transaction, kind: str, now: dt.datetime) -> LiveKind:
        """Return the kind as this transaction sees it.

        Raises:
            NoActiveModelError: no model was trained for the kind.
        """
        model = self.models.of_kind(tx, kind)
        board = self.boards.of_kind(tx, model)
        matches = tx.matches.of_kind(kind)
        vetoes = [(one.need_id, one.provider_id) for one in tx.vetoes.of_kind(kind)]
        held = [match for match in matches if match.state in HOLDING]
        offered = [match for match in held if match.state is MatchState.OFFERED]
        answered = tx.answers.of_matches([match.id for match in offered])
        today = city_date(now)
        return LiveKind(
            spec=self.catalogue[kind],
            model=model,
            board=board,
            past=history(matches, vetoes),
            free=free_places(board, tx.providers.used(kind), today),
            held=held,
            movable=[match for match in offered if match.id not in answered],
            decided=frozenset((m.round_id, m.need_id, m.provider_id) for m in matches),
            today=today,
        )


def free_places(board: Board, used: Mapping[str, int], today: dt.date) -> dict[str, int]:
    """Return provider id -> places that can be taken now, >= 0."""
    facts, day = board.facts, today.toordinal()
    open_now = ~facts.paused & (facts.valid_from <= day) & (day <= facts.valid_to)
    places = np.where(open_now, facts.capacity, 0).tolist()
    return {
        key: max(number - used.get(key, 0), 0)
        for key, number in zip(facts.ids.tolist(), places, strict=True)
    }
