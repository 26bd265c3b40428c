from __future__ import annotations

import copy
from importlib import resources
from typing import Any

import pytest
import yaml

from peipao.policy.lint import Severity, has_errors, lint
from peipao.reference.files import parse_yaml
from peipao.reference.loader import load_reference

REFERENCE = load_reference()
TEXT = resources.files("peipao.reference").joinpath("policies.yaml").read_text(encoding="utf-8")


BOOK = parse_yaml("policies.yaml", TEXT)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # ten times as fast where it is there


def content() -> Any:
    return copy.deepcopy(BOOK)


def dumped(book: Any) -> str:
    text: str = yaml.dump(book, Dumper=DUMPER, allow_unicode=True)
    return text


def policy(book: Any, key: str) -> Any:
    return next(p for p in book["policies"] if p["id"] == key)


def findings(book: Any) -> list[tuple[str, str, str, str]]:
    found = lint(dumped(book), REFERENCE)
    return [(f.severity.value, f.row, f.path, f.problem) for f in found]


def leaf(field: str, op: str, value: object) -> dict[str, object]:
    return {"field": field, "op": op, "value": value}


def test_the_packaged_file_has_no_error_and_these_findings() -> None:
    assert [(f.severity.value, f.row, f.path) for f in lint(TEXT, REFERENCE)] == [
        ("warning", "cn-job-expansion-allowance", "source"),
        ("warning", "cn-rd-super-deduction", "source"),
        ("warning", "sd-venue-rent-subsidy", "source"),
        ("note", "qd-startup-contest-2025", "eligibility.all[1].any"),
    ]


CASES = {
    "contradiction": (
        {"all": [leaf("employees", "le", 10), leaf("employees", "gt", 10)]},
        ("error", "eligibility", "条件相互矛盾,永远不成立"),
    ),
    "always true": (
        {"any": [leaf("employees", "le", 10), leaf("employees", "gt", 5)]},
        ("error", "eligibility", "条件永远成立"),
    ),
    "no condition": ({"all": []}, ("warning", "eligibility", "没有任何条件,人人符合")),
    "dead branch": (
        {
            "any": [
                {"all": [leaf("employees", "le", 1), leaf("employees", "gt", 1)]},
                leaf("listed", "eq", True),
            ]
        },
        ("warning", "eligibility.any[0]", "这一支永远不成立"),
    ),
    "twice": (
        {"all": [leaf("listed", "eq", True), leaf("listed", "eq", True)]},
        ("warning", "eligibility.all", "同一条件写了两次"),
    ),
    "enum gap closed": (
        {"all": [leaf("building_kind", "eq", "厂房"), leaf("building_kind", "eq", "楼宇")]},
        ("error", "eligibility", "条件相互矛盾,永远不成立"),
    ),
    "asks one that ended": (
        {
            "all": [
                leaf("meets_policy", "eq", "sd-startup-contest-2022"),
                leaf("listed", "eq", True),
            ]
        },
        ("warning", "eligibility", "所依据的政策 sd-startup-contest-2022 与其有效期没有交集"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_planted_fault_of_meaning_is_found_at_its_path(name: str) -> None:
    tree, (severity, path, problem) = CASES[name]
    book = content()
    for field in book["fields"].values():
        field.pop("used_by")
    policy(book, "cn-tax-getihu-half")["eligibility"] = tree
    assert (severity, "cn-tax-getihu-half", path, problem) in findings(book)


def test_all_wrong_leaves_are_found_at_once_with_their_paths() -> None:
    book = content()
    policy(book, "cn-tech-sme")["eligibility"]["all"][0]["field"] = "shoe_size"
    policy(book, "cn-tech-sme")["eligibility"]["all"][6]["any"][1]["value"] = 3
    policy(book, "cn-tax-vc-70")["eligibility"]["all"][2]["op"] = "almost"
    errors = [(row, path) for severity, row, path, _ in findings(book) if severity == "error"]
    assert errors == [
        ("cn-tax-vc-70", "eligibility.all[2].op"),
        ("cn-tech-sme", "eligibility.all[0].field"),
        ("cn-tech-sme", "eligibility.all[6].any[1].value"),
    ]


def test_policies_that_need_or_replace_each_other_in_a_circle_are_found() -> None:
    book = content()
    policy(book, "cn-tax-getihu-half")["eligibility"] = leaf("meets_policy", "eq", "cn-tax-six-two")
    policy(book, "cn-tax-six-two")["eligibility"] = leaf("meets_policy", "eq", "cn-tax-getihu-half")
    assert any("循环" in problem for _, _, _, problem in findings(book))
    book = content()
    policy(book, "cn-srdi-sme-2026")["superseded_by"] = "cn-srdi-sme-2022"
    policy(book, "cn-srdi-sme-2026")["status"] = "superseded"
    policy(book, "cn-srdi-sme-2026")["valid_to"] = "2027-01-01"
    assert any("循环" in problem for _, _, _, problem in findings(book))


def test_a_successor_that_begins_too_early_is_found() -> None:
    book = content()
    policy(book, "cn-srdi-sme-2026")["valid_from"] = "2026-03-01"
    expected = ("warning", "cn-srdi-sme-2022", "superseded_by",
                "与后继政策同时有效:2026-03-01 至 2026-03-31")  # fmt: skip
    assert expected in findings(book)


def test_a_field_that_nobody_asks_and_one_without_words_are_found() -> None:
    book = content()
    book["fields"]["shoe_size"] = {"type": "number", "ops": ["ge"]}
    found = findings(book)
    assert ("error", "fields.shoe_size", "-", "policy_fields_zh.yaml 中没有它") in found
    assert ("warning", "fields.shoe_size", "-", "没有政策用到这个字段") in found


@pytest.mark.parametrize(
    "text",
    ["", "a: [", "[]", "policies: 3", "\x00", "&a [*a]", "meta: *x", "? {}", "[" * 3000,
     "a: " + "[" * 100_000 + "]" * 100_000, "- " * 50_000, "a: " + "9" * 5_000, "a: !!bool maybe",
     "a: !!int x", "a: !!timestamp x", "a: &b [1]\nc: *b",
     "policies: []\nfields: {}\nmeta: {}", "a: 1\na: 2"],
)  # fmt: skip
def test_what_is_no_rule_file_is_one_clear_error(text: str) -> None:
    found = lint(text, REFERENCE)
    assert has_errors(found)
    assert all(f.file == "policies.yaml" and f.problem for f in found)


def test_a_number_beyond_any_float_is_refused_where_it_stands() -> None:
    book = copy.deepcopy(BOOK)
    policy(book, "qd-peipao-target")["eligibility"] = {"all": [leaf("employees", "le", 10**400)]}
    found = lint(dumped(book), REFERENCE)
    assert next((f.row, f.path) for f in found if f.severity is Severity.ERROR) == (
        "qd-peipao-target",
        "eligibility.all[0].value",
    )


def test_rules_that_the_other_policy_files_no_longer_fit_are_told_with_that_file() -> None:
    book = copy.deepcopy(BOOK)
    part = "Shandong local amount (24000 expected)"
    for one in book["policies"]:
        one["unverified_parts"] = [p for p in one.get("unverified_parts", []) if p != part]
    found = [f for f in lint(dumped(book), REFERENCE) if f.severity is Severity.ERROR]
    assert [(f.file, f.path) for f in found] == [("policy_terms.yaml", "harmless_unverified_parts")]
    assert part in found[0].problem


def test_severities_are_ordered_from_the_worst() -> None:
    assert list(Severity) == [Severity.ERROR, Severity.WARNING, Severity.NOTE]
