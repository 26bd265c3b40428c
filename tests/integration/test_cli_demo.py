from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from command_line import Ran, Run, head_of, looked_into

from peipao.domain.states import RoundState

DEMO = ("demo", "--projects", 40)


def test_the_demo_goes_from_an_empty_folder_to_three_proven_drafts(demo: tuple[Path, Ran]) -> None:
    folder, ran = demo
    assert ran.code == 0
    assert [line[0] for line in ran.err.splitlines()] == ["✓"] * 14
    assert len(re.findall(r"最优,独立校验通过", ran.out)) == 3
    assert "以上为草案,没有通知任何人" in ran.out
    with looked_into(folder) as peipao, peipao.store.reading() as tx:
        assert tx.projects.count() > 40
        drafts = tx.rounds.list()
        active = [one.kind for one in tx.models.list() if one.active]
        assert sorted(one.kind for one in drafts) == ["mentor", "service_officer", "space"]
        assert {one.state for one in drafts} == {RoundState.DRAFT}
        assert sorted(active) == sorted(peipao.catalogue)


def test_the_demo_shows_who_got_whom_and_why_and_how_much_was_learnt(
    demo: tuple[Path, Ran],
) -> None:
    _, ran = demo
    with looked_into(demo[0]) as peipao, peipao.store.reading() as tx:
        (one,) = tx.rounds.list(kind="mentor")
        best = max(tx.rounds.matches_of(one.id), key=lambda match: match.affinity)
        name = tx.providers.get(best.provider_id).name
        events = len(tx.feedback.of_kind("mentor"))
    assert name in ran.out
    assert f"{best.affinity:.3f}" in ran.out
    assert one.digest in ran.out
    assert best.reasons[0].split("(")[0] in ran.out
    assert re.search(rf"mentor +│ mentor-0001 +│ 0\.\d+ +│ \d\.\d\d 倍 +│ {events} ", ran.out)


def test_a_second_demo_changes_nothing_at_all(run_demo: Run, demo: tuple[Path, Ran]) -> None:
    before = head_of(Path.cwd())
    again = run_demo(*DEMO)
    assert again.code == 0
    assert again.out.count("沿用") == 9 + 3
    assert "示例城市先前已载入,保持不变" in again.out
    assert head_of(Path.cwd()) == before
    digests = re.compile(r"SHA-256 ([0-9a-f]{64})")
    assert digests.findall(again.out) == digests.findall(demo[1].out)


def test_the_demo_drafts_anew_where_the_data_changed_and_not_where_nobody_waits(
    run_demo: Run,
) -> None:
    with looked_into(Path.cwd()) as peipao:
        (space,) = peipao.show_rounds(kind="space")
        assert space.figures["waiting"] == space.figures["referred"] == 0
    for step in ("check", "approve", "publish"):
        assert run_demo("round", step, space.id, "--by", "li").code == 0
    again = run_demo(*DEMO)
    assert again.code == 0
    assert "陪跑空间:没有等待配对的需求,不拟草案" in again.out
    with looked_into(Path.cwd()) as peipao:
        assert [len(peipao.show_rounds(kind=kind)) for kind in ("mentor", "space")] == [2, 1]


def test_a_taken_port_is_learnt_before_anything_is_made(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = run("demo", "--serve", "--port", port)
    assert (ran.code, ran.refusal) == (2, "settings")
    assert f"127.0.0.1:{port}" in ran.err
    assert "端口已被占用" in ran.err
    assert not Path(".peipao/peipao.db").exists()


@pytest.mark.parametrize("tier", ["Q", "", "s"])
def test_an_unknown_tier_is_refused_before_anything_is_made(run: Run, tier: str) -> None:
    ran = run("demo", "--tier", tier)
    assert (ran.code, ran.refusal) == (2, "invalid-input")
    assert "应为:S、M、L、XL" in ran.err
    assert not Path(".peipao/peipao.db").exists()
