"""Values go in as JSON or TOML and come out typed; what cannot be meant is refused by its place."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peipao.domain.values import Place, Stance, Stated, Value
from peipao.errors import InvalidInputError, UnknownValueError
from peipao.kinds.spec import AttributeSpec, AttributeType
from peipao.kinds.values import (
    EARLIEST,
    LATEST,
    MAX_TEXT,
    checked_text,
    parse_stated,
    parse_value,
    stated_to_json,
    value_from_json,
    value_to_json,
)
from peipao.reference.loader import load_reference

REFERENCE = load_reference()
SPECS = {
    "size": AttributeSpec(
        type=AttributeType.CATEGORY,
        label="规模",
        values=("small", "large"),
        labels={"small": "小型", "large": "大型"},
    ),
    "district": AttributeSpec(type=AttributeType.CATEGORY, label="区市", values="districts"),
    "skills": AttributeSpec(
        type=AttributeType.MULTI,
        label="技能",
        values=("a", "b", "c"),
        labels={"a": "甲", "b": "乙", "c": "丙"},
    ),
    "industries": AttributeSpec(type=AttributeType.MULTI, label="产业", values="industries"),
    "amount": AttributeSpec(type=AttributeType.NUMBER, label="金额(元)", unit="CNY"),
    "depth": AttributeSpec(type=AttributeType.NUMBER, label="深度", unit="fathom"),
    "founded": AttributeSpec(type=AttributeType.DATE, label="成立日期"),
    "intro": AttributeSpec(type=AttributeType.TEXT, label="简介"),
    "place": AttributeSpec(type=AttributeType.PLACE, label="位置"),
}


def parsed(name: str, raw: object) -> Value:
    return parse_value(SPECS[name], raw, f"need.{name}", REFERENCE)


def refusal(name: str, raw: object) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as caught:
        parsed(name, raw)
    return caught.value


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("size", "small", "small"),
        ("size", " large ", "large"),
        ("district", "shinan", "shinan"),
        ("district", "市南区", "shinan"),
        ("district", "370202", "shinan"),
        ("skills", ["c", "a", "c"], ("a", "c")),
        ("skills", ("b",), ("b",)),
        ("industries", ["next-gen-it"], ("next-gen-it",)),
        ("amount", 500000, 500000.0),
        ("amount", 0, 0.0),
        ("depth", -12.5, -12.5),
        ("founded", "2024-05-01", dt.date(2024, 5, 1)),
        ("founded", dt.date(2024, 5, 1), dt.date(2024, 5, 1)),
        ("intro", " 海藻提取\n中试 ", "海藻提取\n中试"),
        ("place", "崂山", Place("laoshan")),
        ("place", {"district": "崂山区"}, Place("laoshan")),
        (
            "place",
            {"district": "laoshan", "lat": 36.1, "lon": 120},
            Place("laoshan", None, 36.1, 120.0),
        ),
        ("place", {"zone": "blue-silicon-valley"}, Place("jimo", "blue-silicon-valley")),
        ("place", Place("jimo", "blue-silicon-valley"), Place("jimo", "blue-silicon-valley")),
    ],
)
def test_a_value_becomes_typed_and_normal(name: str, raw: object, value: Value) -> None:
    assert parsed(name, raw) == value


@pytest.mark.parametrize(
    ("name", "raw", "where", "right"),
    [
        ("size", "huge", "need.size", "small(小型)"),
        ("size", ["small"], "need.size", "文本"),
        ("size", "", "need.size", "不要给出此项"),
        ("size", None, "need.size", "不要给出此项"),
        ("size", 3, "need.size", "文本"),
        ("district", "浦东新区", "need.district", "laoshan(崂山区)"),
        ("skills", "a", "need.skills", "列表"),
        ("skills", [], "need.skills", "至少 1 个"),
        ("skills", ["a", "z"], "need.skills[1]", "c(丙)"),
        ("skills", ["a", 3], "need.skills[1]", "文本"),
        ("skills", ["a", ""], "need.skills[1]", "不要给出此项"),
        ("industries", ["next-gen-it", "coal"], "need.industries[1]", "life-health(生命健康)"),
        ("amount", "500000", "need.amount", "数字"),
        ("amount", True, "need.amount", "数字"),
        ("amount", float("nan"), "need.amount", "有限"),
        ("amount", float("inf"), "need.amount", "有限"),
        ("amount", 10**400, "need.amount", "有限"),
        pytest.param("amount", 10**5000, "need.amount", "有限", id="unprintable-integer"),
        ("amount", -1, "need.amount", "0 至 1,000,000,000,000 元"),
        ("amount", 1e13, "need.amount", "元"),
        ("depth", 1e16, "need.depth", "fathom"),
        ("founded", "last May", "need.founded", "YYYY-MM-DD"),
        ("founded", "2024-13-01", "need.founded", "YYYY-MM-DD"),
        ("founded", "0024-01-01", "need.founded", "1900-01-01"),
        ("founded", 20240501, "need.founded", "YYYY-MM-DD"),
        ("founded", dt.datetime(2024, 5, 1, tzinfo=dt.UTC), "need.founded", "YYYY-MM-DD"),
        ("intro", "   ", "need.intro", "不要给出此项"),
        ("intro", "字" * (MAX_TEXT + 1), "need.intro", "不超过 4000 字"),
        ("intro", "a\x00b", "need.intro", "正常文字"),
        ("intro", "a\ud800b", "need.intro", "正常文字"),
        ("intro", "a\x1bb", "need.intro", "正常文字"),
        ("intro", 3, "need.intro", "文本"),
        ("place", "火星", "need.place", "huangdao(黄岛区)"),
        ("place", 3, "need.place", "district"),
        ("place", {}, "need.place.district", "文本"),
        ("place", {"district": None}, "need.place.district", "文本"),
        ("place", {"district": "火星"}, "need.place.district", "huangdao(黄岛区)"),
        ("place", {"district": "jimo", "zone": "moon"}, "need.place.zone", "guzhenkou"),
        ("place", {"district": "jimo", "latitude": 36.0}, "need.place.latitude", "lat"),
        ("place", {"district": "jimo", "\ud800": 1}, "need.place.'\\ud800'", "lat"),
        ("place", {"district": "jimo", "lat": 36.0}, "need.place", "同时"),
        ("place", {"district": "jimo", "lat": 120.4, "lon": 36.1}, "need.place.lat", "-90 至 90"),
        ("place", {"district": "jimo", "lat": "36", "lon": 120}, "need.place.lat", "数字"),
        ("place", {"district": "jimo", "lat": 36, "lon": float("nan")}, "need.place.lon", "有限"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_place(
    name: str, raw: object, where: str, right: str
) -> None:
    error = refusal(name, raw)
    assert error.where == where
    assert right in error.right
    assert str(error).encode("utf-8")


def test_an_unknown_code_is_an_unknown_value() -> None:
    assert isinstance(refusal("skills", ["z"]), UnknownValueError)


def test_minus_zero_is_zero() -> None:
    assert str(parsed("depth", -0.0)) == "0.0"


VALUES = st.one_of(
    st.tuples(st.just("size"), st.sampled_from(["small", "large"])),
    st.tuples(st.just("skills"), st.lists(st.sampled_from("abc"), min_size=1)),
    st.tuples(
        st.just("industries"), st.lists(st.sampled_from(REFERENCE.codes("industries")), min_size=1)
    ),
    st.tuples(st.just("amount"), st.floats(0, 1e12)),
    st.tuples(st.just("founded"), st.dates(EARLIEST, LATEST)),
    st.tuples(
        st.just("intro"),
        st.text(
            st.characters(codec="utf-8", min_codepoint=32).filter(lambda c: c != "\x7f"), min_size=1
        ).filter(str.strip),
    ),
    st.tuples(
        st.just("place"),
        st.fixed_dictionaries(
            {"district": st.sampled_from(REFERENCE.codes("districts"))},
            optional={"zone": st.sampled_from(REFERENCE.codes("zones"))},
        ),
    ),
    st.tuples(
        st.just("place"),
        st.builds(Place, st.just("jimo"), st.none(), st.floats(-90, 90), st.floats(-180, 180)),
    ),
)


@given(VALUES)
def test_a_value_survives_json_by_its_type(named: tuple[str, Any]) -> None:
    name, raw = named
    value = parsed(name, raw)
    written = json.dumps(value_to_json(value), allow_nan=False)
    assert value_from_json(SPECS[name].type, json.loads(written)) == value


@given(VALUES)
def test_parsing_twice_or_parsing_the_json_changes_nothing(named: tuple[str, Any]) -> None:
    name, raw = named
    value = parsed(name, raw)
    assert parsed(name, value) == value
    assert parsed(name, value_to_json(value)) == value


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters()),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text(st.characters()), inner, max_size=3)
        ),
    )
)
def test_no_json_whatever_ends_in_anything_but_a_value_or_a_refusal(raw: object) -> None:
    refused = []
    for name in SPECS:
        try:
            json.dumps(value_to_json(parsed(name, raw)), allow_nan=False).encode()
        except InvalidInputError as error:
            refused.append(str(error).encode())
    assert len(refused) >= len(SPECS) - 2


def test_stored_codes_that_left_their_table_can_still_be_read() -> None:
    assert value_from_json(AttributeType.MULTI, ["gone", "also-gone"]) == ("also-gone", "gone")
    assert value_from_json(AttributeType.PLACE, {"district": "merged"}) == Place("merged")


def test_stored_values_of_another_form_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="列表"):
        value_from_json(AttributeType.MULTI, "a")


@pytest.mark.parametrize(
    ("raw", "stance"),
    [
        (["a"], Stance.PREFER),
        ({"value": ["a"]}, Stance.PREFER),
        ({"value": ["a"], "stance": "must"}, Stance.MUST),
        (Stated(("a",), Stance.INDIFFERENT), Stance.INDIFFERENT),
    ],
)
def test_a_stance_may_be_said_or_not(raw: object, stance: Stance) -> None:
    stated = parse_stated(SPECS["skills"], raw, "need.skills", REFERENCE)
    assert stated == Stated(("a",), stance)
    assert parse_stated(SPECS["skills"], stated_to_json(stated), "x", REFERENCE) == stated


def test_a_stance_not_said_is_the_default_of_the_kind_file() -> None:
    spec = SPECS["skills"].model_copy(update={"default_stance": Stance.MUST})
    assert parse_stated(spec, ["a"], "need.skills", REFERENCE).stance is Stance.MUST


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        ({"value": ["a"], "stance": "very"}, "need.skills.stance"),
        ({"value": ["a"], "stance": None}, "need.skills.stance"),
        ({"value": ["a"], "stanse": "must"}, "need.skills.stanse"),
        ({"value": ["z"], "stance": "must"}, "need.skills[0]"),
        ({"stance": "must"}, "need.skills"),
    ],
)
def test_a_wrong_stance_is_refused_by_its_place(raw: object, where: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_stated(SPECS["skills"], raw, "need.skills", REFERENCE)
    assert caught.value.where == where


def test_text_that_no_workbook_can_hold_is_refused_or_ends_its_lines_by_lf() -> None:
    assert checked_text(" 第一行\r\n第二行\r第三行 ", "provider.name") == "第一行\n第二行\n第三行"
    with pytest.raises(InvalidInputError, match=r"U\+FFFF"):
        checked_text("青禾\uffff", "provider.name")


def test_text_is_never_echoed() -> None:
    with pytest.raises(InvalidInputError) as caught:
        checked_text("张三\x00", "provider.name")
    assert "张三" not in str(caught.value)
