"""A bundle holds a whole round: what is written is what is read, and what is read decides alike."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from strategies import OPENED, a_random_problem, a_table

from matching.groups import RawGroup
from matching.problem import AssignmentProblem, problem_from_affinity
from matching.tasks import Task
from peipao.domain.lottery import commitment_hash, committed_seed
from peipao.errors import CheckFailedError
from serving.usecases.decide_round import decide
from serving.usecases.replay_round import replay_bundle
from serving.usecases.round_bundle import Bundle, Frozen, NeedContext, bundle_of, bundle_text

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
        "program": "peipao 0",
    }
    return Bundle(head, inputs, decided.lines)


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


def test_a_result_that_was_touched_fails_the_replay_and_says_where() -> None:
    bundle = bundled(frozen(limited()))
    first, second, *rest = bundle.result
    touched = replace(bundle, result=(first, [*second[:3], 1], *rest))
    with pytest.raises(CheckFailedError, match="第 2 行起不同"):
        replay_bundle(touched)


def test_a_promised_seed_is_checked_against_its_promise() -> None:
    inputs = frozen(limited())
    seed = committed_seed(SECRET, inputs.hash(), "0715")
    told = {"secret": SECRET, "hash": commitment_hash(SECRET), "value": "0715"}
    assert replay_bundle(bundled(inputs.with_seed(seed), told)).digest
    with pytest.raises(CheckFailedError, match="承诺不符"):
        replay_bundle(bundled(inputs.with_seed(seed), {**told, "hash": "0" * 64}))
    with pytest.raises(CheckFailedError, match="并非由承诺"):
        replay_bundle(bundled(inputs.with_seed(seed), {**told, "value": "0716"}))
