"""Pairings from before the system come in whole, with their dates, or not at all."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from api_caller import Caller
from command_line import Run
from trained_city import Wired

from peipao.domain.offers import Side
from peipao.domain.rounds import imported_id
from peipao.domain.states import MatchState, NeedState, RoundState
from peipao.errors import InvalidInputError, SheetRefusedError
from serving.api.app import create_app
from serving.intake.sheets import read_pairings
from serving.intake.workbook import workbook_of
from serving.usecases.exactly_once import Call
from serving.usecases.import_pairings import PairingDraft
from serving.usecases.pairings_sheet import HEADER, SHEET, SheetRow
from serving.wiring import Peipao

KIND = "mentor"
SINCE = dt.date(2025, 9, 1)
MET = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)


def pairing(project: str = "p0001", provider: str = "m0001", **more: object) -> PairingDraft:
    """Return a running pairing of a mentor."""
    given: dict[str, object] = {"where": f"表 {project}/{provider}", "since": SINCE, "kind": KIND}
    return PairingDraft(project_id=project, provider_id=provider, **{**given, **more})  # type: ignore[arg-type]


def told(peipao: Peipao, *drafts: PairingDraft) -> str:
    """Return what is said of pairings that are refused; nothing may have been written."""
    with peipao.store.reading() as tx:
        before = tx.ledger.head()
    with pytest.raises(SheetRefusedError) as refused:
        peipao.import_pairings(drafts, by="zhao")
    with peipao.store.reading() as tx:
        assert tx.ledger.head() == before
    return str(refused.value)


def test_a_running_pairing_holds_a_place_since_its_day(peipao: Peipao) -> None:
    done = peipao.import_pairings([pairing()], by="zhao", why="启用前在册")
    assert (done.added, done.rounds) == (1, ("imported-mentor",))
    with peipao.store.reading() as tx:
        (match,) = tx.matches.of_round(imported_id(KIND))
        need = tx.needs.get(match.need_id)
        assert (match.state, match.since) == (MatchState.ACTIVE, SINCE)
        assert (need.project_id, need.state) == ("p0001", NeedState.IN_SERVICE)
        assert tx.providers.get("m0001").used == 1
        assert tx.rounds.get("imported-mentor").state is RoundState.CLOSED
        assert tx.providers.miscounted() == []


def test_the_project_s_open_need_is_the_one_that_is_served(peipao: Peipao) -> None:
    with peipao.store.reading() as tx:
        before = {need.id for need in tx.needs.of_project("p0001")}
    peipao.import_pairings([pairing()], by="zhao")
    with peipao.store.reading() as tx:
        (match,) = tx.matches.of_round(imported_id(KIND))
        assert match.need_id in before
        assert {need.id for need in tx.needs.of_project("p0001")} == before


def test_a_second_mentor_of_a_project_gets_a_need_of_its_own(peipao: Peipao) -> None:
    peipao.import_pairings([pairing(), pairing(provider="m0002")], by="zhao")
    with peipao.store.reading() as tx:
        needs = {match.need_id for match in tx.matches.of_round(imported_id(KIND))}
        opened = [need.opened_at.date() for need in tx.needs.get_many(sorted(needs))]
    assert len(needs) == 2
    assert SINCE in opened


def test_importing_the_same_sheet_again_changes_nothing(peipao: Peipao) -> None:
    sheet = [pairing(), pairing("p0002", "m0003")]
    peipao.import_pairings(sheet, by="zhao")
    again = peipao.import_pairings(sheet, by="zhao")
    assert (again.added, again.known) == (0, 2)
    with peipao.store.reading() as tx:
        assert len(tx.matches.of_round(imported_id(KIND))) == 2


def test_imported_pairs_enter_no_round_and_their_places_are_gone(peipao: Peipao) -> None:
    with peipao.store.reading() as tx:
        places = tx.providers.get("m0001").capacity
    peipao.import_pairings([pairing(f"p{n:04d}") for n in range(1, places + 1)], by="zhao")
    made = peipao.show_rounds.matches(peipao.run_round(KIND, by="zhao")).matches
    assert made
    assert "m0001" not in {one.provider_id for one in made}


def test_every_row_that_is_wrong_is_listed_and_nothing_is_written(peipao: Peipao) -> None:
    said = told(
        peipao,
        pairing("nobody"),
        pairing(provider="nobody"),
        pairing("p0002", "o0001"),
        pairing("p0003", need_id="n-p0004-mentor"),
    )
    assert "没有项目 'nobody'" in said
    assert "没有资源方 'nobody'" in said
    assert "'o0001' 属于类别 service_officer;应为:mentor 的资源方" in said
    assert "'n-p0004-mentor' 不是该项目等待配对的 mentor 需求" in said


def test_days_to_come_unknown_kinds_and_repeats_are_refused(peipao: Peipao) -> None:
    said = told(
        peipao,
        pairing(since=dt.date(2030, 1, 1)),
        pairing("p0002", kind="lawyer"),
        pairing("p0003", where="第 4 行"),
        pairing("p0003", where="第 5 行"),
    )
    assert "2030-01-01 尚未到来" in said
    assert "没有 'lawyer'" in said
    assert "第 5 行:与 第 4 行 重复" in said


def test_more_pairings_than_a_mentor_has_places_are_refused_by_row(peipao: Peipao) -> None:
    said = told(peipao, *(pairing(f"p{number:04d}") for number in range(1, 10)))
    assert "资源方 m0001 的名额已满" in said


def test_an_imported_round_is_not_replayed_and_says_why(peipao: Peipao) -> None:
    peipao.import_pairings([pairing()], by="zhao")
    with pytest.raises(InvalidInputError, match="并非由求解得出"):
        peipao.replay_round(imported_id(KIND))


def test_pairings_come_in_over_http(peipao: Peipao) -> None:
    caller = Caller(create_app(peipao), key=peipao.keys("登记", ["write"], by="t").text)
    row = {"project": "p0001", "kind": KIND, "provider": "m0001", "since": "2025-09-01"}
    done = caller.post("/v1/pairings/import", json={"pairings": [row]})
    assert done.json() == {"added": 1, "known": 0, "rounds": ["imported-mentor"]}
    wrong = caller.post("/v1/pairings/import", json={"pairings": [{**row, "project": "nobody"}]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "sheet-refused")
    assert "#/pairings/0" in wrong.json()["detail"]


def test_pairings_come_in_by_the_command_line(run_demo: Run) -> None:
    head = "项目编号,类别,资源方编号,开始日期\n"
    Path("在册.csv").write_text(head + "p0001,mentor,m0001,2025/9/1\n", encoding="gb18030")
    done = run_demo("round", "import", "在册.csv", "--by", "zhao")
    assert done.out == "导入 1 对,先前已有 0 对;轮次 imported-mentor\n"
    assert run_demo("round", "show", "imported-mentor").code == 0
    Path("错.csv").write_text(head + "p0001,mentor,m0001,昨天\n", encoding="utf-8")
    wrong = run_demo("round", "import", "错.csv", "--by", "zhao")
    assert (wrong.code, wrong.refusal) == (2, "sheet-refused")
    assert "错.csv 第 2 行 开始日期" in wrong.err


# --- out as a workbook and in again -------------------------------------------------------------


def running(peipao: Peipao) -> list[SheetRow]:
    """Import two pairings and let one of a round begin; return what the sheet says of them."""
    peipao.import_pairings([pairing(), pairing("p0002", "m0002", since=SINCE)], by="zhao")
    key = peipao.run_round(KIND, by="zhao")
    peipao.review_round.check(key, by="zhao")
    peipao.review_round.approve(key, by="li")
    peipao.review_round.publish(key, by="li")
    match = peipao.show_rounds.matches(key).matches[0].id
    for side in Side:
        peipao.answer_offer(match, side, accept=True, call=Call(f"link:{side.value}"))
    peipao.run_match.met(match, said_by="staff", call=Call("zhao"), at=MET)
    return peipao.pairings_sheet()


def test_running_pairings_go_out_as_a_workbook_and_change_nothing_when_they_come_in_again(
    peipao: Peipao, tmp_path: Path
) -> None:
    rows = running(peipao)
    assert [row[2] for row in rows] == [KIND] * 3
    assert sorted(row[5] for row in rows) == ["2025-09-01", "2025-09-01", "2026-11-20"]
    path = tmp_path / "在册.xlsx"
    path.write_bytes(workbook_of(SHEET, HEADER, rows))
    done = peipao.import_pairings(read_pairings(path), by="zhao")
    assert (done.added, done.known) == (0, 3)
    assert peipao.pairings_sheet() == rows


def test_a_workbook_of_pairings_gives_the_same_workbook_in_a_city_that_has_none(
    peipao: Peipao, trained_home: Path, wired: Wired, tmp_path: Path
) -> None:
    rows = running(peipao)
    path = tmp_path / "在册.xlsx"
    path.write_bytes(workbook_of(SHEET, HEADER, rows))
    shutil.copytree(trained_home, tmp_path / "other")
    other = wired(tmp_path / "other")
    assert other.pairings_sheet() == []
    assert other.import_pairings(read_pairings(path), by="zhao").added == 3
    assert other.pairings_sheet() == rows


def test_a_day_that_was_changed_in_the_sheet_is_refused_and_named(
    peipao: Peipao, tmp_path: Path
) -> None:
    peipao.import_pairings([pairing()], by="zhao")
    (row,) = peipao.pairings_sheet()
    later = (*row[:5], "2025-10-01", row[6])
    path = tmp_path / "在册.xlsx"
    path.write_bytes(workbook_of(SHEET, HEADER, [later]))
    said = told(peipao, *read_pairings(path))
    assert "在册.xlsx 第 2 行 开始日期:2025-10-01 与已登记的 2025-09-01 不同" in said


def test_pairings_go_out_by_the_command_line(run_demo: Run) -> None:
    Path("在册.csv").write_text(
        "项目编号,类别,资源方编号,开始日期\np0001,mentor,m0001,2025-09-01\n", encoding="utf-8"
    )
    assert run_demo("round", "import", "在册.csv", "--by", "zhao").code == 0
    assert "1 对" in run_demo("round", "export", "在册.xlsx").out
    ran = run_demo("round", "import", "在册.xlsx", "--by", "zhao")
    assert (ran.code, "导入 0 对,先前已有 1 对" in ran.out) == (0, True)
