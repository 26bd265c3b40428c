"""Every measure against the slow and obvious way; laws of the pair table."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from feature_sets import (
    COMPARISONS,
    MINUTES,
    NEARNESS,
    NeedPair,
    SmallCity,
    a_city,
    a_kind,
    a_pair,
    a_provider,
    dice,
    encoded,
)

from features import pairs as pairs_module
from features.builder import encode_needs
from features.eligibility import eligibility
from features.facts import PairFacts, need_facts, provider_facts
from features.pairs import compare, meet, provider_side
from peipao.domain.records import Provider
from peipao.domain.values import Place, Stance, Stated
from peipao.errors import InvalidInputError
from peipao.tables.factors import NeedFactor, ProviderFactor
from peipao.tables.pairs import EligibilityTable, PairTable
from peipao.tables.postings import Postings
from peipao.tables.profiles import FloatArray, IntArray, TextColumn

TODAY = dt.date(2026, 3, 2)


def all_rows(city: SmallCity) -> tuple[IntArray, IntArray]:
    n, p = len(city.needs_table), len(city.providers_table)
    need, provider = np.divmod(np.arange(n * p), p)
    return need.astype(np.int32), provider.astype(np.int32)


def compared(city: SmallCity) -> PairTable:
    return compare(city.schema, city.needs_table, city.providers_table, all_rows(city))


def as_set(value: Any) -> set[str]:
    return {value} if isinstance(value, str) else set(value)


def nearness(a: str, b: str) -> float:
    return 1.0 if a == b else NEARNESS.get((min(a, b), max(a, b)), 0.0)


def by_ratio(ratio: float) -> float:
    return max(0.0, 1 - abs(math.log(ratio)) / math.log(4))


def off_by(need: float, provider: float) -> float:
    return by_ratio(need / provider) if need > 0 and provider > 0 else 0.0


def minutes(a: Place, b: Place) -> float:
    return MINUTES[min(a.district, b.district), max(a.district, b.district)]


ORACLES: Mapping[str, Callable[[Any, Any], float]] = {
    "same": lambda a, b: float(a == b),
    "member": lambda a, b: float(bool(as_set(a) & as_set(b))),
    "coverage": lambda a, b: len(set(a) & set(b)) / len(set(a)),
    "taxonomy": lambda a, b: sum(max(nearness(x, y) for y in b) for x in a) / len(a),
    "travel": lambda a, b: max(0.0, 1 - minutes(a, b) / 120),
    "at_most": lambda a, b: 1.0 if a <= b else off_by(a, b),
    "at_least": lambda a, b: 1.0 if a >= b else off_by(a, b),
    "near": lambda a, b: 1.0 if a == b else off_by(a, b),
}


def stated_value(pair: NeedPair, name: str) -> Any:
    need, project = pair
    if name == "project.stage":
        return project.stage
    if name.startswith("project."):
        return project.attributes.get(name.removeprefix("project."))
    stated = need.attributes.get(name)
    return None if stated is None or stated.stance is Stance.INDIFFERENT else stated.value


def slow_value(item: Mapping[str, Any], pair: NeedPair, provider: Provider) -> float:
    ours = stated_value(pair, item["need"])
    theirs = provider.attributes.get(item["provider"])
    if ours is None or theirs is None:
        return math.nan
    return ORACLES[item["measure"]](ours, theirs)


@pytest.mark.parametrize(
    "item", [c for c in COMPARISONS if c["measure"] != "text"], ids=lambda item: item["name"]
)
def test_each_measure_agrees_with_the_slow_way(item: Mapping[str, Any]) -> None:
    city = a_city(seed=11)
    table = compared(city)
    pairs = {need.id: (need, project) for need, project in city.pairs}
    providers = {provider.id: provider for provider in city.providers}
    expected = [
        slow_value(item, pairs[str(table.need_ids[n])], providers[str(table.provider_ids[p])])
        for n, p in zip(table.need, table.provider, strict=True)
    ]
    found = table.values[:, table.names.index(item["name"])]
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-9)
    assert 0 < np.isnan(found).sum() < len(found)


@pytest.mark.parametrize(("name", "need"), [("topic", "topic"), ("intro", "project.intro")])
def test_text_is_the_cosine_of_the_vectors(name: str, need: str) -> None:
    city = a_city(seed=12)
    table = compared(city)
    ours, theirs = city.needs_table.columns[need], city.providers_table.columns["intro"]
    assert isinstance(ours, TextColumn)
    assert isinstance(theirs, TextColumn)
    cosines = [
        math.fsum((ours.vectors[n] * theirs.vectors[p]).tolist())
        for n, p in zip(table.need, table.provider, strict=True)
    ]
    silent = ours.missing | (ours.stance == 0)
    unknown = silent[table.need] | theirs.missing[table.provider]
    expected = np.where(unknown, np.nan, np.round(np.minimum(cosines, 1.0), 12))
    assert np.array_equal(table.values[:, table.names.index(name)], expected, equal_nan=True)


def test_equal_texts_fit_fully_and_texts_without_a_common_term_not_at_all() -> None:
    city = encoded(
        a_kind(),
        [a_pair(own={"topic": "海洋牧场"})],
        [a_provider("m1", intro="海洋牧场"), a_provider("m2", intro="芯片")],
    )
    values = compared(city).values[:, 5]
    assert values == pytest.approx([1.0, 0.0], abs=1e-6)


@pytest.mark.parametrize(
    ("need", "provider", "at_most", "at_least", "near"),
    [
        (2.0, 2.0, 1.0, 1.0, 1.0),
        (1.0, 2.0, 1.0, 0.5, 0.5),
        (2.0, 1.0, 0.5, 1.0, 0.5),
        (1.0, 4.0, 1.0, 0.0, 0.0),
        (100.0, 1.0, 0.0, 1.0, 0.0),
        (0.0, 0.0, 1.0, 1.0, 1.0),
        (0.0, 5.0, 1.0, 0.0, 0.0),
        (5.0, 0.0, 0.0, 1.0, 0.0),
        (-3.0, 5.0, 1.0, 0.0, 0.0),
    ],
)
def test_numbers_fall_off_with_the_logarithm_of_their_ratio(
    need: float, provider: float, at_most: float, at_least: float, near: float
) -> None:
    city = encoded(a_kind(), [a_pair(own={"amount": need})], [a_provider(amount=provider)])
    assert compared(city).values[0, 8:].tolist() == [at_most, at_least, near]


def test_a_near_industry_counts_by_its_nearness() -> None:
    city = encoded(
        a_kind(),
        [a_pair(industries=("ai", "materials"))],
        [a_provider("m1", industries=("next-gen-it", "marine"))],
    )
    assert compared(city).values[0, 4] == pytest.approx((1 / 3 + 0.7) / 2, abs=1e-9)


def test_must_counts_like_prefer_and_indifferent_like_missing() -> None:
    pairs = [a_pair(stance, own={"mode": Stated("online", Stance(stance))}) for stance in Stance]
    city = encoded(a_kind(), pairs, [a_provider(main_mode="online")])
    found = dict(zip(city.needs_table.ids.tolist(), compared(city).values[:, 0], strict=True))
    assert (found["must"], found["prefer"]) == (1.0, 1.0)
    assert math.isnan(found["indifferent"])


def test_what_is_missing_on_either_side_is_missing_and_not_zero() -> None:
    city = encoded(a_kind(), [a_pair()], [a_provider()])
    assert np.isnan(compared(city).values).all()


def test_values_lie_between_zero_and_one() -> None:
    values = compared(a_city(seed=13, n_needs=60)).values
    known = values[~np.isnan(values)]
    assert known.min() == 0.0
    assert known.max() == 1.0
    assert not np.signbit(known).any()


def test_a_need_alone_gets_the_bits_of_the_batch() -> None:
    city = a_city(seed=14, n_needs=40, n_providers=35)
    batch = compared(city)
    alone = []
    for pair in sorted(city.pairs, key=lambda pair: pair[0].id):
        single = replace(city, needs_table=encode_needs(city.schema, [pair]))
        alone.append(compared(single).values)
    assert np.vstack(alone).tobytes() == batch.values.tobytes()


def test_a_pair_has_the_same_bits_whichever_pairs_are_asked_for() -> None:
    city = a_city(seed=15)
    need, provider = all_rows(city)
    some = np.sort(np.array(dice(1).sample(range(len(need)), 60)))
    part = compare(
        city.schema, city.needs_table, city.providers_table, (need[some], provider[some])
    )
    assert part.values.tobytes() == compared(city).values[some].tobytes()


@pytest.mark.parametrize("cells", [1, 50, 10_000])
def test_the_size_of_a_block_changes_no_bit(monkeypatch: pytest.MonkeyPatch, cells: int) -> None:
    city = a_city(seed=16)
    expected = compared(city).values.tobytes()
    monkeypatch.setattr(pairs_module, "CELLS", cells)
    assert compared(city).values.tobytes() == expected


def test_reordering_the_entities_changes_no_bit() -> None:
    city = a_city(seed=17)
    pairs, providers = list(city.pairs), list(city.providers)
    dice(1).shuffle(pairs)
    dice(2).shuffle(providers)
    again = encoded(city.spec, pairs, providers)
    assert compared(again).values.tobytes() == compared(city).values.tobytes()


def test_renaming_ids_moves_the_values_with_them() -> None:
    city = a_city(seed=18)
    renamed = {need.id: f"x{99 - at}" for at, (need, _) in enumerate(city.pairs)}
    pairs = [
        (replace(n, id=renamed[n.id], project_id=f"q-{p.id}"), replace(p, id=f"q-{p.id}"))
        for n, p in city.pairs
    ]
    other = encoded(city.spec, pairs, city.providers)
    before = values_by_id(compared(city))
    after = values_by_id(compared(other))
    assert {(renamed[need], provider): v for (need, provider), v in before.items()} == after


def values_by_id(table: PairTable) -> dict[tuple[str, str], bytes]:
    return {
        (str(table.need_ids[n]), str(table.provider_ids[p])): row.tobytes()
        for n, p, row in zip(table.need, table.provider, table.values, strict=True)
    }


def test_the_pairs_of_an_eligibility_table_are_its_eligible_ones() -> None:
    city = a_city(seed=19)
    facts = PairFacts(TODAY, need_facts(city.pairs), provider_facts(city.providers))
    allowed = eligibility(city.schema, city.needs_table, city.providers_table, facts)
    table = compare(city.schema, city.needs_table, city.providers_table, allowed)
    need, provider = np.nonzero(allowed.excluded_by == 0)
    assert (table.need.tolist(), table.provider.tolist()) == (need.tolist(), provider.tolist())
    assert 0 < len(need) < allowed.excluded_by.size


def test_no_pairs_give_an_empty_table() -> None:
    city = a_city()
    nothing = np.zeros(0, np.int32)
    table = compare(city.schema, city.needs_table, city.providers_table, (nothing, nothing))
    assert table.values.shape == (0, len(COMPARISONS))


def test_an_eligibility_table_of_other_entities_is_refused() -> None:
    city = a_city()
    other = EligibilityTable(
        city.needs_table.ids[1:], city.providers_table.ids, np.zeros((1, 1), np.int16), ()
    )
    with pytest.raises(InvalidInputError, match="准入表:编号与画像表不一致"):
        compare(city.schema, city.needs_table, city.providers_table, other)


@pytest.mark.parametrize(
    ("need", "provider", "problem"),
    [
        ([1, 0], [0, 0], "顺序不对或有重复"),
        ([0, 0], [1, 1], "顺序不对或有重复"),
        ([0, 99], [0, 0], "需求行号越界"),
        ([0, 1], [-1, 0], "资源方行号越界"),
    ],
)
def test_rows_out_of_order_or_range_are_refused(
    need: list[int], provider: list[int], problem: str
) -> None:
    city = a_city()
    rows = (np.array(need, np.int32), np.array(provider, np.int32))
    with pytest.raises(InvalidInputError, match=problem):
        compare(city.schema, city.needs_table, city.providers_table, rows)


def test_a_column_that_a_measure_cannot_read_is_refused() -> None:
    crooked = {**COMPARISONS[0], "need": "amount"}
    city = encoded(a_kind(comparisons=(crooked,)), [a_pair()], [a_provider()])
    with pytest.raises(InvalidInputError, match="NumberColumn 不能作为编码比较"):
        compared(city)


def test_single_pairs_have_the_bits_of_whole_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    city = a_city(seed=16, n_needs=40, n_providers=35)
    whole = compared(city)
    monkeypatch.setattr(pairs_module, "FEW", 0)
    alone = compared(city)
    assert np.array_equal(whole.values, alone.values, equal_nan=True)


def test_the_two_factors_of_a_comparison_give_its_values() -> None:
    city = a_city(seed=17, n_needs=40, n_providers=35)
    side = provider_side(city.schema, city.providers_table)
    whole = compared(city).values.reshape(40, 35, -1)
    ours = meet(city.schema, city.needs_table, side).factors()
    sorts = set()
    for at, (need, provider) in enumerate(zip(ours, side.factors(), strict=True)):
        known = need.known[:, None] & provider.known
        assert np.array_equal(known, ~np.isnan(whole[:, :, at]))
        found = product_of(need, provider)
        sorts.add("values" if need.values is not None else type(provider.right).__name__)
        assert np.abs(found - whole[:, :, at])[known].max() < 1e-9
    assert sorts == {"values", "ndarray", "Postings"}


def product_of(need: NeedFactor, provider: ProviderFactor) -> FloatArray:
    if need.values is not None:
        return need.values if need.rows is None else need.values[need.rows]
    if need.terms is not None:
        assert isinstance(provider.right, Postings)
        return provider.right.products(need.terms)
    assert need.left is not None
    assert isinstance(provider.right, np.ndarray)
    return np.asarray(need.left @ provider.right)
