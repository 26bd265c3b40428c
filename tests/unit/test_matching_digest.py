"""One hash of a result, whoever found it and in whatever order it came."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from strategies import a_problem, a_random_problem

from matching.assign import assign
from matching.digest import digest, result_lines
from peipao.domain.records import Outcome, OutcomeType

PAIRS = [("n1", "p1", 0.9), ("n2", "p2", 0.4)]
KNOWN = "5e12a8195c967734c53d8b80c05e805aa613ceb359a3f4f3cfa471853f46d5bd"
"""As another program hashes the three lines."""


def test_every_engine_gives_the_same_digest() -> None:
    problem = a_random_problem(np.random.default_rng(1), 20, 15, levels=2)
    assert len({digest(problem, assign(problem, s)) for s in ("auto", "sparse", "networkx")}) == 1


def test_the_digest_of_a_known_result_never_changes() -> None:
    problem = a_problem(PAIRS)
    assert digest(problem, assign(problem)) == KNOWN


def test_the_lines_say_what_was_decided_in_integers() -> None:
    problem = a_problem(PAIRS)
    waiting = Outcome("n3", OutcomeType.WAITING, position=1, reason="满")
    assert list(result_lines(problem, assign(problem), [waiting])) == [
        ["round", "seed", 1_300_000, 1_300_000, 0],
        ["match", "n1", "p1", 900_000],
        ["match", "n2", "p2", 400_000],
        ["outcome", "n3", "waiting", 1, "满", None],
    ]


def test_the_order_of_the_outcomes_does_not_matter_but_their_content_does() -> None:
    problem = a_problem(PAIRS)
    answer = assign(problem)
    rows = [Outcome("n1", OutcomeType.PAIRED), Outcome("n2", OutcomeType.PAIRED)]
    straight = digest(problem, answer, rows)
    assert digest(problem, answer, rows[::-1]) == straight
    assert digest(problem, answer, [rows[0], replace(rows[1], reason="x")]) != straight


def test_another_seed_is_another_digest() -> None:
    digests = {digest(p, assign(p)) for p in (a_problem(PAIRS, seed=s) for s in "ab")}
    assert len(digests) == 2
