"""One part of `benchmarks.answers`; prints JSON.

python -m benchmarks.answers_child brute|differential|places|relaxations COUNT
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.mixed_rounds import a_mixed_problem, best_by_programme
from matching.assign import assign
from matching.check import check
from matching.giving import relaxed_problem
from matching.objective import worth
from matching.places import (
    bottlenecks,
    one_more_in_group,
    one_place_less,
    with_places,
    with_quota,
)
from matching.problem import AssignmentProblem
from matching.quotas import quota_sets, two_families
from matching.relax import cheapest_relaxations
from matching.sensitivity import one_more_place
from matching.validate import SCALE
from peipao.errors import InfeasibleError

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from quota_oracle import a_limited_problem, try_all
from relax_oracle import NEVER, a_planted_case, least_cost_by_trying, some_costs

SEED = 20260314
SMALL, LARGE, MIDDLE = 7, 200, 40
"""Most needs, and providers, of the rounds of each part."""

SHOWN = 5
"""Length of the lists of bottlenecks, and providers of a round that are asked about one by one."""


def main() -> None:
    """Run the part."""
    name, count = sys.argv[1], int(sys.argv[2])
    parts: dict[str, Callable[[int], str]] = {
        "brute": brute,
        "differential": differential,
        "places": places,
        "relaxations": relaxations,
    }
    found = Counter(_told(parts[name], number) for number in range(count))
    print(json.dumps(dict(found.most_common())))


def _told(part: Callable[[int], str], number: int) -> str:
    word = part(number)
    if word.startswith("MISMATCH"):
        print(f"{part.__name__} {number}: {word}", file=sys.stderr)
    return word


def brute(number: int) -> str:
    """Hold a round of up to seven needs against trying every plan."""
    dice = np.random.default_rng([SEED, number])
    problem = a_limited_problem(dice, nested=number % 3 > 0, most=(SMALL, SMALL))
    tried = try_all(problem)
    if tried.best() is None:
        return _refused(problem)
    answer = assign(problem)
    if worth(problem, answer).objective != tried.best() or not check(problem, answer).valid:
        return "MISMATCH"
    if _nests(problem) and answer.pairs.tolist() != tried.drawn():
        return "MISMATCH of the lottery"
    return "equal, and the same pairs" if _nests(problem) else "equal"


def differential(number: int) -> str:
    """Hold a round of up to two hundred needs against another engine."""
    problem = a_mixed_problem(np.random.default_rng([SEED, 1, number]), LARGE)
    best = best_by_programme(problem)
    if best is None:
        return _refused(problem)
    answer = assign(problem)
    certificate = check(problem, answer)
    ours = worth(problem, answer).objective
    if certificate.problems or ours > best:
        return "MISMATCH"
    if ours == best:
        return "equal"
    least = certificate.claimed_bound_units
    return "within the bound told" if least is not None and ours < best <= least else "MISMATCH"


def _refused(problem: AssignmentProblem) -> str:
    try:
        assign(problem)
    except InfeasibleError:
        return "no solution, and said so"
    return "MISMATCH"


def _nests(problem: AssignmentProblem) -> bool:
    return problem.limits is None or two_families(quota_sets(problem)) is not None


def places(number: int) -> str:
    """Hold what one more and one less is worth against solving again by another engine."""
    problem, best = _solvable(number)
    answer = assign(problem)
    gain = {(False, key): _gain(problem, best, key) for key in problem.provider_ids.tolist()}
    for group in problem.groups:
        more = best_by_programme(with_quota(problem, group.id, 1))
        assert more is not None
        gain[True, group.id] = more - best
        if round(SCALE * one_more_in_group(problem, group.id)) != more - best:
            return "MISMATCH of a group"
    right = sorted((-units, *key) for key, units in gain.items() if units > 0)[:SHOWN]
    found = bottlenecks(problem, answer, SHOWN)
    if [(-round(SCALE * one.gain), one.group, one.id) for one in found] != right:
        return "MISMATCH of the bottlenecks"
    for key in problem.provider_ids.tolist()[:SHOWN]:
        if round(SCALE * one_more_place(problem, key)) != gain[False, key]:
            return "MISMATCH of one more"
        less = one_place_less(problem, key)
        if (None if less is None else best - round(SCALE * less)) != _with_less(problem, key):
            return "MISMATCH of one less"
    return "equal"


def _solvable(number: int) -> tuple[AssignmentProblem, int]:
    """Return the first round from a number on that has a solution, and its objective."""
    for draw in _draws(number):
        problem = a_mixed_problem(draw, MIDDLE)
        best = best_by_programme(problem)
        if best is not None:
            return problem, best
    raise AssertionError(number)


def _draws(number: int) -> Iterator[np.random.Generator]:
    return (np.random.default_rng([SEED, 2, number, again]) for again in range(1000))


def _gain(problem: AssignmentProblem, best: int, key: str) -> int:
    more = best_by_programme(with_places(problem, key, 1))
    assert more is not None
    return more - best


def _with_less(problem: AssignmentProblem, key: str) -> int | None:
    try:
        fewer = with_places(problem, key, -1)
    except InfeasibleError:
        return None
    return best_by_programme(fewer)


def relaxations(number: int) -> str:
    """Hold the cheapest way out of a planted clash against trying every way."""
    problem = a_planted_case(number)
    costs = some_costs(np.random.default_rng(number), problem)
    least = least_cost_by_trying(problem, costs)
    if least >= NEVER:
        try:
            cheapest_relaxations(problem, costs)
        except InfeasibleError:
            return "no way out, and said so"
        return "MISMATCH"
    relief = cheapest_relaxations(problem, costs)
    units = relief.units
    fewer = [[*units[:at], *units[at + 1 :]] for at in range(len(units))]
    right = (
        abs(relief.cost - least) < 1 / SCALE
        and relief.cost == relief.bound
        and try_all(relaxed_problem(problem, units)).best() is not None
        and all(try_all(relaxed_problem(problem, one)).best() is None for one in fewer)
    )
    if not right:
        return "MISMATCH"
    return "equal, and nothing can go" if units else "nothing to relax"


if __name__ == "__main__":
    main()
