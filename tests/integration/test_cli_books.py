from __future__ import annotations

import re
import shutil
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from command_line import Ran, Run, head_of, looked_into

KEY = re.compile(r"pp_[a-z0-9]{8}_[0-9a-f]{72}")


def tamper(statement: str) -> None:
    """Run a statement on the database behind the service's back."""
    with closing(sqlite3.connect(".peipao/peipao.db")) as database, database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            database.execute(f"DROP TRIGGER {name}")
        assert database.execute(statement).rowcount == 1


def test_a_database_can_be_migrated_twice_and_then_tells_its_counts(run: Run) -> None:
    first, second = run("db", "migrate"), run("db", "migrate")
    assert (first.code, second.code) == (0, 0)
    assert first.out == second.out
    status = run("db", "status")
    assert status.out.splitlines()[1] == "项目 0、需求 0、资源方 0、台账 0"


@pytest.mark.parametrize(
    "command",
    [
        "db status",
        "round list",
        "round run mentor",
        "train mentor",
        "evaluate mentor",
        "explain n --provider m",
        "keys list",
        "ledger verify",
        "serve --port 0",
    ],
)
def test_without_a_database_every_command_says_what_to_run(run: Run, command: str) -> None:
    ran = run(*command.split())
    assert (ran.code, ran.refusal, ran.out) == (3, "database-not-ready", "")
    assert "peipao db migrate" in ran.err


def test_the_ledger_verifies_and_names_the_line_that_was_changed(run_demo: Run) -> None:
    whole = run_demo("ledger", "verify")
    assert whole.code == 0
    assert f"共 {head_of(Path.cwd())} 条" in whole.out
    tamper("UPDATE ledger SET who = 'somebody' WHERE sequence = 5")
    ran = run_demo("ledger", "verify")
    assert (ran.code, ran.refusal) == (70, "ledger-broken")
    assert "台账第 5 条" in ran.err


def test_the_ledger_notices_a_line_that_was_taken_out(run_demo: Run) -> None:
    tamper("DELETE FROM ledger WHERE sequence = 7")
    ran = run_demo("ledger", "verify")
    assert (ran.code, ran.refusal) == (70, "ledger-broken")


def test_places_that_do_not_add_up_are_named(run_demo: Run) -> None:
    tamper("UPDATE providers SET used = used + 1 WHERE id = (SELECT min(id) FROM providers)")
    with looked_into(Path.cwd()) as peipao:
        ((provider, noted, held),) = peipao.verify_books().miscounted
    ran = run_demo("ledger", "verify")
    assert (ran.code, ran.refusal) == (70, "check-failed")
    assert f"资源方 {provider}:登记占用 {noted},实际占用 {held}" in ran.out


def test_the_tail_of_the_ledger_is_as_long_as_asked_for(run_demo: Run) -> None:
    last = head_of(Path.cwd())
    ran = run_demo("ledger", "tail", "--count", 1)
    rows = [line for line in ran.out.splitlines() if line.startswith("│")]
    assert rows[0].split("│")[1].strip() == last
    assert "round.draft" in ran.out


def test_a_key_is_shown_once_listed_without_its_text_and_revoked(run_demo: Run) -> None:
    made = run_demo("keys", "create", "--label", "青创通", "--scope", "rank", "--scope", "read")
    (text,) = KEY.findall(made.out)
    name = text.split("_")[1]
    assert "权限 rank、read,90 天后失效" in made.out
    listed = run_demo("keys", "list")
    assert name in listed.out
    assert "青创通" in listed.out
    assert text not in listed.out
    assert text.encode() not in Path(".peipao/peipao.db").read_bytes()
    with looked_into(Path.cwd()) as peipao:
        assert peipao.keys.any_valid()
    assert run_demo("keys", "revoke", name).out == f"已停用 {name}\n"
    with looked_into(Path.cwd()) as peipao:
        assert not peipao.keys.any_valid()


def test_the_whole_text_of_a_key_given_for_its_id_is_not_repeated(run_demo: Run) -> None:
    text = KEY.findall(run_demo("keys", "create", "--label", "a", "--scope", "read").out)[0]
    ran = run_demo("keys", "revoke", text)
    assert ran.code == 2
    assert text not in ran.err


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.invalid"])  # noqa: S104
def test_the_service_refuses_to_leave_this_machine_without_a_key(run_demo: Run, host: str) -> None:
    ran = run_demo("serve", "--host", host, "--port", 0)
    assert (ran.code, ran.refusal, ran.out) == (2, "unsafe-bind", "")
    assert "peipao keys create" in ran.err


def test_the_service_names_a_port_that_is_taken(run_demo: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = run_demo("serve", "--port", port)
    assert (ran.code, ran.refusal, ran.out) == (2, "settings", "")
    assert f"127.0.0.1:{port} 上监听(端口已被占用)" in ran.err


def test_the_doctor_finds_the_demo_in_good_health(demo: tuple[Path, Ran], run_demo: Run) -> None:
    ran = run_demo("doctor")
    assert ran.code == 0
    assert "✗" not in ran.out
    assert f"共 {head_of(demo[0])} 条,哈希链完整" in ran.out
    assert "mentor-0001" in ran.plain


def test_the_doctor_names_what_an_empty_folder_lacks(run: Run) -> None:
    ran = run("doctor")
    assert ran.code == 3
    assert ran.err == ""
    assert ran.out.count("✗") == 3
    assert "peipaodbmigrate" in ran.plain


@pytest.mark.parametrize(
    ("name", "place"),
    [("arrays.npz", 200), ("features.json", 50), ("policy.json", 5), ("manifest.json", 20)],
)
def test_one_changed_byte_of_a_package_is_found_and_nothing_else_changes(
    run_demo: Run, name: str, place: int
) -> None:
    package = Path(".peipao/packages/mentor-0001")
    whole = bytearray((package / name).read_bytes())
    whole[place] ^= 1
    (package / name).write_bytes(whole)
    before = head_of(Path.cwd())
    ran = run_demo("round", "run", "mentor")
    assert (ran.code, ran.refusal, ran.out) == (3, "model-package", "")
    assert "mentor-0001" in ran.err
    doctor = run_demo("doctor")
    assert doctor.code == 3
    assert "mentor-0001:" in doctor.plain.replace(":", ":")
    assert head_of(Path.cwd()) == before
    assert run_demo("round", "run", "space").code == 0


def test_a_package_that_is_gone_is_named(run_demo: Run) -> None:
    shutil.rmtree(".peipao/packages/space-0001")
    ran = run_demo("round", "run", "space")
    assert (ran.code, ran.refusal) == (3, "model-package")
    assert "space-0001" in ran.err
