"""The whole bank on a day: counts, what changed, and needs opened for officers."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from peipao.domain.records import SensitiveFact
from peipao.errors import InvalidInputError
from serving.jobs.steps import steps_of
from serving.usecases.policy_bank import OPENED
from serving.usecases.policy_check import Asking
from serving.wiring import Peipao

DAY = dt.date(2026, 11, 23)


def test_the_bank_counts_what_single_checks_say(steady: Peipao) -> None:
    report = steady.check_bank(by="tests")
    assert (report.day, report.against) == (DAY, DAY - dt.timedelta(days=1))
    assert len(report.counts) == 49
    assert report.opened is None
    with steady.store.reading() as tx:
        projects = [project.id for project in tx.projects.list()]
    assert report.projects == len(projects)
    policy = "qd-startup-contest-2025"
    counted = next(one for one in report.counts if one.policy_id == policy)
    said = [
        steady.check_policies.project(key, Asking(policies=[policy], personal=True)).answers[0]
        for key in projects[:30]
    ]
    assert all(one.eligible + one.unknown + one.not_eligible == report.projects
               for one in report.counts)  # fmt: skip
    assert sum(one.decided.value == "eligible" for one in said) <= counted.eligible
    assert counted.verified == said[0].verified


def test_the_difference_of_two_days_is_that_of_two_banks(steady: Peipao) -> None:
    before = dt.date(2025, 4, 1)
    report = steady.check_bank(by="tests", against=before)
    assert report.diff.text().startswith(f"{len({p for p, _ in report.diff.became_eligible})} 个")
    assert sum(one.gained for one in report.counts) == len(report.diff.became_eligible)
    assert steady.check_bank(by="tests", day=DAY, against=DAY).diff.became_eligible == ()


@pytest.mark.parametrize(("day", "against"), [("1999-01-01", None), (None, "2101-01-01")])
def test_a_day_out_of_range_is_refused(
    steady: Peipao, day: str | None, against: str | None
) -> None:
    days = [None if one is None else dt.date.fromisoformat(one) for one in (day, against)]
    with pytest.raises(InvalidInputError, match="超出范围"):
        steady.check_bank(by="tests", day=days[0], against=days[1])


def gained(peipao: Peipao, day: dt.date) -> str:
    """Make one project without a need of an officer become eligible on a day; return its id."""
    kind = peipao.catalogue.owner_kind()
    assert kind is not None
    with peipao.store.transaction(who="tests", why="试") as tx:
        free = next(
            one.id
            for one in tx.projects.list()
            if all(need.kind != kind.name for need in tx.needs.of_project(one.id))
            and one.attributes.get("founded")
        )
        facts = {"registered_city": '"青岛市"', "industry_excluded": "false",
                 "has_rd_expense": "true", "audit_collection": '"查账征收"'}  # fmt: skip
        tx.sensitive.put_many(
            [SensitiveFact(free, name, value, day, "服务专员核实") for name, value in facts.items()]
        )
    return free


def test_needs_are_opened_once_for_officers_and_not_where_one_attends(peipao: Peipao) -> None:
    project = gained(peipao, DAY)
    kind = peipao.catalogue.owner_kind()
    assert kind is not None
    report = peipao.check_bank(by="tests", open_needs=True)
    assert (project, "cn-rd-super-deduction") in report.diff.became_eligible
    assert report.opened is not None
    with peipao.store.reading() as tx:
        opened = tx.needs.get_many(list(report.opened))
        everyone = tx.needs.list(kind=kind.name)
    mine = [need for need in opened if need.project_id == project]
    assert [need.kind for need in mine] == [kind.name]
    assert mine[0].attributes["policy_areas"].value == ("tax_relief",)
    assert len({need.project_id for need in opened}) == len(opened)
    again = peipao.check_bank(by="tests", open_needs=True)
    assert again.opened == ()
    with peipao.store.reading() as tx:
        assert len(tx.needs.list(kind=kind.name)) == len(everyone)


def test_what_is_known_of_people_opens_no_need(peipao: Peipao) -> None:
    """A need is ranked for: that it is there must not tell of a person."""
    with peipao.store.transaction(who="tests", why="试") as tx:
        rows = [
            SensitiveFact(project.id, name, value, DAY, "服务专员核实")
            for project in tx.projects.list()
            for name, value in {
                "founder_category": '["就业困难人员"]',
                "insurance_mode": "灵活就业",
            }.items()
        ]
        tx.sensitive.put_many(rows)
    report = peipao.check_bank(by="tests", open_needs=True)
    assert report.diff.became_eligible
    assert report.opened == ()


def test_the_daily_step_leaves_out_no_day_and_does_each_once(
    home: Path, wired: Callable[..., Peipao]
) -> None:
    friday = dt.datetime(2026, 11, 20, 1, 0, tzinfo=dt.UTC)
    monday = friday + dt.timedelta(days=3)
    peipao = wired(home)
    assert peipao.open_policy_needs(friday) == 0
    assert peipao.open_policy_needs.last_day() == friday.date()
    saturday = friday.date() + dt.timedelta(days=1)
    project = gained(peipao, saturday)  # nobody looked on that day nor on Sunday
    assert peipao.open_policy_needs(monday) >= 1
    with peipao.store.reading() as tx:
        mine = [need.id for need in tx.needs.of_project(project) if "policy" in need.id]
        lines = [(one.who, one.payload["day"], one.payload["against"], one.payload["needs"])
                 for one in tx.ledger.about(OPENED)]  # fmt: skip
    assert len(mine) == 1
    assert lines[-1] == ("system", "2026-11-23", "2026-11-20", len(lines) - 1)
    assert peipao.open_policy_needs(monday + dt.timedelta(hours=5)) == 0


def test_the_service_opens_needs_by_itself_only_if_told_to(steady: Peipao) -> None:
    assert "policies.open" not in {step.name for step in steps_of(steady)}
    jobs = steady.settings.jobs.model_copy(update={"policy_needs": True})
    settings = steady.settings.model_copy(update={"jobs": jobs})
    told = dataclasses.replace(steady, settings=settings)
    assert "policies.open" in {step.name for step in steps_of(told)}
