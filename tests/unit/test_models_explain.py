from __future__ import annotations

import numpy as np

from models.explain import sentences
from models.margin import BASE_LABEL, LATENT_LABEL, POPULARITY_LABEL, Contributions

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


def test_details_follow_a_colon() -> None:
    reasons = said(0.7, 0.0, 0.0, 0.0, 0.0, details={"产业契合": "均涉及人工智能"})
    assert reasons == ("「产业契合」明显优于平均(占推荐理由的 100%):均涉及人工智能",)


def test_a_clear_weakness_is_said_last() -> None:
    assert said(0.7, -0.4, -0.1, 0.0, 0.0)[-1] == "需留意:「距离便利」低于平均"


def test_no_more_reasons_than_asked_for() -> None:
    assert len(said(0.5, 0.4, 0.3, 0.2, 0.1, limit=2)) == 2


def test_an_average_pair_gets_a_sentence_too() -> None:
    assert said(0.0, 0.0, 0.0, 0.0, 0.0) == ("各项条件接近平均水平,无突出的契合点",)


def test_the_base_is_never_a_reason() -> None:
    found = Contributions((BASE_LABEL, "产业契合"), np.array([[3.0, 0.1]]))
    assert sentences(found, 0) == ("「产业契合」略优于平均(占推荐理由的 100%)",)
