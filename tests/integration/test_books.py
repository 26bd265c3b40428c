"""The books: figures equal to a count of the rows, the chase list, closed months, and sheets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from store_records import a_need, a_project, a_provider

from peipao.domain.monthly_facts import MonthlyFact
from peipao.domain.states import NeedState
from peipao.errors import InvalidInputError, MonthClosedError, SheetRefusedError, UnknownValueError
from peipao.kinds.catalogue import load_catalogue
from peipao.reference.loader import load_reference
from peipao.store import Store
from peipao.store.schema import monthly_facts, need_steps, needs
from serving.intake.workbook import read_sheet, workbook_of
from serving.usecases.chase_facts import ChaseFacts
from serving.usecases.facts_sheet import HEADER, SHEET, FactsSheet
from serving.usecases.note_facts import NoteFacts
from serving.usecases.programme_figures import TellFigures
from serving.usecases.response_rate import ResponseRate
from serving.usecases.state_month import StateMonth

REFERENCE = load_reference()
CATALOGUE = load_catalogue(REFERENCE)
RULES = REFERENCE.books
NOW = dt.datetime(2026, 5, 20, 2, 0, tzinfo=dt.UTC)
P = NeedState
TO_SERVICE = (P.ACKNOWLEDGED, P.OFFERED, P.MATCHED, P.IN_SERVICE)


@dataclass
class TurnedClock:
    """A clock that a test turns on."""

    at: dt.datetime

    def now(self) -> dt.datetime:
        return self.at


@dataclass(frozen=True)
class Books:
    """The use cases of the books on one store."""

    store: Store
    clock: TurnedClock
    note: NoteFacts
    chase: ChaseFacts
    sheet: FactsSheet
    figures: TellFigures
    month: StateMonth


@pytest.fixture
def books(database_url: str) -> Iterator[Books]:
    """Books in which p1 is served from March 10, p2 from April 2 to 20, p3 waits; spaces too."""
    clock = TurnedClock(dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC))
    store = Store.open(database_url, clock)
    with store.transaction(who="clerk", why="登记") as tx:
        tx.projects.add_many([a_project(key, name=f"企业{key}") for key in ("p1", "p2", "p3")])
        opened = [a_need(f"n{k}", project_id=f"p{k}", owner="o1") for k in (1, 2, 3)]
        officer = a_provider("o1", kind="service_officer")
        spaces = [
            a_provider("s1", kind="space"),
            a_provider("s2", kind="space", paused=True),
            a_provider("s3", kind="space", valid_to=dt.date(2026, 4, 1)),
        ]
        tx.providers.add_many([officer, *spaces])
        tx.needs.add_many(opened)
    for key, day in (("n1", dt.datetime(2026, 3, 10)), ("n2", dt.datetime(2026, 4, 2))):  # noqa: DTZ001
        clock.at = day.replace(tzinfo=dt.UTC)
        with store.transaction(who="clerk", why="服务") as tx:
            for state in TO_SERVICE:
                tx.needs.move(key, state)
    clock.at = dt.datetime(2026, 4, 20, tzinfo=dt.UTC)
    with store.transaction(who="clerk", why="办结") as tx:
        tx.needs.move("n2", P.RESOLVED)
    clock.at = NOW
    rate = ResponseRate(store, CATALOGUE, clock)
    yield Books(
        store,
        clock,
        NoteFacts(store, RULES, clock),
        ChaseFacts(store, CATALOGUE, RULES, clock),
        FactsSheet(store, RULES),
        TellFigures(store, REFERENCE, rate, clock),
        StateMonth(store, clock),
    )
    store.close()


def a_fact(project: str, month: str, name: str, value: float) -> MonthlyFact:
    return MonthlyFact(project, month, name, value, "企业填报")


def test_nobody_is_chased_for_a_month_that_has_not_begun(books: Books) -> None:
    with pytest.raises(InvalidInputError, match="2099-01 尚未开始"):
        books.chase("2099-01")


def test_who_was_in_service_in_a_month_is_chased_for_what_is_required(books: Books) -> None:
    books.note([a_fact("p1", "2026-04", "jobs_created", 2)], by="clerk")
    march, april, may = (books.chase(f"2026-0{k}") for k in (3, 4, 5))
    assert [(one.project_id, one.missing, one.officer) for one in march.owed] == [
        ("p1", ("revenue", "jobs_created"), "o1")
    ]
    assert [(one.project_id, one.missing) for one in april.owed] == [
        ("p1", ("revenue",)),
        ("p2", ("revenue", "jobs_created")),
    ]
    assert [one.project_id for one in may.owed] == ["p1"]
    assert (march.accompanied, april.accompanied, may.accompanied) == (1, 2, 1)
    assert (april.overdue, may.overdue) == (True, False)
    # Five working days after April, with the holiday of 1 to 5 May between them.
    assert april.due_at.astimezone(dt.timezone(dt.timedelta(hours=8))).date() == dt.date(
        2026, 5, 11
    )


def test_the_figures_equal_a_count_of_the_rows_themselves(books: Books) -> None:
    random = Random(2026)  # noqa: S311  no secret
    for _ in range(60):
        project, month = random.choice(["p1", "p2", "p3"]), f"2026-0{random.randint(1, 5)}"
        name = random.choice(list(RULES.facts))
        books.note([a_fact(project, month, name, float(random.randint(0, 900)))], by="clerk")
    told = books.figures("2026-03", "2026-04")
    with books.store.engine.connect() as connection:
        facts = connection.execute(sa.select(monthly_facts)).all()
        steps = connection.execute(sa.select(need_steps)).all()
        project_of = dict(connection.execute(sa.select(needs.c.id, needs.c.project_id)).all())
    latest: dict[tuple[str, str, str], tuple[int, float]] = {}
    for row in facts:
        place = (row.project_id, row.month, row.name)
        latest[place] = max(latest.get(place, (-1, 0.0)), (row.number, row.value))
    within = {
        place: value for place, (_, value) in latest.items() if "2026-03" <= place[1] <= "2026-04"
    }
    for name in RULES.facts:
        assert told.facts[name] == sum(v for place, v in within.items() if place[2] == name)
        assert told.reported[name] == len({place[0] for place in within if place[2] == name})
    served = {project_of[row.need_id] for row in steps if row.step == "resolve"}
    assert told.firms_served == len(served) == 2
    assert told.spaces == 1
    due = [
        row for row in steps if row.step == "respond" and row.due_month in {"2026-03", "2026-04"}
    ]
    late = [row for row in due if row.done_at is not None and row.done_at > row.due_at]
    assert (told.response.due, told.response.late) == (len(due), len(late))
    assert told.targets == {"spaces_3y": 100.0, "firms_3y": 1000.0, "response_rate": 1.0}


def test_a_closed_month_changes_only_by_a_restatement_with_a_reason(books: Books) -> None:
    books.note([a_fact("p1", "2026-03", "jobs_created", 2)], by="clerk")
    books.month.close("2026-03", by="clerk")
    assert books.note([a_fact("p1", "2026-03", "jobs_created", 2)], by="clerk").same == 1
    with pytest.raises(MonthClosedError, match="2026-03"):
        books.note([a_fact("p1", "2026-03", "jobs_created", 4)], by="clerk")
    with pytest.raises(InvalidInputError, match="原因"):
        books.note([a_fact("p1", "2026-03", "jobs_created", 4)], by="clerk", restate=True)
    wanted = [a_fact("p1", "2026-03", "jobs_created", 4)]
    assert books.note(wanted, by="chief", why="社保核对", restate=True).new == 1
    with books.store.reading() as tx:
        (line,) = [one for one in tx.ledger.about("project:p1") if one.verb == "fact.restate"]
    assert (line.who, line.why) == ("chief", "社保核对")


@pytest.mark.parametrize(
    ("fact", "error", "said"),
    [
        (a_fact("p1", "2026-06", "revenue", 1), InvalidInputError, "将来"),
        (a_fact("p1", "2026-3", "revenue", 1), InvalidInputError, "不是月份"),
        (a_fact("p1", "2026-03", "profit", 1), UnknownValueError, "profit"),
        (a_fact("p1", "2026-03", "revenue", -1), InvalidInputError, "数值 -1"),
        (a_fact("p1", "2026-03", "revenue", float("nan")), InvalidInputError, "数值"),
        (a_fact("p1", "2026-03", "jobs_created", 1.5), InvalidInputError, "不是整数"),
        (a_fact("p1", "2026-03", "revenue", 0.1 + 0.2), InvalidInputError, "两位小数"),
        (MonthlyFact("p1", "2026-03", "revenue", 1, " "), InvalidInputError, "来源"),
        (MonthlyFact("p1", "2026-03", "revenue", 1, "x", 1.1), InvalidInputError, "可信度"),
    ],
)
def test_a_figure_that_cannot_be_is_named_and_nothing_is_noted(
    books: Books, fact: MonthlyFact, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        books.note([a_fact("p2", "2026-03", "revenue", 1), fact], by="clerk")
    with books.store.reading() as tx:
        assert tx.monthly_facts.current(first="2000-01", last="2099-12") == []


def test_what_is_exported_and_imported_again_changes_nothing(books: Books, tmp_path: Path) -> None:
    facts = [
        a_fact("p1", "2026-04", "revenue", 999_999_999_999.99),
        a_fact("p1", "2026-04", "jobs_created", 3),
        MonthlyFact("p3", "2026-04", "financing", 5e6, "=公告", 0.7),
    ]
    books.note(facts, by="clerk")
    path = tmp_path / "四月.xlsx"
    path.write_bytes(workbook_of(SHEET, HEADER, books.sheet.rows("2026-04")))
    again = books.sheet.facts(path.name, read_sheet(path, SHEET))
    with books.store.reading() as tx:
        before = tx.data_version()
    done = books.note(again, by="other")
    assert (done.new, done.same) == (0, 3)
    with books.store.reading() as tx:
        assert tx.data_version() == before
    rows = books.sheet.rows("2026-04")
    # p1 and p2 were in service and have a row for each figure; p3 was not and has only its own.
    assert len(rows) == 2 * len(RULES.facts) + 1


def test_every_wrong_cell_of_a_sheet_is_named_by_row(books: Books) -> None:
    lines = [
        (1, list(HEADER)),
        (2, ["p1", "企业", "2026-04", "新增就业", "人", "三", "企业填报", "1"]),
        (3, ["p1", "企业", "2026-04", "营业收入", "万元", "12", "企业填报", "1"]),
        (4, ["p1", "企业", "2026-04", "利润", "元", "12", "", "1"]),
        (5, ["p1", "企业", "2026-04", "营业收入", "元", "", "", ""]),
    ]
    with pytest.raises(SheetRefusedError) as refused:
        books.sheet.facts("四月.xlsx", lines)
    said = str(refused.value)
    for part in ("第 2 行 数值", "第 3 行 单位", "第 4 行 指标", "第 4 行 来源"):
        assert f"四月.xlsx {part}" in said
    assert "第 5 行" not in said
    with pytest.raises(SheetRefusedError, match="表头"):
        books.sheet.facts("四月.xlsx", [(1, ["项目", "月份"])])
