"""`peipao policy lint`: every finding of a rule file, with file and path, and never a traceback."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from peipao.errors import ReferenceDataError
from peipao.policy.cells import attainable
from peipao.policy.evaluate import completions, kleene
from peipao.policy.rules import Binder, Rule
from peipao.policy.words import Truth
from peipao.reference.files import parse_yaml
from peipao.reference.loader import Reference
from peipao.reference.policies import FILE, Policy, PolicyBook, read_policies
from peipao.reference.policy_terms import read_policy_terms
from peipao.reference.predicates import (
    AllOf,
    Leaf,
    PolicyField,
    Predicate,
    Vocabulary,
    leaves,
    read_fields,
    read_predicate,
)
from peipao.reference.rows import TOP, Row, table

MOST_CASES = 20_000
"""A tree whose repeated fields make more cases than this is reported instead of checked."""

_NAMING = ("meets_policy", "each_partner_meets_policy")


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        severity: an error keeps the file from being used.
        file, row, path: where; the row is a policy id, the path leads to the part of it.
        problem: Chinese.
    """

    severity: Severity
    file: str
    row: str
    path: str
    problem: str

    def text(self) -> str:
        """Return the finding on one line."""
        return f"{self.severity.value} {self.file} [{self.row}] {self.path}:{self.problem}"


def lint(text: str, reference: Reference) -> tuple[Finding, ...]:
    """Return every finding of a rule file, errors first.

    Args:
        text: content of a `policies.yaml`.
        reference: the other reference files, for teams, stages and terms.
    """
    try:
        content = parse_yaml(FILE, text)
    except ReferenceDataError as error:
        return (_of_error(error),)
    return lint_content(content, reference)


def lint_content(content: Mapping[str, object], reference: Reference) -> tuple[Finding, ...]:
    """Return every finding of a rule file as YAML values, errors first."""
    found = list(_of_shapes(content))
    book = _whole(content, reference, found)
    if book is not None:
        found += _of_terms(book, reference)
        found += _of_rules(book, reference)
    order = {severity: number for number, severity in enumerate(Severity)}
    return tuple(sorted(set(found), key=lambda f: (order[f.severity], f.row, f.path, f.problem)))


def _of_error(error: ReferenceDataError) -> Finding:
    return Finding(Severity.ERROR, error.file, error.row, error.field, error.problem)


# -- shapes: all of them, where the loader stops at the first ----------------------------------


def _of_shapes(content: Mapping[str, object]) -> Iterator[Finding]:
    try:
        top = Row(FILE, TOP, content)
        fields = read_fields(top)
        series = table(FILE, top.get("reference_series") or [], "reference_series")
        rows = table(FILE, top.get("policies"), "policies")
    except ReferenceDataError as error:
        yield _of_error(error)
        return
    words = Vocabulary(fields, rows, series)
    for row in rows.values():
        yield from _of_tree(row, "eligibility", row.get("eligibility"), words)


def _of_tree(row: Row, where: str, raw: object, words: Vocabulary) -> Iterator[Finding]:
    key = next(iter(raw)) if isinstance(raw, dict) and len(raw) == 1 else None
    items = raw[key] if isinstance(raw, dict) and key in {"all", "any"} else None
    if isinstance(items, list) and items and where.count("[") <= math.isqrt(MOST_CASES):
        for number, item in enumerate(items):
            yield from _of_tree(row, f"{where}.{key}[{number}]", item, words)
        return
    try:
        read_predicate(row, where, raw, words)
    except ReferenceDataError as error:
        yield _of_error(error)


def _whole(
    content: Mapping[str, object], reference: Reference, found: list[Finding]
) -> PolicyBook | None:
    try:
        return read_policies(content, reference.teams, reference.stages)
    except ReferenceDataError as error:
        found.append(_of_error(error))
    return None


def _of_terms(book: PolicyBook, reference: Reference) -> Iterator[Finding]:
    try:
        read_policy_terms(
            reference.policy_terms.content, book.policies, book.fields, reference.policy_words
        )
    except ReferenceDataError as error:
        yield _of_error(error)


# -- rules: what a file that can be read may still have wrong ------------------------------------


def _of_rules(book: PolicyBook, reference: Reference) -> Iterator[Finding]:
    binder = Binder(book.policies, book.fields, book.series, reference.policy_terms)
    for policy in book.policies.values():
        yield from _of_sources(policy, book.policies)
        yield from _of_answers(policy, binder)
        yield from _of_parts(policy, "eligibility", policy.eligibility, binder)
        yield from _of_tiers(policy, binder)
    yield from _of_fields(book, reference)


def _of_sources(policy: Policy, policies: Mapping[str, Policy]) -> Iterator[Finding]:
    if not policy.source:
        yield _warning(policy, "source", "没有任何来源网址")
    if policy.superseded_by is not None:
        successor = policies[policy.superseded_by]
        begins, ends = successor.valid_from, policy.valid_to
        if begins and ends and begins <= ends:
            yield _warning(policy, "superseded_by", f"与后继政策同时有效:{begins} 至 {ends}")
    asked = [str(leaf.value) for leaf in leaves(policy.eligibility) if leaf.field in _NAMING]
    for key in asked:
        if not _overlap(policy, policies[key]):
            yield _warning(policy, "eligibility", f"所依据的政策 {key} 与其有效期没有交集")


def _overlap(a: Policy, b: Policy) -> bool:
    starts = [p.valid_from for p in (a, b) if p.valid_from]
    ends = [p.valid_to for p in (a, b) if p.valid_to]
    return not starts or not ends or max(starts) <= min(ends)


def _of_answers(policy: Policy, binder: Binder) -> Iterator[Finding]:
    if policy.eligibility == AllOf(()):
        if policy.kind != "framework":
            yield _warning(policy, "eligibility", "没有任何条件,人人符合")
        return
    answer = _always(binder, policy, policy.eligibility)
    if answer is not None:
        problem = "条件永远成立" if answer else "条件相互矛盾,永远不成立"
        yield Finding(Severity.ERROR, FILE, policy.id, "eligibility", problem)


def _of_parts(policy: Policy, where: str, tree: Predicate, binder: Binder) -> Iterator[Finding]:
    if isinstance(tree, Leaf):
        return
    key = "all" if isinstance(tree, AllOf) else "any"
    if len(set(tree.parts)) < len(tree.parts):
        yield _warning(policy, f"{where}.{key}", "同一条件写了两次")
    if len(tree.parts) == 1 and where != "eligibility":
        yield Finding(Severity.NOTE, FILE, policy.id, f"{where}.{key}", "只有一项,可以去掉这一层")
    for number, part in enumerate(tree.parts):
        path = f"{where}.{key}[{number}]"
        if not isinstance(part, Leaf):
            answer = _always(binder, policy, part)
            if answer is not None:
                yield _warning(policy, path, "这一支永远成立" if answer else "这一支永远不成立")
        yield from _of_parts(policy, path, part, binder)


def _of_tiers(policy: Policy, binder: Binder) -> Iterator[Finding]:
    for number, tier in enumerate(policy.benefit.tiers):
        if _always(binder, policy, tier.when) is False:
            yield _warning(policy, f"benefit.tiers[{number}].when", "这一档永远不成立")


def _of_fields(book: PolicyBook, reference: Reference) -> Iterator[Finding]:
    used = {leaf.field for p in book.policies.values() for leaf in _all_leaves(p)}
    for name in sorted(set(book.fields) - used):
        yield Finding(Severity.WARNING, FILE, f"fields.{name}", "-", "没有政策用到这个字段")
    for name in sorted(set(book.fields) - set(reference.policy_words)):
        yield Finding(Severity.ERROR, FILE, f"fields.{name}", "-", "policy_fields_zh.yaml 中没有它")
    yield from _of_values(book.policies.values(), book.fields)


def _of_values(policies: Iterable[Policy], fields: Mapping[str, PolicyField]) -> Iterator[Finding]:
    said: dict[str, set[str]] = {}
    for policy in policies:
        for leaf in _all_leaves(policy):
            words = leaf.value if isinstance(leaf.value, tuple) else (str(leaf.value),)
            said.setdefault(leaf.field, set()).update(words)
    for field in fields.values():
        for word in sorted(set(field.values) - said.get(field.name, set())):
            problem = f"没有政策用到取值 {word!r}"
            yield Finding(Severity.NOTE, FILE, f"fields.{field.name}", "values", problem)


def _all_leaves(policy: Policy) -> Iterator[Leaf]:
    yield from leaves(policy.eligibility)
    for tier in policy.benefit.tiers:
        yield from leaves(tier.when)


def _always(binder: Binder, policy: Policy, tree: Predicate) -> Truth:
    """Return the answer that every applicant gets from a tree, windows aside; None if several."""
    trial = {**binder.policies, policy.id: replace(policy, eligibility=tree)}
    rule = replace(binder, policies=trial).rule(policy.id)
    truths = rule.truths({})
    for number, condition in enumerate(rule.conditions):
        if condition.is_open_point and not condition.name.startswith("@series"):
            truths[number] = True
    if _cases(rule, truths) > MOST_CASES:
        return None
    answers = {kleene(rule.tree, case) for case in completions(rule, {}, truths)}
    return answers.pop() if len(answers) == 1 else None


def _cases(rule: Rule, truths: list[Truth]) -> int:
    open_names = [n for n in rule.repeated if any(truths[k] is None for k in rule.places[n])]
    return math.prod(
        len(attainable(tuple(rule.conditions[k] for k in rule.places[name]), None))
        for name in open_names
    )


def _warning(policy: Policy, path: str, problem: str) -> Finding:
    return Finding(Severity.WARNING, FILE, policy.id, path, problem)


def has_errors(findings: Collection[Finding]) -> bool:
    """Tell whether the file cannot be used."""
    return any(finding.severity is Severity.ERROR for finding in findings)
