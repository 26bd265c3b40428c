"""The published schemas say what the reader takes and what the answer has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

import matching
from matching.instance import solve_instance
from peipao.errors import InvalidInputError

REFERENCE = Path(matching.__file__).resolve().parents[1] / "docs" / "reference"


def the_schema(name: str) -> dict[str, Any]:
    """Return a published schema."""
    found: dict[str, Any] = json.loads((REFERENCE / f"{name}.schema.json").read_text("utf-8"))
    return found


def fits(name: str, value: object) -> bool:
    """Tell whether a value fits a published schema."""
    return bool(jsonschema.Draft202012Validator(the_schema(name)).is_valid(value))


BASE: dict[str, Any] = {
    "needs": [{"id": "n1"}, {"id": "n2", "unmatched_penalty": 0.1, "relax_cost": 2}],
    "providers": [{"id": "p1", "relax_cost": 1.5}, {"id": "p2", "min": 0}],
    "pairs": [
        {"need": "n1", "provider": "p1", "affinity": 0.83},
        {"need": "n2", "provider": "p1", "affinity": 0.5, "bonus": 0.1},
    ],
}
CROSSING = [
    {"id": "g1", "side": "need", "members": ["n1", "n2"], "max": 1},
    {"id": "g2", "side": "pair", "members": [["n1", "p1"]], "min": 0, "max": 1},
    {"id": "g3", "side": "provider", "members": ["p1", "p2"], "max": 1, "relax_cost": None},
]
GOOD: dict[str, dict[str, Any]] = {
    "plain": {},
    "nulls": {"pairs_file": None, "max_changes": None, "need_order": None, "time_limit_s": None},
    "groups": {"groups": CROSSING},
    "no-solution": {"needs": [{"id": "n1", "min": 1}, {"id": "n2", "min": 1, "relax_cost": 2}]},
    "changes": {"previous": [["n2", "p1"]], "max_changes": 1, "change_cost": 0.1},
    "too-few-changes": {"previous": [["n2", "p1"]], "vetoes": [["n2", "p1"]], "max_changes": 0},
    "rawls": {"objective": "rawls"},
    "leximin": {"objective": "leximin"},
    "stable": {"objective": "stable", "provider_order": {"p1": ["n2"]}},
    "pins": {"pins": [["n2", "p1"]], "seed": "s", "time_limit_s": 5},
}
BAD: dict[str, dict[str, Any]] = {
    "colour": {"colour": 1},
    "id": {"needs": [{"id": "n 1"}]},
    "wanted": {"needs": [{"id": "n1", "wanted": 0}, {"id": "n2"}]},
    "affinity": {"pairs": [{"need": "n1", "provider": "p1", "affinity": 2}]},
    "pins": {"pins": [["n1"]]},
    "side": {"groups": [{"id": "g", "side": "team", "members": ["n1"]}]},
    "members": {"groups": [{"id": "g", "side": "need", "members": []}]},
    "objective": {"objective": "best"},
    "max_changes": {"max_changes": -1},
    "time_limit_s": {"time_limit_s": 0},
    "relax_cost": {"providers": [{"id": "p1", "relax_cost": -1}]},
    "order": {"need_order": ["n1"]},
}


@pytest.mark.parametrize("name", GOOD)
def test_what_fits_the_schema_is_taken_and_the_answer_fits_its_own(name: str) -> None:
    instance = {**BASE, **GOOD[name]}
    assert fits("instance", instance)
    assert fits("result", solve_instance(instance))
    answer = solve_instance(instance, explain=True, what_if=["place:p1:+1"])
    assert fits("result", answer)


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_the_schema_is_refused(name: str) -> None:
    instance = {**BASE, **BAD[name]}
    assert not fits("instance", instance)
    with pytest.raises(InvalidInputError):
        solve_instance(instance)


def test_every_key_of_an_answer_is_described() -> None:
    keys = set()
    for changes in GOOD.values():
        keys |= set(solve_instance({**BASE, **changes}, explain=True, what_if=["veto:n1:p1"]))
    assert keys == set(the_schema("result")["properties"])
