"""Loan products rest on policies: whom the calculator rules out is not offered them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_city import UNTAUGHT, copied, opened, settle

from peipao.domain.records import SensitiveFact
from peipao.policy.evaluate import Status
from serving.usecases.answers import Ranking
from serving.usecases.drafts import NeedDraft, ProjectDraft
from serving.usecases.policy_check import Asking
from serving.wiring import Peipao

KIND, SMALL_MICRO, INDIVIDUAL = "loan_product", "ln003", "ln001"
WHY = "项目不符合该产品所依据政策的条件,详见该项目的政策测算"
DAY = dt.date(2026, 5, 1)
NOT_SMALL = {"entity_type": "个体工商户"}
NO_GROUP = {
    "founder_category": "[]",
    "birth_date": "2015-01-01",
    "loan_end_before_retirement_age": "false",
    "loan_overdue": "true",
    "eligible_new_hires_ratio_12m": "0",
}
"""Of a child without any group that can have a loan: of people, so it must show nowhere."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("loans") / "home"
    with opened(home) as peipao:
        settle(peipao, UNTAUGHT, (KIND,))
    return home


@pytest.fixture
def peipao(trained: Path, tmp_path: Path) -> Iterator[Peipao]:
    with copied(trained, tmp_path) as peipao:
        yield peipao


def a_need(peipao: Peipao, product: str) -> tuple[str, str]:
    """Return (need, project) that a product is offered to."""
    with peipao.store.reading() as tx:
        needs = tx.needs.open_of_kind(KIND)
    return next(
        (need.id, need.project_id)
        for need in needs
        if product in offered(peipao.rank.need(need.id, 100))
    )


def offered(ranking: Ranking) -> set[str]:
    return {one.provider_id for one in ranking.matches}


def tell(peipao: Peipao, facts: dict[str, str], *projects: str) -> None:
    rows = [
        SensitiveFact(project, name, said, DAY, "服务专员核实")
        for project in projects
        for name, said in facts.items()
    ]
    with peipao.store.transaction(who="tests", why="登记政策事实") as tx:
        tx.sensitive.put_many(rows)


def test_listed_loans_name_their_policy(peipao: Peipao) -> None:
    with peipao.store.reading() as tx:
        named = {one.id: one.attributes.get("policy") for one in tx.providers.of_kind(KIND)}
    assert named[SMALL_MICRO] == "qd-guarantee-loan-smallmicro"
    assert named["ln005"] is None


def test_what_the_policy_rules_out_is_not_offered_and_says_why(peipao: Peipao) -> None:
    need, project = a_need(peipao, SMALL_MICRO)
    before = peipao.rank.need(need, 100)
    tell(peipao, NOT_SMALL, project)
    after = peipao.rank.need(need, 100)
    assert offered(before) - offered(after) == {SMALL_MICRO}
    assert after.excluded[WHY] == before.excluded.get(WHY, 0) + 1
    assert after.tag != before.tag
    explained = peipao.explain_pair(need, SMALL_MICRO)
    assert (explained.eligible, explained.excluded_because) == (False, WHY)
    kept = {one.provider_id: (one.margin, one.affinity) for one in after.matches}
    assert kept == {
        one.provider_id: (one.margin, one.affinity)
        for one in before.matches
        if one.provider_id != SMALL_MICRO
    }


def test_a_round_makes_no_match_that_the_policy_rules_out(peipao: Peipao) -> None:
    with peipao.store.reading() as tx:
        waiting = {need.id: need.project_id for need in tx.needs.open_of_kind(KIND)}
    tell(peipao, NOT_SMALL, *set(waiting.values()))
    round_id = peipao.run_round(KIND, by="tests")
    with peipao.store.reading() as tx:
        matches = tx.rounds.matches_of(round_id)
    assert matches
    assert SMALL_MICRO not in {one.provider_id for one in matches}
    assert peipao.replay_round(round_id).round_id == round_id


def test_what_is_known_of_people_changes_no_bit_of_a_list_or_a_round(peipao: Peipao) -> None:
    need, project = a_need(peipao, INDIVIDUAL)
    before, drafted = peipao.rank.need(need, 100), peipao.run_round(KIND, by="tests")
    tell(peipao, NO_GROUP, project)
    asking = Asking(policies=["qd-guarantee-loan-individual"], personal=True)
    [answer] = peipao.check_policies.project(project, asking).answers
    assert answer.decided is Status.NOT_ELIGIBLE
    after, again = peipao.rank.need(need, 100), peipao.run_round(KIND, by="tests")
    assert (after.matches, after.excluded) == (before.matches, before.excluded)
    digests = {peipao.show_rounds.one(key).digest for key in (drafted, again)}
    assert len(digests) == 1


def test_no_answer_about_a_project_reaches_what_a_model_learns_from(peipao: Peipao) -> None:
    before = peipao.gather_training_data(KIND).data.canonical()
    _, project = a_need(peipao, SMALL_MICRO)
    tell(peipao, NOT_SMALL | NO_GROUP, project)
    after = peipao.gather_training_data(KIND).data.canonical()
    assert after.schema_json == before.schema_json
    assert after.pairs.provider.tobytes() == before.pairs.provider.tobytes()


def test_a_profile_at_hand_is_asked_about_with_what_it_says_alone(peipao: Peipao) -> None:
    attributes = {"industries": ["outside-10-plus-1"], "district": "shinan"}
    draft = ProjectDraft("试", "startup", attributes)
    found = peipao.rank.profile(draft, NeedDraft(KIND, {}), 100)
    assert SMALL_MICRO in offered(found)
