"""A round as people read it: names beside ids, best pairs first, and who got nobody and why."""

from __future__ import annotations

from dataclasses import dataclass

from peipao.domain.records import Match, Outcome, OutcomeType, Round
from peipao.store import Store, Transaction


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pair of a round.

    Attributes:
        affinity: in (0, 1).
        reasons: Chinese sentences, strongest first.
    """

    need_id: str
    project: str
    provider_id: str
    provider: str
    affinity: float
    state: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EmptyRow:
    """A need that got nobody, and what happens to it instead.

    Attributes:
        position: 1-based place in the waiting list; None if it was referred.
        officer: name of the officer it was referred to; None if it waits.
    """

    need_id: str
    project: str
    outcome: str
    position: int | None
    reason: str
    officer: str | None


@dataclass(frozen=True, slots=True)
class DescribedRound:
    """A round in words.

    Attributes:
        pairs: highest affinity first, equal ones by need.
        empty: referred ones first, then by waiting position.
    """

    round: Round
    pairs: tuple[PairRow, ...]
    empty: tuple[EmptyRow, ...]


@dataclass(frozen=True, slots=True)
class DescribeRound:
    """Joins a stored round with the names of those it concerns."""

    store: Store

    def __call__(self, round_id: str) -> DescribedRound:
        """Return the round in words.

        Raises:
            NotFoundError: it is not stored.
        """
        with self.store.reading() as tx:
            found = tx.rounds.get(round_id)
            matches, outcomes = tx.rounds.matches_of(round_id), tx.rounds.outcomes_of(round_id)
            asked = {one.need_id for one in outcomes} | {one.need_id for one in matches}
            projects = _project_names(tx, sorted(asked))
            officers = [one.officer for one in outcomes if one.officer]
            providers = _provider_names(tx, [match.provider_id for match in matches] + officers)
        pairs = [_pair(match, projects, providers) for match in matches]
        left = [one for one in outcomes if one.type is not OutcomeType.PAIRED]
        return DescribedRound(
            round=found,
            pairs=tuple(sorted(pairs, key=lambda row: (-row.affinity, row.need_id))),
            empty=tuple(
                sorted((_empty(one, projects, providers) for one in left), key=_waiting_order)
            ),
        )


def _project_names(tx: Transaction, need_ids: list[str]) -> dict[str, str]:
    needs = tx.needs.get_many(need_ids)
    projects = tx.projects.get_many(sorted({need.project_id for need in needs}))
    names = {project.id: project.name for project in projects}
    return {need.id: names[need.project_id] for need in needs}


def _provider_names(tx: Transaction, ids: list[str]) -> dict[str, str]:
    return {one.id: one.name for one in tx.providers.get_many(sorted(set(ids)))}


def _pair(match: Match, projects: dict[str, str], providers: dict[str, str]) -> PairRow:
    return PairRow(
        need_id=match.need_id,
        project=projects[match.need_id],
        provider_id=match.provider_id,
        provider=providers[match.provider_id],
        affinity=match.affinity,
        state=match.state.value,
        reasons=match.reasons,
    )


def _empty(one: Outcome, projects: dict[str, str], providers: dict[str, str]) -> EmptyRow:
    return EmptyRow(
        need_id=one.need_id,
        project=projects[one.need_id],
        outcome=one.type.value,
        position=one.position,
        reason=one.reason,
        officer=None if one.officer is None else providers.get(one.officer, one.officer),
    )


def _waiting_order(row: EmptyRow) -> tuple[bool, int, str]:
    return row.position is not None, row.position or 0, row.need_id
