"""Write down facts of a project for the policy calculator, look at them, and forget them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.records import SensitiveFact
from peipao.errors import InvalidInputError
from peipao.policy.calculator import Calculator
from peipao.policy.facts import FactValue, read_text, read_value
from peipao.store import Store
from serving.usecases.policy_check import LATEST_DAY
from serving.usecases.policy_mapping import SOURCES, stated_facts, value_text
from serving.usecases.policy_names import FactNames
from serving.usecases.score_pairs import city_date
from serving.usecases.writing import version_after

EARLIEST_DAY = dt.date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class ToldFacts:
    """What was written.

    Attributes:
        stored: facts that are new or differ from what was stored.
        forgotten: facts that were deleted.
    """

    project_id: str
    stored: int
    forgotten: int
    data_version: str


@dataclass(frozen=True, slots=True, repr=False)
class ShownFact:
    """One stored fact with its words; `value` is a JSON value."""

    name: str
    zh: str
    value: object
    as_of: dt.date
    source: str
    confidence: float


@dataclass(frozen=True, slots=True)
class TellFacts:
    """Keeps the stated facts of projects; only callers who may see personal facts may call it."""

    store: Store
    calculator: Calculator
    names: FactNames
    clock: Clock

    def __call__(
        self,
        project_id: str,
        facts: Mapping[str, object],
        *,
        by: str,
        as_of: dt.date | None = None,
        source: str = "founder",
        confidence: float | None = None,
    ) -> ToldFacts:
        """Write facts; the same name, day and source again replaces what was written.

        Args:
            project_id: of a stored project.
            facts: by any name of a fact, JSON values.
            by: the account that acts.
            as_of: day on which it was so; None is today.
            source: key of `SOURCES`.
            confidence: in (0, 1]; None is that of the source.

        Raises:
            NotFoundError: the project is not stored.
            InvalidInputError: a name, a value, the day or the source does not fit.
        """
        day = self._day(as_of)
        word, sure = _source(source, confidence)
        named = self.names.by_id(facts)
        if not named:
            raise InvalidInputError("facts", "没有给出任何事实", "至少一项")
        words = self.calculator.book.words
        rows = [
            SensitiveFact(
                project_id, name, value_text(_json(read_value(name, raw, words))), day, word, sure
            )
            for name, raw in named.items()
        ]
        with self.store.transaction(who=by, why="登记政策事实") as tx:
            before = tx.data_version()
            tx.projects.get(project_id)
            stored = tx.sensitive.put_many(rows)
        return ToldFacts(project_id, stored, 0, version_after(tx, before))

    def forget(self, project_id: str, names: Iterable[str], *, by: str) -> ToldFacts:
        """Delete every stored fact of these names, of whatever day and source.

        Raises:
            NotFoundError: the project is not stored.
            InvalidInputError: a name is unknown.
        """
        keys = [self.names.fact(name) for name in names]
        with self.store.transaction(who=by, why="删除政策事实") as tx:
            before = tx.data_version()
            tx.projects.get(project_id)
            gone = tx.sensitive.forget(project_id, keys)
        return ToldFacts(project_id, 0, gone, version_after(tx, before))

    def of_project(self, project_id: str) -> tuple[ShownFact, ...]:
        """Return the stated facts that the calculator uses, by name and day.

        Raises:
            NotFoundError: the project is not stored.
        """
        with self.store.reading() as tx:
            tx.projects.get(project_id)
            rows = tx.sensitive.of_project(project_id)
        words = self.calculator.book.words
        found, _ = stated_facts(rows, words)
        return tuple(
            ShownFact(f.name, words[f.name].zh, _json(f.value), f.as_of, f.source, f.confidence)
            for f in sorted(found, key=lambda fact: (fact.name, fact.as_of))
        )

    def from_text(self, stated: Mapping[str, str]) -> dict[str, object]:
        """Return JSON values of facts that were written as text, by the id of their fact.

        Raises:
            InvalidInputError: a name is unknown or a text does not fit.
        """
        words = self.calculator.book.words
        named = self.names.by_id(stated)
        return {key: _json(read_text(key, str(text), words)) for key, text in named.items()}

    def _day(self, as_of: dt.date | None) -> dt.date:
        today = city_date(self.clock.now())
        day = as_of or today
        if not EARLIEST_DAY <= day <= min(today, LATEST_DAY):
            raise InvalidInputError("as_of", "日期超出范围", f"{EARLIEST_DAY} 至今天 {today}")
        return day


def _source(code: str, confidence: float | None) -> tuple[str, float]:
    if code not in SOURCES:
        raise InvalidInputError("source", "没有这个来源", "、".join(SOURCES))
    word, usual = SOURCES[code]
    sure = usual if confidence is None else confidence
    if not 0 < sure <= 1:
        raise InvalidInputError("confidence", "不在 0 与 1 之间", "大于 0,不大于 1")
    return word, sure


def _json(value: FactValue) -> object:
    if isinstance(value, dt.date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
