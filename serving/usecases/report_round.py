"""公平性: how a round served districts, founders and industries, in cells that name nobody."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from peipao.domain.records import Outcome, OutcomeType, Project, Round
from peipao.errors import CheckFailedError, SealedFactError
from peipao.reference.loader import Reference
from peipao.store import Store, Transaction
from serving.usecases.frozen_rounds import FrozenRounds
from serving.usecases.replay_round import require_solved
from serving.usecases.round_bundle import Bundle

MIN_CELL = 5
"""Needs that a cell must have before anything is said of it (promises.md 5.8)."""

FOUNDER = "founder_category"
_REST = "其他(各不足 5 条,合并)"
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Cell:
    """How one group fared.

    Attributes:
        label: Chinese.
        needs: how many, >= `MIN_CELL`.
        match_rate: share that got a match, in [0, 1].
        first_choice_rate: share of the matched whose match is the best there was for them among
            all that are eligible; None where fewer than `MIN_CELL` are matched.
        waited_days: mean days between opening and the round.
    """

    label: str
    needs: int
    match_rate: float
    first_choice_rate: float | None
    waited_days: float


@dataclass(frozen=True, slots=True)
class Group:
    """The cells of one way of grouping.

    Attributes:
        by: `all`, `district`, `founder` or `industry`.
        cells: by label.
        hidden: needs of which nothing is said, as their cells are too small; None where even the
            number would tell.
    """

    by: str
    label: str
    cells: tuple[Cell, ...]
    hidden: int | None


@dataclass(frozen=True, slots=True)
class RoundReport:
    """The fairness of one round.

    Attributes:
        seed_from: `derived`, `stated` or `committed`.
        trial: which draft it was since the last published round, 1-based.
        widest: by group -> greatest difference of match rates between its cells.
    """

    round_id: str
    kind: str
    state: str
    seed: str
    seed_from: str
    trial: int
    groups: tuple[Group, ...]
    widest: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Served:
    need_id: str
    project_id: str
    paired: bool
    first_choice: bool
    waited_days: float


@dataclass(frozen=True, slots=True)
class ReportRound:
    """Reports on stored rounds.

    Attributes:
        frozen: bundles; from them follows who was whose first choice.
    """

    store: Store
    frozen: FrozenRounds
    reference: Reference

    def __call__(self, round_id: str) -> RoundReport:
        """Return the report; what people are stands in it as sums over five needs or more.

        Raises:
            NotFoundError: the round is not stored.
            InvalidInputError: no solver made it.
            CheckFailedError: its bundle is lost or was changed.
        """
        with self.store.reading() as tx:
            stored = tx.rounds.get(round_id)
            require_solved(stored)
            outcomes = tx.rounds.outcomes_of(round_id)
            projects = _projects(tx, outcomes)
            founders = _founders(tx, {project.id for project in projects.values()})
        bundle = self.frozen.read(round_id, str(stored.certificate["inputs"]))
        served = _served(stored, outcomes, projects, bundle)
        groups = [
            _group("all", "全部", served, {one.need_id: ["全部"] for one in served}),
            _group("district", "区市", served, self._districts(projects)),
            _group("industry", "产业", served, self._industries(projects)),
            _group("founder", "创业者类别", served, _of_founders(projects, founders)),
        ]
        return RoundReport(
            round_id=round_id,
            kind=stored.kind,
            state=stored.state.value,
            seed=stored.seed,
            seed_from=str(stored.certificate.get("seed_from", "stated")),
            trial=int(str(stored.certificate.get("trial", 1))),
            groups=tuple(groups),
            widest={one.by: _widest(one.cells) for one in groups if len(one.cells) > 1},
        )

    def _districts(self, projects: Mapping[str, Project]) -> dict[str, list[str]]:
        return {
            need: [self._word("districts", project.attributes.get("district"))]
            for need, project in projects.items()
        }

    def _industries(self, projects: Mapping[str, Project]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for need, project in projects.items():
            stated = project.attributes.get("industries")
            codes = stated if isinstance(stated, tuple) else ()
            found[need] = [self._word("industries", code) for code in codes] or ["未登记"]
        return found

    def _word(self, table: str, code: object) -> str:
        return self.reference.label(table, code) if isinstance(code, str) else "未登记"


def _projects(tx: Transaction, outcomes: Sequence[Outcome]) -> dict[str, Project]:
    needs = tx.needs.get_many([one.need_id for one in outcomes])
    found = {p.id: p for p in tx.projects.get_many([need.project_id for need in needs])}
    return {need.id: found[need.project_id] for need in needs}


def _founders(tx: Transaction, projects: set[str]) -> dict[str, set[str]]:
    """Return project id -> categories of its founders; nothing where no key opens them."""
    try:
        stored = tx.sensitive.of_projects(projects, {FOUNDER})
    except SealedFactError:
        return {}
    return {key: {w for fact in facts for w in _words(fact.value)} for key, facts in stored.items()}


def _words(text: str) -> list[str]:
    try:
        told = json.loads(text)
    except ValueError:
        told = text
    return [str(one) for one in told] if isinstance(told, list) else [str(told)]


def _of_founders(
    projects: Mapping[str, Project], founders: Mapping[str, set[str]]
) -> dict[str, list[str]]:
    return {
        need: sorted(founders.get(project.id, set())) or ["未登记"]
        for need, project in projects.items()
    }


def _served(
    stored: Round, outcomes: Sequence[Outcome], projects: Mapping[str, Project], bundle: Bundle
) -> list[_Served]:
    first = _first_choices(bundle)
    context = bundle.frozen.context
    if {one.need_id for one in outcomes} != set(context):
        raise CheckFailedError([f"轮次 {stored.id} 的需求与其冻结输入不同"])
    return [
        _Served(
            need_id=one.need_id,
            project_id=projects[one.need_id].id,
            paired=one.type is OutcomeType.PAIRED,
            first_choice=one.need_id in first,
            waited_days=(stored.created_at - context[one.need_id].opened_at).total_seconds()
            / _DAY_S,
        )
        for one in outcomes
    ]


def _first_choices(bundle: Bundle) -> set[str]:
    """Return the needs with a match of the greatest weight that any of their pairs has."""
    problem = bundle.frozen.problem
    best = np.zeros(len(problem.need_ids), dtype=np.int64)
    np.maximum.at(best, problem.need, problem.weight)
    greatest = dict(zip(problem.need_ids.tolist(), best.tolist(), strict=True))
    made = (line for line in bundle.result if line[0] == "match")
    return {line[1] for line in made if line[3] == greatest[line[1]]}


def _group(
    by: str, label: str, served: Sequence[_Served], labels: Mapping[str, Sequence[str]]
) -> Group:
    cells: dict[str, list[_Served]] = {}
    for one in served:
        for name in labels[one.need_id]:
            cells.setdefault(name, []).append(one)
    small = sorted(name for name, members in cells.items() if len(members) < MIN_CELL)
    rest = _distinct(one for name in small for one in cells.pop(name))
    if len(small) > 1 and len(rest) >= MIN_CELL:
        cells[_REST] = rest
        rest = []
    if 0 < len(rest) < MIN_CELL and cells:
        # One hidden cell follows from the total and all others: so the smallest goes with it.
        smallest = min(cells, key=lambda name: (len(cells[name]), name))
        cells[_REST] = _distinct([*rest, *cells.pop(smallest)])
        rest = []
    shown = tuple(_cell(name, cells[name]) for name in sorted(cells))
    return Group(by, label, shown, None if 0 < len(rest) < MIN_CELL else len(rest))


def _distinct(members: Iterable[_Served]) -> list[_Served]:
    return list({one.need_id: one for one in members}.values())


def _cell(label: str, members: Sequence[_Served]) -> Cell:
    paired = [one for one in members if one.paired]
    first = sum(one.first_choice for one in paired)
    return Cell(
        label=label,
        needs=len(members),
        match_rate=round(len(paired) / len(members), 4),
        first_choice_rate=round(first / len(paired), 4) if len(paired) >= MIN_CELL else None,
        waited_days=round(fmean(one.waited_days for one in members), 1),
    )


def _widest(cells: Sequence[Cell]) -> float:
    rates = [one.match_rate for one in cells]
    return round(max(rates) - min(rates), 4)
