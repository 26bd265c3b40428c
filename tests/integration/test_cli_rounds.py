from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Ran, Run, head_of, looked_into, plain

from peipao.domain.states import RANKED, MatchState, NeedState, RoundState


def drafted(kind: str = "mentor") -> str:
    """Return the id of the demo's draft."""
    with looked_into(Path.cwd()) as peipao:
        (one,) = peipao.show_rounds(kind=kind)
    return one.id


def places_taken(kind: str = "mentor") -> int:
    """Return how many places the providers of a kind hold."""
    with looked_into(Path.cwd()) as peipao, peipao.store.reading() as tx:
        return sum(tx.providers.used(kind).values())


def states_of_needs(key: str) -> set[NeedState]:
    """Return the states of the needs that a round paired."""
    with looked_into(Path.cwd()) as peipao, peipao.store.reading() as tx:
        ids = [match.need_id for match in tx.rounds.matches_of(key)]
        return {need.state for need in tx.needs.get_many(ids)}


def test_a_round_lives_from_draft_to_withdrawal_and_its_places_come_back(run_demo: Run) -> None:
    made = run_demo("round", "run", "mentor", "--by", "zhao", "--why", "月度撮合")
    assert made.code == 0
    with looked_into(Path.cwd()) as peipao:
        key = peipao.show_rounds(kind="mentor", limit=1)[0].id
        matches = peipao.show_rounds.matches(key).matches
    assert f"下一步:peipao round check {key}" in made.out
    before = places_taken()

    assert run_demo("round", "check", key, "--by", "zhao").out == f"轮次 {key} 现为已检\n"
    same = run_demo("round", "approve", key, "--by", "zhao")
    assert (same.code, same.refusal) == (2, "maker-is-checker")
    assert run_demo("round", "approve", key, "--by", "li").out == f"轮次 {key} 现为已批\n"
    assert places_taken() == before
    assert run_demo("round", "publish", key, "--by", "li").out == f"轮次 {key} 现为已发布\n"
    assert places_taken() == before + len(matches)
    assert states_of_needs(key) == {NeedState.OFFERED}

    gone = run_demo("round", "withdraw", key, "--by", "li", "--why", "数据有误")
    assert gone.out.startswith(f"轮次 {key} 现为已撤回\n")
    assert "已发通知" in gone.plain
    with looked_into(Path.cwd()) as peipao:
        told = {notice.to for notice in peipao.review_round.notices(key)}
    assert {f"provider:{match.provider_id}" for match in matches} <= told
    assert places_taken() == before
    assert states_of_needs(key) <= set(RANKED)
    with looked_into(Path.cwd()) as peipao:
        ended = {match.state for match in peipao.show_rounds.matches(key).matches}
    assert ended == {MatchState.EXPIRED}
    assert "数据有误" in run_demo("ledger", "tail").plain
    assert run_demo("ledger", "verify").code == 0


def test_each_step_out_of_turn_is_refused_and_says_what_may_follow(run_demo: Run) -> None:
    key, before = drafted(), head_of(Path.cwd())
    for step in ("approve", "publish", "close"):
        ran = run_demo("round", step, key, "--by", "li")
        assert (ran.code, ran.refusal) == (2, "illegal-transition")
        assert f"{key!r} 现为 草案(draft)" in ran.err
        assert "可变为:已检(checked)" in ran.err
    ran = run_demo("round", "withdraw", key, "--by", "li", "--why", "x")
    assert (ran.code, ran.refusal) == (2, "illegal-transition")
    assert head_of(Path.cwd()) == before


def test_a_published_round_can_be_closed(run_demo: Run) -> None:
    key = drafted("space")
    for step in ("check", "approve", "publish", "close"):
        assert run_demo("round", step, key, "--by", "li").code == 0
    with looked_into(Path.cwd()) as peipao:
        assert peipao.show_rounds.one(key).state == RoundState.CLOSED


def test_a_replay_gives_the_same_digest_and_notices_a_changed_file(run_demo: Run) -> None:
    key = drafted()
    with looked_into(Path.cwd()) as peipao:
        digest = peipao.show_rounds.one(key).digest
    assert digest in run_demo("round", "replay", key).out
    frozen = Path(f".peipao/rounds/{key}.jsonl.gz")
    whole = bytearray(frozen.read_bytes())
    whole[len(whole) // 2] ^= 1
    frozen.write_bytes(whole)
    before = head_of(Path.cwd())
    for step in ("replay", "check"):
        ran = run_demo("round", step, key)
        assert (ran.code, ran.refusal) == (70, "check-failed")
        assert key in ran.err
    assert head_of(Path.cwd()) == before


def test_rounds_are_listed_latest_first_and_cut_to_the_limit(run_demo: Run) -> None:
    listed = run_demo("round", "list")
    kinds = ["space", "service_officer", "mentor"]
    assert listed.code == 0
    assert sorted(kinds, key=listed.out.index) == kinds
    assert run_demo("round", "list", "--limit", 1).out.count("round-") == 1
    assert run_demo("round", "list", "--kind", "investor").out.count("round-") == 0


def test_a_round_is_shown_in_full_or_cut_and_says_so(run_demo: Run) -> None:
    key = drafted()
    with looked_into(Path.cwd()) as peipao:
        described = peipao.describe_round(key)
    whole, cut = run_demo("round", "show", key, "--rows", 1_000), run_demo("round", "show", key)
    short = run_demo("round", "show", key, "--rows", 1)
    assert all(row.provider in whole.plain for row in described.pairs)
    assert all(plain(row.reason) in whole.plain for row in described.empty)
    assert "此处" not in whole.out
    assert f"共 {len(described.pairs)} 行,此处 20 行" in cut.out
    assert described.pairs[0].project in short.plain
    assert described.pairs[1].project not in short.plain


def test_an_eligible_provider_is_explained_by_parts_that_sum_to_the_whole(
    demo: tuple[Path, Ran], run_demo: Run
) -> None:
    with looked_into(Path.cwd()) as peipao:
        match = peipao.show_rounds.matches(drafted()).matches[0]
        found = peipao.explain_pair(match.need_id, match.provider_id)
    ran = run_demo("explain", match.need_id, "--provider", match.provider_id)
    assert ran.code == 0
    assert f"在 {found.n_eligible} 个可对接的资源方中排第 {found.rank}\n" in ran.out
    assert f"匹配度 {match.affinity:.4f}" in ran.out
    assert all(f"· {reason}" in ran.out for reason in found.reasons)
    assert found.margin is not None
    rows = [line.split("│")[1:-1] for line in ran.out.splitlines() if line.startswith("│")]
    for columns in (2, 3):  # by topic, then by factor
        numbers = [row[-1].strip() for row in rows if len(row) == columns]
        parts = [float(number) for number in numbers if number]
        assert sum(parts) == pytest.approx(found.margin, abs=5e-5 * (len(parts) + 1))


def test_an_excluded_provider_is_explained_by_the_rule_that_excludes_it(run_demo: Run) -> None:
    with looked_into(Path.cwd()) as peipao:
        outcomes = peipao.show_rounds.outcomes(drafted()).outcomes
        referred = next(one for one in outcomes if one.type.value == "referred")
        with peipao.store.reading() as tx:
            mentors = tx.providers.of_kind("mentor")
        pairs = ((referred.need_id, mentor.id) for mentor in mentors)
        found = next(f for f in (peipao.explain_pair(*pair) for pair in pairs) if not f.eligible)
    ran = run_demo("explain", found.need_id, "--provider", found.provider_id)
    assert ran.code == 0
    assert ran.out.splitlines()[0] == f"不可对接:{found.excluded_because}"


def test_a_provider_of_another_kind_cannot_be_explained(run_demo: Run) -> None:
    with looked_into(Path.cwd()) as peipao:
        need = peipao.show_rounds.matches(drafted()).matches[0].need_id
        with peipao.store.reading() as tx:
            space = tx.providers.of_kind("space")[0].id
    ran = run_demo("explain", need, "--provider", space)
    assert (ran.code, ran.refusal) == (2, "invalid-input")
    assert "mentor" in ran.err
