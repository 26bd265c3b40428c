from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from small_city import SIZE, Quiet, opened, settle

from peipao.errors import InvalidInputError
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
    few = replace(city.it.gather_training_data, max_pairs=SIZE.mentors * 12)("mentor").data
    told = {whole.interactions.need_ids[row] for row in whole.interactions.need}
    opened_at = dict(zip(whole.pairs.need_ids.tolist(), whole.opened_at, strict=True))
    kept = few.pairs.need_ids.tolist()
    latest = sorted(told, key=lambda key: (-opened_at[key], key))[:12]
    assert sorted(kept) == sorted(latest)
    assert set(few.interactions.need_ids.tolist()) <= set(kept)
