"""Rosters go out as workbooks and come in again without a difference; what is wrong is named."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from command_line import Run, looked_into
from openpyxl import load_workbook

from peipao.errors import SheetRefusedError
from peipao.kinds.catalogue import load_catalogue
from peipao.reference.loader import load_reference
from serving.intake.workbook import workbook_of
from serving.intake.workbook_child import rows_in
from serving.usecases.roster_sheet import SHEET, StatedRoster
from serving.usecases.sheet_rows import Line
from serving.wiring import Peipao

KINDS = tuple(load_catalogue(load_reference()))


def exported(peipao: Peipao, kind: str, path: Path) -> list[Line]:
    """Write the roster of a kind to a workbook and return its lines as the reader sees them."""
    sheet = peipao.roster_sheet
    path.write_bytes(workbook_of(SHEET, sheet.header(kind), sheet.rows(kind)))
    return list(rows_in(path.read_bytes(), SHEET))


def cells(lines: list[Line], row: int, **changed: str) -> list[Line]:
    """Return the lines with some cells of one row changed, by title."""
    header = lines[0][1]
    number, before = lines[row]
    full = [*before, *[""] * (len(header) - len(before))]
    for title, text in changed.items():
        full[header.index(title)] = text
    return [*lines[:row], (number, full), *lines[row + 1 :]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_roster_of_any_kind_that_is_exported_and_imported_changes_nothing(
    steady: Peipao, tmp_path: Path, kind: str
) -> None:
    lines = exported(steady, kind, tmp_path / "名册.xlsx")
    with steady.store.reading() as tx:
        before, count = tx.ledger.head(), len(tx.providers.of_kind(kind))
    done = steady.roster_sheet.state(kind, "名册.xlsx", lines, by="zhao")
    assert count > 0
    assert done == StatedRoster(added=0, changed=0, same=count)
    with steady.store.reading() as tx:
        assert tx.ledger.head() == before


def test_what_was_changed_in_the_sheet_is_changed_and_the_rest_is_left_alone(
    peipao: Peipao, tmp_path: Path
) -> None:
    lines = exported(peipao, "mentor", tmp_path / "导师.xlsx")
    with peipao.store.reading() as tx:
        before = {one.id: one for one in tx.providers.of_kind("mentor")}
    first = lines[1][1][0]
    changed = cells(lines, 1, 名额="7", 有效期止="2027-06-30", 服务区市="崂山区、黄岛区")
    done = peipao.roster_sheet.state("mentor", "导师.xlsx", changed, by="zhao", why="续聘")
    assert (done.added, done.changed) == (0, 1)
    with peipao.store.reading() as tx:
        now = {one.id: one for one in tx.providers.of_kind("mentor")}
        (line,) = [one for one in tx.ledger.about(f"provider:{first}") if one.why == "续聘"]
    assert (now[first].capacity, str(now[first].valid_to)) == (7, "2027-06-30")
    assert set(now[first].districts_served) == {"laoshan", "huangdao"}
    assert now[first].attributes == before[first].attributes
    assert {key: one for key, one in now.items() if key != first} == {
        key: one for key, one in before.items() if key != first
    }
    assert line.who == "zhao"


def test_a_new_row_is_a_new_provider_and_a_column_that_is_missing_changes_nothing(
    peipao: Peipao,
) -> None:
    with peipao.store.reading() as tx:
        before = tx.providers.get("m0001")
    lines: list[Line] = [(1, ["编号", "名额"]), (2, ["m0001", str(before.capacity + 1)])]
    assert peipao.roster_sheet.state("mentor", "增.xlsx", lines, by="zhao").changed == 1
    with peipao.store.reading() as tx:
        after = tx.providers.get("m0001")
    assert (after.name, after.attributes) == (before.name, before.attributes)
    sheet = peipao.roster_sheet
    row = [str(cell or "") for cell in sheet.rows("mentor")[0]]
    fresh: list[Line] = [(1, sheet.header("mentor")), (2, ["m-new", "新导师", *row[2:]])]
    assert sheet.state("mentor", "新.xlsx", fresh, by="zhao").added == 1
    with peipao.store.reading() as tx:
        added = tx.providers.get("m-new")
    assert (added.name, added.kind, added.attributes) == ("新导师", "mentor", after.attributes)


def test_every_wrong_cell_is_named_by_row_and_title_and_nothing_is_written(
    peipao: Peipao, tmp_path: Path
) -> None:
    lines = exported(peipao, "mentor", tmp_path / "导师.xlsx")
    skills = peipao.catalogue["mentor"].provider["skills"].label
    wrong = cells(cells(lines, 1, 名额="两个"), 2, **{skills: "会飞"})
    wrong = cells(cells(wrong, 3, 服务区市="火星"), 4, 有效期起="明年")
    wrong = cells(cells(wrong, 5, 暂停="也许"), 6, 编号=lines[1][1][0])
    wrong = cells(wrong, 7, 名额="9" * 5000)
    with peipao.store.reading() as tx:
        before = tx.ledger.head()
    with pytest.raises(SheetRefusedError) as refused:
        peipao.roster_sheet.state("mentor", "导师.xlsx", wrong, by="zhao")
    said = str(refused.value)
    for number, title in enumerate(
        ("名额", skills, "服务区市", "有效期起", "暂停", "编号", "名额"), 2
    ):
        assert f"导师.xlsx 第 {number} 行 {title}" in said
    with peipao.store.reading() as tx:
        assert tx.ledger.head() == before


def test_whoever_holds_places_is_neither_paused_nor_cut_below_them_by_a_sheet(
    peipao: Peipao,
) -> None:
    key = peipao.run_round("mentor", by="zhao")
    peipao.review_round.check(key, by="zhao")
    peipao.review_round.approve(key, by="li")
    peipao.review_round.publish(key, by="li")
    with peipao.store.reading() as tx:
        busy = next(one for one in tx.providers.of_kind("mentor") if one.used)
    lines: list[Line] = [(1, ["编号", "暂停", "名额"]), (2, [busy.id, "是", ""])]
    with pytest.raises(SheetRefusedError, match="peipao offer pause"):
        peipao.roster_sheet.state("mentor", "表.xlsx", lines, by="zhao")
    with pytest.raises(SheetRefusedError, match="peipao offer load"):
        peipao.roster_sheet.state("mentor", "表.xlsx", [lines[0], (2, [busy.id, "", "0"])], by="x")


def test_a_provider_of_another_kind_is_not_taken_over(peipao: Peipao) -> None:
    lines: list[Line] = [(1, ["编号"]), (2, ["o0001"])]
    with pytest.raises(SheetRefusedError, match="属于类别 service_officer"):
        peipao.roster_sheet.state("mentor", "表.xlsx", lines, by="zhao")


def test_a_roster_goes_out_and_in_by_the_command_line(run_demo: Run) -> None:
    assert run_demo("roster", "export", "导师.xlsx", "--kind", "mentor").code == 0
    ran = run_demo("roster", "import", "导师.xlsx", "--kind", "mentor", "--by", "zhao")
    assert (ran.code, "新登记 0 个,更新 0 个" in ran.out) == (0, True)
    book = load_workbook("导师.xlsx")
    book[SHEET]["C2"] = 9
    edited = io.BytesIO()
    book.save(edited)
    Path("改.xlsx").write_bytes(edited.getvalue())
    ran = run_demo("roster", "import", "改.xlsx", "--kind", "mentor", "--by", "zhao")
    assert (ran.code, "更新 1 个" in ran.out) == (0, True)
    with looked_into(Path.cwd()) as peipao, peipao.store.reading() as tx:
        assert tx.providers.get(str(book[SHEET]["A2"].value)).capacity == 9
