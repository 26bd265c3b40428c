"""The answer for one policy, in words and figures that a founder understands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from typing_extensions import override

from peipao.policy.amounts import Amount, amounts
from peipao.policy.book import RuleBook
from peipao.policy.dates import AskedDates
from peipao.policy.evaluate import Status, Verdict, judge, open_repeated
from peipao.policy.facts import Fact
from peipao.policy.missing import essential, quickest
from peipao.policy.questions import Question, asked_fact
from peipao.policy.rules import Rule
from peipao.policy.snapshot import DERIVED, Snapshot
from peipao.policy.wording import Wording
from peipao.reference.policies import Policy
from peipao.reference.policy_terms import PaperList

NO_DOCUMENTS = "材料清单:来源未载,以经办机构为准"
MATTERS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ApplicationWindow:
    """Until when it can be applied for.

    Attributes:
        opens, closes: first and last day; None is open or not known.
        days_left: days from the application date to `closes`, 0 on it, negative after; None if
            there is no last day.
        text: Chinese.
    """

    opens: dt.date | None
    closes: dt.date | None
    days_left: int | None
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class PolicyAnswer:
    """What is said of one policy for one project on two dates.

    Attributes:
        policy_id, zh, kind, team: of the policy.
        dates: the days asked.
        status: by Kleene's rules.
        decided: whatever the missing facts are; shown where it differs from `status`.
        certain: the answer is settled, the rule was read in its source, and no unread part
            concerns who is eligible; only then may it be said without reserve.
        headline: one Chinese sentence.
        failed: Chinese reasons, empty unless not eligible.
        missing: facts that can still tip the answer, the best to ask for first.
        quickest: the fewest facts of which favourable answers would make it eligible; None if
            none would, empty if nothing is missing.
        open_points: what no answer of the founder settles (status, figures), Chinese.
        amounts: what it grants.
        window: until when it can be applied for.
        documents: papers to hand in; empty if no source lists them.
        documents_text: the same in one Chinese sentence, which says so where no source has them.
        issuing_body, doc_number, source, verified, unverified_parts: of the policy.
        readings: our own readings that the answer rests on, Chinese.
        rule_version: SHA-256 of the rule.
        confidence: least confidence of the known facts that the rule asks for; 1 if none.
    """

    policy_id: str
    zh: str
    kind: str
    team: str
    dates: AskedDates
    status: Status
    decided: Status
    certain: bool
    headline: str
    failed: tuple[str, ...]
    missing: tuple[Question, ...]
    quickest: tuple[str, ...] | None
    open_points: tuple[str, ...]
    amounts: tuple[Amount, ...]
    window: ApplicationWindow
    documents: tuple[str, ...]
    documents_text: str
    issuing_body: str
    doc_number: str | None
    source: tuple[str, ...]
    verified: bool
    unverified_parts: tuple[str, ...]
    readings: tuple[str, ...]
    rule_version: str
    confidence: float

    @override
    def __repr__(self) -> str:
        return f"PolicyAnswer({self.policy_id}, {self.decided.value})"

    @property
    def differs(self) -> bool:
        """Tell whether the second answer says more than the first."""
        return self.status is not self.decided


def documents_text(listed: PaperList | None) -> str:
    """Return the papers to hand in as one Chinese sentence; None says that no source has them."""
    if listed is None:
        return NO_DOCUMENTS
    reserve = "" if listed.verified else "(未核实,以经办机构为准)"
    return f"材料清单:{'、'.join(listed.papers)}{reserve}"


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers for the rules of one book."""

    book: RuleBook

    def answer(self, rule: Rule, snapshot: Snapshot, order: Mapping[str, Question]) -> PolicyAnswer:
        """Return the answer of one rule.

        Args:
            rule: of the book.
            snapshot: what is known.
            order: questions by fact, the best to ask for first, over the policies asked.
        """
        values, policy = snapshot.values, rule.policy
        verdict = judge(rule, values)
        names = essential(rule, values) if verdict.decided is Status.UNKNOWN else frozenset()
        facts = {asked_fact(self.book, name) for name in names if not name.startswith("@")}
        missing = tuple(q for fact, q in order.items() if fact in facts)
        failed = self._failed(rule, snapshot, verdict)
        is_read = self._is_read(policy)
        listed = self.book.terms.documents.get(policy.id)
        return PolicyAnswer(
            policy_id=policy.id,
            zh=policy.zh,
            kind=policy.kind,
            team=policy.team,
            dates=snapshot.dates,
            status=verdict.kleene,
            decided=verdict.decided,
            certain=is_read and verdict.decided is not Status.UNKNOWN,
            headline=_headline(policy, verdict.decided, failed, missing, is_read=is_read),
            failed=failed,
            missing=missing,
            quickest=self._quickest(rule, snapshot, verdict, tuple(order)),
            open_points=self._open_points(rule, names),
            amounts=amounts(self.book, rule, values),
            window=self._window(rule, snapshot.dates),
            documents=() if listed is None else listed.papers,
            documents_text=documents_text(listed),
            issuing_body=policy.issuing_body,
            doc_number=policy.doc_number,
            source=policy.source,
            verified=policy.verified,
            unverified_parts=policy.unverified_parts,
            readings=self._readings(rule),
            rule_version=self.book.versions[policy.id],
            confidence=self._confidence(rule, snapshot.known),
        )

    def _is_read(self, policy: Policy) -> bool:
        return policy.verified and set(policy.unverified_parts) <= self.book.terms.harmless_parts

    def _failed(self, rule: Rule, snapshot: Snapshot, verdict: Verdict) -> tuple[str, ...]:
        if verdict.decided is not Status.NOT_ELIGIBLE:
            return ()
        if verdict.kleene is Status.NOT_ELIGIBLE:
            return Wording(self.book).failures(rule, snapshot.values, snapshot.dates)
        names = open_repeated(rule, rule.truths(snapshot.values))
        labels = "、".join(self.book.words[name.split("@", 1)[0]].zh for name in names)
        return (f"无论{labels}是多少,其余条件都不能满足",)

    def _quickest(
        self, rule: Rule, snapshot: Snapshot, verdict: Verdict, order: tuple[str, ...]
    ) -> tuple[str, ...] | None:
        if verdict.decided is not Status.UNKNOWN:
            return () if verdict.decided is Status.ELIGIBLE else None
        found = quickest(rule, snapshot.values, lambda name: asked_fact(self.book, name))
        return None if found is None else tuple(sorted(found, key=order.index))

    def _open_points(self, rule: Rule, names: frozenset[str]) -> tuple[str, ...]:
        said = Wording(self.book)
        points = (c for c in rule.conditions if c.is_open_point and c.name in names)
        return tuple(dict.fromkeys(said.requirement(c) for c in points))

    def _window(self, rule: Rule, dates: AskedDates) -> ApplicationWindow:
        window = rule.window
        left = window.days_left(dates.application)
        if window.draft:
            text = "征求意见稿,尚未施行"
        elif window.start and dates.application < window.start:
            text = f"自 {window.start} 起可申请"
        elif left is None:
            text = "未规定截止日期" if window.settled else "起止日期未核实"
        elif left < 0:
            text = f"申请已于 {window.apply_until} 截止"
        else:
            text = f"申请截止 {window.apply_until},还剩 {left} 天"
        return ApplicationWindow(window.start, window.apply_until, left, text)

    def _readings(self, rule: Rule) -> tuple[str, ...]:
        terms, policy = self.book.terms, rule.policy.id
        rows = [a for (owner, _), a in terms.anchors.items() if owner == policy]
        found = [
            f"“{a.word}”按{self.book.words[a.at].zh}认定(我们的理解)"
            for a in rows
            if not a.verified
        ]
        dated = {word for word, category in terms.categories.items() if category.since}
        asked = {w for c in rule.conditions if c.type == "multi" for w in c.value}
        found += [f"“{word}”按毕业证书日期推算(我们的理解)" for word in sorted(dated & asked)]
        if policy in terms.quantities:
            found.append("金额按员工人数估算,是否逐人符合须另行核对(我们的理解)")
        return tuple(found)

    def _confidence(self, rule: Rule, known: Mapping[str, Fact]) -> float:
        names = {c.field for c in rule.conditions}
        names |= {base for name, (base, _) in DERIVED.items() if name in names}
        return min((known[name].confidence for name in names if name in known), default=1.0)


def _headline(
    policy: Policy,
    decided: Status,
    failed: tuple[str, ...],
    missing: tuple[Question, ...],
    *,
    is_read: bool,
) -> str:
    title = f"「{policy.zh}」"
    reserve = "" if is_read else f"(条文未全部核实,以{policy.issuing_body}答复为准)"
    if decided is Status.ELIGIBLE:
        return f"{'符合' if is_read else '按现有信息看可能符合'}{title}{reserve}"
    if decided is Status.NOT_ELIGIBLE:
        verb = "不符合" if is_read else "按现有信息看可能不符合"
        return f"{verb}{title}:{failed[0]}{reserve}"
    asked = "、".join(question.zh for question in missing[:MATTERS_SHOWN])
    more = f"等 {len(missing)} 项" if len(missing) > MATTERS_SHOWN else ""
    wanted = f"还需了解{asked}{more}" if missing else "政策本身有未核实之处"
    return f"还不能确定是否符合{title}:{wanted}{reserve}"
