"""A bundle holds a whole round: what is written is what is read, and what is read decides alike."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from strategies import OPENED, a_random_problem, a_table

from matching.groups import RawGroup
from matching.outcomes import outcomes
from matching.problem import SEARCHED, Assignment, AssignmentProblem, problem_from_affinity
from matching.tasks import Task
from peipao.canonical import sha256_lines
from peipao.domain.lottery import commitment_hash, committed_seed
from peipao.errors import CheckFailedError
from serving.usecases.decide_round import decide
from serving.usecases.replay_round import replay_bundle, replay_file
from serving.usecases.round_bundle import (
    Bundle,
    Frozen,
    NeedContext,
    bundle_of,
    bundle_text,
    decided_lines,
)

SECRET = "5c" * 32


def frozen(problem: AssignmentProblem) -> Frozen:
    """Return the inputs of a round over a problem."""
    context = {
        key: NeedContext(OPENED + dt.timedelta(days=at), at % 2, "o1", "名额为 0")
        for at, key in enumerate(problem.need_ids.tolist())
    }
    return Frozen(
        "mentor", "auto", Task(problem), context, {"rules": "r" * 64, "model": "mentor-0001"}
    )


def bundled(inputs: Frozen, lottery: dict[str, str] | None = None) -> Bundle:
    """Return the bundle of a round that has been decided."""
    decided = decide(inputs)
    head = {
        "bundle": 1,
        "round": "r1",
        "seed": inputs.problem.seed,
        "inputs": inputs.hash(),
        "digest": decided.digest,
        "lottery": lottery,
        "search": {"bound": decided.bound} if decided.assignment.searched else None,
        "program": "peipao 0",
    }
    return Bundle(head, inputs, decided.lines)


def crossing() -> Task:
    """Return a task whose three quotas cross in a ring, so that branch and bound decides it."""
    dice = np.random.default_rng(5)
    pairs = [
        (f"n{need}", f"p{provider}", round(float(dice.random()), 3))
        for need in range(6)
        for provider in range(4)
    ]
    groups = [
        RawGroup("a", "need", ["n0", "n1", "n2"], 0, 2),
        RawGroup("b", "need", ["n2", "n3", "n4"], 0, 2),
        RawGroup("c", "need", ["n0", "n4", "n5"], 0, 2),
        RawGroup("d", "provider", ["p0", "p1"], 1, 2),
    ]
    problem = problem_from_affinity(
        a_table(pairs),
        wanted=1,
        capacity=2,
        unmatched_penalty=0.0,
        reservation=0.0,
        seed="甲",
        groups=groups,
    )
    return Task(problem)


def with_plan(bundle: Bundle, pairs: Sequence[tuple[str, str]]) -> Bundle:
    """Return the bundle as if its search had ended with these pairs, its bound as it was."""
    problem = bundle.frozen.problem
    rows = [row for pair in pairs if (row := problem.row_of(*pair)) is not None]
    plan = Assignment(np.sort(np.array(rows, dtype=np.int32)), None, SEARCHED)
    context = bundle.frozen.context
    decided = outcomes(
        problem,
        plan,
        opened_at={key: one.opened_at for key, one in context.items()},
        priority={key: one.priority for key, one in context.items()},
        officer_of={key: one.officer for key, one in context.items()},
        exclusions={key: one.exclusion for key, one in context.items()},
    )
    lines = decided_lines(bundle.frozen, plan, decided)
    return retold(bundle, lines)


def retold(bundle: Bundle, lines: Sequence[list[Any]]) -> Bundle:
    """Return the bundle with other result lines and their digest."""
    head = {**bundle.head, "digest": sha256_lines(lines)}
    return replace(bundle, head=head, result=tuple(lines))


def pairs_of(bundle: Bundle) -> list[tuple[str, str]]:
    """Return the pairs that a bundle tells."""
    return [(line[1], line[2]) for line in bundle.result if line[0] == "match"]


def limited() -> AssignmentProblem:
    """Return a problem with everything that can be asked."""
    return problem_from_affinity(
        a_table([("n1", "p1", 0.5), ("n1", "p2", 0.6), ("n2", "p1", 0.7), ("n3", "p2", 0.2)]),
        wanted={"n1": 2, "n2": 1, "n3": 1},
        capacity={"p1": 2, "p2": 1},
        unmatched_penalty=0.1,
        reservation=0.1,
        pins=[("n1", "p1")],
        vetoes=[("n3", "p2")],
        seed="甲",
        bonus=np.array([0.0, 0.25, 0.0, -0.1]),
        need_min={"n1": 1, "n2": 0, "n3": 0},
        provider_min={"p1": 1, "p2": 0},
        groups=[
            RawGroup("g1", "need", ["n1", "n2"], 1, 2),
            RawGroup("g2", "pair", [["n1", "p2"], ["n2", "p1"]], 0, 1),
            RawGroup("g3", "provider", ["p2"], 0, None),
        ],
    )


def test_a_round_with_limits_is_replayed_to_the_same_lines() -> None:
    bundle = bundle_of(bundle_text(bundled(frozen(limited()))), "r1")
    assert replay_bundle(bundle).lines == len(bundle.result) > 3


def test_the_same_inputs_are_the_same_bytes_and_the_seed_is_no_part_of_their_hash() -> None:
    one = frozen(a_random_problem(np.random.default_rng(1), 6, 4))
    other = one.with_seed("another")
    assert bundle_text(bundled(one)) == bundle_text(bundled(one))
    assert one.hash() == other.hash()
    assert frozen(limited()).hash() != one.hash()


def changed(text: str, at: int, change: Sequence[tuple[str, object]]) -> str:
    """Return a bundle's text with some keys of one line changed."""
    lines = [json.loads(line) for line in text.splitlines()]
    lines[at] = {**lines[at], **dict(change)}
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)


@pytest.mark.parametrize(
    ("at", "change"),
    [
        (2, [("max_changes", 9)]),
        (3, [("wanted", 9)]),
        (3, [("priority", 7)]),
        (3, [("exclusion", "无")]),
        (1, [("solver", "sparse")]),
        (1, [("rests_on", {})]),
    ],
)
def test_inputs_that_were_touched_are_refused(at: int, change: list[tuple[str, object]]) -> None:
    text = bundle_text(bundled(frozen(limited())))
    assert bundle_of(text, "r1").head["round"] == "r1"
    with pytest.raises(CheckFailedError, match="哈希不符"):
        bundle_of(changed(text, at, change), "r1")


@pytest.mark.parametrize("text", ["", "[]", "{}\n{}", "nonsense", '{"bundle":1,"seed":"x"}\n'])
def test_what_is_no_bundle_is_refused_in_words(text: str) -> None:
    with pytest.raises(CheckFailedError, match="无法读取"):
        bundle_of(text, "r1")


def test_a_bundle_that_is_not_there_is_no_broken_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replay_file(tmp_path / "r1.jsonl.gz")
    (tmp_path / "r1.jsonl.gz").write_bytes(b"\x1f\x8bnonsense")
    with pytest.raises(CheckFailedError, match=r"r1\.jsonl\.gz 的冻结输入无法读取"):
        replay_file(tmp_path / "r1.jsonl.gz")


def test_a_result_that_was_touched_fails_the_replay_and_says_where() -> None:
    bundle = bundled(frozen(limited()))
    first, second, *rest = bundle.result
    touched = replace(bundle, result=(first, [*second[:3], 1], *rest))
    with pytest.raises(CheckFailedError, match="第 2 行起不同"):
        replay_bundle(touched)


def test_a_search_that_crosses_replays_to_the_same_bytes() -> None:
    bundle = bundled(frozen(crossing().problem))
    assert bundle.head["search"] is not None
    assert replay_bundle(bundle).recomputed


def test_a_search_that_once_ended_with_a_lesser_plan_is_proved_by_checking_that_plan() -> None:
    best = bundled(frozen(crossing().problem))
    lesser = with_plan(best, pairs_of(best)[:-1])
    found = replay_bundle(bundle_of(bundle_text(lesser), "r1"))
    assert (found.recomputed, found.digest) == (False, lesser.head["digest"])
    assert found.digest != best.head["digest"]
    assert found.lines == len(lesser.result)


def test_a_plan_without_crossing_quotas_has_to_be_found_again() -> None:
    best = bundled(frozen(limited()))
    with pytest.raises(CheckFailedError, match="起不同"):
        replay_bundle(with_plan(best, pairs_of(best)[:1]))


def test_a_stored_plan_that_breaks_a_quota_is_not_let_through() -> None:
    best = bundled(frozen(crossing().problem))
    crowded = with_plan(best, [*pairs_of(best), ("n1", "p3")])
    with pytest.raises(CheckFailedError, match="分组 a 有 3 个对接"):
        replay_bundle(crowded)


def test_a_stored_pair_that_is_not_eligible_is_not_let_through() -> None:
    best = bundled(frozen(crossing().problem))
    lines = [*best.result, ["match", "n1", "p9", 1]]
    with pytest.raises(CheckFailedError, match="不合格"):
        replay_bundle(retold(best, lines))


def test_figures_or_outcomes_that_do_not_follow_from_the_stored_pairs_are_told_by_line() -> None:
    best = bundled(frozen(crossing().problem))
    lesser = with_plan(best, pairs_of(best)[:-1])
    first, *rest = lesser.result
    touched = retold(lesser, [[*first[:2], first[2] + 1, *first[3:]], *rest])
    with pytest.raises(CheckFailedError, match="第 1 行起与其配对不符"):
        replay_bundle(touched)


def test_a_claimed_bound_that_a_better_plan_exceeds_is_disproved() -> None:
    best = bundled(frozen(crossing().problem))
    lesser = with_plan(best, pairs_of(best)[:-1])
    low = lesser.result[0][2]
    claimed = replace(lesser, head={**lesser.head, "search": {"bound": low}})
    with pytest.raises(CheckFailedError, match=f"上界 {low} 不成立"):
        replay_bundle(claimed)


def test_a_bundle_that_tells_no_bound_of_its_search_is_not_excused() -> None:
    best = bundled(frozen(crossing().problem))
    lesser = with_plan(best, pairs_of(best)[:-1])
    with pytest.raises(CheckFailedError, match="不能单独核对"):
        replay_bundle(replace(lesser, head={**lesser.head, "search": None}))


def test_a_stored_plan_of_more_changes_than_allowed_is_not_let_through() -> None:
    before = pairs_of(bundled(frozen(crossing().problem)))
    task = replace(crossing(), previous=tuple(before), max_changes=1, change_cost=0.01)
    inputs = replace(frozen(task.problem), task=task)
    best = bundled(inputs)
    assert replay_bundle(best).recomputed
    assert replay_bundle(with_plan(best, before[1:])).recomputed is False
    with pytest.raises(CheckFailedError, match="变更 2 处,至多允许 1 处"):
        replay_bundle(with_plan(best, before[:2]))


def test_a_promised_seed_is_checked_against_its_promise() -> None:
    inputs = frozen(limited())
    seed = committed_seed(SECRET, inputs.hash(), "0715")
    told = {"secret": SECRET, "hash": commitment_hash(SECRET), "value": "0715"}
    assert replay_bundle(bundled(inputs.with_seed(seed), told)).digest
    with pytest.raises(CheckFailedError, match="承诺不符"):
        replay_bundle(bundled(inputs.with_seed(seed), {**told, "hash": "0" * 64}))
    with pytest.raises(CheckFailedError, match="并非由承诺"):
        replay_bundle(bundled(inputs.with_seed(seed), {**told, "value": "0716"}))
