"""Every need gets exactly one outcome, with its place in the queue and a reason."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from strategies import OPENED, a_problem, a_random_problem

from matching.assign import assign
from matching.outcomes import Cause, outcomes, shortfalls, usual_exclusions
from matching.problem import AssignmentProblem
from matching.solvers.auto import AutoSolver
from matching.ties import lottery_weight
from peipao.domain.records import Outcome, OutcomeType
from peipao.errors import InvalidInputError
from peipao.tables.pairs import EligibilityTable


def decided(problem: AssignmentProblem, **changes: Any) -> dict[str, Outcome]:
    """Return need id -> outcome; all opened at the same time, officer `o1` for everybody."""
    needs = problem.need_ids.tolist()
    given = {
        "opened_at": dict.fromkeys(needs, OPENED),
        "priority": {},
        "officer_of": dict.fromkeys(needs, "o1"),
    }
    rows = outcomes(problem, assign(problem), **{**given, **changes})
    assert [row.need_id for row in rows] == needs
    return {row.need_id: row for row in rows}


def a_crowd() -> AssignmentProblem:
    """Return four needs, the first of which gets the only place."""
    return a_problem([(f"n{k}", "p1", 0.9 - k / 10) for k in range(4)])


def test_a_paired_need_has_neither_position_nor_reason() -> None:
    assert decided(a_crowd())["n0"] == Outcome("n0", OutcomeType.PAIRED)


def test_who_waits_is_ordered_by_priority_then_opening_then_the_lottery() -> None:
    opened = {"n1": OPENED, "n2": OPENED - dt.timedelta(days=1), "n3": OPENED}
    rows = decided(a_crowd(), opened_at=opened, priority={"n3": 2})
    assert [rows[key].position for key in ("n3", "n2", "n1")] == [1, 2, 3]
    rows = decided(a_crowd())
    lots = {key: lottery_weight(b"seed", key, "") for key in ("n1", "n2", "n3")}
    assert [rows[key].position for key in sorted(lots, key=lots.__getitem__)] == [1, 2, 3]


def test_a_need_outbid_everywhere_hears_how_many_were_full() -> None:
    row = decided(a_crowd())["n1"]
    assert (row.type, row.officer) == (OutcomeType.WAITING, None)
    assert row.reason == "合格的 1 个资源方名额已满,由总体价值更高的需求占用"


def an_eligibility(excluded_by: list[list[int]]) -> EligibilityTable:
    """Return why the providers p1, p2, p3 are excluded for n1 and n2."""
    return EligibilityTable(
        need_ids=np.array(["n1", "n2"]),
        provider_ids=np.array(["p1", "p2", "p3"]),
        excluded_by=np.array(excluded_by, dtype=np.int16),
        reasons=("服务区域不符", "产业不符"),
    )


def test_a_need_without_anybody_eligible_is_referred_with_the_usual_exclusion() -> None:
    problem = a_problem([("n1", "p1", 0.5)], needs=["n2"], providers=["p2", "p3"])
    table = an_eligibility([[0, 1, 1], [1, 2, 2]])
    row = decided(problem, exclusions=usual_exclusions(table))["n2"]
    assert (row.type, row.officer, row.position) == (OutcomeType.REFERRED, "o1", None)
    assert row.reason == "没有合格的资源方:最常见的排除原因是「产业不符」(2/3 个)"


def test_without_a_named_officer_the_need_waits_and_says_so() -> None:
    problem = a_problem([("n1", "p1", 0.5)], needs=["n2"])
    row = decided(problem, officer_of={"n2": None})["n2"]
    assert (row.type, row.position) == (OutcomeType.WAITING, 1)
    assert row.reason.endswith("尚未指定可转交的服务专员")


def test_a_need_whose_every_pair_is_vetoed_is_referred() -> None:
    row = decided(a_problem([("n1", "p1", 0.5)], vetoes=[("n1", "p1")]))["n1"]
    assert (row.type, row.reason) == (OutcomeType.REFERRED, "合格的 1 个资源方均已被人工否决")


def test_below_the_reservation_waits_and_hears_both_figures() -> None:
    row = decided(a_problem([("n1", "p1", 0.21)], reservation=0.3))["n1"]
    assert (row.type, row.reason) == (OutcomeType.WAITING, "最高匹配度 0.21 低于保留值 0.30")


def test_no_places_at_all_is_not_called_outbid() -> None:
    row = decided(a_problem([("n1", "p1", 0.5)], capacity=0))["n1"]
    assert row.reason == "合格的 1 个资源方本轮均未提供名额"


def test_a_pair_that_would_lower_the_objective_is_said_so() -> None:
    problem = a_problem([("n1", "p1", 0.5)], bonus=np.array([-0.9]))
    assert decided(problem)["n1"].reason == "与仍有名额的资源方配对会降低总体目标"


def test_a_need_that_got_some_of_its_places_is_paired_and_the_lack_is_known() -> None:
    problem = a_problem([("n1", "p1", 0.5)], wanted=3)
    assert decided(problem)["n1"].type is OutcomeType.PAIRED
    lack = shortfalls(problem, assign(problem))["n1"]
    assert (lack.cause, lack.unfilled) == (Cause.NOBODY, 2)


def test_a_waiting_need_without_opening_time_is_refused_by_name() -> None:
    with pytest.raises(InvalidInputError, match=r"opened_at\[n1\]"):
        decided(a_crowd(), opened_at={})


def test_positions_run_without_gaps_in_a_hundred_rounds() -> None:
    for number in range(100):
        problem = a_random_problem(np.random.default_rng(number), 12, 5, density=0.3)
        needs = problem.need_ids.tolist()
        rows = outcomes(
            problem,
            assign(problem, AutoSolver()),
            opened_at=dict.fromkeys(needs, OPENED),
            priority={},
            officer_of=dict.fromkeys(needs, "o1"),
        )
        positions = sorted(row.position for row in rows if row.position is not None)
        waiting = [row for row in rows if row.type is OutcomeType.WAITING]
        assert positions == list(range(1, len(waiting) + 1))
        assert all(row.reason for row in rows if row.type is not OutcomeType.PAIRED)
