"""The programme's figures (KPI): spaces, firms served, response rate, jobs, funding."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.rates import Rate
from peipao.domain.states import NeedState
from peipao.domain.working_days import month_of
from peipao.reference.loader import Reference
from peipao.store import Store, Transaction
from serving.usecases.months import bounds
from serving.usecases.response_rate import ResponseRate, checked_month
from serving.usecases.score_pairs import city_date

FIRST_MONTH = "2025-06"
"""The programme's own: 青人社字〔2025〕39号 was published on 2025-06-06."""

_SPACE = "space"


@dataclass(frozen=True, slots=True)
class ProgrammeFigures:
    """The figures of a span of months.

    Attributes:
        first, last: the months, both within.
        as_of: aware, UTC.
        spaces: spaces and parks that are in the programme on that day: valid and not paused.
        firms_served: projects with a need that was in service within the span, or resolved.
        response: needs due within the span and how many were answered in time.
        facts: fact id -> sum of the figures that hold, in the unit of the fact; 0 where none is.
        reported: fact id -> how many projects have a figure of it in the span.
        targets: what the document aims at in three years, by name, as in `teams.yaml`.
    """

    first: str
    last: str
    as_of: dt.datetime
    spaces: int
    firms_served: int
    response: Rate
    facts: Mapping[str, float]
    reported: Mapping[str, int]
    targets: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TellFigures:
    """Counts the figures; every one of them can be counted again from the rows themselves."""

    store: Store
    reference: Reference
    response_rate: ResponseRate
    clock: Clock

    def __call__(self, first: str | None = None, last: str | None = None) -> ProgrammeFigures:
        """Return the figures.

        Args:
            first: month such as `2026-03` to begin with; None is the programme's first.
            last: month to end with; None is the current one.

        Raises:
            InvalidInputError: a month is malformed, or the last is before the first.
        """
        now = self.clock.now()
        since = checked_month(first or FIRST_MONTH)
        until = checked_month(last or month_of(now))
        rate = self.response_rate(first=since, last=until).total
        with self.store.reading() as tx:
            spaces = _spaces(tx, city_date(now))
            served = _served(tx, since, until)
            facts, reported = self._facts(tx, since, until)
        return ProgrammeFigures(
            first=since,
            last=until,
            as_of=now,
            spaces=spaces,
            firms_served=served,
            response=rate,
            facts=facts,
            reported=reported,
            targets=_targets(self.reference),
        )

    def _facts(
        self, tx: Transaction, first: str, last: str
    ) -> tuple[dict[str, float], dict[str, int]]:
        sums = dict.fromkeys(self.reference.books.facts, 0.0)
        projects: dict[str, set[str]] = defaultdict(set)
        for fact in tx.monthly_facts.current(first=first, last=last):
            sums[fact.name] = sums.get(fact.name, 0.0) + fact.value
            projects[fact.name].add(fact.project_id)
        return sums, {name: len(projects[name]) for name in sums}


def _spaces(tx: Transaction, today: dt.date) -> int:
    return sum(
        not one.paused
        and (one.valid_from is None or one.valid_from <= today)
        and (one.valid_to is None or today <= one.valid_to)
        for one in tx.providers.of_kind(_SPACE)
    )


def _served(tx: Transaction, first: str, last: str) -> int:
    """Return how many projects were served; a resolved need without clocks counts in any span."""
    start, end = bounds(first)[0], bounds(last)[1]
    in_service = tx.needs.get_many(tx.steps.in_service(start, end))
    resolved = tx.needs.list(state=NeedState.RESOLVED)
    clocked = {step.need_id for step in tx.steps.of_needs([need.id for need in resolved])}
    untimed = [need for need in resolved if need.id not in clocked]
    return len({need.project_id for need in [*in_service, *untimed]})


def _targets(reference: Reference) -> dict[str, float]:
    stated = reference.operations.get("targets", {})
    found = stated if isinstance(stated, Mapping) else {}
    return {name: float(v) for name, v in found.items() if isinstance(v, int | float)}
