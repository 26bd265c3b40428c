"""What the policy calculator reads beside the predicates: windows, categories, groups, ladders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from peipao.reference.policies import Policy
from peipao.reference.policy_words import FieldWords
from peipao.reference.predicates import PolicyField
from peipao.reference.rows import TOP, Row, Sourced, listed, table

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

FILE = "policy_terms.yaml"
CATEGORY_FIELD = "founder_category"
_LARGEST_GROUP = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class LateClaim(Sourced):
    """Who met the conditions by `entitlement_until` may claim by `application_until` (ISO)."""

    policy: str
    entitlement_until: str
    application_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRule(Sourced):
    """A founder category that follows from a date, or that implies others.

    Attributes:
        word: word of `founder_category`.
        since: base fact (date) it counts from; None follows from no date.
        months_from, months_to: exact months since that date, inclusive; `months_to` None is open.
        same_year: holds in the calendar year of the date instead.
        unless: base fact (bool) that rules it out where true; None is none.
        implies: wider words that hold as well.
    """

    word: str
    since: str | None
    months_from: float
    months_to: float | None
    same_year: bool
    unless: str | None
    implies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryAnchor(Sourced):
    """In `policy`, `word` is looked at on the date that the fact `at` states."""

    policy: str
    word: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusiveGroup(Sourced):
    """At most `most` of the `policies` can be had together."""

    id: str
    zh: str
    policies: tuple[str, ...]
    most: int


@dataclass(frozen=True, slots=True)
class LadderStep:
    """One rung: the first of `policies` that is in force on the day is asked."""

    zh: str
    policies: tuple[str, ...]
    note: str | None


@dataclass(frozen=True, slots=True)
class Ladder:
    """Recognitions that build on one another, lowest first."""

    id: str
    zh: str
    steps: tuple[LadderStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperList(Sourced):
    """What is handed in for `policy`: Chinese names of papers, at least one."""

    policy: str
    papers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """All of the file.

    Attributes:
        late_claims, quantities, documents: by policy id; a quantity is the field that counts
            the units of a benefit per unit; documents are there where a source lists them.
        categories: by word; anchors: by (policy, word).
        groups, ladders: by id.
        harmless_parts: entries of `unverified_parts` that do not concern who is eligible.
        content: the file as YAML values, to be read again beside other policies.
    """

    late_claims: Mapping[str, LateClaim]
    categories: Mapping[str, CategoryRule]
    anchors: Mapping[tuple[str, str], CategoryAnchor]
    groups: Mapping[str, ExclusiveGroup]
    ladders: Mapping[str, Ladder]
    quantities: Mapping[str, str]
    documents: Mapping[str, PaperList]
    harmless_parts: frozenset[str]
    content: Mapping[str, object] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class _Known:
    policies: Mapping[str, Policy]
    fields: Mapping[str, PolicyField]
    words: Mapping[str, FieldWords]

    def of_type(self, type_: str) -> tuple[str, ...]:
        return tuple(name for name, words in self.words.items() if words.type == type_)

    @property
    def categories(self) -> tuple[str, ...]:
        field = self.fields.get(CATEGORY_FIELD)
        return () if field is None else field.values


def read_policy_terms(
    content: Mapping[str, object],
    policies: Mapping[str, Policy],
    fields: Mapping[str, PolicyField],
    words: Mapping[str, FieldWords],
) -> PolicyTerms:
    """Return the terms, every reference to policies, facts and words checked.

    Raises:
        ReferenceDataError: a row is wrong.
    """
    known = _Known(policies, fields, words)
    top = Row(FILE, TOP, content)
    top.required("meta")
    found = PolicyTerms(
        late_claims=_keyed(top, "late_claims", lambda r: _late(r, known), lambda x: x.policy),
        categories=_keyed(top, "categories", lambda r: _category(r, known), lambda x: x.word),
        anchors=_keyed(top, "anchors", lambda r: _anchor(r, known), lambda x: (x.policy, x.word)),
        groups={k: _group(row, known) for k, row in _table(top, "exclusive_groups").items()},
        ladders={k: _ladder(row, known) for k, row in _table(top, "ladders").items()},
        quantities=dict(
            _keyed(top, "quantities", lambda r: _quantity(r, known), lambda x: x[0]).values()
        ),
        documents=_keyed(top, "documents", lambda r: _documents(r, known), lambda x: x.policy),
        harmless_parts=frozenset(_harmless(top, known)),
        content=content,
    )
    top.finish()
    _check_groups(top, found.groups)
    return found


def _keyed(top: Row, section: str, read: Callable[[Row], V], key: Callable[[V], K]) -> dict[K, V]:
    found: dict[K, V] = {}
    for row in top.rows(section):
        value = read(row)
        if key(value) in found:
            raise row.error("policy", "同一对象写了两行", "每个对象一行")
        found[key(value)] = value
    return found


def _table(top: Row, section: str) -> dict[str, Row]:
    return table(FILE, top.get(section) or [], section)


def _late(row: Row, known: _Known) -> LateClaim:
    policy = known.policies[row.one_of("policy", known.policies)]
    found = LateClaim(
        policy=policy.id,
        entitlement_until=_date(row, "entitlement_until"),
        application_until=_date(row, "application_until"),
        **row.origin(),
    )
    row.finish()
    if found.application_until < max(found.entitlement_until, policy.valid_to or ""):
        raise row.error(
            "application_until", "早于其他截止日期", "不早于 entitlement_until 与 valid_to"
        )
    return found


def _date(row: Row, field: str) -> str:
    row.required(field)
    return row.iso_date_or_none(field) or ""


def _category(row: Row, known: _Known) -> CategoryRule:
    months_to = row.number_or_none("months_to", 0)
    found = CategoryRule(
        word=row.one_of("word", known.categories),
        since=row.one_of_or_none("since", known.of_type("date")),
        months_from=row.number_or_none("months_from", 0) or 0.0,
        months_to=months_to,
        same_year=row.get("same_year") is not None and row.flag("same_year"),
        unless=row.one_of_or_none("unless", known.of_type("bool")),
        implies=row.some_of("implies", known.categories),
        **row.origin(),
    )
    row.finish()
    if found.since is None and not found.implies:
        raise row.error("since", "既不由日期得出,也不包含其他类别", "since 或 implies")
    if found.since is None and (found.same_year or found.unless or months_to is not None):
        raise row.error("since", "缺少起算日期", "日期类型的事实")
    if months_to is not None and months_to < found.months_from:
        raise row.error("months_to", "小于 months_from", "不小于 months_from")
    return found


def _anchor(row: Row, known: _Known) -> CategoryAnchor:
    found = CategoryAnchor(
        policy=row.one_of("policy", known.policies),
        word=row.one_of("word", known.categories),
        at=row.one_of("at", known.of_type("date")),
        **row.origin(),
    )
    row.finish()
    return found


def _group(row: Row, known: _Known) -> ExclusiveGroup:
    found = ExclusiveGroup(
        id=row.name,
        zh=row.text("zh"),
        policies=row.some_of("policies", known.policies),
        most=row.whole("most", 1),
        **row.origin(),
    )
    row.finish()
    if found.most >= len(found.policies):
        raise row.error("most", "不少于组内政策数,没有排除任何组合", "小于组内政策数")
    return found


def _ladder(row: Row, known: _Known) -> Ladder:
    steps = tuple(_step(step, known) for step in row.rows("steps"))
    found = Ladder(row.name, row.text("zh"), steps)
    row.finish()
    if not steps:
        raise row.error("steps", "没有任何一级", "至少一级")
    return found


def _step(row: Row, known: _Known) -> LadderStep:
    found = LadderStep(
        row.text("zh"), row.some_of("policies", known.policies), row.text_or_none("note")
    )
    row.finish()
    if not found.policies:
        raise row.error("policies", "没有任何政策", "至少一项政策")
    return found


def _quantity(row: Row, known: _Known) -> tuple[str, str]:
    found = (
        row.one_of("policy", known.policies),
        row.one_of("field", known.of_type("number")),
    )
    row.finish()
    return found


def _documents(row: Row, known: _Known) -> PaperList:
    found = PaperList(
        policy=row.one_of("policy", known.policies), papers=row.texts("papers"), **row.origin()
    )
    row.finish()
    if not found.papers:
        raise row.error("papers", "没有写材料", "至少一项;来源没有列明则去掉这一行")
    return found


def _harmless(top: Row, known: _Known) -> tuple[str, ...]:
    stated = {part for policy in known.policies.values() for part in policy.unverified_parts}
    for part in top.texts("harmless_unverified_parts"):
        if part not in stated:
            raise top.error("harmless_unverified_parts", f"没有政策写有 {part!r}", listed(stated))
    return top.texts("harmless_unverified_parts")


def _check_groups(top: Row, groups: Mapping[str, ExclusiveGroup]) -> None:
    # the best combination is found by trying all subsets of policies that groups tie together
    tied = Counter(policy for group in groups.values() for policy in group.policies)
    if len(tied) > _LARGEST_GROUP:
        raise top.error(
            "exclusive_groups", f"涉及 {len(tied)} 项政策", f"不超过 {_LARGEST_GROUP} 项"
        )
