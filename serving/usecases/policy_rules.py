"""Show the policies themselves, and check a file of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from peipao.errors import NotFoundError
from peipao.policy.answer import documents_text
from peipao.policy.calculator import Calculator
from peipao.policy.lint import Finding, lint
from peipao.policy.rules import Node, Rule
from peipao.policy.wording import Wording

Conditions = str | Mapping[str, "list[Conditions]"]
"""A Chinese sentence, or `{"all": […]}` or `{"any": […]}`."""


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """A policy as it is listed; what each part means is said by `Policy`."""

    id: str
    zh: str
    kind: str
    team: str
    stages: tuple[str, ...]
    issuing_body: str
    doc_number: str | None
    valid_from: str | None
    valid_to: str | None
    status: str
    superseded_by: str | None
    verified: bool
    unverified_parts: tuple[str, ...]
    source: tuple[str, ...]
    rule_version: str


@dataclass(frozen=True, slots=True)
class PolicyDetail:
    """A policy with its conditions in Chinese and the facts that they ask for.

    Attributes:
        asked: fact -> the question that asks for it.
        documents: papers to hand in; empty if no source lists them.
        documents_text: the same in one Chinese sentence.
    """

    policy: ShownPolicy
    conditions: Conditions
    asked: Mapping[str, str]
    documents: tuple[str, ...]
    documents_text: str


@dataclass(frozen=True, slots=True)
class ShowPolicies:
    """Lists policies, shows one, and looks for mistakes in a file of them."""

    calculator: Calculator

    def __call__(self) -> tuple[ShownPolicy, ...]:
        """Return every policy, in file order."""
        return tuple(self._shown(rule) for rule in self.calculator.book.rules.values())

    def one(self, policy_id: str) -> PolicyDetail:
        """Return one policy.

        Raises:
            NotFoundError: there is no such policy.
        """
        book = self.calculator.book
        if policy_id not in book.rules:
            raise NotFoundError("政策", policy_id[:80])
        rule = book.rules[policy_id]
        fields = dict.fromkeys(c.field for c in rule.conditions if c.field)
        listed = book.terms.documents.get(policy_id)
        return PolicyDetail(
            self._shown(rule),
            self._said(rule, rule.tree),
            {name: book.words[name].question for name in fields},
            () if listed is None else listed.papers,
            documents_text(listed),
        )

    def lint(self, text: str) -> tuple[Finding, ...]:
        """Return every finding of the text of a policy file, errors first."""
        return lint(text, self.calculator.reference)

    def _said(self, rule: Rule, node: Node) -> Conditions:
        if isinstance(node, int):
            condition = rule.conditions[node]
            if condition.name.startswith(("@open:", "@in_force:")):
                title = self.calculator.book.rule(condition.name.split(":", 1)[1]).policy.zh
                verb = "可申请" if condition.name.startswith("@open:") else "在施行期内"
                return f"「{title}」{verb}"
            return Wording(self.calculator.book).requirement(condition)
        return {"all" if node.every else "any": [self._said(rule, part) for part in node.parts]}

    def _shown(self, rule: Rule) -> ShownPolicy:
        one = rule.policy
        return ShownPolicy(
            id=one.id,
            zh=one.zh,
            kind=one.kind,
            team=one.team,
            stages=one.stages,
            issuing_body=one.issuing_body,
            doc_number=one.doc_number,
            valid_from=one.valid_from,
            valid_to=one.valid_to,
            status=one.status,
            superseded_by=one.superseded_by,
            verified=one.verified,
            unverified_parts=one.unverified_parts,
            source=one.source,
            rule_version=self.calculator.book.versions[one.id],
        )


def rule_file(folder: Path | None) -> Path | None:
    """Return the policy file that replaces the packaged one; None if none does."""
    path = None if folder is None else folder / "policies.yaml"
    return path if path is not None and path.is_file() else None
