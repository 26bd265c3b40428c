from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_city import SIZE, Quiet, opened, settle

from peipao.errors import InvalidInputError
from serving.usecases import gather_training_data
from serving.wiring import Peipao


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quiet[Peipao]]:
    home: Path = tmp_path_factory.mktemp("bounded")
    with opened(home) as peipao:
        settle(peipao, SIZE, ("mentor",))
        yield Quiet(peipao)


def test_a_round_that_is_too_large_is_refused_before_it_is_computed(city: Quiet[Peipao]) -> None:
    before = city.it.verify_books().head
    small = replace(
        city.it.run_round, snapshots=replace(city.it.run_round.snapshots, max_pairs=100)
    )
    with pytest.raises(InvalidInputError, match="超过单轮可处理的规模;应为:不超过 100 对"):
        small("mentor", by="tests")
    assert city.it.verify_books().head == before
    assert city.it.show_rounds() == []


def test_a_large_city_learns_from_its_latest_told_needs(city: Quiet[Peipao]) -> None:
    whole = city.it.gather_training_data("mentor").data
    few = replace(city.it.gather_training_data, max_needs=12)("mentor").data
    told = {whole.interactions.need_ids[row] for row in whole.interactions.need}
    opened_at = dict(zip(whole.pairs.need_ids.tolist(), whole.opened_at, strict=True))
    kept = few.pairs.need_ids.tolist()
    latest = sorted(told, key=lambda key: (-opened_at[key], key))[:12]
    assert sorted(kept) == sorted(latest)
    assert set(few.interactions.need_ids.tolist()) <= set(kept)


def test_a_large_city_weighs_some_pairs_and_learns_from_all_links(city: Quiet[Peipao]) -> None:
    whole = city.it.gather_training_data("mentor").data
    few = replace(city.it.gather_training_data, max_pairs=SIZE.mentors * 12)("mentor").data
    weighed = np.unique(few.pairs.need)
    assert len(weighed) == 12
    assert few.pairs.need_ids.tolist() == whole.pairs.need_ids.tolist()
    assert len(few.interactions) == len(whole.interactions)
    assert np.array_equal(few.need_indicators.values, whole.need_indicators.values)
    of_these = np.isin(whole.pairs.need, weighed)
    assert np.array_equal(few.pairs.values, whole.pairs.values[of_these], equal_nan=True)
    told = np.unique(whole.interactions.need_ids[whole.interactions.need])
    rows = np.flatnonzero(np.isin(whole.pairs.need_ids, told))
    assert few.opened_at[weighed].min() >= np.quantile(whole.opened_at[rows], 0.3)


def test_needs_encoded_in_chunks_are_those_encoded_at_once(
    city: Quiet[Peipao], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = city.it.gather_training_data("mentor").data.need_indicators
    monkeypatch.setattr(gather_training_data, "CHUNK", 7)
    parts = city.it.gather_training_data("mentor").data.need_indicators
    assert parts.ids.tolist() == whole.ids.tolist()
    assert np.array_equal(parts.values, whole.values)
    assert all(
        np.array_equal(getattr(parts.text, name), getattr(whole.text, name))
        for name in ("starts", "terms", "weights")
    )
