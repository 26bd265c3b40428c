"""The instance format: strict on the way in, checked on the way out, the same every time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from matching.instance import solve_instance
from peipao.canonical import canonical_json
from peipao.errors import InvalidInputError

FULL = """
{"needs": [{"id": "n1", "wanted": 1, "min": 0, "unmatched_penalty": 0.0, "reservation": 0.0,
            "relax_cost": null},
           {"id": "n2", "unmatched_penalty": 0.1}, {"id": "n3"}],
 "providers": [{"id": "p1", "capacity": 1, "min": 0, "relax_cost": null}],
 "pairs": [{"need": "n1", "provider": "p1", "affinity": 0.83, "bonus": 0.0},
           {"need": "n2", "provider": "p1", "affinity": 0.5}], "pairs_file": null,
 "pins": [], "vetoes": [], "previous": [], "max_changes": null, "change_cost": 0.0,
 "groups": [], "objective": "total", "need_order": null, "provider_order": null,
 "seed": "text", "time_limit_s": null}
"""


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the full instance with one place changed, such as `needs.0.wanted`."""
    instance: dict[str, Any] = json.loads(FULL)
    *way, last = path.split(".")
    place: Any = instance
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[int(last) if last.isdigit() else last] = value
    return instance


def test_the_answer_has_every_part_of_the_format() -> None:
    answer = solve_instance(json.loads(FULL))
    assert answer["status"] == "optimal"
    assert answer["matches"] == [{"need": "n1", "provider": "p1", "affinity": 0.83}]
    assert answer["total_affinity"] == 0.83
    assert answer["objective_value"] == answer["bound"] == 0.73
    assert answer["unmatched"] == [
        {
            "need": "n2",
            "unfilled": 1,
            "reason": "合格的 1 个资源方名额已满,由总体价值更高的需求占用",
        },
        {"need": "n3", "unfilled": 1, "reason": "没有(更多)合格的资源方"},
    ]
    assert answer["one_more_place"] == {"p1": 0.6}
    assert answer["certificate"]["valid"] is True
    assert answer["relaxations"] == []
    assert answer["version"].startswith("peipao ")


def test_what_may_be_left_out_changes_nothing() -> None:
    short = {
        "needs": [{"id": "n1"}, {"id": "n2", "unmatched_penalty": 0.1}, {"id": "n3"}],
        "providers": [{"id": "p1"}],
        "pairs": [
            {"need": "n2", "provider": "p1", "affinity": 0.5},
            {"need": "n1", "provider": "p1", "affinity": 0.83},
        ],
        "seed": "text",
    }
    straight = canonical_json(solve_instance(json.loads(FULL)))
    assert canonical_json(solve_instance(short)) == straight


@pytest.mark.parametrize("solver", ["dense", "sparse", "networkx"])
def test_every_solver_writes_the_same_answer(solver: str) -> None:
    straight = canonical_json(solve_instance(json.loads(FULL)))
    assert canonical_json(solve_instance(json.loads(FULL), solver)) == straight


def test_pins_and_vetoes_are_kept() -> None:
    answer = solve_instance(changed("pins", [["n2", "p1"]]))
    assert answer["matches"] == [{"need": "n2", "provider": "p1", "affinity": 0.5}]
    answer = solve_instance(changed("vetoes", [["n1", "p1"]]))
    assert answer["matches"] == [{"need": "n2", "provider": "p1", "affinity": 0.5}]


def test_a_bonus_counts_in_the_objective_only() -> None:
    answer = solve_instance(changed("pairs.1.bonus", 0.5))
    assert answer["total_affinity"] == 0.5
    assert answer["objective_value"] == 1.0


def test_an_empty_instance_is_solved() -> None:
    answer = solve_instance({"needs": [], "providers": [], "pairs": []})
    assert (answer["status"], answer["matches"]) == ("optimal", [])


REFUSED = [
    ("wanted", 1, "wanted:不认识的字段"),
    ("needs.0.wantd", 1, "needs[0].wantd:不认识的字段"),
    ("pairs.1.affinty", 1, "pairs[1].affinty:不认识的字段"),
    ("needs.0.\ud800", 1, "needs[0].'\\ud800':不认识的字段"),
    ("needs", None, "needs:不是列表"),
    ("needs", {"id": "n1"}, "needs:不是列表"),
    ("needs.0", "n1", "needs[0]:不是 JSON 对象"),
    ("needs.0.id", 1, "needs[0].id"),
    ("needs.0.id", "n 1", "needs[0].id"),
    ("needs.0.id", "n1\0", "needs[0].id"),
    ("needs.0.id", "x" * 10_000, "needs[0].id"),
    ("needs.2.id", "n1", "需求 n1:编号重复"),
    ("needs.0.wanted", 1.0, "needs[0].wanted"),
    ("needs.0.wanted", True, "needs[0].wanted"),
    ("needs.0.wanted", 0, "wanted[n1]:0"),
    ("needs.0.wanted", 10**30, "needs[0].wanted"),
    ("needs.0.wanted", None, "needs[0].wanted:缺少取值"),
    ("providers.0.capacity", -1, "capacity[p1]:-1"),
    ("pairs.0.affinity", float("nan"), "pairs[0].affinity:取值 nan"),
    ("pairs.0.affinity", float("inf"), "pairs[0].affinity:取值 inf"),
    ("pairs.0.affinity", "0.5", "pairs[0].affinity"),
    ("pairs.0.affinity", 1.5, "配对 (n1, p1) 的匹配度"),
    ("pairs.0.need", "n9", "pairs[0].need:不认识的编号 'n9'"),
    ("pairs.1", {"need": "n1", "provider": "p1", "affinity": 0.1}, "配对 (n1, p1):重复出现"),
    ("pairs.1", {"need": "n1", "provider": "p1"}, "pairs[1].affinity:缺少取值"),
    ("pins", [["n1"]], "pins[0]"),
    ("pins", [["n3", "p1"]], "(n3, p1):该配对不合格"),
    ("pins", "n1", "pins:不是列表"),
    ("seed", 7, "seed"),
    ("seed", None, "seed"),
    ("objective", "rawls", "objective:尚不支持 'rawls';应为:'total'"),
    ("groups", [{"id": "g1"}], "groups:尚不支持"),
    ("max_changes", 0, "max_changes:尚不支持 0"),
    ("previous", [["n1", "p1"]], "previous:尚不支持"),
    ("change_cost", 0.1, "change_cost:尚不支持"),
    ("pairs_file", "pairs.csv", "pairs_file:尚不支持"),
    ("need_order", [], "need_order:尚不支持"),
    ("time_limit_s", 5, "time_limit_s:尚不支持"),
    ("needs.0.min", 1, "needs[0].min:尚不支持 1"),
    ("needs.0.relax_cost", 0.5, "needs[0].relax_cost:尚不支持"),
    ("providers.0.min", False, "providers[0].min:尚不支持 False"),
]


@pytest.mark.parametrize(("path", "value", "named"), REFUSED)
def test_what_cannot_be_used_is_refused_by_name(path: str, value: object, named: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        solve_instance(changed(path, value))
    assert named in str(refused.value)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("missing", ["needs", "providers", "pairs"])
def test_a_missing_list_is_named(missing: str) -> None:
    instance = json.loads(FULL)
    del instance[missing]
    with pytest.raises(InvalidInputError, match=f"{missing}:缺少此字段"):
        solve_instance(instance)


def test_something_else_than_an_object_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="JSON 对象"):
        solve_instance([])  # type: ignore[arg-type]
