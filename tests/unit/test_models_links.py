from __future__ import annotations

from dataclasses import replace

import numpy as np
from training_sets import DAY, START, a_training_set

from models.base import TrainingData
from models.links import links_of, marked, offers_of, strengths_of
from peipao.tables.pairs import InteractionTable


def with_log(*rows: tuple[int, int, str, float]) -> TrainingData:
    data = a_training_set(n_needs=6, n_providers=5)
    return replace(
        data,
        interactions=InteractionTable(
            need_ids=data.pairs.need_ids,
            provider_ids=data.pairs.provider_ids,
            need=np.array([r[0] for r in rows], dtype=np.int32),
            provider=np.array([r[1] for r in rows], dtype=np.int32),
            event=np.array([r[2] for r in rows], dtype=np.str_),
            value=np.full(len(rows), np.nan),
            at=np.array([START + r[3] * DAY for r in rows], dtype=np.float64),
        ),
    )


def test_a_pair_accepted_twice_is_one_link_of_the_earlier_time() -> None:
    links = links_of(with_log((1, 2, "accepted", 5), (1, 2, "accepted", 3), (0, 4, "asked", 1)))
    assert (links.need.tolist(), links.provider.tolist()) == ([1], [2])
    assert links.at.tolist() == [START + 3 * DAY]


def test_an_offer_is_met_only_if_it_was_accepted_and_met() -> None:
    offers = offers_of(
        with_log(
            (0, 0, "accepted", 1),
            (0, 0, "met", 2),
            (0, 1, "declined", 1),
            (0, 2, "accepted", 1),
            (0, 3, "shown", 1),
            (0, 4, "met", 1),
            (1, 0, "declined", 100),
        )
    )
    pairs = list(zip(offers.need.tolist(), offers.provider.tolist(), strict=True))
    assert pairs == [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert offers.met.tolist() == [True, False, False, False]


def test_an_offer_still_waiting_for_its_answer_is_left_out() -> None:
    offers = offers_of(with_log((0, 0, "asked", 90), (0, 1, "asked", 1), (0, 2, "declined", 100)))
    assert offers.provider.tolist() == [1, 2]


def test_a_refused_pair_teaches_no_interest() -> None:
    found = strengths_of(
        with_log((0, 0, "asked", 1), (0, 1, "asked", 1), (0, 1, "declined", 2), (1, 1, "met", 3))
    )
    assert found.provider.tolist() == [0, 1]
    assert found.strength.tolist() == [0.3, 1.0]


def test_events_about_unknown_ids_are_ignored() -> None:
    data = with_log((0, 0, "accepted", 1), (1, 1, "accepted", 1))
    seen = data.interactions
    other = replace(seen, need_ids=np.array(["a", "z"]), need=np.array([0, 1], dtype=np.int32))
    assert len(links_of(replace(data, interactions=other)).need) == 0


def test_links_are_marked_among_the_pairs() -> None:
    data = a_training_set(n_needs=6, n_providers=5)
    pairs = data.pairs
    hit = marked(pairs, pairs.need[3:5], pairs.provider[3:5])
    assert np.flatnonzero(hit).tolist() == [3, 4]
