"""Policies: what is granted, to whom, from when to when, and on which source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from peipao.reference.benefits import Benefit, read_benefit
from peipao.reference.predicates import (
    Leaf,
    PolicyField,
    Predicate,
    Vocabulary,
    leaves,
    read_fields,
    read_predicate,
)
from peipao.reference.rows import TOP, Row, Sourced, table

FILE = "policies.yaml"
STATUSES = ("draft", "in_force", "expired", "superseded", "unknown")


@dataclass(frozen=True, slots=True)
class PolicySource:
    """Where a policy was read.

    Attributes:
        url: None for general knowledge.
        published: `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or None.
        grade: `official`, `press`, `portal`, `model-knowledge` ….
        key: short name of the source.
    """

    url: str | None
    published: str | None
    grade: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Sourced):
    """政策: a public measure; `source` holds the addresses, `sources` all that is known of them.

    Attributes:
        id, zh, kind: code, Chinese name, `subsidy`, `loan`, `tax` ….
        issuing_body, doc_number: Chinese; doc_number None is unknown.
        eligibility: predicate on facts of the applicant.
        valid_from, valid_to: ISO dates, inclusive; None is unknown or open.
        status: one of `STATUSES`, as of the day the file was made.
        superseded_by: policy id that took its place, or None.
        team: id of the team that explains it; `stages` the stages it is for.
        legal_basis: document numbers it rests on.
        unverified_parts: parts that were not read in the sources.
    """

    id: str
    zh: str
    kind: str
    issuing_body: str
    doc_number: str | None
    benefit: Benefit
    eligibility: Predicate
    valid_from: str | None
    valid_to: str | None
    status: str
    superseded_by: str | None
    team: str
    stages: tuple[str, ...]
    legal_basis: tuple[str, ...]
    unverified_parts: tuple[str, ...]
    sources: tuple[PolicySource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSeries(Sourced):
    """A published figure that predicates compare with (`le_ref`).

    Attributes:
        id, zh, unit: code, Chinese name, unit such as `ratio`.
        value: None is not known, so predicates on it stay undecided.
    """

    id: str
    zh: str
    unit: str
    value: float | None


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """The policies by id, with the fields and series their predicates speak of."""

    policies: Mapping[str, Policy]
    fields: Mapping[str, PolicyField]
    series: Mapping[str, ReferenceSeries]


def read_policies(
    content: Mapping[str, object], teams: Mapping[str, object], stages: Mapping[str, object]
) -> PolicyBook:
    """Return the policies, every reference and predicate checked.

    Raises:
        ReferenceDataError: a field, a reference, a predicate or a count is wrong.
    """
    top = Row(FILE, TOP, content)
    meta = top.row("meta")
    fields = read_fields(top)
    raw_series = table(FILE, top.get("reference_series"), "reference_series")
    series = {key: _series(row) for key, row in raw_series.items()}
    rows = table(FILE, top.get("policies"), "policies")
    words = Vocabulary(fields, rows, series)
    policies = {key: _policy(row, words, teams, stages) for key, row in rows.items()}
    top.finish()
    _check_status(rows, policies, meta.text("retrieved"))
    _check_cycles(rows, policies)
    _check_counts(meta, policies, fields)
    return PolicyBook(policies, fields, series)


def _policy(
    row: Row, words: Vocabulary, teams: Mapping[str, object], stages: Mapping[str, object]
) -> Policy:
    sources = tuple(map(_source, row.rows("source")))
    found = Policy(
        id=row.name,
        zh=row.text("zh"),
        kind=row.text("kind"),
        issuing_body=row.text("issuing_body"),
        doc_number=row.text_or_none("doc_number"),
        benefit=read_benefit(row, words),
        eligibility=read_predicate(row, "eligibility", row.required("eligibility"), words),
        valid_from=row.iso_date_or_none("valid_from"),
        valid_to=row.iso_date_or_none("valid_to"),
        status=row.one_of("status", STATUSES),
        superseded_by=row.one_of_or_none("superseded_by", words.policies),
        team=row.one_of("team", teams),
        stages=row.some_of("stages", stages),
        legal_basis=row.texts("legal_basis"),
        unverified_parts=row.texts("unverified_parts"),
        sources=sources,
        source=tuple(source.url for source in sources if source.url),
        verified=row.flag("verified"),
        note=row.text_or_none("note"),
    )
    row.finish()
    if found.verified and not found.source:
        raise row.error("source", "标为已核实却没有来源", "至少一个网址,或 verified: false")
    return found


def _source(row: Row) -> PolicySource:
    found = PolicySource(
        row.text_or_none("url"), row.published(), row.text("grade"), row.text("key")
    )
    row.finish()
    return found


def _series(row: Row) -> ReferenceSeries:
    found = ReferenceSeries(
        id=row.name,
        zh=row.text("zh"),
        unit=row.text("unit"),
        value=row.number_or_none("value"),
        **row.origin(),
    )
    row.finish()
    return found


def _check_status(rows: Mapping[str, Row], policies: Mapping[str, Policy], retrieved: str) -> None:
    for policy in policies.values():
        row, end = rows[policy.id], policy.valid_to
        if policy.valid_from and end and policy.valid_from > end:
            raise row.error("valid_to", f"早于 valid_from {policy.valid_from}", "不早于 valid_from")
        if policy.status == "in_force" and end and end < retrieved:
            raise row.error("status", f"in_force 却已于 {end} 到期", "expired 或 superseded")
        if policy.status in {"expired", "superseded"} and not end:
            raise row.error("valid_to", f"status 为 {policy.status} 却没有截止日期", "YYYY-MM-DD")
        _check_successor(row, policy)


def _check_successor(row: Row, policy: Policy) -> None:
    superseded = policy.status == "superseded"
    if policy.superseded_by is not None and not superseded:
        raise row.error("superseded_by", f"status 为 {policy.status}", "仅 superseded 才有后继政策")
    if superseded and policy.superseded_by is None and policy.note is None:
        raise row.error("superseded_by", "没有后继政策", "后继政策的编号,或在 note 中说明")


def _check_cycles(rows: Mapping[str, Row], policies: Mapping[str, Policy]) -> None:
    links = {
        "eligibility": {p.id: _policies_asked(p) for p in policies.values()},
        "superseded_by": {p.id: tuple(filter(None, [p.superseded_by])) for p in policies.values()},
    }
    for field, following in links.items():
        for start in policies:
            if start in _reachable(following, start):
                raise rows[start].error(field, "经其他政策又指回自身", "不得循环")


def _policies_asked(policy: Policy) -> tuple[str, ...]:
    named = {"meets_policy", "each_partner_meets_policy"}
    return tuple(str(leaf.value) for leaf in leaves(policy.eligibility) if leaf.field in named)


def _reachable(following: Mapping[str, tuple[str, ...]], start: str) -> set[str]:
    seen: set[str] = set()
    ahead = list(following[start])
    while ahead:
        policy = ahead.pop()
        if policy not in seen:
            seen.add(policy)
            ahead.extend(following[policy])
    return seen


def _check_counts(
    meta: Row, policies: Mapping[str, Policy], fields: Mapping[str, PolicyField]
) -> None:
    n_verified = sum(policy.verified for policy in policies.values())
    for name, count in (("count", len(policies)), ("verified", n_verified)):
        stated = meta.whole_or_none(name)
        if stated is not None and stated != count:
            raise meta.error(name, f"写的是 {stated},实际为 {count}", str(count))
    used = Counter(leaf.field for policy in policies.values() for leaf in _all_leaves(policy))
    for field in fields.values():
        if field.used_by is not None and field.used_by != used[field.name]:
            row = Row(FILE, f"fields.{field.name}", {})
            raise row.error("used_by", f"写的是 {field.used_by}", str(used[field.name]))


def _all_leaves(policy: Policy) -> Iterable[Leaf]:
    yield from leaves(policy.eligibility)
    for tier in policy.benefit.tiers:
        yield from leaves(tier.when)
