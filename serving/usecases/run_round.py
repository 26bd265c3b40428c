"""Draft a round: freeze, score, solve, check, word, save."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from features.policies import Applicants
from matching.assign import assign
from matching.check import Certificate, check
from matching.digest import digest
from matching.frozen import task_hash
from matching.objective import worth
from matching.outcomes import outcomes, usual_exclusions
from matching.problem import Assignment, AssignmentProblem, problem_from_affinity
from matching.tasks import Task
from models.base import Progress
from peipao.clock import Clock
from peipao.domain.records import Match, Need, Outcome, OutcomeType, Project, Round, Versions
from peipao.errors import InvalidInputError
from peipao.kinds.catalogue import Catalogue
from peipao.kinds.spec import KindSpec
from peipao.reference.loader import Reference
from peipao.store import Store, Transaction
from serving.usecases.active_models import ActiveModels, LoadedModel
from serving.usecases.frozen_rounds import FrozenRounds
from serving.usecases.owners import owners_of
from serving.usecases.policy_applicants import GatherApplicants
from serving.usecases.provider_boards import Board, ProviderBoards
from serving.usecases.score_pairs import (
    History,
    Scored,
    city_date,
    history,
    reasons_of,
    score_pairs,
)
from serving.usecases.writing import NewId

_UNIT = 1_000_000
MAX_PAIRS = 10_000_000
"""Pairs of needs and providers that one round may weigh; about 3 GB."""

_MONTH_DAYS = 30


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a round reads of the store, from one moment."""

    asked: Sequence[tuple[Need, Project]]
    board: Board
    model: LoadedModel
    capacity: Mapping[str, int]
    past: History
    applicants: Applicants | None
    owners: Mapping[str, str]
    data: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Solved:
    """A round in numbers, proved."""

    scored: Scored
    problem: AssignmentProblem
    assignment: Assignment
    certificate: Certificate
    outcomes: Sequence[Outcome]


@dataclass(frozen=True, slots=True)
class RunRound:
    """Assigns the providers of one kind to the needs that wait, and saves a draft for review.

    Attributes:
        frozen: keeps what was solved.
        notice_version: of the public notice under which it is drafted.
        max_pairs: a larger round is refused before anything is computed.
    """

    store: Store
    catalogue: Catalogue
    reference: Reference
    models: ActiveModels
    boards: ProviderBoards
    applicants: GatherApplicants
    clock: Clock
    new_id: NewId
    frozen: FrozenRounds
    notice_version: str
    max_pairs: int = MAX_PAIRS

    def __call__(
        self,
        kind: str,
        *,
        by: str,
        seed: str | None = None,
        why: str = "",
        progress: Progress | None = None,
    ) -> str:
        """Return the id of the draft; every need that waited has an outcome in it.

        Args:
            kind: which providers are assigned.
            by: the account that drafts it, and so may not approve it.
            seed: decides between equal optima; None derives it from the frozen inputs, so that
                nobody can draw again until it suits.
            why: reason for the ledger.
            progress: told the Chinese name of a step and the share of the work done.

        Raises:
            UnknownKindError, NoActiveModelError: nothing to go by.
            InvalidInputError: no need of the kind waits.
            SolverFailedError, CheckFailedError: no proven optimum; nothing is saved.
        """
        tell, spec = progress or _silent, self.catalogue[kind]
        tell("读取并冻结", 0.0)
        snapshot = self._snapshot(spec)
        tell("计算匹配度", 0.15)
        solved = self._solved(spec, snapshot, seed, tell)
        tell("生成推荐理由", 0.8)
        made = self._round(spec, snapshot, solved, by)
        matches = _matches(made.id, snapshot.model, solved)
        tell("保存草案", 0.9)
        self.frozen.keep(made.id, Task(solved.problem))
        try:
            with self.store.transaction(
                who=by, why=why or "拟定撮合草案", versions=asdict(made.versions)
            ) as tx:
                tx.rounds.save_draft(made, matches, solved.outcomes)
        except BaseException:
            self.frozen.drop(made.id)
            raise
        tell("完成", 1.0)
        return made.id

    def _snapshot(self, spec: KindSpec) -> Snapshot:
        with self.store.reading() as tx:
            needs = tx.needs.open_of_kind(spec.name)
            if not needs:
                raise InvalidInputError(
                    "kind", f"类别 {spec.name} 没有等待配对的需求", "先提出需求"
                )
            found = tx.projects.get_many([need.project_id for need in needs])
            projects = {project.id: project for project in found}
            asked = [(need, projects[need.project_id]) for need in needs]
            model = self.models.of_kind(tx, spec.name)
            board = self.boards.of_kind(tx, model)
            _check_size(len(needs), len(board.profiles), self.max_pairs)
            at = self.clock.now()
            return Snapshot(
                asked=asked,
                board=board,
                model=model,
                capacity=_free_places(tx, spec.name, board),
                past=_past(tx, spec.name),
                applicants=self.applicants(tx, spec, asked, city_date(at)),
                owners=owners_of(tx, self.catalogue, asked),
                data=tx.data_version(),
                at=at,
            )

    def _solved(
        self, spec: KindSpec, snapshot: Snapshot, seed: str | None, tell: Progress
    ) -> Solved:
        today = city_date(snapshot.at)
        scored = score_pairs(
            snapshot.model,
            spec,
            snapshot.board,
            snapshot.asked,
            today=today,
            past=snapshot.past,
            applicants=snapshot.applicants,
        )
        tell("求解配对", 0.45)
        problem = _problem(spec, snapshot, scored, seed)
        assignment = assign(problem, spec.pairing.solver)
        tell("独立校验", 0.7)
        certificate = check(problem, assignment)
        certificate.require()
        decided = outcomes(
            problem,
            assignment,
            opened_at={need.id: need.opened_at for need, _ in snapshot.asked},
            priority={need.id: need.priority for need, _ in snapshot.asked},
            officer_of=snapshot.owners,
            exclusions=usual_exclusions(scored.eligibility),
        )
        return Solved(scored, problem, assignment, certificate, decided)

    def _round(self, spec: KindSpec, snapshot: Snapshot, solved: Solved, by: str) -> Round:
        versions = Versions(
            model=snapshot.model.version,
            data=snapshot.data,
            rules=self.catalogue.rules_hash(spec.name),
            tables=self.reference.version,
        )
        certificate = {
            **solved.certificate.to_json(),
            "inputs": task_hash(Task(solved.problem)),
            "solver": solved.assignment.solver,
            "notice": self.notice_version,
        }
        return Round(
            id=self.new_id("round"),
            kind=spec.name,
            created_at=snapshot.at,
            created_by=by,
            seed=solved.problem.seed,
            versions=versions,
            digest=digest(solved.problem, solved.assignment, solved.outcomes),
            figures=_figures(solved),
            certificate=certificate,
        )


def _check_size(n_needs: int, n_providers: int, max_pairs: int) -> None:
    if n_needs * n_providers > max_pairs:
        raise InvalidInputError(
            "kind",
            f"{n_needs} 条需求 × {n_providers} 个资源方超过单轮可处理的规模",
            f"不超过 {max_pairs} 对",
        )


def _silent(_step: str, _share: float) -> None:
    """Tell nobody."""


def _past(tx: Transaction, kind: str) -> History:
    vetoes = [(one.need_id, one.provider_id) for one in tx.vetoes.of_kind(kind)]
    return history(tx.matches.of_kind(kind), vetoes)


def _free_places(tx: Transaction, kind: str, board: Board) -> dict[str, int]:
    used = tx.providers.used(kind)
    places = zip(board.facts.ids.tolist(), board.facts.capacity.tolist(), strict=True)
    return {key: max(capacity - used[key], 0) for key, capacity in places}


def penalty(spec: KindSpec, need: Need, at: dt.datetime) -> float:
    """Return what a place of the need costs if it stays empty, in affinity units, >= 0.

    It grows with every whole day of waiting, and by its ordinary size with every step of priority.
    """
    days = max((city_date(at) - city_date(need.opened_at)).days, 0)
    waiting = spec.pairing.waiting_penalty_per_30_days * days / _MONTH_DAYS
    return spec.pairing.unmatched_penalty * (1 + need.priority) + waiting


def _problem(
    spec: KindSpec, snapshot: Snapshot, scored: Scored, seed: str | None
) -> AssignmentProblem:
    needs = [need for need, _ in snapshot.asked]
    problem = problem_from_affinity(
        scored.affinity,
        wanted={need.id: need.wanted for need in needs},
        capacity=snapshot.capacity,
        unmatched_penalty={need.id: penalty(spec, need, snapshot.at) for need in needs},
        reservation=spec.pairing.reservation,
        seed=seed or spec.name,
    )
    if seed is not None:
        return problem
    return replace(problem, seed=f"{spec.name}-{task_hash(Task(problem))[:32]}")


def _figures(solved: Solved) -> dict[str, float]:
    figures = worth(solved.problem, solved.assignment)
    kinds = [one.type for one in solved.outcomes]
    return {
        "needs": len(solved.problem.need_ids),
        "providers": len(solved.problem.provider_ids),
        "eligible_pairs": len(solved.problem.need),
        "matches": len(solved.assignment.pairs),
        "paired": kinds.count(OutcomeType.PAIRED),
        "waiting": kinds.count(OutcomeType.WAITING),
        "referred": kinds.count(OutcomeType.REFERRED),
        "total_affinity": figures.total_affinity,
        "objective_value": figures.objective_value,
        "drawn_pairs": solved.assignment.drawn,
    }


def _matches(round_id: str, model: LoadedModel, solved: Solved) -> list[Match]:
    # Problem and pair table hold the same pairs in the same canonical order.
    rows = np.asarray(solved.assignment.pairs)
    said = reasons_of(model, solved.scored, rows)
    weights = solved.problem.weight[rows].tolist()
    ids = solved.assignment.ids(solved.problem)
    return [
        Match(
            id=f"{round_id}-{number:05d}",
            round_id=round_id,
            need_id=need_id,
            provider_id=provider_id,
            affinity=weight / _UNIT,
            reasons=reasons,
        )
        for number, ((need_id, provider_id), weight, (reasons, _)) in enumerate(
            zip(ids, weights, said, strict=True), start=1
        )
    ]
