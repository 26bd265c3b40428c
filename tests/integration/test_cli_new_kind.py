"""A tenth kind is one file: registered, trained, ranked, paired and explained with nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_caller import Caller

from peipao.clock import FixedClock
from peipao.config import Settings
from serving.api.app import create_app
from serving.usecases.drafts import NeedDraft, ProjectDraft, ProviderDraft
from serving.wiring import Peipao, wire

LAW_FIRM = """
name = "law_firm"
label = "律师事务所"
team = "general"
prior_acceptance = 0.4

[provider.practice_areas]
type = "multi"
label = "业务领域"
required = true
values = ["contract", "labour", "patent", "financing"]
labels = { contract = "合同", labour = "劳动用工", patent = "知识产权", financing = "投融资" }

[provider.district]
type = "category"
label = "所在区市"
values = "districts"

[provider.free_hours]
type = "number"
unit = "hour"
label = "每月公益时长(小时)"

[need.legal_areas]
type = "multi"
label = "法律需求"
required = true
values = ["contract", "labour", "patent", "financing"]
labels = { contract = "合同", labour = "劳动用工", patent = "知识产权", financing = "投融资" }

[need.hours]
type = "number"
unit = "hour"
label = "期望的公益时长(小时)"

[[comparisons]]
name = "areas"
need = "legal_areas"
provider = "practice_areas"
measure = "coverage"
weight = 2.0
label = "业务契合"

[[comparisons]]
name = "district"
need = "project.district"
provider = "district"
measure = "same"
weight = 0.6
label = "同区服务"

[[comparisons]]
name = "hours"
need = "hours"
provider = "free_hours"
measure = "at_most"
weight = 0.5
label = "公益时长"

[[rules]]
need = "legal_areas"
test = "overlaps"
provider = "practice_areas"
reason = "律所业务领域未覆盖项目的法律需求"

[pairing]
capacity = 1
"""
FIRMS: dict[str, dict[str, Any]] = {
    "law-a": {"practice_areas": ["contract", "labour"], "district": "laoshan", "free_hours": 10},
    "law-b": {"practice_areas": ["contract"], "district": "shinan", "free_hours": 2},
    "law-c": {"practice_areas": ["patent"], "district": "laoshan"},
}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Peipao]:
    """A city that knows law firms by one file, has three of them and one project in need."""
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "law_firm.toml").write_text(LAW_FIRM, encoding="utf-8")
    settings = Settings(home=tmp_path / "home", kinds_dir=tmp_path / "kinds")
    peipao = wire(settings, FixedClock(dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)))
    peipao.store.migrate()
    for key, attributes in FIRMS.items():
        draft = ProviderDraft(kind="law_firm", name=f"律所 {key}", attributes=attributes, id=key)
        peipao.add_provider(draft, by="tests")
    peipao.add_project(
        ProjectDraft(
            name="甲公司",
            stage="startup",
            id="p1",
            attributes={"district": "laoshan", "industries": ["artificial-intelligence"]},
            needs=(
                NeedDraft("law_firm", {"legal_areas": ["contract", "labour"], "hours": 5}, id="n1"),
                NeedDraft("law_firm", {"legal_areas": ["financing"]}, id="n2"),
            ),
        ),
        by="tests",
    )
    yield peipao
    peipao.close()


def test_the_new_kind_stands_beside_the_nine_with_all_its_features(city: Peipao) -> None:
    assert len(city.catalogue) == 10
    client = Caller(create_app(city))
    assert "law_firm" in client.get("/v1/kinds").text
    assert "每月公益时长" in client.get("/v1/kinds/law_firm").text


def test_a_firm_is_ranked_by_content_alone_once_a_model_exists(city: Peipao) -> None:
    trained = city.train_model("law_firm", by="tests", track=False)
    assert (trained.version, trained.counts["events"]) == ("law_firm-0001", 0)
    client = Caller(create_app(city))
    said = client.get("/v1/needs/n1/matches").json()
    first, second = said["matches"]
    assert [first["provider_id"], second["provider_id"]] == ["law-a", "law-b"]
    assert first["affinity"] > second["affinity"]
    assert any("业务契合" in reason for reason in first["reasons"])
    assert list(said["excluded"]) == ["律所业务领域未覆盖项目的法律需求"]
    found = city.explain_pair("n1", "law-a")
    assert found.margin == pytest.approx(sum(one.value for one in found.contributions), abs=1e-9)
    assert {"业务契合", "同区服务", "公益时长"} <= {one.label for one in found.contributions}


def test_a_round_of_the_new_kind_goes_all_the_way_to_publication(city: Peipao) -> None:
    city.train_model("law_firm", by="tests", track=False)
    key = city.run_round("law_firm", by="zhao")
    described = city.describe_round(key)
    (pair,), (empty,) = described.pairs, described.empty
    assert (pair.need_id, pair.provider_id) == ("n1", "law-a")
    assert any("业务契合" in reason for reason in pair.reasons)
    assert (empty.need_id, empty.outcome, empty.position) == ("n2", "waiting", 1)
    assert "律所业务领域未覆盖项目的法律需求" in empty.reason
    city.review_round.check(key, by="zhao")
    city.review_round.approve(key, by="li")
    city.review_round.publish(key, by="li")
    with city.store.reading() as tx:
        assert tx.providers.used("law_firm") == {"law-a": 1, "law-b": 0, "law-c": 0}
