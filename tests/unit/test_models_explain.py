from __future__ import annotations

import numpy as np
import pytest

from models.explain import all_sentences, sentences
from models.latent import LATENT_LABEL
from models.margin import BASE_LABEL, Contributions
from models.standing import LABELS as STANDING_LABELS
from models.standing import POPULARITY

POPULARITY_LABEL = STANDING_LABELS[POPULARITY]
LABELS = (BASE_LABEL, "产业契合", "距离便利", "阶段匹配", POPULARITY_LABEL, LATENT_LABEL)


def said(*values: float, **options: object) -> tuple[str, ...]:
    found = Contributions(LABELS, np.array([[-0.8, *values]]))
    return sentences(found, 0, **options)  # type: ignore[arg-type]


def test_the_strongest_reason_comes_first_with_its_share() -> None:
    assert said(0.3, 0.9, 0.0, 0.0, 0.0) == (
        "「距离便利」明显优于平均(占推荐理由的 75%)",
        "「产业契合」优于平均(占推荐理由的 25%)",
    )


def test_what_learning_found_is_said_in_words() -> None:
    assert said(0.0, 0.0, 0.0, 0.1, 0.3) == (
        "情况相近的项目曾与其顺利对接(占推荐理由的 75%)",
        "近期对接成功较多(占推荐理由的 25%)",
    )


def test_a_detail_is_said_in_place_of_the_degree() -> None:
    reasons = said(0.6, 0.2, 0.0, 0.0, 0.0, details={"产业契合": "同为人工智能"})
    assert reasons == (
        "产业契合:同为人工智能(占 75%)",
        "「距离便利」优于平均(占推荐理由的 25%)",
    )


def test_a_share_joins_the_brackets_that_a_detail_ends_with() -> None:
    reasons = said(0.0, 0.7, 0.0, 0.0, 0.0, details={"距离便利": "约 85 分钟(估算)"})
    assert reasons == ("距离便利:约 85 分钟(估算,占 100%)",)


def test_a_weakness_is_said_with_its_detail() -> None:
    reasons = said(0.7, -0.4, 0.0, 0.0, 0.0, details={"距离便利": "约 125 分钟(估算)"})
    assert reasons[-1] == "需留意:距离便利,约 125 分钟(估算)"


@pytest.mark.parametrize("value", [0.7, -0.7])
def test_a_detail_too_long_for_a_short_sentence_is_left_out(value: float) -> None:
    details = {"产业契合": "长" * 60}
    assert said(value, 0.0, 0.0, 0.0, 0.0, details=details) == said(value, 0.0, 0.0, 0.0, 0.0)


def test_what_learning_found_has_no_detail_to_say() -> None:
    found = Contributions(LABELS, np.zeros((2, 6)))
    found.values[:, 4] = 0.3
    plain = "近期对接成功较多(占推荐理由的 100%)"
    assert all_sentences(found, [{"产业契合": "同为人工智能"}, {}]) == [(plain,), (plain,)]


def test_all_sentences_are_those_of_each_pair() -> None:
    found = Contributions(LABELS, np.random.default_rng(3).normal(0.0, 0.5, (9, 6)))
    details = [{"产业契合": f"第 {row} 对"} for row in range(9)]
    expected = [sentences(found, row, details[row], 2) for row in range(9)]
    assert all_sentences(found, details, 2) == expected


def test_a_clear_weakness_is_said_last() -> None:
    assert said(0.7, -0.4, -0.1, 0.0, 0.0)[-1] == "需留意:「距离便利」低于平均"


def test_no_more_reasons_than_asked_for() -> None:
    assert len(said(0.5, 0.4, 0.3, 0.2, 0.1, limit=2)) == 2


def test_an_average_pair_gets_a_sentence_too() -> None:
    assert said(0.0, 0.0, 0.0, 0.0, 0.0) == ("各项条件接近平均水平,无突出的契合点",)


def test_the_base_is_never_a_reason() -> None:
    found = Contributions((BASE_LABEL, "产业契合"), np.array([[3.0, 0.1]]))
    assert sentences(found, 0) == ("「产业契合」略优于平均(占推荐理由的 100%)",)
