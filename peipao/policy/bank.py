"""All policies for all projects on a day, and what changed since another day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from peipao.policy.book import RuleBook
from peipao.policy.dates import AskedDates
from peipao.policy.evaluate import Status, judge
from peipao.policy.facts import Facts

Tell = Callable[[float], None]
"""Told the share of the projects that are judged, in [0, 1]."""

_TOLD_EVERY = 50
_CODES = tuple(Status)
_CODE_OF = {status: number for number, status in enumerate(_CODES)}


@dataclass(frozen=True, slots=True)
class BankDay:
    """The second answer (decided whatever is missing) of every policy for every project.

    Attributes:
        dates: the days asked.
        projects, policies: ids, projects sorted, policies in file order.
        answers: one bytes object a project, one byte a policy: position in `Status`.
        differing: (project, policy) whose first answer says less.
        versions: policy id -> hash of its rule.
    """

    dates: AskedDates
    projects: tuple[str, ...]
    policies: tuple[str, ...]
    answers: tuple[bytes, ...]
    differing: tuple[tuple[str, str], ...]
    versions: Mapping[str, str]

    def status(self, project: str, policy: str) -> Status:
        """Return one answer; ValueError for a project or policy that was not asked."""
        row = self.answers[self.projects.index(project)]
        return _CODES[row[self.policies.index(policy)]]

    def having(self, status: Status) -> Iterator[tuple[str, str]]:
        """Yield (project, policy) of every pair with an answer."""
        code = _CODE_OF[status]
        for project, row in zip(self.projects, self.answers, strict=True):
            for policy, found in zip(self.policies, row, strict=True):
                if found == code:
                    yield project, policy


@dataclass(frozen=True, slots=True)
class BankDiff:
    """What changed from one day to another, (project, policy) sorted.

    Attributes:
        became_eligible, became_unknown, lost: pairs whose answer became that, or that were
            eligible and are not eligible now; projects and policies of one day alone are left out.
        new_projects, gone_projects: ids.
        changed_rules: policies whose rule itself changed.
    """

    became_eligible: tuple[tuple[str, str], ...]
    became_unknown: tuple[tuple[str, str], ...]
    lost: tuple[tuple[str, str], ...]
    new_projects: tuple[str, ...]
    gone_projects: tuple[str, ...]
    changed_rules: tuple[str, ...]

    def text(self) -> str:
        """Return it in one Chinese sentence."""
        gained = len({project for project, _ in self.became_eligible})
        lost = len({project for project, _ in self.lost})
        return (
            f"{gained} 个项目新符合 {len({p for _, p in self.became_eligible})} 项政策,"
            f"{lost} 个项目不再符合 {len({p for _, p in self.lost})} 项政策"
        )


def run_bank(
    book: RuleBook, projects: Mapping[str, Facts], dates: AskedDates, tell: Tell | None = None
) -> BankDay:
    """Judge every policy for every project."""
    calendar, rules = book.calendar(dates), tuple(book.rules.values())
    answers, differing = [], []
    for number, project in enumerate(sorted(projects)):
        if tell is not None and number % _TOLD_EVERY == 0:
            tell(number / len(projects))
        values = book.observer.look(projects[project], dates, calendar).values
        verdicts = [judge(rule, values) for rule in rules]
        answers.append(bytes(_CODE_OF[verdict.decided] for verdict in verdicts))
        differing += [
            (project, rule.policy.id)
            for rule, verdict in zip(rules, verdicts, strict=True)
            if verdict.kleene is not verdict.decided
        ]
    return BankDay(
        dates, tuple(sorted(projects)), tuple(book.rules), tuple(answers), tuple(differing),
        book.versions,
    )  # fmt: skip


def compare_days(before: BankDay, after: BankDay) -> BankDiff:
    """Return what changed between two days."""
    both = set(before.projects) & set(after.projects)
    known = set(before.policies) & set(after.policies)
    old = {status: _pairs(before, status, both, known) for status in Status}
    new = {status: _pairs(after, status, both, known) for status in Status}
    return BankDiff(
        became_eligible=tuple(sorted(new[Status.ELIGIBLE] - old[Status.ELIGIBLE])),
        became_unknown=tuple(sorted(new[Status.UNKNOWN] - old[Status.UNKNOWN])),
        lost=tuple(sorted(new[Status.NOT_ELIGIBLE] & old[Status.ELIGIBLE])),
        new_projects=tuple(sorted(set(after.projects) - both)),
        gone_projects=tuple(sorted(set(before.projects) - both)),
        changed_rules=tuple(
            sorted(key for key in known if before.versions[key] != after.versions[key])
        ),
    )


def _pairs(
    day: BankDay, status: Status, projects: set[str], policies: set[str]
) -> set[tuple[str, str]]:
    return {(a, b) for a, b in day.having(status) if a in projects and b in policies}
