"""Find who can take a need now: a free provider, else one other unanswered offer is exchanged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from features.policies import Applicants
from matching.problem import AssignmentProblem, problem_from_affinity
from matching.standing import Standing
from matching.succession import Step, successions
from peipao.clock import Clock
from peipao.domain.calls import CallState
from peipao.domain.offers import Side
from peipao.domain.records import Match, Need, Project, Round
from peipao.store import Store, Transaction
from peipao.tables.profiles import IntArray
from serving.usecases.frozen_rounds import FrozenRounds
from serving.usecases.live_kind import LiveKind, ReadLiveKind
from serving.usecases.policy_applicants import GatherApplicants
from serving.usecases.score_pairs import Scored, reasons_of
from serving.usecases.standing_rounds import standing_id

_UNIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Pick:
    """A pair that can be made.

    Attributes:
        affinity: in (0, 1); reasons: Chinese sentences, strongest first.
    """

    need_id: str
    provider_id: str
    affinity: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A way to give a need a place.

    Attributes:
        gives_up: the one other offer that is exchanged, and `instead` what its need gets for it.
        agreed: the side that has agreed beforehand, as a bidder has.
    """

    takes: Pick
    gives_up: Match | None = None
    instead: Pick | None = None
    agreed: Side | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """A need and everything that is known of its kind."""

    need: Need
    project: Project
    live: LiveKind
    others: dict[str, tuple[Need, Project]]
    by_pair: dict[tuple[str, str], Match]
    applicants: Applicants | None

    def scored(self, *more: str, besides: Sequence[Match] = ()) -> Scored:
        """Return how the need, and others by their ids, fit everybody as of now."""
        asked = [(self.need, self.project), *(self.others[key] for key in more)]
        return self.live.scored(asked, self.applicants, besides)


@dataclass(frozen=True, slots=True)
class FindNext:
    """Names the ways to give a need a place, the best first; nothing is written.

    Attributes:
        frozen: the problems of decided rounds.
    """

    store: Store
    read: ReadLiveKind
    applicants: GatherApplicants
    clock: Clock
    frozen: FrozenRounds

    def in_round(self, need_id: str, of: Round) -> Iterator[Proposal]:
        """Yield the ways by the frozen worth of the round; who is no longer eligible is left out.

        Raises:
            CheckFailedError: the frozen inputs of the round are damaged.
        """
        problem = self.frozen.get(of.id, str(of.certificate.get("inputs", ""))).problem
        question = self._question(need_id)
        movable = [match for match in question.live.movable if match.round_id == of.id]
        now = _standing(problem, question.live, movable, of.id)
        for step in successions(now, need_id):
            proposal = _proposal(question, problem, step, scored=None)
            if proposal is not None:
                yield proposal

    def now(self, need_id: str) -> Iterator[Proposal]:
        """Yield the ways by the worth of today.

        Raises:
            NotFoundError: the need is not stored.
            NoActiveModelError: no model was trained for its kind.
        """
        question = self._question(need_id)
        scored = question.scored()
        problem = _problem(question.live, scored)
        now = _standing(problem, question.live, ())
        found = False
        for step in successions(now, need_id):
            proposal = _proposal(question, problem, step, scored=scored)
            if proposal is not None:
                found = True
                yield proposal
        if not found:
            yield from self._by_exchange(question)

    def only(self, need_id: str, provider_id: str) -> Iterator[Proposal]:
        """Yield the pair itself if it may be made now, and the provider has a place.

        Raises:
            NotFoundError: the need is not stored.
            NoActiveModelError: no model was trained for its kind.
        """
        question = self._question(need_id, alone=True)
        pick = _free_pick(question.live, question.scored(), need_id, provider_id)
        if pick is not None:
            yield Proposal(pick)

    def bidders(self, need_id: str) -> Iterator[Proposal]:
        """Yield who bid for the need and was not awarded, the best score first, if free now.

        Raises:
            NotFoundError: the need is not stored.
            NoActiveModelError: no model was trained for its kind.
        """
        ranked = self._ranked_bidders(need_id)
        if not ranked:
            return
        question = self._question(need_id, alone=True)
        scored = question.scored()
        for provider in ranked:
            pick = _free_pick(question.live, scored, need_id, provider)
            if pick is not None:
                yield Proposal(pick, agreed=Side.PROVIDER)

    def _ranked_bidders(self, need_id: str) -> list[str]:
        with self.store.reading() as tx:
            bids = [bid for bid in tx.bids.of_need(need_id) if bid.withdrawn_at is None]
            calls = [tx.calls.get(key) for key in sorted({bid.call_id for bid in bids})]
        awarded = [call for call in calls if call.state is CallState.AWARDED]
        scores = {
            one["provider"]: one["score"]
            for call in awarded
            for one in json.loads(call.award or "{}")["bids"]
            if one["need"] == need_id and one["score"] is not None
        }
        return sorted(scores, key=lambda key: (-scores[key], key))

    def _by_exchange(self, question: _Question) -> Iterator[Proposal]:
        live = question.live
        ids = sorted({match.need_id for match in live.movable} - {question.need.id})
        scored = question.scored(*ids, besides=live.movable)
        problem = _problem(live, scored)
        now = _standing(problem, live, live.movable)
        for step in successions(now, question.need.id):
            proposal = _proposal(question, problem, step, scored=scored)
            if proposal is not None:
                yield proposal

    def _question(self, need_id: str, *, alone: bool = False) -> _Question:
        with self.store.reading() as tx:
            need = tx.needs.get(need_id)
            live = self.read(tx, need.kind, self.clock.now())
            others = set() if alone else {match.need_id for match in live.movable}
            ids = sorted(others | {need_id})
            pairs = _with_projects(tx, ids)
            asked = list(pairs.values())
            applicants = self.applicants(tx, live.spec, asked, live.today)
        _, project = pairs[need_id]
        by_pair = {(match.need_id, match.provider_id): match for match in live.held}
        return _Question(need, project, live, pairs, by_pair, applicants)


def _with_projects(tx: Transaction, ids: Sequence[str]) -> dict[str, tuple[Need, Project]]:
    needs = tx.needs.get_many(ids)
    projects = {one.id: one for one in tx.projects.get_many([need.project_id for need in needs])}
    return {need.id: (need, projects[need.project_id]) for need in needs}


def _problem(live: LiveKind, scored: Scored) -> AssignmentProblem:
    return problem_from_affinity(
        scored.affinity,
        wanted=1,
        capacity=dict(live.free),
        unmatched_penalty=0.0,
        reservation=live.spec.pairing.reservation,
        seed=f"between-{live.spec.name}",
    )


def _standing(
    problem: AssignmentProblem,
    live: LiveKind,
    movable: Sequence[Match],
    round_id: str | None = None,
) -> Standing:
    """Return how a round, or what was decided between rounds, stands now."""
    past, made_in = live.past, live.made_in(round_id or standing_id(live.spec.name))
    held = [_pair(one) for one in live.held if problem.row_of(*_pair(one)) is not None]
    loose = {_pair(match) for match in movable}
    used = Counter(provider for _, provider in held)
    free = live.free
    return Standing.of(
        problem,
        held,
        fixed=[pair for pair in held if pair not in loose],
        vetoes=sorted((past.vetoed | past.ended | past.active | made_in) - set(held)),
        capacity={key: free.get(key, 0) + used[key] for key in problem.provider_ids.tolist()},
    )


def _pair(match: Match) -> tuple[str, str]:
    return match.need_id, match.provider_id


def _proposal(
    question: _Question, problem: AssignmentProblem, step: Step, *, scored: Scored | None
) -> Proposal | None:
    """Return a step in words; None if a pair of it is not eligible any more."""
    _, provider = _ids(problem, step.row)
    if step.gives_up is None or step.instead is None:
        takes = _pick(question, problem, step.row, scored or question.scored())
        return None if takes is None else Proposal(takes)
    other, _ = _ids(problem, step.gives_up)
    match = question.by_pair[other, provider]
    if scored is None:
        scored = question.scored(other, besides=[match])
    takes = _pick(question, problem, step.row, scored)
    instead = _pick(question, problem, step.instead, scored)
    if takes is None or instead is None:
        return None
    return Proposal(takes, match, instead)


def _pick(question: _Question, problem: AssignmentProblem, row: int, scored: Scored) -> Pick | None:
    need, provider = _ids(problem, row)
    found = _row_of(scored, need, provider)
    if found is None:
        return None
    ((reasons, _),) = reasons_of(question.live.model, scored, found)
    return Pick(need, provider, int(problem.weight[row]) / _UNIT, reasons)


def _free_pick(live: LiveKind, scored: Scored, need: str, provider: str) -> Pick | None:
    """Return a pair that may be made between rounds now; None if it may not."""
    made = live.made_in(standing_id(live.spec.name))
    at = _row_of(scored, need, provider)
    if at is None or not live.free.get(provider) or (need, provider) in made:
        return None
    affinity = float(scored.affinity.affinity[at[0]])
    if affinity < live.spec.pairing.reservation:
        return None
    ((reasons, _),) = reasons_of(live.model, scored, at)
    return Pick(need, provider, affinity, reasons)


def _row_of(scored: Scored, need: str, provider: str) -> IntArray | None:
    """Return int32 (1,), the row of a pair; None if it is not eligible."""
    table = scored.affinity
    found = np.flatnonzero(
        (table.need_ids[table.need] == need) & (table.provider_ids[table.provider] == provider)
    )
    return found.astype(np.int32) if found.size else None


def _ids(problem: AssignmentProblem, row: int) -> tuple[str, str]:
    need = str(problem.need_ids[problem.need[row]])
    return need, str(problem.provider_ids[problem.provider[row]])
