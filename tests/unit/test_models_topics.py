"""What a margin is made of, in the words people use, for every kind that ships."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from training_sets import a_training_set

from models.content import hand_weighted
from models.margin import BASE_LABEL, PAST, Contributions, topic_of_label
from models.standing import LABELS
from peipao.kinds.attributes import need_side_attributes, topic_of
from peipao.kinds.catalogue import load_catalogue
from peipao.kinds.sensitive import SENSITIVE_NAMES
from peipao.reference.loader import load_reference
from peipao.tables.pairs import PairTable

CATALOGUE = load_catalogue(load_reference())
WORDS = {"产业", "需求", "阶段", "区市", "文本", "项目", PAST}
DATA = a_training_set(n_needs=10, n_providers=8)
PROXIES = re.compile(
    r"sex|gender|birth|age_of|founder|ethnic|nation|hukou|native|relig|disab|hardship|health"
    r"|criminal|marital|veteran|graduat|school|id_number|phone|person_name|surname|welfare"
)
"""Names under which what people may not be judged by, or what tells it, could come in."""


def of_kind(kind: str, seed: int) -> Contributions:
    """Return the contributions of random pairs under a kind's own comparisons."""
    from dataclasses import replace

    spec, rng = CATALOGUE[kind], np.random.default_rng(seed)
    names = tuple(one.name for one in spec.comparisons)
    values = np.where(rng.random((20, len(names))) < 0.2, np.nan, rng.random((20, len(names))))
    old = DATA.pairs
    pairs = PairTable(
        old.need_ids, old.provider_ids, old.need[:20], old.provider[:20], names, values
    )
    sides = need_side_attributes(spec, CATALOGUE.project)
    topics = {name: topic_of(name, attribute) for name, attribute in sides.items()}
    data = replace(DATA, spec=spec, pairs=pairs, topics=topics)
    model = hand_weighted(data)
    found = model.contributions(data.need_indicators, data.provider_indicators, pairs)
    margin = model.score(data.need_indicators, data.provider_indicators, pairs)
    assert found.values.sum(axis=1) == pytest.approx(margin, abs=1e-9)
    assert found.by_topic().values.sum(axis=1) == pytest.approx(margin, abs=1e-9)
    return found


@pytest.mark.parametrize("kind", sorted(CATALOGUE))
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1000))
def test_contributions_sum_to_the_margin_in_words_that_people_use(kind: str, seed: int) -> None:
    found = of_kind(kind, seed)
    assert found.labels[0] == found.topics[0] == BASE_LABEL
    assert set(found.topics[1:]) <= WORDS
    again = of_kind(kind, seed)
    assert (found.values == again.values).all()
    assert found.topics == again.topics


@pytest.mark.parametrize("kind", sorted(CATALOGUE))
def test_one_label_is_about_one_topic(kind: str) -> None:
    spec = CATALOGUE[kind]
    sides = need_side_attributes(spec, CATALOGUE.project)
    pairs = {(one.label, topic_of(one.need, sides[one.need])) for one in spec.comparisons}
    assert len(pairs) == len({label for label, _ in pairs})


def test_what_was_learnt_from_the_past_says_so() -> None:
    assert {topic_of_label(label) for label in LABELS.values()} == {PAST}
    assert topic_of_label("产业经验") == "产业"
    assert topic_of_label("相似项目经验") == PAST
    assert topic_of_label("文本经验") == "文本"


@pytest.mark.parametrize("kind", sorted(CATALOGUE))
def test_no_kind_ranks_by_a_sensitive_fact_or_by_what_tells_one(kind: str) -> None:
    spec = CATALOGUE[kind]
    sides = need_side_attributes(spec, CATALOGUE.project)
    names = {name.split(".")[-1] for name in (*sides, *spec.provider)}
    assert names & SENSITIVE_NAMES == set()
    assert [name for name in sorted(names) if PROXIES.search(name)] == []
