"""Every need of a round gets an outcome row: paired, waiting with its position, or referred."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from matching.problem import Assignment, AssignmentProblem
from matching.ties import lottery_weight
from matching.validate import SCALE
from peipao.domain.records import Outcome, OutcomeType
from peipao.errors import InvalidInputError
from peipao.tables.pairs import EligibilityTable
from peipao.tables.profiles import BoolArray


class Cause(StrEnum):
    """Why a place of a need stayed empty."""

    NOBODY = "nobody-eligible"
    VETOED = "all-vetoed"
    RESERVATION = "below-reservation"
    NO_PLACES = "no-places"
    FULL = "full"
    NOT_WORTH = "not-worth"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why a need did not get all the places it wanted.

    Attributes:
        unfilled: places wanted that stay empty, >= 1.
        reason: Chinese sentence; names no other need and no person.
    """

    cause: Cause
    unfilled: int
    reason: str


def outcomes(
    problem: AssignmentProblem,
    assignment: Assignment,
    *,
    opened_at: Mapping[str, dt.datetime],
    priority: Mapping[str, int],
    officer_of: Mapping[str, str | None],
    exclusions: Mapping[str, str] | None = None,
) -> list[Outcome]:
    """Return one outcome a need, sorted by need id.

    A need with at least one match is paired. One for which nobody is eligible is referred to its
    officer. The others wait, in the order of priority (higher first), opening time (earlier
    first) and the lottery; positions are 1, 2, 3 ….

    Args:
        problem: as solved.
        assignment: what was decided.
        opened_at: need id -> aware time, for every need that is not paired.
        priority: need id -> priority, >= 0; absent is 0.
        officer_of: need id -> provider id of its officer; absent or None is not yet named, and
            the need waits instead of being referred to nobody.
        exclusions: need id -> why most providers are excluded, as `usual_exclusions` gives it;
            without it the reason stays general.

    Raises:
        InvalidInputError: a need that waits has no opening time.
    """
    made = np.bincount(problem.need[assignment.pairs], minlength=len(problem.need_ids))
    paired = [Outcome(str(key), OutcomeType.PAIRED) for key in problem.need_ids[made > 0]]
    unserved = {
        key: lack
        for key, lack in shortfalls(problem, assignment, exclusions).items()
        if made[np.searchsorted(problem.need_ids, key)] == 0
    }
    referred = {
        key: Outcome(key, OutcomeType.REFERRED, reason=lack.reason, officer=officer_of[key])
        for key, lack in unserved.items()
        if lack.cause in {Cause.NOBODY, Cause.VETOED} and officer_of.get(key)
    }
    queue = [key for key in unserved if key not in referred]
    lots = _lots(problem)
    queue.sort(key=lambda key: (-priority.get(key, 0), _opened(opened_at, key), lots[key], key))
    waiting = [
        Outcome(key, OutcomeType.WAITING, position=at, reason=_waiting(unserved[key]))
        for at, key in enumerate(queue, start=1)
    ]
    return sorted([*paired, *referred.values(), *waiting], key=lambda row: row.need_id)


def _lots(problem: AssignmentProblem) -> dict[str, int]:
    """Return need id -> its lot in the queue, drawn under the name that outlives the need."""
    ids = problem.need_ids.tolist()
    names = ids if problem.lottery_ids is None else problem.lottery_ids.tolist()
    seed = problem.seed.encode()
    return {key: lottery_weight(seed, name, "") for key, name in zip(ids, names, strict=True)}


def shortfalls(
    problem: AssignmentProblem,
    assignment: Assignment,
    exclusions: Mapping[str, str] | None = None,
) -> dict[str, Shortfall]:
    """Return need id -> why places stayed empty, for every need that lacks one; by id."""
    made = np.bincount(problem.need[assignment.pairs], minlength=len(problem.need_ids))
    used = np.bincount(problem.provider[assignment.pairs], minlength=len(problem.provider_ids))
    lacking = np.flatnonzero(made < problem.wanted)
    left_out = np.ones(len(problem.weight), dtype=np.bool_)
    left_out[assignment.pairs] = False
    found: dict[str, Shortfall] = {}
    for need in lacking.tolist():
        key = str(problem.need_ids[need])
        cause, reason = _cause(problem, need, left_out, used < problem.capacity)
        if cause is Cause.NOBODY and exclusions is not None:
            reason = f"没有合格的资源方:{exclusions.get(key, '未参加准入检查')}"
        found[key] = Shortfall(cause, int(problem.wanted[need] - made[need]), reason)
    return found


def _cause(
    problem: AssignmentProblem, need: int, left_out: BoolArray, has_place: BoolArray
) -> tuple[Cause, str]:
    """Return why the need did not get one more of the pairs that were left out."""
    start, end = np.searchsorted(problem.need, [need, need + 1])
    rows = np.arange(start, end)
    rows = rows[left_out[rows]]
    if not rows.size:
        return Cause.NOBODY, "没有(更多)合格的资源方"
    allowed = rows[~problem.vetoed[rows]]
    if not allowed.size:
        return Cause.VETOED, f"合格的 {len(rows)} 个资源方均已被人工否决"
    good = allowed[problem.weight[allowed] >= problem.reservation[need]]
    if not good.size:
        best, least = problem.weight[allowed].max() / SCALE, problem.reservation[need] / SCALE
        return Cause.RESERVATION, f"最高匹配度 {best:.2f} 低于保留值 {least:.2f}"
    providers = problem.provider[good]
    if not problem.capacity[providers].any():
        return Cause.NO_PLACES, f"合格的 {len(good)} 个资源方本轮均未提供名额"
    if has_place[providers].any():
        return Cause.NOT_WORTH, "与仍有名额的资源方配对会降低总体目标"
    return Cause.FULL, f"合格的 {len(good)} 个资源方名额已满,由总体价值更高的需求占用"


def usual_exclusions(eligibility: EligibilityTable) -> dict[str, str]:
    """Return need id -> the reason that excludes most providers, with its count."""
    return {
        key: _usual_exclusion(eligibility, row)
        for row, key in enumerate(eligibility.need_ids.tolist())
    }


def _usual_exclusion(eligibility: EligibilityTable, row: int) -> str:
    excluded = eligibility.excluded_by[row]
    count = Counter(excluded[excluded > 0].tolist())
    if not count:
        return "本类别没有资源方"
    rule, times = min(count.items(), key=lambda item: (-item[1], item[0]))
    return f"最常见的排除原因是「{eligibility.reasons[rule - 1]}」({times}/{len(excluded)} 个)"


def _opened(opened_at: Mapping[str, dt.datetime], need_id: str) -> dt.datetime:
    if need_id not in opened_at:
        raise InvalidInputError(f"opened_at[{need_id}]", "缺少需求提出时间", "带时区的时间")
    return opened_at[need_id]


def _waiting(lack: Shortfall) -> str:
    unnamed = lack.cause in {Cause.NOBODY, Cause.VETOED}
    return f"{lack.reason};尚未指定可转交的服务专员" if unnamed else lack.reason
