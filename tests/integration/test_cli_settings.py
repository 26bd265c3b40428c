from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Run

from serving.cli import main as program

GOOD_KIND = """
name = "law_firm"
label = "律师事务所"
team = "general"
[provider.areas]
type = "multi"
label = "业务领域"
values = ["contract", "labour"]
labels = { contract = "合同", labour = "用工" }
[need.areas]
type = "multi"
label = "法律需求"
values = ["contract", "labour"]
labels = { contract = "合同", labour = "用工" }
[[comparisons]]
name = "areas"
need = "areas"
provider = "areas"
measure = "coverage"
weight = 2.0
label = "业务契合"
[pairing]
capacity = 4
"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hoem = 'x'", "hoem:没有这个配置项"),
        ("[api]\nprot = 1", "api.prot:没有这个配置项"),
        ("[api]\nport = 'abc'", "api.port:应为整数"),
        ("[api]\nport = 70000", "api.port:大于允许的最大值(至多 65535)"),
        ("store = 3", "store"),
        ("seed = -1", "seed:小于允许的最小值(至少 0)"),
        ("home = ", "peipao.toml 不是合法的 TOML"),
    ],
)
def test_a_broken_settings_file_names_the_key(run: Run, text: str, says: str) -> None:
    Path("peipao.toml").write_text(text, encoding="utf-8")
    ran = run("kinds", "list")
    assert (ran.code, ran.refusal, ran.out) == (2, "settings", "")
    assert says in ran.err


def test_a_settings_file_that_is_no_utf8_is_refused(run: Run) -> None:
    Path("peipao.toml").write_bytes(b"home = '\xc4\xe3'")
    ran = run("kinds", "list")
    assert (ran.code, ran.refusal) == (2, "settings")
    assert "peipao.toml" in ran.err


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PEIPAO_HOEM", "x", "PEIPAO_HOEM"),
        ("PEIPAO_SEED", "many", "seed:应为整数"),
        ("PEIPAO_API__PORT", "-1", "api.port"),
        ("PEIPAO_API__PROT", "1", "api.prot"),
        ("PEIPAO_STORE", "{", "JSON"),
    ],
)
def test_a_broken_environment_names_the_key(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    ran = run("kinds", "list")
    assert (ran.code, ran.refusal, ran.out) == (2, "settings", "")
    assert says in ran.err


@pytest.mark.parametrize(
    ("url", "code", "refusal"),
    [
        ("mysql://root:secret@host/db", 2, "settings"),
        ("nonsense secret", 2, "settings"),
        ("postgresql://peipao:secret@127.0.0.1:1/db", 3, "database-not-ready"),
        ("sqlite:////proc/nowhere/secret.db", 3, "database-not-ready"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_without_its_password(
    run: Run, monkeypatch: pytest.MonkeyPatch, url: str, code: int, refusal: str
) -> None:
    monkeypatch.setenv("PEIPAO_STORE__URL", url)
    ran = run("db", "migrate")
    assert (ran.code, ran.refusal) == (code, refusal)
    assert "secret" not in ran.err


@pytest.mark.parametrize("home", ["/proc/nowhere", "file", "file/below"])
def test_a_home_that_cannot_be_written_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    Path("file").touch()
    monkeypatch.setenv("PEIPAO_HOME", home)
    ran = run("demo", "--projects", 40)
    assert (ran.code, ran.refusal, ran.out) == (3, "file-access", "")
    assert home in ran.err


@pytest.mark.parametrize("name", ["a?b", "50%", "a#b"])
def test_a_home_whose_name_means_something_in_a_url_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    Path(name).mkdir()
    monkeypatch.chdir(name)
    ran = run("db", "migrate")
    assert (ran.code, ran.refusal, ran.out) == (2, "settings", "")
    assert name in ran.err
    assert list(Path().iterdir()) == []


def test_a_broken_signing_key_is_named(run: Run) -> None:
    Path(".peipao").mkdir()
    Path(".peipao/signing.key").write_text("not a key", encoding="ascii")
    ran = run("db", "migrate")
    assert (ran.code, ran.refusal) == (2, "settings")
    assert "signing.key" in ran.err


def test_kinds_are_listed_shown_and_checked_without_any_database(run: Run) -> None:
    listed = run("kinds", "list")
    assert listed.code == 0
    assert "服务专员" in listed.plain
    shown = run("kinds", "show", "mentor")
    assert "熟悉产业" in shown.plain
    assert "导师的从业年限低于项目的最低要求" in shown.plain
    assert not Path(".peipao").exists()


@pytest.mark.parametrize(
    ("wrong", "right", "says"),
    [
        ("capacity = 4", "capacty = 4", "capacty"),
        ("capacity = 4", "capacity = -1", "pairing.capacity"),
        ('team = "general"', 'team = "legal"', "team"),
        ('need = "areas"', 'need = "area"', "area"),
        ('measure = "coverage"', 'measure = "cover"', "measure"),
        ('name = "law_firm"', 'name = "lawfirm"', "name"),
        ("[need.areas]", "[need.criminal_record]", "criminal_record"),
        ("[pairing]", "[pairing", ""),
    ],
)
def test_a_bad_kind_file_is_named_with_its_key(run: Run, wrong: str, right: str, says: str) -> None:
    Path("kinds").mkdir()
    Path("kinds/law_firm.toml").write_text(GOOD_KIND, encoding="utf-8")
    assert "law_firm" in run("kinds", "check", "kinds").out
    Path("kinds/law_firm.toml").write_text(GOOD_KIND.replace(wrong, right, 1), encoding="utf-8")
    ran = run("kinds", "check", "kinds")
    assert ran.code == 2
    assert ran.refusal in {"kind-file", "sensitive-fact"}
    assert "law_firm.toml" in ran.err
    assert says in ran.err


def test_a_reference_file_with_a_wrong_row_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("city").mkdir()
    Path("city/travel.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    monkeypatch.setenv("PEIPAO_REFERENCE_DIR", "city")
    ran = run("kinds", "list")
    assert (ran.code, ran.refusal) == (2, "reference-data")
    assert "travel.csv" in ran.err


def test_a_defect_of_ours_is_logged_and_never_a_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("defect")

    monkeypatch.setattr(program.app.registered_commands[0], "callback", broken)
    ran = run("demo")
    assert (ran.code, ran.refusal, ran.out) == (70, "internal", "")
    assert "peipao-error.log" in ran.err
    assert "ZeroDivisionError: defect" in Path("peipao-error.log").read_text(encoding="utf-8")
