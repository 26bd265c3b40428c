"""Hand-checked profiles at the boundaries of every policy; the expected answers are not computed.

`tests/golden/policy_boundaries.json` was written by reading each rule; it is changed by hand only.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from peipao.policy.calculator import Calculator
from peipao.policy.dates import AskedDates
from peipao.reference.loader import load_reference

FILE = Path(__file__).parent.parent / "golden" / "policy_boundaries.json"
ROWS: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
CALCULATOR = Calculator.of(load_reference())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['policy']}: {row['name']}")
def test_a_profile_at_a_boundary_is_answered_as_read_by_hand(row: dict[str, Any]) -> None:
    entitlement = dt.date.fromisoformat(row["entitlement"])
    dates = AskedDates(entitlement, dt.date.fromisoformat(row["application"]))
    facts = CALCULATOR.facts(row["facts"], entitlement, "golden")
    [answer] = CALCULATOR.check(facts, dates, policies=[row["policy"]])
    assert (answer.status.value, answer.decided.value) == (row["kleene"], row["decided"])


def test_every_policy_has_at_least_six_profiles_of_different_names() -> None:
    count = Counter(row["policy"] for row in ROWS)
    assert set(count) == set(CALCULATOR.book.rules)
    assert min(count.values()) >= 6
    names = Counter((row["policy"], row["name"]) for row in ROWS)
    assert max(names.values()) == 1
