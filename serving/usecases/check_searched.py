"""A search with a time limit ended elsewhere when it was run again: is the stored plan right?

Branch and bound need not finish, and a faster or slower machine may end with another plan. That
does not disprove what was published. So the stored pairs are held against every limit and against
what no plan was said to exceed, and all that follows from them is worked out again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

import numpy as np

from matching import tasks
from matching.problem import SEARCHED, Assignment
from peipao.canonical import canonical_json
from peipao.errors import CheckFailedError
from serving.usecases.decide_round import Decided, judged
from serving.usecases.round_bundle import Bundle

Lines = Sequence[Sequence[object]]


def check_searched(bundle: Bundle, again: Decided | None) -> None:
    """Do nothing if the stored plan of a bundle answers its inputs as well as it says.

    Args:
        bundle: of a round whose quotas cross.
        again: what the same search found now; None if nothing in its time.

    Raises:
        CheckFailedError: lists what is wrong with the stored plan.
    """
    search, task = bundle.head.get("search"), bundle.frozen.task
    if search is None or task.objective != "total":
        raise CheckFailedError([_told(bundle, "重算的结果不同,而存储的方案不能单独核对")])
    bound = int(search["bound"])
    found = judged(bundle.frozen, _stored_plan(bundle, bound), bound)
    problems = [_told(bundle, wrong) for wrong in _wrong(bundle, found, again)]
    if problems:
        raise CheckFailedError(problems)


def differing_lines(one: Lines, other: Lines) -> list[int]:
    """Return the numbers, from 1, of the lines that are not equal byte for byte."""
    texts = ([canonical_json(line) for line in lines] for lines in (one, other))
    pairs = enumerate(zip_longest(*texts), start=1)
    return [number for number, (left, right) in pairs if left != right]


def _stored_plan(bundle: Bundle, bound: int) -> Assignment:
    task = bundle.frozen.task
    pairs = [(str(line[1]), str(line[2])) for line in bundle.result if line[0] == "match"]
    rows = [task.problem.row_of(*pair) for pair in pairs]
    strange = [pair for pair, row in zip(pairs, rows, strict=True) if row is None]
    if strange:
        raise CheckFailedError([_told(bundle, f"的配对 {one} 不合格") for one in strange])
    known = np.sort(np.array([row for row in rows if row is not None], dtype=np.int32))
    plan = Assignment(known, None, SEARCHED)
    # The checker reckons without what changes cost, which the bound has taken off.
    return replace(plan, bound=bound + tasks.costs(task, plan))


def _wrong(bundle: Bundle, found: Decided, again: Decided | None) -> Iterator[str]:
    task, bound = bundle.frozen.task, found.bound
    made = tasks.changes(task, found.assignment)
    if task.max_changes is not None and (made or 0) > task.max_changes:
        yield f"存储的方案变更 {made} 处,至多允许 {task.max_changes} 处"
    if again is not None and again.value > bound:
        yield f"声称的上界 {bound} 不成立:重算得到 {again.value}"
    if again is not None and found.value > again.bound:
        yield f"存储的目标值 {found.value} 超过重算的上界 {again.bound}"
    differing = differing_lines(bundle.result, found.lines)
    if differing:
        yield f"存储的结果第 {differing[0]} 行起与其配对不符,共 {len(differing)} 行"


def _told(bundle: Bundle, words: str) -> str:
    return f"轮次 {bundle.head['round']}(分组互相交叉,求解受时限约束){words}"
