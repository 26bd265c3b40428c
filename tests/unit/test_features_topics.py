"""Free texts are given industries and lines of business, or nothing where they do not say."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.topic_words import TopicWords, clauses
from features.topics import LONGEST, MOST, TopicClassifier
from peipao.reference.loader import load_reference
from peipao.reference.terms import SynonymGroup

REFERENCE = load_reference()
CLASSIFIER = TopicClassifier.of(REFERENCE)
BLADE = "巡检无人机飞手培训,航线规划与低空管理服务"


def best(text: str) -> str | None:
    """Return the industry that a text is given first."""
    guesses = CLASSIFIER.classify(text).guesses
    return guesses[0].industry if guesses else None


@pytest.mark.parametrize(
    ("text", "industry", "track"),
    [
        ("巡检无人机", "low-altitude-economy", "工业无人机"),
        ("碱性电解槽制氢", "green-energy", "氢能"),
        ("海参肽与褐藻寡糖制品", "life-health", "海洋药物和生物制品"),
        ("校服面料与童装", "modern-light-industry", "纺织服装"),
        ("量子密钥分发", "future-industries", "量子信息"),
        ("月嫂与保洁上门服务", "outside-10-plus-1", "家政养老与社区服务"),
        ("轮胎缺陷检测的机器视觉", "artificial-intelligence", "机器视觉与智能语音"),
    ],
)
def test_a_text_is_given_its_industry_and_line(text: str, industry: str, track: str) -> None:
    first = CLASSIFIER.classify(text).guesses[0]
    assert (first.industry, first.tracks[0].name) == (industry, track)
    assert first.words


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "暂无简介",
        "团队三人,刚注册,正在找方向",
        "目前完成原型验证,核心团队刚组建",
        "希望得到场地和资金方面的支持",
        "asdf qwer 1234",
        "😀😀",
    ],
)
def test_a_text_that_does_not_say_is_given_nothing(text: str) -> None:
    assert CLASSIFIER.classify(text).guesses == ()


@pytest.mark.parametrize(
    "spoilt",
    [
        "巡檢無人機飛手培訓,航線規劃與低空管理服務",
        "巡检无人机飞手培训\uff0c航线规划与低空管理服务".replace("无", " 无"),
        " ".join(BLADE),
        "\n".join(BLADE[at : at + 5] for at in range(0, len(BLADE), 5)),
        "巡检无入机飞手培圳,航线规刬与低空管埋服务",
        "巡检UAV,低空 drone",
        "ＵＡＶ航线规划",
        "无人机",
    ],
)
def test_a_spoilt_text_is_still_recognised(spoilt: str) -> None:
    assert best(spoilt) == best(BLADE) == "low-altitude-economy"


def test_two_industries_are_both_named_most_likely_first() -> None:
    guesses = CLASSIFIER.classify("用无人机给海岛送生鲜").guesses
    assert {guess.industry for guess in guesses} == {"low-altitude-economy", "outside-10-plus-1"}
    assert guesses[0].confidence >= guesses[1].confidence


def test_a_word_inside_a_longer_one_is_not_counted_beside_it() -> None:
    said = CLASSIFIER.classify("植保无人机").guesses[0].words
    assert said == ("植保无人机",)


def test_a_synonym_says_what_its_head_says() -> None:
    plain, other = (CLASSIFIER.chances(text) for text in ("无人机", "UAV"))
    at = CLASSIFIER.words.industries.index("low-altitude-economy")
    assert plain.argmax() == other.argmax() == at


def test_more_of_the_same_industry_never_makes_it_less_likely() -> None:
    at = CLASSIFIER.words.industries.index("green-energy")
    words = ("氢能", "储能", "电解槽", "光伏", "储氢")
    found = [CLASSIFIER.chances("、".join(words[:n]))[at] for n in range(len(words) + 1)]
    assert all(a <= b for a, b in itertools.pairwise(found))


def test_what_lies_beyond_the_limit_is_not_read() -> None:
    padding = "的" * LONGEST
    assert best(padding + BLADE) is None


@given(st.text(max_size=80))
def test_any_text_gets_chances_that_sum_to_one_with_silence(text: str) -> None:
    topics = CLASSIFIER.classify(text)
    assert float(CLASSIFIER.chances(text).sum()) + topics.silent == pytest.approx(1.0, abs=1e-7)
    assert len(topics.guesses) <= MOST
    assert all(track.confidence <= g.confidence for g in topics.guesses for track in g.tracks)


def test_the_order_of_clauses_does_not_matter() -> None:
    parts = ("无人机巡检", "储能电站", "少儿编程")
    found = [CLASSIFIER.chances("。".join(order)) for order in itertools.permutations(parts)]
    assert all(np.array_equal(found[0], other) for other in found)


def test_latin_words_are_found_only_whole_and_across_joints() -> None:
    assert clauses("CAR-T,hardware; machine learning") == [
        ("car", "t"),
        ("hardware",),
        ("machine", "learning"),
    ]
    assert ("ar",) in TopicWords.of(REFERENCE).row
    assert best("hardware") is None


def test_a_city_changes_what_is_recognised_by_its_own_files() -> None:
    own = SynonymGroup(id="own", words=("无人机", "嗡嗡机"), verified=False, source=())
    changed = replace(REFERENCE, synonyms={"own": own})
    assert best("嗡嗡机") is None
    assert TopicClassifier.of(changed).classify("嗡嗡机").guesses[0].industry == (
        "low-altitude-economy"
    )
