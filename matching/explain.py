"""Why this pair, and why not that provider: each answer is a count or a solve again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from matching.network import Solver
from matching.objective import worth
from matching.problem import Assignment, AssignmentProblem
from matching.sensitivity import best_objective, with_pin, with_veto
from matching.validate import SCALE
from peipao.errors import InfeasibleError, NotFoundError
from peipao.tables.pairs import EligibilityTable
from peipao.tables.profiles import IntArray


class Ground(StrEnum):
    """On what ground a pair was made or not."""

    PINNED = "pinned"
    CHOSEN = "chosen"
    INELIGIBLE = "ineligible"
    VETOED = "vetoed"
    RESERVATION = "below-reservation"
    NO_PLACES = "no-places"
    FULL = "full"
    BETTER_ELSEWHERE = "better-elsewhere"
    REQUIRED = "required"
    LIMITS = "limits"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class PairExplanation:
    """Why a pair was made or not.

    Attributes:
        made: True if it is part of the assignment.
        affinity: of the pair, in [0, 1]; None if not eligible.
        rank: 1-based place of the provider among those eligible for the need, equals sharing the
            better place; None if not eligible.
        margin: affinity units, >= 0: what the objective would lose if the pair were forbidden
            (made) or forced (not made); None where it cannot be forced.
        flip: affinity units; the smallest change of the pair's affinity (down if made, up if not)
            with which every optimum decides the other way; None where none can.
        holders: masked ids of the needs that hold the provider's places, if it is full.
        sentence: Chinese.
        leads: affinity units, for each of the holders: by how much its pair is worth more (or, if
            negative, less) than this one.
    """

    need_id: str
    provider_id: str
    made: bool
    ground: Ground
    affinity: float | None
    rank: int | None
    margin: float | None
    holders: tuple[str, ...]
    sentence: str
    flip: float | None = None
    leads: tuple[float, ...] = ()


def explain_pair(
    problem: AssignmentProblem,
    assignment: Assignment,
    need_id: str,
    provider_id: str,
    *,
    eligibility: EligibilityTable | None = None,
    solver: str | Solver = "auto",
) -> PairExplanation:
    """Return why the pair was made or not.

    Args:
        problem: as solved.
        assignment: an optimal assignment of it.
        need_id: id of the need.
        provider_id: id of the provider.
        eligibility: which rule excluded the pairs that are not listed.
        solver: engine for the solve again that gives the margin.

    Raises:
        NotFoundError: an id is not part of the round.
    """
    for ids, key, noun in (
        (problem.need_ids, need_id, "需求"),
        (problem.provider_ids, provider_id, "资源方"),
    ):
        if key not in ids:
            raise NotFoundError(f"本轮{noun}", key)
    row = problem.row_of(need_id, provider_id)
    if row is None:
        sentence = f"不符合准入条件:{_rule(eligibility, need_id, provider_id)}"
        return PairExplanation(
            need_id, provider_id, False, Ground.INELIGIBLE, None, None, None, (), sentence
        )
    case = _Case(problem, assignment, row, solver)
    return case.made() if row in assignment.pairs else case.absent()


def masked(entity_id: str) -> str:
    """Return an id of which only the last two characters can be read."""
    return "***" + entity_id[-2:] if len(entity_id) > 4 else "***"


@dataclass(frozen=True, slots=True)
class _Case:
    """One eligible pair under question."""

    problem: AssignmentProblem
    assignment: Assignment
    row: int
    solver: str | Solver

    def made(self) -> PairExplanation:
        """Explain a match."""
        rank = self._rank()
        if self.problem.pinned[self.row]:
            return self._answer(True, Ground.PINNED, None, "由工作人员指定,不参与优化")
        margin = self._loss(with_veto(self.problem, self.row))
        if margin is None:
            text = f"在合格资源方中排第 {rank};若不作此配对,上下限无法满足"
            return self._answer(True, Ground.REQUIRED, None, text)
        if margin == 0:
            return self._answer(
                True, Ground.EQUAL, margin, f"在合格资源方中排第 {rank};与其他方案等值,由摇号确定"
            )
        text = f"在合格资源方中排第 {rank};若不作此配对,总体目标减少 {margin:.4f}"
        return self._answer(True, Ground.CHOSEN, margin, text)

    def absent(self) -> PairExplanation:
        """Explain a pair that was not made."""
        problem, need = self.problem, self.problem.need[self.row]
        if problem.vetoed[self.row]:
            return self._answer(False, Ground.VETOED, None, "该配对已被工作人员否决")
        if problem.weight[self.row] < problem.reservation[need]:
            low, least = problem.weight[self.row] / SCALE, problem.reservation[need] / SCALE
            text = f"匹配度 {low:.4f} 低于需求的保留值 {least:.4f}"
            return self._answer(False, Ground.RESERVATION, None, text)
        if problem.capacity[problem.provider[self.row]] == 0:
            return self._answer(False, Ground.NO_PLACES, None, "该资源方本轮未提供名额")
        return self._outbid()

    def _outbid(self) -> PairExplanation:
        problem, provider = self.problem, self.problem.provider[self.row]
        holders = self._holders()
        full = len(holders) >= problem.capacity[provider]
        margin = self._loss(with_pin(problem, self.row)) if self._can_be_forced() else None
        if margin == 0:
            text = "与现方案等值,由摇号确定"
            return self._answer(False, Ground.EQUAL, margin, text, holders if full else ())
        cost = "" if margin is None else f";若强行配对,总体目标减少 {margin:.4f}"
        if full:
            who = "、".join(holders)
            text = f"该资源方的 {problem.capacity[provider]} 个名额已由 {who} 占用{cost}"
            return self._answer(False, Ground.FULL, margin, text, holders)
        if margin is None and self._can_be_forced():
            text = "若强行配对,上下限无法满足"
            return self._answer(False, Ground.LIMITS, None, text)
        text = f"该需求与其他资源方配对(或暂不配对)总体更优{cost}"
        return self._answer(False, Ground.BETTER_ELSEWHERE, margin, text)

    def _answer(
        self,
        made: bool,  # noqa: FBT001  set by the two callers above, next to its ground
        ground: Ground,
        margin: float | None,
        sentence: str,
        holders: tuple[str, ...] = (),
    ) -> PairExplanation:
        problem = self.problem
        return PairExplanation(
            need_id=str(problem.need_ids[problem.need[self.row]]),
            provider_id=str(problem.provider_ids[problem.provider[self.row]]),
            made=made,
            ground=ground,
            affinity=int(problem.weight[self.row]) / SCALE,
            rank=self._rank(),
            margin=margin,
            holders=holders,
            sentence=sentence,
            flip=None if margin is None else margin + 1 / SCALE,
            leads=self._leads() if holders else (),
        )

    def _loss(self, changed: AssignmentProblem) -> float | None:
        """Return what the change costs; None if the limits cannot be met with it."""
        before = worth(self.problem, self.assignment).objective
        try:
            return (before - best_objective(changed, self.solver)) / SCALE
        except InfeasibleError:
            return None

    def _rank(self) -> int:
        of_need = self.problem.need == self.problem.need[self.row]
        better = self.problem.weight[of_need] > self.problem.weight[self.row]
        return 1 + int(better.sum())

    def _held(self) -> IntArray:
        """Return the rows of the matches that hold the provider's places."""
        pairs = self.assignment.pairs
        held: IntArray = pairs[self.problem.provider[pairs] == self.problem.provider[self.row]]
        return held

    def _holders(self) -> tuple[str, ...]:
        needs = self.problem.need_ids[self.problem.need[self._held()]]
        return tuple(masked(str(key)) for key in needs)

    def _leads(self) -> tuple[float, ...]:
        gain = self.problem.gain()
        return tuple(int(gain[row] - gain[self.row]) / SCALE for row in self._held())

    def _can_be_forced(self) -> bool:
        """Tell whether pins leave a place on both sides."""
        need, provider = self.problem.need[self.row], self.problem.provider[self.row]
        left = self.problem.wanted_left()[need], self.problem.capacity_left()[provider]
        return bool(left[0] > 0 and left[1] > 0)


def _rule(eligibility: EligibilityTable | None, need_id: str, provider_id: str) -> str:
    """Return the first rule that excludes the pair."""
    if eligibility is None:
        return "该配对未列入本轮合格配对"
    need = np.flatnonzero(eligibility.need_ids == need_id)
    provider = np.flatnonzero(eligibility.provider_ids == provider_id)
    if not need.size or not provider.size:
        return "未参加准入检查"
    rule = int(eligibility.excluded_by[need[0], provider[0]])
    return eligibility.reasons[rule - 1] if rule > 0 else "该配对未列入本轮合格配对"
