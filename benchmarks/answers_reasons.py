"""Reasons why a pair was made or not, each verified by another engine with the reason removed.

    python -m benchmarks.answers_reasons SAMPLES

Prints JSON: ground -> samples, and how many obstacles were verified.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from benchmarks.mixed_rounds import a_mixed_problem, best_by_programme
from matching.assign import assign
from matching.explain import Ground, PairExplanation, explain_pair
from matching.obstacles import Obstacle, obstacles, removals
from matching.problem import Assignment, AssignmentProblem
from matching.sensitivity import with_pin, with_veto
from matching.validate import SCALE

SEED = 20260315
MOST = 30
"""Most needs, and providers, of a round."""

EACH = 3
"""Pairs that were made, and pairs that were not, that are asked about in a round."""


def main() -> None:
    """Verify so many reasons."""
    samples, tally = int(sys.argv[1]), Counter[str]()
    cases = _cases()
    for _ in range(samples):
        case = next(cases)
        ground, wrong = case.verified()
        tally[ground] += 1
        tally["obstacles"] += 0 if case.made else len(case.obstacles())
        for word in wrong:
            tally["MISMATCH"] += 1
            print(f"round {case.number}, pair {case.row}: {word}", file=sys.stderr)
    print(json.dumps(dict(tally.most_common())))


def _cases() -> Iterator[_Case]:
    """Yield pairs of rounds that have a solution: some that were made, some that were not."""
    for number in count():
        dice = np.random.default_rng([SEED, number])
        problem = a_mixed_problem(dice, MOST)
        best = best_by_programme(problem)
        if best is None:
            continue
        answer = assign(problem)
        absent = np.setdiff1d(np.arange(len(problem.weight)), answer.pairs)
        for rows in (answer.pairs, absent):
            for row in dice.permutation(rows)[:EACH].tolist():
                yield _Case(number, problem, best, answer, int(row))


@dataclass(frozen=True)
class _Case:
    """One pair of one round.

    Attributes:
        best: objective of the round, by the other engine.
    """

    number: int
    problem: AssignmentProblem
    best: int
    answer: Assignment
    row: int

    def verified(self) -> tuple[str, list[str]]:
        """Return the ground that was given, and what is wrong with it."""
        need, provider = self.problem.need[self.row], self.problem.provider[self.row]
        told = explain_pair(
            self.problem,
            self.answer,
            str(self.problem.need_ids[need]),
            str(self.problem.provider_ids[provider]),
        )
        checks = {
            "made or not": told.made == self.made,
            "a fact": self._is_a_fact(told),
            "the margin": self._margin(told),
            "the smallest change": told.flip is None or self._flips(told),
            "the obstacles": told.made or self._obstacles(),
        }
        return told.ground.value, [name for name, right in checks.items() if not right]

    @property
    def made(self) -> bool:
        """Tell whether the pair was made."""
        return bool(self.row in self.answer.pairs)

    def obstacles(self) -> tuple[Obstacle, ...]:
        """Return what stands in the way of a pair that was not made."""
        return obstacles(self.problem, self.answer, self.row)

    def _is_a_fact(self, told: PairExplanation) -> bool:
        """Tell whether what the ground states about the round is so."""
        problem, row = self.problem, self.row
        provider = problem.provider[row]
        held = int((problem.provider[self.answer.pairs] == provider).sum())
        low = problem.weight[row] < problem.reservation[problem.need[row]]
        facts = {
            Ground.PINNED: problem.pinned[row],
            Ground.VETOED: problem.vetoed[row],
            Ground.RESERVATION: low and not problem.pinned[row],
            Ground.NO_PLACES: problem.capacity[provider] == 0,
            Ground.FULL: held == problem.capacity[provider] == len(told.holders),
            Ground.BETTER_ELSEWHERE: held < problem.capacity[provider],
            Ground.CHOSEN: told.margin is not None and told.margin > 0,
            Ground.EQUAL: told.margin == 0,
        }
        return bool(facts.get(told.ground, True))

    def _margin(self, told: PairExplanation) -> bool:
        """Tell whether forbidding or forcing the pair costs what was told."""
        if told.ground in {Ground.PINNED, Ground.VETOED, Ground.RESERVATION, Ground.NO_PLACES}:
            return told.margin is None
        loss = self._loss(self.problem, self.best, made=told.made)
        if told.margin is None:
            return loss is None
        return loss == round(told.margin * SCALE)

    def _flips(self, told: PairExplanation) -> bool:
        """Tell whether the change decides the pair the other way in every optimum, and no less."""
        assert told.flip is not None
        step = round(told.flip * SCALE)
        return self._decided(told, step) != told.made and (
            self._decided(told, step - 1) in {told.made, None}
        )

    def _decided(self, told: PairExplanation, step: int) -> bool | None:
        """Return whether every optimum makes the pair once its worth has changed; None: some."""
        signed = -step if told.made else step
        bonus = self.problem.bonus + signed * (np.arange(len(self.problem.bonus)) == self.row)
        changed = replace(self.problem, bonus=bonus)
        best_with = self._forced(changed)
        best_without = best_by_programme(with_veto(changed, self.row))
        if best_with is None or best_without is None:
            return best_with is not None
        return None if best_with == best_without else best_with > best_without

    def _obstacles(self) -> bool:
        """Tell whether each obstacle, taken away, leaves what was told, and none is left out."""
        right = []
        before = self._loss(self.problem, self.best)
        for one in removals(self.problem, self.answer, self.row):
            best = best_by_programme(one.problem)
            after = None if best is None else self._loss(one.problem, best)
            if after is not None and (before is None or after < before):
                right.append((one.sort, one.id, after, after == 0))
        told = [
            (
                one.sort,
                one.id,
                None if one.after is None else round(one.after * SCALE),
                one.decisive,
            )
            for one in self.obstacles()
        ]
        return told == right

    def _loss(self, problem: AssignmentProblem, best: int, *, made: bool = False) -> int | None:
        """Return what forcing (or, if it was made, forbidding) the pair costs, or None."""
        other = best_by_programme(with_veto(problem, self.row)) if made else self._forced(problem)
        return None if other is None else best - other

    def _forced(self, problem: AssignmentProblem) -> int | None:
        """Return the objective of the best plan with the pair; None without any."""
        need = problem.need[self.row]
        low = problem.weight[self.row] < problem.reservation[need]
        if problem.vetoed[self.row] or low:
            return None
        return best_by_programme(with_pin(problem, self.row))


if __name__ == "__main__":
    main()
