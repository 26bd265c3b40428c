"""`peipao policy`: answers a founder understands, on a small city; facts; the bank; the linter."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from command_line import Run, looked_into

from peipao.clock import FixedClock
from peipao.config import Settings
from peipao.sample.size import CitySize
from serving.cli.screen import OUT
from serving.wiring import wire

POLICIES = files("peipao.reference").joinpath("policies.yaml").read_text(encoding="utf-8")
SIZE = CitySize(projects=12, earlier=0, mentors=1, officers=1, talents=0, service_points=1)
PRIVATE = "零就业家庭或低保家庭登记失业人员"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a few projects and no model."""
    home = tmp_path_factory.mktemp("policies") / ".peipao"
    now = dt.datetime(2026, 4, 20, 2, tzinfo=dt.UTC)
    peipao = wire(Settings(home=home), FixedClock(now))
    peipao.store.migrate()
    peipao.load_sample(SIZE, 2026, by="tests")
    peipao.close()
    return home


@pytest.fixture
def told(run: Run, city: Path) -> Run:
    """Run a command line in a working folder with those projects."""
    shutil.copytree(city, Path.cwd() / ".peipao")
    return run


def test_a_check_says_what_can_be_had_with_rule_and_source(told: Run) -> None:
    ran = told("policy", "check", "p0001", "--date", "2026-05-01", "--set", "staff=12", "--all",
               "--rows", 60)  # fmt: skip
    assert (ran.code, ran.err) == (0, "")
    for words in (
        "2026-05-01:共查41项政策",
        "可以享受",
        "还不能确定",
        "不符合",
        "假设了:employees",
    ):
        assert words in ran.plain
    assert ran.plain.count("规则") >= 40
    assert "http" in ran.plain
    assert "条文未全部核实,以发文机关答复为准" in ran.plain
    assert "优质中小企业梯度" in ran.plain


@pytest.mark.parametrize("name", ["staff", "员工", "从业人员", "employees"])
def test_a_field_may_be_called_as_people_call_it(told: Run, name: str) -> None:
    assert "假设了:employees" in told("policy", "check", "p0001", "--set", f"{name}=12").out


def test_a_profile_of_a_file_is_answered_and_written_whole(told: Run) -> None:
    profile = {"entity_type": "小微企业", "listed": False}
    Path("firm.json").write_text(json.dumps(profile), encoding="utf-8")
    ran = told("policy", "check", "--file", "firm.json", "--out", "answer.json")
    assert ran.code == 0
    answer = json.loads(Path("answer.json").read_text(encoding="utf-8"))
    assert (answer["project_id"], len(answer["answers"])) == (None, 41)


def test_a_near_miss_says_how_much_is_short(told: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OUT, "width", 400)
    ran = told(
        *("policy", "check", "--policy", "qd-employer-social-insurance-2025"),
        *("--date", "2026-05-01", "--set", "hires_difficult_or_graduates=0"),
        *("--set", "labour_contract_months=24"),
    )
    assert "差一步" in ran.out
    assert "还差1名招用的就业困难人员或高校毕业生" in ran.plain


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["check", "p0001", "--set", "staf=12"], "unknown-value", "employees(从业人员)"),
        (["check", "p0001", "--set", "staff"], "invalid-input", "字段=取值"),
        (["check", "p0001", "--set", "=1"], "invalid-input", "字段=取值"),
        (["check", "p0001", "--set", "staff=很多"], "invalid-input", "数字"),
        (["check", "p0001", "--set", "staff=1", "--set", "员工=2"], "invalid-input", "只写一次"),
        (["check", "p0001", "--set", "staff=1", "--set", "staff=2"], "invalid-input", "只写一次"),
        (["check", "p0001", "--date", "5月1日"], "invalid-input", "YYYY-MM-DD"),
        (
            ["check", "p0001", "--date", "2026-05-01", "--apply", "2026-04-01"],
            "invalid-input",
            "早于",
        ),
        (["check", "p0001", "--policy", "nothing"], "unknown-value", "qd-"),
        (["check", "nobody"], "not-found", "nobody"),
        (["check", "--file", "nothing.json"], "file-access", "不存在"),
        (["ask", "nobody"], "not-found", "nobody"),
        (["bank", "--date", "x"], "invalid-input", "YYYY-MM-DD"),
        (["show", "nothing"], "not-found", "nothing"),
        (
            ["facts", "p0001", "--set", "listed=是", "--source", "hearsay"],
            "invalid-input",
            "officer",
        ),
        (["facts", "p0001", "--forget", "nothin"], "unknown-value", "应为"),
        (["lint", "nothing.yaml"], "file-access", "不存在"),
    ],
    ids=str,
)
def test_a_slip_is_answered_with_what_would_be_right(
    told: Run, arguments: list[str], code: str, words: str
) -> None:
    ran = told("policy", *arguments)
    assert ran.code in {2, 3}
    assert ran.refusal == code
    assert words in ran.err


def test_the_next_questions_are_those_of_the_check(told: Run) -> None:
    ran = told("policy", "ask", "p0001", "--rows", 3)
    assert ran.code == 0
    assert "接下来最值得问清的" in ran.out
    assert "显示前 3 项" in ran.out
    assert "?" in ran.out


def test_facts_are_kept_shown_used_and_forgotten(told: Run) -> None:
    Path("private.json").write_text(
        json.dumps({"founder_category": [PRIVATE], "出生日期": "1990-02-03"}), encoding="utf-8"
    )
    ran = told(
        *("policy", "facts", "p0001", "--file", "private.json", "--source", "officer"),
        *("--set", "营收=500万", "--as-of", "2026-05-01"),
    )
    assert (ran.code, ran.err) == (0, "")
    assert "已登记 3 项" in ran.out
    assert "服务专员核实" in ran.plain
    assert "5000000" in ran.plain
    raw = b"".join(path.read_bytes() for path in sorted(Path(".peipao").glob("peipao.db*")))
    assert PRIVATE.encode() not in raw
    assert b"1990-02-03" not in raw
    after = told("policy", "check", "p0001", "--date", "2026-05-02", "--all")
    assert "出生日期" not in told("policy", "ask", "p0001", "--rows", 100).out
    assert "1990" not in after.out
    gone = told("policy", "facts", "p0001", "--forget", "创业者类别", "--forget", "birth_date")
    assert "已删除" in gone.out
    assert PRIVATE not in gone.plain
    with looked_into(Path.cwd()) as peipao, peipao.store.reading() as tx:
        assert PRIVATE not in str(tx.ledger.list(limit=1000))


def test_no_error_repeats_what_was_said_of_a_person(told: Run) -> None:
    for stated in (f"birth_date={PRIVATE}", f"founder_age_years={PRIVATE}"):
        ran = told("policy", "facts", "p0001", "--set", stated)
        assert ran.refusal == "invalid-input"
        assert PRIVATE not in ran.err


def test_without_the_key_facts_are_not_available_and_not_told(told: Run) -> None:
    assert told("policy", "facts", "p0001", "--set", "创业者类别=退役军人").code == 0
    Path(".peipao/facts.key").write_text("ab" * 32, encoding="ascii")
    ran = told("policy", "check", "p0001")
    assert (ran.code, ran.refusal) == (3, "sealed-fact")
    assert "facts.key" in ran.err


def test_the_bank_counts_and_compares_two_days(told: Run) -> None:
    ran = told("policy", "bank", "--date", "2026-05-01", "--against", "2025-04-01", "--rows", 2)
    assert (ran.code, "政策总表" in ran.err) == (0, True)
    assert "政策总表 2026-05-01(与 2025-04-01 比较)" in ran.out
    assert "个项目新符合" in ran.out
    assert "未核实" in ran.plain
    opened = told(
        "policy", "bank", "--date", "2026-05-01", "--against", "2025-04-01", "--open-needs"
    )
    assert "为服务专员新开需求" in opened.out
    again = told(
        "policy", "bank", "--date", "2026-05-01", "--against", "2025-04-01", "--open-needs"
    )
    assert "新开需求 0 条" in again.out


def test_policies_are_listed_and_shown(run: Run) -> None:
    listed = run("policy", "list")
    assert listed.code == 0
    assert "qd-startup-subsidy-2025" in listed.plain
    shown = run("policy", "show", "qd-startup-subsidy-2025")
    for words in ("全部满足:", "至少一项:", "要问的事实", "材料清单:来源未载", "来源:http", "规则"):
        assert words in shown.plain


def test_the_packaged_rules_are_without_error(run: Run) -> None:
    ran = run("policy", "lint")
    assert ran.code == 0
    assert "可以使用" in ran.out
    assert "error " not in ran.out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("field: entity_type", "field: entity_typo", "entity_typo"),
        ("policies:\n", "policies: [\n", "policies.yaml"),
        ("op: contains_any", "op: contains_all", "contains_all"),
    ],
)
def test_a_wrong_file_is_told_with_place_and_never_a_traceback(
    run: Run, old: str, new: str, said: str
) -> None:
    assert old in POLICIES
    Path("policies.yaml").write_text(POLICIES.replace(old, new, 1), encoding="utf-8")
    ran = run("policy", "lint", "policies.yaml")
    assert (ran.code, ran.refusal) == (2, "invalid-input")
    assert said in ran.out
    assert "error policies.yaml" in ran.out
    assert "Traceback" not in ran.out + ran.err


def test_the_file_in_use_is_linted_even_if_nothing_else_works(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("city").mkdir()
    Path("city/policies.yaml").write_bytes(b"\xff\xfe nonsense")
    monkeypatch.setenv("PEIPAO_REFERENCE_DIR", "city")
    assert run("policy", "lint").refusal == "invalid-input"
    Path("city/policies.yaml").write_text("policies: 3\n", encoding="utf-8")
    ran = run("policy", "lint")
    assert (ran.code, ran.refusal) == (2, "invalid-input")
    assert run("policy", "list").refusal == "reference-data"
