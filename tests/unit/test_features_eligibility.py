"""Which pairs may exist: facts first, then the rules in file order, each with its reason."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from feature_sets import (
    MINUTES,
    RULES,
    TODAY,
    NeedPair,
    SmallCity,
    a_city,
    a_kind,
    a_pair,
    a_provider,
    dice,
    encoded,
    rule,
)

from features import eligibility as eligibility_module
from features.eligibility import (
    ACTIVE,
    ENDED,
    FACTS,
    NO_PLACES,
    NOT_VALID,
    OTHER_DISTRICT,
    PAUSED,
    SAME_ORGANISATION,
    VETOED,
    eligibility,
)
from features.facts import PairFacts, need_facts, organisation_key, provider_facts
from peipao.domain.records import Provider
from peipao.domain.values import Place, Stance, Stated
from peipao.errors import InvalidInputError
from peipao.tables.pairs import EligibilityTable

DAY = dt.timedelta(1)


def judged(city: SmallCity, **facts: Any) -> EligibilityTable:
    entities = need_facts(city.pairs), provider_facts(city.providers)
    found = PairFacts(facts.pop("today", TODAY), *entities, **facts)
    return eligibility(city.schema, city.needs_table, city.providers_table, found)


def reason(pair: NeedPair, provider: Provider, *rules: Mapping[str, Any], **facts: Any) -> str:
    """Return why the pair is excluded, or nothing."""
    kind = a_kind(rules=rules, pairing={"capacity": 1, **facts.pop("pairing", {})})
    table = judged(encoded(kind, [pair], [provider]), **facts)
    code = int(table.excluded_by[0, 0])
    return table.reasons[code - 1] if code else ""


def as_set(value: Any) -> set[str]:
    return {value} if isinstance(value, str) else set(value)


def minutes(a: Place, b: Place) -> float:
    return MINUTES[min(a.district, b.district), max(a.district, b.district)]


HOLDS: Mapping[str, Callable[[Any, Any, Mapping[str, Any]], bool]] = {
    "equals": lambda a, b, _: a == b,
    "member": lambda a, b, _: bool(as_set(a) & as_set(b)),
    "overlaps": lambda a, b, _: bool(as_set(a) & as_set(b)),
    "covers": lambda a, b, _: as_set(a) <= as_set(b),
    "at_most": lambda a, b, _: a <= b,
    "at_least": lambda a, b, _: a >= b,
    "within_minutes": lambda a, b, said: minutes(a, b) <= said["limit"],
    "one_of": lambda _, b, said: b in said["values"],
}


def slow_fails(said: Mapping[str, Any], pair: NeedPair, provider: Provider) -> bool:
    need, project = pair
    name = said["need"] or ""
    joined = {f"project.{key}": Stated(value) for key, value in project.attributes.items()}
    ours = {**joined, **need.attributes}.get(name)
    theirs = provider.attributes.get(said["provider"])
    if said.get("only_if_must") and (ours is None or ours.stance is not Stance.MUST):
        return False
    if theirs is None or (ours is None and name):
        return bool(said.get("if_missing", "pass") == "fail")
    return not HOLDS[said["test"]](ours and ours.value, theirs, said)


@pytest.mark.parametrize("said", RULES, ids=lambda said: said["test"])
def test_each_rule_agrees_with_the_slow_way(said: Mapping[str, Any]) -> None:
    city = a_city(seed=21, n_needs=40, rules=[said])
    table = judged(city)
    pairs = {need.id: (need, project) for need, project in city.pairs}
    providers = {provider.id: provider for provider in city.providers}
    expected = [
        [slow_fails(said, pairs[need], providers[provider]) for provider in table.provider_ids]
        for need in table.need_ids
    ]
    assert (table.excluded_by == len(FACTS) + 1).tolist() == expected
    assert 0 < np.sum(expected) < table.excluded_by.size


def test_the_first_rule_of_the_file_that_fails_is_the_reason() -> None:
    rules = [{**said, "reason": f"规则{at}不符"} for at, said in enumerate(RULES)]
    city = a_city(seed=22, rules=rules)
    alone = [judged(encoded(a_kind(rules=[one]), city.pairs, city.providers)) for one in rules]
    fails = np.array([table.excluded_by > 0 for table in alone])
    first = np.where(fails.any(axis=0), fails.argmax(axis=0) + len(FACTS) + 1, 0)
    together = judged(city)
    assert np.array_equal(together.excluded_by, first)
    assert together.reasons == (*FACTS, *(one["reason"] for one in rules))


def test_a_pair_that_nothing_excludes_is_eligible() -> None:
    assert reason(a_pair(), a_provider()) == ""


def test_a_paused_provider_gets_no_pair() -> None:
    assert reason(a_pair(), replace(a_provider(), paused=True)) == PAUSED


@pytest.mark.parametrize(
    ("today", "expected"),
    [(TODAY - DAY, NOT_VALID), (TODAY, ""), (TODAY + DAY, ""), (TODAY + 2 * DAY, NOT_VALID)],
)
def test_validity_includes_its_first_and_last_day(today: dt.date, expected: str) -> None:
    provider = replace(a_provider(), valid_from=TODAY, valid_to=TODAY + DAY)
    assert reason(a_pair(), provider, today=today) == expected


def test_a_provider_without_places_gets_no_pair() -> None:
    assert reason(a_pair(), replace(a_provider(), capacity=0)) == NO_PLACES


def test_a_provider_whose_places_are_all_held_is_still_eligible() -> None:
    assert reason(a_pair(), replace(a_provider(), capacity=2, used=2)) == ""


@pytest.mark.parametrize(
    ("served", "expected"),
    [
        (("jimo", "laoshan"), ""),
        (("jimo",), OTHER_DISTRICT),
        ((), ""),
        (("jimo", "moon"), OTHER_DISTRICT),
    ],
)
def test_a_provider_serves_its_districts_or_the_whole_city(
    served: tuple[str, ...], expected: str
) -> None:
    provider = replace(a_provider(), districts_served=served)
    assert reason(a_pair(district="laoshan"), provider) == expected
    assert reason(a_pair(place=Place("laoshan")), provider) == expected


def test_a_project_of_unknown_district_is_not_excluded_by_districts() -> None:
    assert reason(a_pair(), replace(a_provider(), districts_served=("jimo",))) == ""


def test_a_project_outside_every_served_district_is_excluded() -> None:
    provider = replace(a_provider(), districts_served=("jimo",))
    assert reason(a_pair(district="shinan"), provider) == OTHER_DISTRICT


def test_a_provider_does_not_serve_its_own_organisation() -> None:
    need, project = a_pair()
    pair = need, replace(project, name="青岛启航(科技)有限公司")
    provider = replace(a_provider(), organisation="青岛启航（科技）")
    assert reason(pair, provider) == SAME_ORGANISATION
    assert reason(pair, provider, pairing={"same_organisation": True}) == ""


def test_unknown_organisations_are_not_the_same() -> None:
    need, project = a_pair()
    assert reason((need, replace(project, name="")), a_provider()) == ""


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("青岛启航科技有限公司", "青岛启航科技"),
        ("ＡＢＣ 股份有限公司", "abc"),
        ("有限公司", "有限公司"),
        ("", ""),
        (None, ""),
    ],
)
def test_an_organisation_is_compared_without_its_legal_form(name: str | None, key: str) -> None:
    assert organisation_key(name) == key


@pytest.mark.parametrize(
    ("fact", "expected"), [("vetoed", VETOED), ("ended", ENDED), ("active", ACTIVE)]
)
def test_listed_pairs_are_excluded_and_others_not(fact: str, expected: str) -> None:
    listed = {fact: frozenset({("n1", "m1"), ("n1", "gone"), ("gone", "m1")})}
    assert reason(a_pair(), a_provider(), **listed) == expected
    assert reason(a_pair("n2"), a_provider(), **listed) == ""
    assert reason(a_pair(), a_provider("m2"), **listed) == ""


def test_facts_come_before_rules_and_in_their_order() -> None:
    need, project = a_pair(own={"mode": "online"}, district="shinan")
    pair = need, replace(project, name="启航")
    provider = replace(
        a_provider(main_mode="phone"),
        paused=True,
        valid_to=TODAY - DAY,
        capacity=0,
        districts_served=("jimo",),
        organisation="启航",
    )
    listed = dict.fromkeys(("vetoed", "ended", "active"), frozenset({("n1", "m1")}))
    cures: list[dict[str, Any]] = [
        {"paused": False},
        {"valid_to": None},
        {"capacity": 1},
        {"districts_served": ()},
        {"organisation": None},
    ]
    cured = itertools.accumulate(cures, lambda one, cure: replace(one, **cure), initial=provider)
    said = rule("equals", "mode", "main_mode")
    found = [reason(pair, one, said, **listed) for one in cured]
    remaining = [dict(list(listed.items())[at:]) for at in (1, 2, 3)]
    healthy = a_provider(main_mode="phone")
    found += [reason(pair, healthy, said, **left) for left in remaining]
    assert found == [*FACTS, "不符合条件"]


def test_must_without_a_rule_excludes_nothing() -> None:
    pair = a_pair(own={"mode": Stated("online", Stance.MUST)})
    assert reason(pair, a_provider(main_mode="phone")) == ""


@pytest.mark.parametrize("stance", [Stance.PREFER, Stance.INDIFFERENT])
def test_a_rule_for_must_leaves_weaker_wishes_alone(stance: Stance) -> None:
    said = rule("equals", "mode", "main_mode", only_if_must=True, if_missing="fail")
    pair = a_pair(own={"mode": Stated("online", stance)})
    assert reason(pair, a_provider(main_mode="phone"), said) == ""
    assert reason(a_pair(), a_provider(), said) == ""


def test_todays_rules_of_a_kind_file_replace_the_frozen_ones() -> None:
    city = encoded(a_kind(), [a_pair(own={"mode": "online"})], [a_provider(main_mode="phone")])
    facts = PairFacts(TODAY, need_facts(city.pairs), provider_facts(city.providers))
    tables = city.schema, city.needs_table, city.providers_table
    today = a_kind(rules=(rule("equals", "mode", "main_mode"),))
    assert eligibility(*tables, facts).excluded_by.tolist() == [[0]]
    assert eligibility(*tables, facts, today).excluded_by.tolist() == [[len(FACTS) + 1]]


def test_a_rule_of_today_on_an_attribute_that_is_not_frozen_is_refused() -> None:
    city = a_city()
    facts = PairFacts(TODAY, need_facts(city.pairs), provider_facts(city.providers))
    spec = a_kind(rules=(rule("equals", "mode", "colour"),))
    with pytest.raises(InvalidInputError, match="没有属性 'colour'"):
        eligibility(city.schema, city.needs_table, city.providers_table, facts, spec)


def test_facts_of_other_entities_are_refused() -> None:
    city = a_city()
    facts = PairFacts(TODAY, need_facts(city.pairs[1:]), provider_facts(city.providers))
    with pytest.raises(InvalidInputError, match="需求编号与画像表不一致"):
        eligibility(city.schema, city.needs_table, city.providers_table, facts)


def test_reordering_the_entities_changes_nothing() -> None:
    city = a_city(seed=23)
    pairs, providers = list(city.pairs), list(city.providers)
    dice(1).shuffle(pairs)
    dice(2).shuffle(providers)
    again = judged(encoded(city.spec, pairs, providers))
    assert np.array_equal(again.excluded_by, judged(city).excluded_by)


@pytest.mark.parametrize("cells", [1, 100])
def test_the_size_of_a_block_changes_nothing(monkeypatch: pytest.MonkeyPatch, cells: int) -> None:
    city = a_city(seed=24)
    expected = judged(city).excluded_by
    monkeypatch.setattr(eligibility_module, "CELLS", cells)
    assert np.array_equal(judged(city).excluded_by, expected)


def test_no_needs_or_no_providers_give_an_empty_table() -> None:
    assert judged(encoded(a_kind(rules=RULES), [], [a_provider()])).excluded_by.shape == (0, 1)
    assert judged(encoded(a_kind(rules=RULES), [a_pair()], [])).excluded_by.shape == (1, 0)
