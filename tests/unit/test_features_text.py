"""Chinese text becomes sparse vectors whose cosines are exact."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from random import Random

import numpy as np
import pytest
from feature_sets import dice, random_text
from hypothesis import given
from hypothesis import strategies as st

from features.text import GRID, NgramEncoder, stretches, term_counts, unit_row

DICTIONARY = ("大模型", "人形机器人", "AI芯片", "芯片", "AI", "VR/AR")


def test_text_is_folded_and_cut_at_punctuation_and_blanks() -> None:
    assert stretches("ＡＩ 大模型,(青岛)5Ｇ") == ["ai", "大模型", "青岛", "5g"]


def test_a_text_without_letters_has_no_stretches() -> None:
    assert stretches(" ,。!\n…\x00") == []


def test_characters_pairs_and_latin_runs_are_terms() -> None:
    counts = term_counts("海洋5G,海", {})
    assert counts == {"海": 2, "洋": 1, "海洋": 1, "5g": 1}


def test_pairs_do_not_reach_over_punctuation() -> None:
    assert "洋牧" not in term_counts("海洋。牧场", {})


def test_a_latin_dictionary_word_is_found_only_between_its_borders() -> None:
    encoder = NgramEncoder().fit(["hardware", "AR 眼镜"], DICTIONARY)
    assert encoder.encode(["hardware"])[0, encoder.terms.index("ar")] == 0
    assert encoder.encode(["ar眼镜"])[0, encoder.terms.index("ar")] > 0


def test_a_mixed_dictionary_word_is_found_only_between_its_borders() -> None:
    encoder = NgramEncoder().fit(["自研AI芯片", "xai芯片"], DICTIONARY)
    column = encoder.terms.index("ai芯片")
    assert (encoder.encode(["做ai芯片的", "xai芯片"])[:, column] > 0).tolist() == [True, False]


def test_words_are_the_dictionary_words_of_the_vocabulary() -> None:
    encoder = NgramEncoder().fit(["大模型与芯片", "芯片"], DICTIONARY)
    assert encoder.words == ("大模型", "芯片")


def test_the_vocabulary_keeps_the_most_frequent_terms_and_breaks_ties_by_term() -> None:
    encoder = NgramEncoder(limit=2).fit(["b a c", "a c b", "c"], ())
    assert encoder.terms == ("a", "c")


def test_a_term_of_one_text_is_left_out_of_a_corpus() -> None:
    texts = [f"共有 t{at}" for at in range(30)]
    assert NgramEncoder().fit(texts, ()).terms == ("共", "共有", "有")


def test_a_term_of_one_text_is_kept_while_there_are_few_texts() -> None:
    assert "t0" in NgramEncoder().fit(["共有 t0", "共有 t1"], ()).terms


def test_the_order_of_the_texts_does_not_matter() -> None:
    random = dice(1)
    texts = [random_text(random) for _ in range(40)]
    assert NgramEncoder().fit(texts, DICTIONARY) == NgramEncoder().fit(texts[::-1], DICTIONARY)


def _slow_vectors(texts: list[str], corpus: list[str]) -> list[dict[str, float]]:
    """Sublinear tf-idf written down again, without a dictionary, as plain as possible."""

    def terms(text: str) -> list[str]:
        found: list[str] = []
        for part in re.split(r"[\W_]+", unicodedata.normalize("NFKC", text).lower()):
            for run in re.findall(r"[a-z0-9]+|[^a-z0-9]+", part):
                if run.isascii():
                    found.append(run)
                else:
                    found += list(run) + [run[i : i + 2] for i in range(len(run) - 1)]
        return found

    df = Counter(term for text in corpus for term in set(terms(text)))
    least = 2 if len(corpus) >= 20 else 1
    rows = []
    for text in texts:
        raw = {
            term: (1 + math.log(n)) * (math.log((1 + len(corpus)) / (1 + df[term])) + 1)
            for term, n in Counter(terms(text)).items()
            if df[term] >= least
        }
        length = math.sqrt(sum(weight**2 for weight in raw.values())) or 1.0
        rows.append({term: weight / length for term, weight in raw.items()})
    return rows


@pytest.mark.parametrize("n_texts", [5, 60])
def test_vectors_agree_with_tf_idf_written_down_again(n_texts: int) -> None:
    random = dice(n_texts)
    corpus = [random_text(random) for _ in range(n_texts)]
    encoder = NgramEncoder().fit(corpus, ())
    found = encoder.encode(corpus)
    expected = [
        [row.get(term, 0.0) for term in encoder.terms] for row in _slow_vectors(corpus, corpus)
    ]
    np.testing.assert_allclose(found, expected, atol=1 / GRID)


@given(st.lists(st.floats(-1e6, 1e6), max_size=40))
def test_a_row_has_length_one_on_the_grid_or_is_zero(weights: list[float]) -> None:
    row = np.array(unit_row(weights))
    assert np.array_equal(row * GRID, np.rint(row * GRID))
    length = float(np.sqrt((row**2).sum()))
    assert length == pytest.approx(1.0 if any(np.square(weights)) else 0.0, abs=1e-6)


@pytest.mark.parametrize("weights", [[3e-162], [2e-161, 1e-161], [1e-150, 0.0], [1e150, 1.0]])
def test_a_row_of_extreme_weights_has_length_one_too(weights: list[float]) -> None:
    assert float(np.linalg.norm(unit_row(weights))) == pytest.approx(1.0, abs=1e-6)


@given(st.lists(st.floats(-1, 1), min_size=8, max_size=60), st.randoms(use_true_random=False))
def test_a_cosine_is_the_same_in_every_order_of_summation(
    weights: list[float], random: Random
) -> None:
    a, b = np.array(unit_row(weights)), np.array(unit_row(weights[::-1]))
    order = list(range(len(a)))
    random.shuffle(order)
    assert float(a @ b) == sum(float(a[i] * b[i]) for i in order)


@given(st.text(max_size=60))
def test_any_text_can_be_encoded(text: str) -> None:
    encoder = NgramEncoder().fit(["海洋 ai", text], DICTIONARY)
    assert np.isfinite(encoder.encode([text])).all()


@pytest.mark.parametrize("mark", ["\N{ZERO WIDTH SPACE}", "\N{SOFT HYPHEN}", "\N{WORD JOINER}"])
def test_an_invisible_mark_parts_no_stretch(mark: str) -> None:
    assert stretches(f"大{mark}模型,AI{mark}芯片_v2") == ["大模型", "ai芯片", "v2"]
