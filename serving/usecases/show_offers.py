"""Read offers back: for staff with their answers and deadlines, for a link what it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from peipao.domain.offers import (
    DECLINE_REASONS,
    END_REASONS,
    FILLINGS,
    Answer,
    Link,
    Side,
    Vacancy,
)
from peipao.domain.records import Match, Project
from peipao.domain.states import MATCH, MatchState
from peipao.errors import ForbiddenError
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store, Transaction

MAX_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """What one side said, and when."""

    side: str
    accepted: bool
    at: dt.datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class ShownVacancy:
    """What became of the place of a match that fell through.

    Attributes:
        filling: code, `open` while nothing was decided; `words` the same in Chinese.
        filled_by: the match made instead; `moved` the one made for the exchanged need.
    """

    filling: str
    words: str
    filled_by: str | None
    moved: str | None


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """A match with its answers.

    Attributes:
        answer_by: until when both sides are to answer; None before it is offered.
        instead_of: the match whose place it took.
        vacancy: what became of its place; None unless it fell through.
    """

    id: str
    round_id: str
    need_id: str
    project_id: str
    project: str
    provider_id: str
    provider: str
    affinity: float
    reasons: tuple[str, ...]
    state: MatchState
    ended_reason: str | None
    answer_by: dt.datetime | None
    instead_of: str | None
    answers: tuple[ShownAnswer, ...]
    vacancy: ShownVacancy | None
    version: int


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link is about, for the one person who holds it.

    Attributes:
        side: `provider` or `founder`.
        state_words: where the match stands, in Chinese.
        answered: whether this side has said yes or no; None before.
        other_answered: likewise the other side.
        decline_reasons, end_reasons: code -> Chinese words to choose from.
    """

    match_id: str
    side: Side
    kind: str
    kind_label: str
    project: str
    provider: str
    reasons: tuple[str, ...]
    state: MatchState
    state_words: str
    answer_by: dt.datetime | None
    answered: bool | None
    other_answered: bool | None
    expires_at: dt.datetime
    decline_reasons: Mapping[str, str]
    end_reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ShowOffers:
    """Joins matches with names, answers and what came after."""

    store: Store
    catalogue: Catalogue

    def __call__(
        self,
        *,
        state: MatchState | None = None,
        kind: str | None = None,
        limit: int = 100,
        after: str = "",
    ) -> list[ShownOffer]:
        """Return matches by id, from the one behind `after`.

        Raises:
            UnknownKindError: there is no such kind.
        """
        known = None if kind is None else self.catalogue[kind].name
        with self.store.reading() as tx:
            found = tx.matches.page(state=state, kind=known, limit=limit, after=after)
            return _shown(tx, found)

    def one(self, match_id: str) -> ShownOffer:
        """Return one match.

        Raises:
            NotFoundError: it is not stored.
        """
        with self.store.reading() as tx:
            return _shown(tx, [tx.matches.get(match_id)])[0]

    def invitation(self, link: Link) -> Invitation:
        """Return what a link is about.

        Raises:
            ForbiddenError: the link is not about a match.
        """
        if link.match_id is None:
            raise ForbiddenError("match")
        with self.store.reading() as tx:
            match = tx.matches.get(link.match_id)
            (shown,) = _shown(tx, [match])
            need = tx.needs.get(match.need_id)
        spec = self.catalogue[need.kind]
        said = {one.side: one.accepted for one in shown.answers}
        other = next(side for side in Side if side is not link.side)
        return Invitation(
            match_id=match.id,
            side=link.side,
            kind=spec.name,
            kind_label=spec.label,
            project=shown.project,
            provider=shown.provider,
            reasons=match.reasons,
            state=match.state,
            state_words=MATCH.labels[match.state],
            answer_by=match.answer_by,
            answered=said.get(link.side.value),
            other_answered=said.get(other.value),
            expires_at=link.expires_at,
            decline_reasons=DECLINE_REASONS,
            end_reasons=END_REASONS,
        )


def _shown(tx: Transaction, matches: Sequence[Match]) -> list[ShownOffer]:
    needs = {need.id: need for need in tx.needs.get_many([one.need_id for one in matches])}
    projects: dict[str, Project] = {
        one.id: one for one in tx.projects.get_many([need.project_id for need in needs.values()])
    }
    providers = {
        one.id: one.name for one in tx.providers.get_many([m.provider_id for m in matches])
    }
    answers = tx.answers.of_matches([match.id for match in matches])
    vacancies = tx.vacancies.of_matches([match.id for match in matches])
    return [
        ShownOffer(
            id=match.id,
            round_id=match.round_id,
            need_id=match.need_id,
            project_id=needs[match.need_id].project_id,
            project=projects[needs[match.need_id].project_id].name,
            provider_id=match.provider_id,
            provider=providers[match.provider_id],
            affinity=match.affinity,
            reasons=match.reasons,
            state=match.state,
            ended_reason=match.ended_reason,
            answer_by=match.answer_by,
            instead_of=match.instead_of,
            answers=_answers(answers.get(match.id, {})),
            vacancy=_vacancy(vacancies.get(match.id)),
            version=match.version,
        )
        for match in matches
    ]


def _answers(given: Mapping[Side, Answer]) -> tuple[ShownAnswer, ...]:
    return tuple(
        ShownAnswer(side.value, given[side].accepted, given[side].at, given[side].reason)
        for side in Side
        if side in given
    )


def _vacancy(vacancy: Vacancy | None) -> ShownVacancy | None:
    if vacancy is None:
        return None
    if vacancy.filling is None:
        return ShownVacancy("open", "正在寻找候补", None, None)
    words = FILLINGS[vacancy.filling]
    return ShownVacancy(vacancy.filling.value, words, vacancy.filled_by, vacancy.moved)
