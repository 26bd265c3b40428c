"""What a round can prove: who was told, what differs, how it served whom, and the same again."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from api_caller import Caller
from command_line import Run, apart, looked_into
from trained_city import NOW, Wired

import peipao.kinds
from features.eligibility import OTHER_DISTRICT
from peipao.clock import FixedClock
from peipao.config import Settings
from peipao.domain.states import MatchState, NeedState
from peipao.errors import CheckFailedError, InfeasibleError, InvalidInputError
from serving.api.app import create_app
from serving.usecases.report_round import MIN_CELL
from serving.usecases.round_terms import NO_TERMS, Quota, RoundTerms
from serving.wiring import Peipao, wire

KIND = "mentor"


def published(peipao: Peipao, what: RoundTerms = NO_TERMS) -> str:
    key = peipao.run_round(KIND, by="zhao", terms=what)
    peipao.review_round.check(key, by="zhao")
    peipao.review_round.approve(key, by="li")
    peipao.review_round.publish(key, by="li")
    return key


def pairs(peipao: Peipao, key: str) -> set[tuple[str, str]]:
    return {(one.need_id, one.provider_id) for one in peipao.show_rounds.matches(key).matches}


# --- terms --------------------------------------------------------------------------------------


def test_pins_are_kept_and_vetoes_are_not_made(drafts: Peipao) -> None:
    plain = drafts.run_round(KIND, by="zhao")
    first, second, *_ = sorted(pairs(drafts, plain))
    stated = RoundTerms(vetoes=(first,), pins=(second,))
    key = drafts.run_round(KIND, by="zhao", terms=stated)
    assert first not in pairs(drafts, key)
    assert second in pairs(drafts, key)
    assert drafts.replay_round(key).digest == drafts.show_rounds.one(key).digest


def test_a_quota_by_attribute_bounds_the_matches_of_a_district(drafts: Peipao) -> None:
    spec = drafts.catalogue[KIND]
    asked = drafts.run_round.snapshots(spec).asked
    inside = {need.id for need, project in asked if project.attributes["district"] == "huangdao"}
    assert len(inside) > 3
    quota = Quota("hd", "need", "project.district", ("huangdao",), least=1, most=3)
    key = drafts.run_round(KIND, by="zhao", terms=RoundTerms(quotas=(quota,)))
    assert len([pair for pair in pairs(drafts, key) if pair[0] in inside]) == 3
    assert drafts.replay_round(key).digest == drafts.show_rounds.one(key).digest


def test_a_quota_of_the_kind_file_holds_in_every_round(home: Path, tmp_path: Path) -> None:
    stock = Path(str(peipao.kinds.__file__)).parent / "mentor.toml"
    folder = tmp_path / "kinds"
    folder.mkdir()
    quota = """
[[pairing.quotas]]
name = "huangdao_most"
side = "need"
attribute = "project.district"
values = ["huangdao"]
max = 2
"""
    text = stock.read_text(encoding="utf-8") + quota
    (folder / "mentor.toml").write_text(text, encoding="utf-8")
    service = wire(Settings(home=home, kinds_dir=folder), FixedClock(NOW))
    asked = service.run_round.snapshots(service.catalogue[KIND]).asked
    inside = {need.id for need, project in asked if project.attributes["district"] == "huangdao"}
    key = service.run_round(KIND, by="zhao")
    made = [pair for pair in pairs(service, key) if pair[0] in inside]
    service.close()
    assert len(made) == 2


def test_a_quota_that_nobody_can_meet_is_refused(drafts: Peipao) -> None:
    nobody = Quota("x", "need", "project.district", ("nowhere",), least=1)
    with pytest.raises(InvalidInputError, match="没有符合的成员"):
        drafts.run_round(KIND, by="zhao", terms=RoundTerms(quotas=(nobody,)))
    unknown = Quota("x", "provider", "colour", ("red",))
    with pytest.raises(InvalidInputError, match="没有属性 'colour'"):
        drafts.run_round(KIND, by="zhao", terms=RoundTerms(quotas=(unknown,)))
    many = Quota("x", "need", "project.stage", ("startup",), least=1_000)
    with pytest.raises((InfeasibleError, InvalidInputError)):
        drafts.run_round(KIND, by="zhao", terms=RoundTerms(quotas=(many,)))


def test_a_round_without_a_solution_names_the_clash_and_the_cheapest_way_out(
    peipao: Peipao,
) -> None:
    need, provider = min(pairs(peipao, peipao.run_round(KIND, by="zhao")))
    terms = RoundTerms(
        pins=((need, provider),), quotas=(Quota("none", "need", members=(need,), most=0),)
    )
    with pytest.raises(InfeasibleError) as refused:
        peipao.run_round(KIND, by="zhao", terms=terms)
    said = str(refused.value)
    assert f"指定 ({need}, {provider})" in said
    assert "分组 none 的上限 0" in said
    assert said.endswith("最便宜的放宽(费用 2):分组 none 的上限加 1")


def test_a_need_that_only_districts_leave_alone_may_cross_one_at_the_cost_of_the_kind_file(
    peipao: Peipao, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots = peipao.run_round.snapshots
    spec = peipao.catalogue[KIND]
    snapshot = snapshots(spec)
    table = snapshots.scored(spec, snapshot).eligibility
    elsewhere = table.reasons.index(OTHER_DISTRICT) + 1
    row = int(np.flatnonzero((table.excluded_by == elsewhere).any(axis=1))[0])
    need = str(table.need_ids[row])
    own = table.provider_ids[table.excluded_by[row] == 0].tolist()
    terms = RoundTerms(vetoes=tuple((need, one) for one in own), need_min={need: 1})
    with pytest.raises(InfeasibleError) as refused:
        peipao.run_round(KIND, by="zhao", terms=terms)
    project = next(project for asked, project in snapshot.asked if asked.id == need)
    home = peipao.reference.districts[str(project.attributes["district"])].zh
    assert f"需求 {need} 的下限 1" in str(refused.value)
    assert re.search(rf"最便宜的放宽\(费用 2\):放行 {home} → \S+ 1 对$", str(refused.value))
    monkeypatch.setattr("serving.usecases.way_out.MOST_BARRED", 0)  # too many to look across
    with pytest.raises(InfeasibleError, match=r"放宽区市未计算在内$") as refused:
        peipao.run_round(KIND, by="zhao", terms=terms)
    assert "放行" not in str(refused.value)
    assert f"需求 {need} 的下限 1" in str(refused.value)


def test_a_round_that_keeps_to_an_earlier_plan_changes_no_more_than_asked(drafts: Peipao) -> None:
    before = drafts.run_round(KIND, by="zhao")
    first = min(pairs(drafts, before))
    stated = RoundTerms(vetoes=(first,), previous=before, max_changes=2)
    key = drafts.run_round(KIND, by="zhao", terms=stated)
    assert len(pairs(drafts, before) - pairs(drafts, key)) <= 2
    assert drafts.replay_round(key).digest == drafts.show_rounds.one(key).digest


def test_terms_come_over_http_and_by_the_command_line(peipao: Peipao, run_demo: Run) -> None:
    caller = Caller(create_app(peipao))
    body = {
        "kind": KIND,
        "vetoes": [["n-p0001-mentor", "m0001"]],
        "quotas": [
            {
                "id": "a",
                "side": "need",
                "attribute": "project.stage",
                "values": ["seed", "startup", "growth", "mature"],
                "most": 5,
            }
        ],
    }
    made = caller.post("/v1/rounds", json=body)
    assert (made.status_code, made.json()["figures"]["matches"]) == (201, 5)
    quota = "a:need:project.stage=seed|startup|growth|mature:..5"
    ran = run_demo("round", "run", KIND, "--quota", quota, "--veto", "n-p0001-mentor=m0001")
    assert (ran.code, "对接 5," in ran.out) == (0, True)
    assert run_demo("round", "run", KIND, "--quota", "a:b").refusal == "invalid-input"


# --- replay -------------------------------------------------------------------------------------


def test_a_published_round_replays_after_its_model_was_replaced_and_lost(
    peipao: Peipao, home: Path, wired: Wired
) -> None:
    key = published(peipao)
    peipao.train_model(KIND, by="tests", track=False)
    shutil.rmtree(home / "packages")
    assert wired(home).replay_round(key).digest == peipao.show_rounds.one(key).digest


def test_a_bundle_is_replayed_in_an_empty_folder_without_any_database(run_demo: Run) -> None:
    with looked_into(Path.cwd()) as peipao:
        key = peipao.show_rounds(kind=KIND)[0].id
        digest = peipao.show_rounds.one(key).digest
    assert run_demo("round", "bundle", key, "--out", "依据.jsonl.gz").code == 0
    alone = Path.cwd() / "alone"
    alone.mkdir()
    shutil.move("依据.jsonl.gz", alone)
    ran = apart(alone, "round", "replay", "--bundle", "依据.jsonl.gz")
    assert (ran.code, digest in ran.out) == (0, True)
    assert [one.name for one in alone.iterdir()] == ["依据.jsonl.gz"]


def test_a_bundle_names_nobody(peipao: Peipao) -> None:
    text = gzip.decompress(peipao.export_bundle(published(peipao))).decode("utf-8")
    with peipao.store.reading() as tx:
        names = [one.name for one in tx.providers.of_kind(KIND)]
        names += [one.name for one in tx.projects.list()]
    assert [name for name in names if name in text] == []
    assert all(json.loads(line) for line in text.splitlines())


def test_a_stored_outcome_that_was_edited_fails_the_replay(peipao: Peipao) -> None:
    key = published(peipao)
    with peipao.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE outcomes SET reason = '改过' WHERE type <> 'paired'")
    with pytest.raises(CheckFailedError, match="需求结果"):
        peipao.replay_round(key)


# --- withdrawal ---------------------------------------------------------------------------------


def test_a_withdrawal_brings_the_state_before_publication_back_and_tells_everybody(
    peipao: Peipao,
) -> None:
    first = published(peipao)
    with peipao.store.reading() as tx:
        held = {one.id: one.state for one in tx.matches.of_kind(KIND)}
        used = tx.providers.used(KIND)
    second = published_of_newcomers(peipao)
    told_before = peipao.review_round.notices(second)
    peipao.review_round.withdraw(second, by="li", why="数据有误")
    with peipao.store.reading() as tx:
        now = {one.id: one.state for one in tx.matches.of_kind(KIND)}
        assert {key: now[key] for key in held} == held
        assert tx.providers.used(KIND) == used
    gone = set(now) - set(held)
    assert gone
    assert {now[key] for key in gone} == {MatchState.EXPIRED}
    told = peipao.review_round.notices(second)
    assert [one for one in told_before if one not in told] == []
    sides = {one.to for one in told if one.event == "match.withdrawn"}
    assert len([to for to in sides if to.startswith("project:")]) == len(gone)
    assert {one.event for one in told if one.to == "staff"} == {
        "round.published",
        "round.withdrawn",
    }
    assert peipao.show_rounds.one(first).state == "published"


def published_of_newcomers(peipao: Peipao) -> str:
    """Publish a round over three projects that came after the first one, and more places."""
    with peipao.store.transaction(who="tests", why="新来") as tx:
        for at, need in enumerate(tx.needs.of_kind(KIND)[:3]):
            project = replace(tx.projects.get(need.project_id), id=f"new{at}", external_ids={})
            tx.projects.add(project)
            fresh = replace(need, id=f"new{at}-m", project_id=project.id, version=1)
            tx.needs.add(replace(fresh, state=NeedState.OPENED, opened_at=NOW))
        for provider in tx.providers.of_kind(KIND)[:4]:
            tx.providers.update(replace(provider, capacity=9))
    key = peipao.run_round(KIND, by="zhao")
    for one in peipao.override_finding.list(key):
        peipao.override_finding(key, one.number, by="li", why="确为新增名额")
    peipao.review_round.check(key, by="zhao")
    peipao.review_round.approve(key, by="li")
    peipao.review_round.publish(key, by="li")
    return key


# --- differences and fairness -------------------------------------------------------------------


def test_two_rounds_of_the_same_inputs_do_not_differ(drafts: Peipao) -> None:
    one, other = (drafts.run_round(KIND, by="zhao") for _ in range(2))
    found = drafts.diff_rounds(one, other)
    assert (found.same_result, found.same_inputs, found.pairs, found.outcomes) == (
        True,
        True,
        (),
        (),
    )


def test_a_veto_shows_in_the_difference_as_the_pair_that_is_gone(drafts: Peipao) -> None:
    before = drafts.run_round(KIND, by="zhao")
    gone = min(pairs(drafts, before))
    after = drafts.run_round(KIND, by="zhao", terms=RoundTerms(vetoes=(gone,)))
    found = drafts.diff_rounds(before, after)
    (row,) = [one for one in found.pairs if (one.need_id, one.provider_id) == gone]
    assert row.before is not None
    assert row.after is None
    assert found.kept == len(pairs(drafts, before) & pairs(drafts, after))
    assert "total_affinity" in found.figures


def test_rounds_of_two_kinds_are_not_compared(drafts: Peipao) -> None:
    one = drafts.run_round(KIND, by="zhao")
    other = drafts.run_round("service_officer", by="zhao")
    with pytest.raises(InvalidInputError, match="类别不同"):
        drafts.diff_rounds(one, other)


def test_no_cell_of_a_report_is_smaller_than_five_needs_or_follows_from_the_others(
    peipao: Peipao,
) -> None:
    key = published(peipao)
    report = peipao.report_round(key)
    total = report.groups[0].cells[0].needs
    assert all(cell.needs >= MIN_CELL for group in report.groups for cell in group.cells)
    (district,) = [group for group in report.groups if group.by == "district"]
    missing = total - sum(cell.needs for cell in district.cells)
    assert missing == 0 or missing >= MIN_CELL


def test_the_rates_of_a_report_are_those_counted_by_hand(peipao: Peipao) -> None:
    key = published(peipao)
    spec = peipao.catalogue[KIND]
    report = peipao.report_round(key)
    outcomes = peipao.show_rounds.outcomes(key).outcomes
    paired = [one for one in outcomes if one.type.value == "paired"]
    whole = report.groups[0].cells[0]
    assert whole.match_rate == pytest.approx(len(paired) / len(outcomes), abs=1e-4)
    snapshots = peipao.run_round.snapshots
    need_ids = [one.need_id for one in outcomes]
    with peipao.store.reading() as tx:
        needs = {need.id: need for need in tx.needs.get_many(need_ids)}
    waited = [(NOW - needs[key].opened_at).total_seconds() / 86_400 for key in need_ids]
    assert whole.waited_days == pytest.approx(sum(waited) / len(waited), abs=0.06)
    assert snapshots.catalogue[KIND] == spec


def test_the_evidence_of_a_round_comes_over_http(peipao: Peipao) -> None:
    one, other = (peipao.run_round(KIND, by="zhao") for _ in range(2))
    peipao.review_round.check(one, by="zhao")
    caller = Caller(create_app(peipao), key=peipao.keys("查看", ["read"], by="t").text)
    assert caller.get(f"/v1/rounds/{one}/diff/{other}").json()["same_result"] is True
    assert caller.get(f"/v1/rounds/{one}/report").json()["trial"] == 1
    assert caller.get(f"/v1/rounds/{one}/findings").json() == []
    assert caller.get(f"/v1/rounds/{one}/notices").json() == []
    digest = peipao.show_rounds.one(one).digest
    assert caller.post(f"/v1/rounds/{one}/replay").json()["digest"] == digest
    bundle = caller.get(f"/v1/rounds/{one}/bundle")
    assert bundle.headers["content-type"] == "application/gzip"
    assert bundle.content == peipao.export_bundle(one)
    refused = caller.post(f"/v1/rounds/{one}/findings/1/override", json={"why": "已经核对"})
    assert refused.status_code == 403


def test_the_evidence_of_a_round_is_shown_on_the_command_line(run_demo: Run) -> None:
    with looked_into(Path.cwd()) as peipao:
        key = peipao.show_rounds(kind=KIND)[0].id
    assert run_demo("round", "run", KIND, "--seed", "甲", "--by", "zhao").code == 0
    with looked_into(Path.cwd()) as peipao:
        other = peipao.show_rounds(kind=KIND)[0].id
    assert "stated-seed" in run_demo("round", "findings", other).plain
    blocked = run_demo("round", "check", other, "--by", "zhao")
    assert (blocked.code, blocked.refusal) == (2, "preflight-blocked")
    passed = run_demo("round", "override", other, 1, "--by", "li", "--why", "会上公布过")
    assert passed.out == "第 1 条已由 li 放行:会上公布过\n"
    assert run_demo("round", "check", other, "--by", "zhao").code == 0
    assert f"{KIND} {key} → {other}" in run_demo("round", "diff", key, other).out
    assert "创业者类别" in run_demo("round", "report", key).out
    assert "没有发现" in run_demo("round", "findings", key).out
