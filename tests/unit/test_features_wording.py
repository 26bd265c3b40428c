"""What is said of a pair: exact sentences for each measure, and nothing that nobody stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest
from feature_sets import (
    COMPARISONS,
    NeedPair,
    SmallCity,
    a_city,
    a_kind,
    a_pair,
    a_provider,
    comparison,
    encoded,
    rule,
)

from features.amounts import said, said_range
from features.builder import encode_needs, encode_providers
from features.schema import FeatureSchema
from features.wording import LONGEST, Wording
from peipao.domain.records import Provider
from peipao.domain.values import Place, Stance, Stated
from peipao.errors import InvalidInputError

MONEY = {"type": "number", "unit": "CNY"}


def rows(*values: int) -> np.ndarray[Any, np.dtype[np.int32]]:
    return np.array(values, dtype=np.int32)


def said_of(city: SmallCity, need: int = 0, provider: int = 0) -> dict[str, str]:
    """Return comparison -> detail of one pair, where there is one."""
    found = Wording(city.schema).by_comparison(
        city.needs_table, city.providers_table, rows(need), rows(provider)
    )
    return {name: words for name, (words,) in found.items() if words}


def one(
    own: Mapping[str, Any] | None = None,
    offered: Mapping[str, Any] | None = None,
    spec: Mapping[str, Any] | None = None,
    **project: Any,
) -> dict[str, str]:
    """Return what is said of one need and one provider."""
    pair = a_pair(own=own, **project)
    return said_of(encoded(a_kind(**(spec or {})), [pair], [a_provider(**(offered or {}))]))


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [("online", "同为线上交流"), ("onsite", "线上交流与线下见面不同")],
)
def test_same_says_the_code_of_both(theirs: str, expected: str) -> None:
    assert one({"mode": "online"}, {"main_mode": theirs}) == {"mode": expected}


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [(("growth", "startup"), "初创期属其阶段"), (("growth",), "初创期不在其阶段之列")],
)
def test_member_says_which_code_belongs(theirs: tuple[str, ...], expected: str) -> None:
    assert one(offered={"stages": theirs}) == {"stage": expected}


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (("online", "onsite"), "线上交流、线下见面均属其方式"),
        (("online", "phone"), "线上交流属其方式,另 1 项不在其列"),
        (("phone",), "线上交流、线下见面不在其方式之列"),
    ],
)
def test_coverage_says_which_codes_the_provider_has(theirs: tuple[str, ...], expected: str) -> None:
    assert one({"modes": ("online", "onsite")}, {"modes": theirs}) == {"modes": expected}


def test_more_codes_than_three_are_counted() -> None:
    codes = tuple("abcd")
    labels = {code: f"领域{code}" for code in codes}
    attribute = {"type": "multi", "label": "擅长领域", "values": codes, "labels": labels}
    spec = {
        "need": {"skills": attribute},
        "provider": {"skills": attribute},
        "comparisons": (comparison("skills", "skills", "skills", "coverage"),),
    }
    assert one({"skills": codes}, {"skills": codes}, spec) == {
        "skills": "领域a、领域b、领域c等 4 项均属其擅长领域"
    }


def test_long_words_leave_room_for_fewer() -> None:
    labels = {code: f"名称很长的服务项目{code}" for code in ("a", "b", "c")}
    attribute = {"type": "multi", "label": "服务", "values": ["a", "b", "c"], "labels": labels}
    spec = {
        "need": {"wants": attribute},
        "provider": {"offers": attribute},
        "comparisons": (comparison("wants", "wants", "offers", "coverage"),),
    }
    assert one({"wants": ("a", "b", "c")}, {"offers": ("a", "b", "c")}, spec) == {
        "wants": "名称很长的服务项目a、名称很长的服务项目b等 3 项均属其服务"
    }


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (("ai", "materials"), "同为人工智能"),
        (("next-gen-it",), "人工智能与新一代信息技术相近但不相同"),
        (("materials",), "人工智能不在其产业之列"),
    ],
)
def test_taxonomy_says_the_common_industry_or_the_nearest(
    theirs: tuple[str, ...], expected: str
) -> None:
    assert one(offered={"industries": theirs}, industries=("ai",)) == {"industry": expected}


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ("shinan", "jimo", "市南区→即墨区约 125 分钟(区间路程表,估算)"),
        ("shinan", "laoshan", "市南区→崂山区 25 分钟(区间路程表,已核实)"),
        ("jimo", "jimo", "同在即墨区,区内约 30 分钟(区间路程表,估算)"),
    ],
)
def test_travel_says_the_way_and_where_the_figure_comes_from(
    here: str, there: str, expected: str
) -> None:
    assert one(offered={"place": Place(there)}, place=Place(here)) == {"travel": expected}


def test_numbers_are_said_with_units_of_people() -> None:
    expected = "需求 50 万元,对方 1.2 亿元"
    assert one({"amount": 500_000.0}, {"amount": 1.2e8}) == dict.fromkeys(
        ("at_most", "at_least", "near"), expected
    )


def ticket_kind(**limits: str) -> dict[str, Any]:
    names = {"low": "单笔投资下限(元)", "high": "单笔投资上限(元)", "usual": "常见金额(元)"}
    return {
        "need": {"sum": {**MONEY, "label": "融资金额(元)"}},
        "provider": {name: {**MONEY, "label": label} for name, label in names.items()},
        "comparisons": (comparison("sum", "sum", "usual", "near"),),
        "rules": tuple(rule(test, "sum", name) for name, test in limits.items()),
    }


TICKET = {"low": 300_000.0, "high": 2_000_000.0, "usual": 1_000_000.0}


def test_the_limits_of_the_rules_are_said_as_a_range() -> None:
    spec = ticket_kind(low="at_least", high="at_most")
    assert one({"sum": 500_000.0}, TICKET, spec) == {"sum": "融资金额 50 万元,单笔投资 30–200 万元"}


@pytest.mark.parametrize(
    ("limits", "offered"),
    [
        ({"low": "at_least"}, TICKET),
        ({"low": "at_least", "high": "at_most"}, {"usual": 1_000_000.0, "low": 300_000.0}),
    ],
)
def test_half_a_range_is_not_said(limits: dict[str, str], offered: dict[str, float]) -> None:
    assert one({"sum": 500_000.0}, offered, ticket_kind(**limits)) == {
        "sum": "融资金额 50 万元,常见金额 100 万元"
    }


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (12.0, "month", "12 个月"),
        (3.85, "percent", "3.85%"),
        (120.0, "m2", "120 平方米"),
        (12_345.0, "m2", "1.23 万平方米"),
        (8_000.0, "CNY/month", "8000 元/月"),
        (7.0, "year", "7 年"),
        (-0.001, "CNY", "0 元"),
        (250_000_000.0, "CNY", "2.5 亿元"),
        (3.0, "widget", "3 widget"),
    ],
)
def test_an_amount_reads_as_people_say_it(value: float, unit: str, expected: str) -> None:
    assert said(value, unit) == expected


def test_a_range_over_two_scales_keeps_both_units() -> None:
    assert said_range(5_000.0, 2e8, "CNY") == "5000 元–2 亿元"


def test_texts_are_worded_by_the_dictionary_words_that_both_have() -> None:
    found = one(
        {"topic": "给海洋牧场做AI芯片和大模型"},
        {"intro": "熟悉大模型、海洋牧场与AI芯片,也懂船舶"},
    )
    assert found == {"topic": "都提到 AI芯片、大模型、海洋牧场"}


def test_texts_are_worded_by_the_words_of_codes_too() -> None:
    found = one({"topic": "想有人线下见面聊聊"}, {"intro": "可线下见面,也可电话"})
    assert found == {"topic": "都提到 线下见面"}


def test_a_longer_word_stands_for_those_within_it() -> None:
    found = one({"topic": "做AI芯片"}, {"intro": "做AI芯片"})
    assert found == {"topic": "都提到 AI芯片"}


def test_a_text_without_any_known_word_shares_none() -> None:
    assert one({"topic": "其他事情"}, {"intro": "做AI芯片"}) == {}


@pytest.mark.parametrize("shared", ["王建国", "13800138000", "wangjianguo", "鲁B12345", "明日之星"])
def test_a_name_or_number_that_both_texts_hold_is_never_shown(shared: str) -> None:
    assert one({"topic": f"想请{shared}老师"}, {"intro": f"{shared},从业多年"}) == {}


class DenseEncoder:
    """An encoder whose dimensions mean nothing."""

    name: ClassVar[str] = "dense"
    terms: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    width = 1

    def fit(self, texts: Sequence[str], dictionary: object) -> DenseEncoder:
        return self

    def encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.array([[1.0 if text else 0.0] for text in texts])

    def state(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_state(cls, _state: Mapping[str, Any]) -> DenseEncoder:
        return cls()


def test_nothing_is_said_of_texts_where_the_encoder_has_no_terms() -> None:
    pairs, providers = [a_pair(own={"topic": "大模型"})], [a_provider(intro="大模型")]
    schema = encoded(a_kind(), pairs, providers).schema
    dense = replace(schema, encoder=DenseEncoder())
    city = SmallCity(
        a_kind(),
        dense,
        pairs,
        providers,
        encode_needs(dense, pairs),
        encode_providers(dense, providers),
    )
    assert said_of(city) == {}


def test_nothing_is_said_of_what_a_side_has_not_stated() -> None:
    full: dict[str, Any] = {"mode": "online", "modes": ("online",), "amount": 5.0, "topic": "船舶"}
    project: dict[str, Any] = {"industries": ("ai",), "place": Place("jimo"), "intro": "船舶"}
    assert one(full, **project) == {}
    offered = {
        "main_mode": "online",
        "modes": ("online",),
        "industries": ("ai",),
        "place": Place("jimo"),
        "intro": "船舶",
        "amount": 5.0,
    }
    assert one(offered=offered) == {}


def test_nothing_is_said_where_the_need_is_indifferent() -> None:
    own = {"mode": Stated("online", Stance.INDIFFERENT), "amount": Stated(5.0, Stance.INDIFFERENT)}
    assert one(own, {"main_mode": "online", "amount": 5.0}) == {}


def a_large_city() -> SmallCity:
    return a_city(seed=11, n_needs=20, n_providers=17)


def all_pairs(city: SmallCity) -> tuple[Any, Any]:
    need, provider = np.indices((len(city.needs_table), len(city.providers_table)), dtype=np.int32)
    return need.ravel(), provider.ravel()


def test_one_pair_and_a_batch_are_worded_alike_in_any_order() -> None:
    city = a_large_city()
    need, provider = all_pairs(city)
    order = np.random.default_rng(5).permutation(len(need))
    words = Wording(city.schema)
    tables = city.needs_table, city.providers_table
    batch = words.details(*tables, need[order], provider[order])
    alone = [words.details(*tables, need[[k]], provider[[k]])[0] for k in order.tolist()]
    assert batch == alone


def test_a_need_encoded_alone_is_worded_as_among_others() -> None:
    city = a_large_city()
    words = Wording(city.schema)
    everyone = rows(*range(len(city.providers_table)))
    for pair in city.pairs:
        row = city.needs_table.ids.tolist().index(pair[0].id)
        among = words.details(
            city.needs_table, city.providers_table, np.full_like(everyone, row), everyone
        )
        table = encode_needs(city.schema, [pair])
        nought = np.zeros_like(everyone)
        assert words.details(table, city.providers_table, nought, everyone) == among


def test_a_schema_read_from_json_says_the_same() -> None:
    city = a_large_city()
    again = FeatureSchema.from_json(city.schema.to_json())
    tables = encode_needs(again, city.pairs), encode_providers(again, city.providers)
    need, provider = all_pairs(city)
    expected = Wording(city.schema).details(city.needs_table, city.providers_table, need, provider)
    assert Wording(again).details(*tables, need, provider) == expected


def test_no_detail_is_longer_than_promised() -> None:
    words = dict.fromkeys(("a", "b"), "很长的词" * 12)
    attribute = {"type": "category", "label": "长名称" * 20, "values": ["a", "b"], "labels": words}
    spec = {
        "need": {"code": attribute},
        "provider": {"code": attribute},
        "comparisons": (comparison("code", "code", "code", "same"),),
    }
    assert one({"code": "a"}, {"code": "b"}, spec) == {}
    assert len(one({"code": "a"}, {"code": "a"}, spec)["code"]) <= LONGEST


def test_the_first_comparison_of_a_group_that_has_something_to_say_speaks() -> None:
    kinds = [item for item in COMPARISONS if item["name"] in {"mode", "stage", "modes"}]
    pair: NeedPair = a_pair(own={"modes": ("phone",)})
    provider: Provider = a_provider(stages=("startup",), modes=("phone",), main_mode="phone")
    city = encoded(a_kind(comparisons=kinds), [pair], [provider])
    found = Wording(city.schema).details(city.needs_table, city.providers_table, rows(0), rows(0))
    assert found == [{"契合": "初创期属其阶段"}]


def test_a_remark_in_brackets_is_no_part_of_a_word() -> None:
    assert one({"mode": "phone"}, {"main_mode": "phone"}) == {"mode": "同为电话沟通"}


def test_tables_of_another_schema_are_refused() -> None:
    city, other = a_city(seed=1), a_city(seed=2)
    with pytest.raises(InvalidInputError, match="由另一份特征定义"):
        Wording(city.schema).details(city.needs_table, other.providers_table, rows(0), rows(0))


def test_no_pairs_have_no_details() -> None:
    city = a_city()
    assert (
        Wording(city.schema).details(city.needs_table, city.providers_table, rows(), rows()) == []
    )
