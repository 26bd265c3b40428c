"""Whatever happens to needs, the database counts what a fold by hand counts; none falls silent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from need_histories import lived
from needs_office import Office, open_office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office whose people every history borrows."""
    with open_office(tmp_path_factory.mktemp("office"), "sqlite://") as opened:
        yield opened


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1), events=st.integers(1, 90))
def test_figures_equal_the_fold_and_every_need_has_one_state_and_somebodys_clock(
    office: Office, seed: int, events: int
) -> None:
    assert lived(office, seed, events).wrong == []
