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
    ("objective", "best", "objective:不认识的取值 'best';应为:total、rawls、leximin、stable"),
    ("groups", [{"id": "g1"}], "groups[0].side:缺少取值"),
    ("groups", [{"id": "g1", "side": "need", "members": 7}], "groups[0].members:取值 7 不可用"),
    ("groups", [{"id": "g1", "side": "need", "members": ["n9"]}], "分组 g1 的成员 'n9'"),
    ("groups", [{"id": "g1", "side": "pair", "members": ["n1"]}], "分组 g1 的成员 'n1':不是配对"),
    ("max_changes", -1, "max_changes:-1 不可用"),
    ("max_changes", True, "max_changes:取值 True 不可用"),
    ("previous", [["n9", "p1"]], "previous 'n9':不认识的需求编号"),
    ("change_cost", -0.1, "change_cost:-0.1 不可用"),
    ("pairs_file", "pairs.csv", "pairs_file:此处不能读取文件"),
    ("need_order", [], "need_order:不是 JSON 对象"),
    ("need_order", {"n1": ["p1"]}, "need_order:不能与 objective 'total' 同用;应为:stable"),
    ("time_limit_s", 0, "time_limit_s:0 不可用"),
    ("time_limit_s", 4000, "time_limit_s:4000 不可用;应为:大于 0、不超过 3600 的秒数"),
    ("needs.0.min", 2, "需求 n1:下限 2 大于名额 1"),
    ("needs.0.relax_cost", -0.5, "needs[n1].relax_cost:-0.5 不可用"),
    ("providers.0.min", False, "providers[0].min:取值 False 不可用"),
]


@pytest.mark.parametrize(("path", "value", "named"), REFUSED)
def test_what_cannot_be_used_is_refused_by_name(path: str, value: object, named: str) -> None:
    instance = changed(path, value)
    if path == "previous":
        instance["max_changes"] = 0
    with pytest.raises(InvalidInputError) as refused:
        solve_instance(instance)
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


def test_minimums_and_groups_are_kept() -> None:
    answer = solve_instance(changed("needs.1.min", 1))
    assert answer["matches"] == [{"need": "n2", "provider": "p1", "affinity": 0.5}]
    group = {"id": "g1", "side": "pair", "members": [["n1", "p1"]], "max": 0}
    assert solve_instance(changed("groups", [group]))["matches"] == answer["matches"]
    assert (answer["status"], answer["bound"]) == ("optimal", answer["objective_value"])


def without_solution(**costs: float) -> dict[str, Any]:
    """Return an instance in which two needs must have the one place of p1."""
    instance = changed("needs.1.min", 1)
    instance["needs"][0]["min"] = 1
    for record in (*instance["needs"], *instance["providers"]):
        record["relax_cost"] = costs.get(record["id"])
    return instance


def test_without_a_solution_the_answer_says_why_and_the_cheapest_way_out() -> None:
    answer = solve_instance(without_solution(p1=2.0, n1=3.0))
    assert (answer["status"], answer["matches"]) == ("infeasible", [])
    assert answer["clash"]["sentence"].endswith("不能同时满足,相差 1")
    assert answer["relaxations"] == [
        {
            "give": "provider-place",
            "id": "p1",
            "provider": None,
            "cost": 2.0,
            "sentence": "资源方 p1 增加 1 个名额",
        }
    ]
    assert (answer["relaxation_cost"], answer["relaxation_bound"]) == (2.0, 2.0)
    assert solve_instance(without_solution())["relaxations"] == []


def test_changes_are_counted_limited_and_charged() -> None:
    instance = changed("previous", [["n2", "p1"]])
    assert solve_instance(instance)["changes"] == 2
    instance["max_changes"] = 0
    kept = solve_instance(instance)
    assert (kept["changes"], kept["matches"][0]["need"]) == (0, "n2")
    assert kept["objective_value"] == kept["bound"] == 0.5
    instance["max_changes"], instance["change_cost"] = None, 0.1
    paid = solve_instance(instance)
    assert (paid["changes"], paid["objective_value"]) == (2, pytest.approx(0.53))
    instance["vetoes"], instance["max_changes"] = [["n2", "p1"]], 0
    assert solve_instance(instance)["clash"]["sentence"] == "最多允许 0 处变更,至少需要 1 处"


@pytest.mark.parametrize("objective", ["rawls", "leximin", "stable"])
def test_the_other_objectives_show_their_price(objective: str) -> None:
    instance = changed("objective", objective)
    instance["providers"].append({"id": "p2"})
    instance["pairs"] += [
        {"need": "n1", "provider": "p2", "affinity": 0.6},
        {"need": "n2", "provider": "p2", "affinity": 0.05},
    ]
    answer = solve_instance(instance)
    plans = {"stable": 0.88, "rawls": 1.1, "leximin": 1.1}
    assert answer["total_affinity"] == plans[objective]
    assert answer["price"] == pytest.approx(1.1 - plans[objective])
    assert answer["one_more_place"] is None


def test_orders_decide_what_is_stable() -> None:
    instance = changed("objective", "stable")
    instance["provider_order"] = {"p1": ["n2", "n1"]}
    assert solve_instance(instance)["matches"][0]["need"] == "n2"


def test_explanations_and_what_if_are_added_on_request() -> None:
    questions = ["place:p1:+1", "place:p1:-1", "veto:n1:p1", "pin:n2:p1"]
    answer = solve_instance(json.loads(FULL), explain=True, what_if=questions)
    assert [(one["question"], one["gain"]) for one in answer["what_if"]] == [
        ("place:p1:+1", 0.6),
        ("place:p1:-1", -0.83),
        ("veto:n1:p1", -0.23),
        ("pin:n2:p1", -0.23),
    ]
    first, second = answer["explanations"]
    assert (first["made"], first["ground"], first["margin"]) == (True, "chosen", 0.23)
    assert second["obstacles"] == ["若资源方 p1 增加 1 个名额,即可配对"]


@pytest.mark.parametrize("question", ["place:p1", "place:p1:x", "quota::1", "give:p1:1", "pin:n1"])
def test_a_question_that_cannot_be_read_is_refused(question: str) -> None:
    with pytest.raises(InvalidInputError, match="读不懂"):
        solve_instance(json.loads(FULL), what_if=[question])
