"""What is answered about policies, before anybody turns it into JSON or lines on a screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from peipao.policy.answer import PolicyAnswer
from peipao.policy.combine import Combination
from peipao.policy.dates import AskedDates
from peipao.policy.evaluate import Status
from peipao.policy.ladder import Rung
from peipao.policy.near_miss import NearMiss
from peipao.policy.questions import Question

STATUS_WORDS: Mapping[Status, str] = {
    Status.ELIGIBLE: "符合",
    Status.NOT_ELIGIBLE: "不符合",
    Status.UNKNOWN: "还不能确定",
}
NO_PERSONAL = "当前权限不含个人信息:与创业者、员工个人有关的条件按未知处理"


@dataclass(frozen=True, slots=True, repr=False)
class PolicyReport:
    """The answers of the policies asked, for one applicant on two dates.

    Attributes:
        project_id: None for a profile that is not stored.
        dates: the days asked.
        answers: in file order.
        near: policy id -> the smallest change that would make it eligible.
        combination: what can be had together.
        ladders: Chinese title -> rungs, lowest first.
        questions: what to ask for next, the best first.
        assumed: facts that were assumed to be otherwise, sorted.
        notes: Chinese sentences about the whole.
        personal: whether facts about people were looked at.
        tables_version, data_version: of the reference files and of the stored data; None where
            nothing stored was read.
    """

    project_id: str | None
    dates: AskedDates
    answers: tuple[PolicyAnswer, ...]
    near: Mapping[str, NearMiss]
    combination: Combination
    ladders: Mapping[str, tuple[Rung, ...]]
    questions: tuple[Question, ...]
    assumed: tuple[str, ...]
    notes: tuple[str, ...]
    personal: bool
    tables_version: str
    data_version: str | None

    def having(self, status: Status) -> tuple[PolicyAnswer, ...]:
        """Return the answers that are decided in one way."""
        return tuple(answer for answer in self.answers if answer.decided is status)

    @property
    def summary(self) -> str:
        """Return it in one Chinese sentence."""
        counts = "、".join(
            f"{word} {len(self.having(status))} 项" for status, word in STATUS_WORDS.items()
        )
        near = f";另有 {len(self.near)} 项差一步即可符合" if self.near else ""
        return f"{self.dates.entitlement}:共查 {len(self.answers)} 项政策,{counts}{near}"
