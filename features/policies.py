"""What the policy engine says of needs; three values leave it, and nothing they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.alignment import code_rows, code_values
from peipao.kinds.spec import RuleSpec
from peipao.policy.book import RuleBook
from peipao.policy.dates import AskedDates
from peipao.policy.evaluate import Status, judge
from peipao.policy.facts import Facts
from peipao.tables.profiles import BoolArray, ProfileTable, TextArray

Standing = npt.NDArray[np.int8]
"""int8 (n_needs, n_policies): 1 eligible, 0 unknown, -1 not eligible, whatever is missing."""

_VALUES = {Status.ELIGIBLE: 1, Status.UNKNOWN: 0, Status.NOT_ELIGIBLE: -1}


@dataclass(frozen=True, slots=True, repr=False)
class Applicants:
    """Whom the policy engine is asked about.

    Attributes:
        book: the compiled policies.
        projects: need id -> id of its project.
        facts: project id -> its facts. Those about people have been left out, so that no list
            tells more of a person than the policies do without the scope `sensitive`.
        dates: the days asked.
    """

    book: RuleBook
    projects: Mapping[str, str]
    facts: Mapping[str, Facts]
    dates: AskedDates

    def standing(self, policies: Sequence[str], need_ids: TextArray) -> Standing:
        """Return how the project of each need stands with each policy.

        A policy that the book does not know is unknown, as a provider may still name an old one.
        """
        rules = [self.book.rules.get(policy) for policy in policies]
        rows: dict[str, list[int]] = {}
        for project, facts in self.facts.items():
            values = self.book.snapshot(facts, self.dates).values
            rows[project] = [
                0 if rule is None else _VALUES[judge(rule, values).decided] for rule in rules
            ]
        found = [rows[self.projects[need]] for need in need_ids.tolist()]
        return np.array(found, dtype=np.int8).reshape(len(need_ids), len(rules))


def excluded_by_policy(
    rule: RuleSpec, need_ids: TextArray, providers: ProfileTable, asked: Applicants | None
) -> BoolArray:
    """Return bool (n_needs, n_providers): the pairs that a rule on policies excludes.

    Args:
        rule: of test `policy`.
        need_ids: text (n_needs,).
        providers: profiles of providers.
        asked: None excludes nobody, as in training: no answer about a project shapes a model.
    """
    shape = (len(need_ids), len(providers))
    if asked is None:
        return np.zeros(shape, dtype=np.bool_)
    least = 1 if rule.if_unknown == "fail" else 0
    if rule.policy is not None:
        return np.broadcast_to(asked.standing([rule.policy], need_ids) < least, shape)
    column = providers.columns[str(rule.provider)]
    codes = code_values(column)
    hot = code_rows(column, codes).hot
    used = np.flatnonzero(hot.any(axis=0))
    fails = asked.standing([codes[at] for at in used], need_ids) < least
    return fails.astype(np.float64) @ hot[:, used].T > 0
