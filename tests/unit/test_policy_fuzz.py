"""A hundred damaged rule files; thousands are tried by `python -m benchmarks policy`."""

from __future__ import annotations

from collections import Counter

import pytest
from policy_fuzz import Book, tried

BOOK = Book.packaged()
SEEDS, A_TEST = 100, 10


@pytest.mark.parametrize("first", range(0, SEEDS, A_TEST))
def test_a_damaged_file_is_refused_with_its_place_or_can_be_used_in_every_way(first: int) -> None:
    found = Counter(tried(BOOK, seed) for seed in range(first, first + A_TEST))
    assert found.total() == A_TEST
    assert set(found) <= {"refused", "used"}
