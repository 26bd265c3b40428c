from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from policy_trees import BOOK, a_book, a_rule, a_tree, full_values, holds, some_values

from peipao.policy.dates import on_day
from peipao.policy.evaluate import Status, judge
from peipao.policy.facts import Facts
from peipao.policy.missing import essential, quickest
from peipao.policy.questions import next_questions
from peipao.policy.rules import Rule
from peipao.policy.words import Words
from peipao.reference.predicates import AllOf, AnyOf, Leaf

SEEDS = range(150)


def key(value: object) -> object:
    return tuple(sorted(value.inside)) if isinstance(value, Words) else value


def small_case(seed: int) -> tuple[Rule, dict[str, Any]]:
    draw = random.Random(seed)  # noqa: S311  test data
    while True:
        rule = a_rule(a_tree(draw))
        values = some_values(draw, rule, 0.3)
        if len(rule.places) - len(values) <= 4:
            return rule, values


def splits(rule: Rule, values: dict[str, Any], chosen: tuple[str, ...]) -> Iterator[set[bool]]:
    """Yield, for every answer to the chosen facts, the verdicts that the rest can still give."""
    found: dict[tuple[object, ...], set[bool]] = {}
    for full in full_values(rule, values):
        answer = tuple(key(full[name]) for name in chosen)
        found.setdefault(answer, set()).add(holds(rule, full))
    yield from found.values()


def smallest(rule: Rule, values: dict[str, Any], *, for_sure: bool) -> frozenset[str] | None:
    names = sorted(name for name in rule.places if name not in values)
    for size in range(len(names) + 1):
        for chosen in combinations(names, size):
            left = list(splits(rule, values, chosen))
            if for_sure and all(len(verdicts) == 1 for verdicts in left):
                return frozenset(chosen)
            if not for_sure and {True} in left:
                return frozenset(chosen)
    return None


@pytest.mark.parametrize("seed", SEEDS)
def test_the_facts_that_decide_whatever_they_are_equal_brute_force(seed: int) -> None:
    rule, values = small_case(seed)
    assert essential(rule, values) == smallest(rule, values, for_sure=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_fewest_facts_that_could_make_it_eligible_equal_brute_force(seed: int) -> None:
    rule, values = small_case(seed)
    expected = smallest(rule, values, for_sure=False)
    assert quickest(rule, values, lambda name: name) == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_the_second_answer_equals_all_completions(seed: int) -> None:
    rule, values = small_case(seed)
    verdicts = {holds(rule, full) for full in full_values(rule, values)}
    expected = Status.UNKNOWN
    if len(verdicts) == 1:
        expected = Status.ELIGIBLE if verdicts.pop() else Status.NOT_ELIGIBLE
    assert judge(rule, values).decided is expected


def test_a_decided_rule_misses_nothing() -> None:
    rule = a_rule(AnyOf((Leaf("listed", "eq", False), Leaf("owns_core_ip", "eq", True))))
    values = {"@open:p": True, "@in_force:p": True, "listed": False}
    assert essential(rule, values) == frozenset()
    assert quickest(rule, values, lambda name: name) == frozenset()


def test_an_unread_status_is_settled_by_no_fact_but_hides_none() -> None:
    rule = a_rule(AllOf((Leaf("listed", "eq", False),)))
    assert essential(rule, {"@open:p": True}) == {"@in_force:p", "listed"}
    assert quickest(rule, {"@open:p": True}, lambda name: name) == frozenset({"listed"})


def test_nothing_makes_a_failed_rule_eligible() -> None:
    rule = a_rule(AllOf((Leaf("listed", "eq", False), Leaf("owns_core_ip", "eq", True))))
    values = {"@open:p": True, "@in_force:p": True, "listed": True}
    assert quickest(rule, values, lambda name: name) is None


def test_the_next_question_is_the_one_that_decides_most_policies_on_average() -> None:
    dates = on_day(dt.date(2026, 5, 1))
    values = BOOK.snapshot(Facts(), dates).values
    asked = next_questions(BOOK, values)
    assert [q.decides for q in asked] == sorted((q.decides for q in asked), reverse=True)
    # 经营主体类型: each of three words and another one is taken as equally likely
    rules = [rule for rule in BOOK.rules.values() if "entity_type" in rule.places]
    decided = 0
    for word in ("小微企业", "个体工商户", "小微企业主", "其他"):
        trial = {**values, "entity_type": word}
        decided += sum(
            judge(rule, values).decided is Status.UNKNOWN
            and judge(rule, trial).decided is not Status.UNKNOWN
            for rule in rules
        )
    [entity] = [q for q in asked if q.fact == "entity_type"]
    assert entity.decides == pytest.approx(decided / 4)
    assert [q.fact for q in asked[:2]] == ["founder_category", "entity_type"]


def answers_to(rules: list[Rule], name: str) -> list[Any]:
    """Return one answer a cell of a fact that is no set of words, written without `questions`."""
    conditions = [c for rule in rules for c in rule.conditions if c.name == name]
    if conditions[0].type == "bool":
        return [True, False]
    if conditions[0].type == "enum":
        said = {w for c in conditions for w in (c.value if c.op == "in" else (c.value,))}
        return [*sorted(said), "别的"]
    bounds = sorted({c.value for c in conditions})
    between = [(a + b) / 2 for a, b in itertools.pairwise(bounds)]
    return [bounds[0] - 1e6, *bounds, *between, bounds[-1] + 1e6]


@pytest.mark.parametrize("seed", range(12))
def test_what_a_question_decides_equals_trying_every_answer(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  test data
    rules = [a_rule(a_tree(draw)) for _ in range(6)]
    rules = [replace(rule, policy=replace(rule.policy, id=f"p{n}")) for n, rule in enumerate(rules)]
    values = {"@open:p": True, "@in_force:p": True}
    book = replace(BOOK, rules={rule.policy.id: rule for rule in rules})
    open_ = [rule for rule in rules if judge(rule, values).decided is Status.UNKNOWN]
    for question in next_questions(book, values):
        if BOOK.words[question.fact].type == "multi":
            continue
        concerned = [rule for rule in open_ if question.fact in essential(rule, values)]
        tried = [
            judge(rule, {**values, question.fact: answer}).decided is not Status.UNKNOWN
            for answer in answers_to(concerned, question.fact)
            for rule in concerned
        ]
        n_answers = len(tried) // len(concerned)
        assert question.concerns == len(concerned)
        assert question.decides == pytest.approx(sum(tried) / n_answers)


def test_a_date_is_asked_instead_of_the_months_that_follow_from_it() -> None:
    rule = a_rule(AllOf((Leaf("company_age_months", "ge", 12),)))
    [question] = next_questions(a_book(rule), {"@open:p": True, "@in_force:p": True})
    assert question.fact == "registration_date"
