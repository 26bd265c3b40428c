"""Whom the policy engine is asked about when pairs are admitted, and what it may look at."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from features.policies import Applicants
from peipao.kinds.spec import KindSpec, Test
from peipao.policy.calculator import Calculator
from peipao.policy.dates import on_day
from peipao.store import Transaction
from serving.usecases.policy_mapping import facts_of, is_personal
from serving.usecases.score_pairs import Asked


@dataclass(frozen=True, slots=True)
class GatherApplicants:
    """Reads what rules on policies need to know of projects; nothing that is about people."""

    calculator: Calculator

    def __call__(
        self,
        tx: Transaction,
        spec: KindSpec,
        asked: Asked,
        today: dt.date,
        *,
        stored: bool = True,
    ) -> Applicants | None:
        """Return the applicants of some needs; None if the kind asks for no policy.

        Args:
            tx: to read stated facts in.
            spec: whose rules ask.
            asked: needs with their projects.
            today: the day asked.
            stored: False for profiles at hand, of which nothing else is known.
        """
        if all(rule.test is not Test.POLICY for rule in spec.rules):
            return None
        words = self.calculator.book.words
        impersonal = [name for name, one in words.items() if not is_personal(one)]
        projects = {project.id: project for _, project in asked}
        told = tx.sensitive.of_projects(projects if stored else (), names=impersonal)
        return Applicants(
            book=self.calculator.book,
            projects={need.id: project.id for need, project in asked},
            facts={
                key: facts_of(one, told.get(key, ()), words, personal=False).facts
                for key, one in projects.items()
            },
            dates=on_day(today),
        )
