from __future__ import annotations

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path

import pytest
from trained_city import CITY, NOW, SEED, Wired

from models.tracking import open_tracking
from peipao.clock import FixedClock
from peipao.config import Settings
from peipao.errors import (
    CheckFailedError,
    InvalidInputError,
    ModelPackageError,
    NoActiveModelError,
    NotFoundError,
    UnknownKindError,
)
from peipao.store import LedgerHead
from serving.usecases.drafts import NeedDraft, ProjectDraft, ProviderDraft
from serving.wiring import Peipao, wire


def head_of(peipao: Peipao) -> LedgerHead:
    with peipao.store.reading() as tx:
        return tx.ledger.head()


def test_loading_the_city_twice_changes_nothing(peipao: Peipao) -> None:
    before = head_of(peipao)
    again = peipao.load_sample(CITY, SEED, by="tests")
    assert again.already_there
    assert (again.projects, again.needs, again.providers, again.feedback) == (0, 0, 0, 0)
    assert head_of(peipao) == before


def test_a_later_version_is_served_at_once_and_rolled_back_by_one_word(peipao: Peipao) -> None:
    before = peipao.rank.project("p0001", "mentor")
    trained = peipao.train_model("mentor", by="tests", seed=7, track=False)
    after = peipao.rank.project("p0001", "mentor")
    assert (before.versions.model, after.versions.model) == ("mentor-0001", "mentor-0002")
    assert trained.version == "mentor-0002"
    assert after.tag != before.tag
    peipao.activate_model.rollback("mentor", by="tests")
    again = peipao.rank.project("p0001", "mentor")
    assert again.versions.model == "mentor-0001"
    assert again.matches == before.matches
    with pytest.raises(InvalidInputError, match="没有更早的版本"):
        peipao.activate_model.rollback("mentor", by="tests")


def test_a_version_that_is_not_to_be_served_waits(peipao: Peipao) -> None:
    trained = peipao.train_model("mentor", by="tests", activate=False, track=False)
    assert not trained.activated
    assert peipao.rank.project("p0001", "mentor").versions.model == "mentor-0001"


def test_the_same_data_and_seed_train_the_same_model(peipao: Peipao, home: Path) -> None:
    version = peipao.train_model("mentor", by="tests", activate=False, track=False).version
    packages = home / "packages"
    for name in ("features.json", "policy.json", "arrays.npz"):
        assert (packages / version / name).read_bytes() == (
            packages / "mentor-0001" / name
        ).read_bytes()


def test_a_folder_left_by_a_broken_training_is_passed_over(peipao: Peipao, home: Path) -> None:
    (home / "packages" / "mentor-0002").mkdir()
    assert peipao.train_model("mentor", by="tests", track=False).version == "mentor-0003"


def test_training_is_noted_with_the_data_it_rests_on(peipao: Peipao) -> None:
    trained = peipao.train_model("mentor", by="analyst-1", why="月度重训", track=False)
    with peipao.store.reading() as tx:
        lines = tx.ledger.about(f"model:{trained.version}")
    assert [line.verb for line in lines] == ["model.add", "model.activate"]
    assert {line.who for line in lines} == {"analyst-1"}
    assert lines[0].versions == {"model": trained.version, "data": trained.data_version}


def test_a_tracked_training_is_the_champion_until_it_is_rolled_back(peipao: Peipao) -> None:
    first = peipao.train_model("service_officer", by="tests")
    second = peipao.train_model("service_officer", by="tests")
    settings = peipao.settings
    tracking = open_tracking(settings.tracking_database, settings.artifacts)
    champion = tracking.resolve("service_officer", "champion")
    assert champion.run_id == second.run_id
    manifest = json.loads((champion.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["version"] == second.version
    peipao.activate_model.rollback("service_officer", by="tests")
    assert tracking.resolve("service_officer", "champion").run_id == first.run_id


def test_without_feedback_the_model_is_the_kind_file_and_says_it_is_uncalibrated(
    tmp_path: Path, wired: Wired, peipao: Peipao
) -> None:
    fresh = wired(tmp_path / "no-feedback")
    fresh.store.migrate()
    with peipao.store.reading() as tx:
        providers, needs = tx.providers.of_kind("mentor"), tx.needs.open_of_kind("mentor")
        projects = tx.projects.get_many([need.project_id for need in needs])
    with fresh.store.transaction(who="tests", why="无反馈") as tx:
        tx.providers.add_many(providers)
        tx.projects.add_many(projects)
        tx.needs.add_many(
            [dataclasses.replace(need, owner=None, request_id=None) for need in needs]
        )
    fresh.train_model("mentor", by="tests", track=False)
    found = fresh.rank.project("p0001", "mentor")
    assert not found.calibrated
    with fresh.store.reading() as tx:
        model = fresh.models.of_kind(tx, "mentor").package.margin_model
    hand = {item.name: item.weight for item in fresh.catalogue["mentor"].comparisons}
    assert dict(zip(model.names, model.weights.tolist(), strict=True)) == hand
    assert model.learnt == ()


def test_what_cannot_be_trained_or_run_is_told_by_name(tmp_path: Path, wired: Wired) -> None:
    empty = wired(tmp_path / "empty")
    empty.store.migrate()
    with pytest.raises(UnknownKindError):
        empty.train_model("lawyer", by="tests")
    with pytest.raises(InvalidInputError, match="没有可供训练的需求"):
        empty.train_model("mentor", by="tests")
    with pytest.raises(InvalidInputError, match="没有等待配对的需求"):
        empty.run_round("mentor", by="tests")
    with pytest.raises(NoActiveModelError):
        empty.activate_model.rollback("mentor", by="tests")
    with pytest.raises(NotFoundError):
        empty.activate_model("mentor-0009", by="tests")
    assert list((tmp_path / "empty").glob("packages/*")) == []


def test_a_round_whose_frozen_inputs_are_gone_cannot_be_proved(peipao: Peipao, home: Path) -> None:
    key = peipao.run_round("mentor", by="tests")
    (home / "rounds" / f"{key}.jsonl.gz").unlink()
    with pytest.raises(CheckFailedError, match="冻结输入无法读取"):
        peipao.replay_round(key)


def test_a_tenth_kind_is_one_file_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "kinds"
    folder.mkdir()
    (folder / "law_firm.toml").write_text(LAW_FIRM, encoding="utf-8")
    peipao = wire(Settings(home=tmp_path / "home", kinds_dir=folder), FixedClock(NOW))
    peipao.store.migrate()
    areas = ("contract", "equity", "labour")
    for number, area in enumerate(areas):
        draft = ProviderDraft("law_firm", f"律所{number}", {"practice_areas": [area]}, f"l{number}")
        peipao.add_provider(draft, by="tests")
        attributes = {"industries": ["marine"], "district": "laoshan"}
        need = NeedDraft("law_firm", {"legal_areas": [area, "ip"]})
        project = ProjectDraft(f"项目{number}", "seed", attributes, f"q{number}", needs=(need,))
        peipao.add_project(project, by="tests")
    peipao.train_model("law_firm", by="tests", track=False)
    found = peipao.rank.project("q1", "law_firm")
    assert [one.provider_id for one in found.matches] == ["l1"]
    assert found.excluded == {"律所业务领域未覆盖项目的法律需求": 2}
    key = peipao.run_round("law_firm", by="tests")
    made = peipao.show_rounds.matches(key).matches
    assert {match.provider_id for match in made} == {"l0", "l1", "l2"}
    peipao.close()


LAW_FIRM = """
name = "law_firm"
label = "律师事务所"
team = "general"

[provider.practice_areas]
type = "multi"
label = "业务领域"
required = true
values = ["contract", "equity", "labour", "ip"]
labels = { contract = "合同", equity = "股权", labour = "劳动", ip = "知识产权" }

[need.legal_areas]
type = "multi"
label = "法律需求"
required = true
values = ["contract", "equity", "labour", "ip"]
labels = { contract = "合同", equity = "股权", labour = "劳动", ip = "知识产权" }

[[comparisons]]
name = "areas"
need = "legal_areas"
provider = "practice_areas"
measure = "coverage"
weight = 2.0
label = "业务契合"

[[rules]]
need = "legal_areas"
test = "overlaps"
provider = "practice_areas"
reason = "律所业务领域未覆盖项目的法律需求"

[pairing]
capacity = 4
"""


def test_a_kind_file_that_outgrew_its_model_asks_for_training_and_gets_it(
    tmp_path: Path, home: Path
) -> None:
    packaged = resources.files("peipao.kinds").joinpath("mentor.toml").read_text("utf-8")
    (tmp_path / "kinds").mkdir()
    awards = '[provider.awards]\ntype = "text"\nlabel = "荣誉"\n\n'
    grown = packaged.replace("[need.topic]", f"{awards}[need.topic]")
    (tmp_path / "kinds" / "mentor.toml").write_text(grown, encoding="utf-8")
    settings = Settings(home=home, kinds_dir=tmp_path / "kinds")
    peipao = wire(settings, FixedClock(NOW))
    attributes = {"industries": ["marine"], "skills": ["first_order"], "awards": "市级导师"}
    peipao.add_provider(ProviderDraft("mentor", "某某", attributes, "m-new"), by="tests")
    assert peipao.readiness.warm().ready
    with pytest.raises(ModelPackageError, match="peipao train"):
        peipao.rank.project("p0001", "mentor")
    assert peipao.rank.project("p0001", "service_officer").matches
    peipao.train_model("mentor", by="tests", track=False)
    assert peipao.rank.project("p0001", "mentor").versions.model == "mentor-0002"
    peipao.close()


def test_a_model_is_swapped_under_load_and_no_answer_mixes_two(peipao: Peipao) -> None:
    peipao.train_model("mentor", by="tests", seed=7, track=False)
    expected = {}
    for version in ("mentor-0001", "mentor-0002"):
        peipao.activate_model(version, by="tests")
        expected[version] = peipao.rank.project("p0001", "mentor").matches
    assert expected["mentor-0001"] != expected["mentor-0002"]

    def swap(number: int) -> None:
        peipao.activate_model(f"mentor-000{number % 2 + 1}", by="tests")

    def ask(_number: int) -> tuple[str, bool]:
        found = peipao.rank.project("p0001", "mentor")
        return found.versions.model, found.matches == expected[found.versions.model]

    with ThreadPoolExecutor(6) as pool:
        swaps = pool.map(swap, range(20))
        answers = list(pool.map(ask, range(120)))
        list(swaps)
    assert {whole for _, whole in answers} == {True}


def test_new_entities_are_scored_at_once_and_as_after_a_full_rebuild(
    peipao: Peipao, home: Path, wired: Wired
) -> None:
    skills = {"skills": {"value": ["first_order"], "stance": "prefer"}}
    stated = {"industries": ["marine"], "district": "laoshan", "intro": "海洋牧场水质监测"}
    drafted = ProjectDraft("新项目", "startup", stated)
    before = peipao.rank.profile(drafted, NeedDraft("mentor", skills), 100)
    added = peipao.add_project(
        dataclasses.replace(drafted, needs=(NeedDraft("mentor", skills),)), by="tests"
    )
    need = peipao.rank.need(added.need_ids[0], 100)
    assert need.matches == before.matches
    attributes = {"industries": ["marine"], "skills": ["first_order"], "intro": "海洋装备市场"}
    peipao.add_provider(ProviderDraft("mentor", "新导师", attributes, "m-new"), by="tests")
    at_once = peipao.rank.need(added.need_ids[0], 100)
    rebuilt = wired(home).rank.need(added.need_ids[0], 100)
    assert "m-new" in [one.provider_id for one in at_once.matches[:10]]
    assert at_once.matches == rebuilt.matches
    assert at_once.shortlist == rebuilt.shortlist


def test_training_and_evaluating_report_districts_and_founder_groups(peipao: Peipao) -> None:
    trained = peipao.train_model("mentor", by="tests", activate=False, track=False)
    assert trained.flags == ()
    sides = {(cell.side, cell.grouping) for cell in trained.disparity}
    assert {("project", "区市"), ("project", "创业者群体")} <= sides
    assert min(cell.n for cell in trained.disparity) >= 5
    judged = peipao.evaluate_model("mentor", seed=1)
    assert judged.treated == ()
    assert {(cell.side, cell.grouping) for cell in judged.disparity} == sides


def test_without_the_key_of_sealed_facts_the_founder_groups_are_left_out(
    peipao: Peipao, home: Path, wired: Wired
) -> None:
    (home / "facts.key").unlink()
    trained = wired(home).train_model("mentor", by="tests", activate=False, track=False)
    assert {cell.grouping for cell in trained.disparity} == {"区市"}
