# ruff: noqa: E501  one planted error a line
from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import NamedTuple

import pytest

from peipao.errors import ReferenceDataError
from peipao.reference.loader import load_reference


class Planted(NamedTuple):
    file: str
    old: str
    new: str
    row: str
    field: str


POLICIES = "policies.yaml"
TREE = "      - field: award_rank\n        op: in\n        value:\n        - 一等奖\n"
GATE = "    any:\n    - field: industry_in_10_plus_1\n      op: eq\n      value: true\n"

ERRORS = [
    # districts and zones
    Planted("districts.yaml", "code: '370202'", "code: '37020'", "shinan", "code"),
    Planted("districts.yaml", "  - '370282'", "  - '37028'", "jimo", "former_codes"),
    Planted("districts.yaml", "- id: shibei", "- id: shinan", "shinan", "id"),
    Planted("districts.yaml", "- id: shibei", "- id: 'shi bei'", "shi bei", "id"),
    Planted("districts.yaml", "- id: shibei\n", "- ident: shibei\n", "districts[1]", "id"),
    Planted("districts.yaml", "  kind: 县级市", "  kind: 地级市", "jiaozhou", "kind"),
    Planted("districts.yaml", "lat: 36.075651", "lat: 136.1", "shinan", "lat"),
    Planted("districts.yaml", "lat: 36.075651", "lat: .nan", "shinan", "lat"),
    Planted("districts.yaml", "lat: 36.075651", "lat: '36.07'", "shinan", "lat"),
    Planted("districts.yaml", "lat: 36.075651", "lat: true", "shinan", "lat"),
    Planted("districts.yaml", "  - 四方\n", "  - 黄岛\n", "huangdao", "aliases"),
    Planted("districts.yaml", "  - 四方\n", "  - 市北\n", "shibei", "aliases"),
    Planted("districts.yaml", "  - 四方\n", "  - 4\n", "shibei", "aliases"),
    Planted("districts.yaml", "  aliases:\n  - 市南\n", "  aliases: 市南\n", "shinan", "aliases"),
    Planted("districts.yaml", "  district: chengyang", "  district: redisland", "qingdao-hitech-zone", "district"),
    Planted("districts.yaml", "  - 蓝色硅谷", "  - 城阳区", "blue-silicon-valley", "aliases"),
    Planted("districts.yaml", "  verified: true\n", "  verified: 'true'\n", "shinan", "verified"),
    Planted("districts.yaml", "  verified: true\n", "  verified: true\n  veryfied: true\n", "shinan", "veryfied"),
    Planted("districts.yaml", "\nzones:", "\nzonen:", "zones", "-"),
    # industries
    Planted("industries.yaml", "  tier: 未来", "  tier: 远景", "future-industries", "tier"),
    Planted("industries.yaml", "  tier_en: future", "  tier_en: pilot", "future-industries", "tier_en"),
    Planted("industries.yaml", "- id: marine", "- id: life-health", "life-health", "id"),
    Planted("industries.yaml", "  - zh: 太赫兹\n    verified: true\n    source:\n", "  - zh: 太赫兹\n    verified: true\n    from:\n", "future-industries.tracks[0]", "source"),
    Planted("industries.yaml", "  - zh: 太赫兹\n    verified: true\n", "  - zh: 太赫兹\n    verified: false\n", "meta", "tracks_verified"),
    Planted("industries.yaml", "  published: '2025-04-18'", "  published: '2025-4-18'", "future-industries", "published"),
    Planted("industries.yaml", "  published: '2025-04-18'", "  published: '2025-04-31'", "future-industries", "published"),
    Planted("industries.yaml", "  kind: fallback class", "  kinds: fallback class", "outside-10-plus-1", "kind"),
    # words of industries
    Planted("industry_terms.yaml", "track: 磁存储芯片,", "track: 磁带,", "-.tracks[0]", "track"),
    Planted("industry_terms.yaml", "industry: next-gen-it, track: 磁存储芯片", "industry: it, track: 磁存储芯片", "-.tracks[0]", "industry"),
    Planted("industry_terms.yaml", "track: 先进封装,", "track: 磁存储芯片,", "-.tracks[1]", "track"),
    Planted("industry_terms.yaml", "words: [磁存储, MRAM", "words: [磁存储, 磁存储", "-.tracks[0]", "words"),
    Planted("industry_terms.yaml", "words: [低轨卫星, 卫星通信, 卫星终端, 相控阵, 星座, 天线阵], verified: false", "words: [], verified: false", "-.tracks[54]", "words"),
    Planted("industry_terms.yaml", "磁头, 闪存], verified: false", "磁头, 闪存], verified: true", "-.tracks[0]", "source"),
    Planted("synonyms.yaml", "{id: deep-learning, words: [深度学习, deep learning, 神经网络]", "{id: deep-learning, words: [深度学习]", "deep-learning", "words"),
    Planted("synonyms.yaml", "words: [深度学习, deep learning", "words: [深度学习, Machine Learning", "deep-learning", "words"),
    Planted("synonyms.yaml", "- {id: evtol", "- {id: uav", "uav", "id"),
    # teams
    Planted("teams.yaml", "  - growth\n  - mature\n", "  - growth\n  - old\n", "policy", "stages"),
    Planted("teams.yaml", "cardinality: one_to_one\n", "cardinality: one_to_all\n", "policy", "cardinality"),
    Planted("teams.yaml", "      default: 10\n", "      default: 100\n", "policy.capacity.projects_per_member", "default"),
    Planted("teams.yaml", "      default: 10\n", "      default: 1.5\n", "policy.capacity.projects_per_member", "default"),
    Planted("teams.yaml", "geo_scope: campus", "geo_scope: galaxy", "campus-space", "geo_scope"),
    Planted("teams.yaml", "  zh: 种子期\n", "  zh: ''\n", "seed", "zh"),
    # travel
    Planted("road_links.csv", "shinan,shibei,5.5,", "shinan,north,5.5,", "shinan-north", "to_district"),
    Planted("road_links.csv", "shinan,shibei,5.5,", "shinan,shibei,-5.5,", "shinan-shibei", "km"),
    Planted("road_links.csv", "shinan,shibei,5.5,25", "shinan,shibei,5.5,0", "shinan-shibei", "kmh"),
    Planted("road_links.csv", "shinan,laoshan,8.5,", "shibei,shinan,8.5,", "shibei-shinan", "to_district"),
    Planted("road_links.csv", "shinan,shibei,5.5,25", "shinan,shibei,5.5,10", "licang-shinan", "route"),
    Planted("travel.csv", "huangdao,shinan,85,", "huangdao,shinan,30,", "huangdao-shinan", "minutes"),
    Planted("travel.csv", "huangdao,shinan,85,胶州湾隧道", "huangdao,shinan,85,轮渡", "huangdao-shinan", "route"),
    Planted("travel.csv", "huangdao,shinan,85,", "huangdao,shinan,0,", "huangdao-shinan", "minutes"),
    Planted("travel.csv", "huangdao,shinan,85,", "huangdao,shinan,1e3,", "huangdao-shinan", "minutes"),
    Planted("travel.csv", "huangdao,shinan,85,", "huangdao,south,85,", "huangdao-south", "to_district"),
    Planted("travel.csv", "huangdao,shinan,85,胶州湾隧道,road_links.csv", "huangdao,shinan,85,胶州湾隧道,", "huangdao-shinan", "basis"),
    Planted("travel.csv", "huangdao,shinan,85,胶州湾隧道,road_links.csv,false\n", "", "huangdao-shinan", "minutes"),
    Planted("travel.csv", "huangdao,shinan,85,胶州湾隧道,", "shibei,huangdao,85,胶州湾隧道,", "shibei-huangdao", "to_district"),
    # fields of policies
    Planted(POLICIES, "  listed:\n    type: bool", "  listed:\n    type: boolean", "fields.listed", "type"),
    Planted(POLICIES, "  listed:\n    type: bool\n    ops:\n    - eq", "  listed:\n    type: bool\n    ops:\n    - ge", "fields.listed", "ops"),
    Planted(POLICIES, "  listed:\n    type: bool\n    ops:\n    - eq", "  listed:\n    type: bool\n    ops: []", "fields.listed", "ops"),
    Planted(POLICIES, "  listed:\n    type: bool\n", "  listed:\n    type: bool\n    values: [是]\n", "fields.listed", "values"),
    Planted(POLICIES, "  listed:\n    type: bool\n    ops:\n    - eq\n    used_by: 1", "  listed:\n    type: bool\n    ops:\n    - eq\n    used_by: 2", "fields.listed", "used_by"),
    Planted(POLICIES, "  vat_taxpayer:\n    type: enum", "  vat_taxpayer:\n    type: number", "fields.vat_taxpayer", "values"),
    # predicates of policies
    Planted(POLICIES, "- field: industry_in_10_plus_1\n      op: eq", "- field: industry_in_11\n      op: eq", "qd-peipao-target", "eligibility.any[0].field"),
    Planted(POLICIES, "- field: industry_in_10_plus_1\n      op: eq", "- field: industry_in_10_plus_1\n      op: ge", "qd-peipao-target", "eligibility.any[0].op"),
    Planted(POLICIES, GATE, GATE.replace("value: true", "value: 'true'"), "qd-peipao-target", "eligibility.any[0].value"),
    Planted(POLICIES, GATE, GATE.replace("value: true", "value: 1"), "qd-peipao-target", "eligibility.any[0].value"),
    Planted(POLICIES, GATE, GATE.replace("      value: true\n", ""), "qd-peipao-target", "eligibility.any[0]"),
    Planted(POLICIES, GATE, GATE.replace("    any:\n", "    some:\n"), "qd-peipao-target", "eligibility"),
    Planted(POLICIES, GATE, "    all: []\n" + GATE, "qd-peipao-target", "eligibility"),
    Planted(POLICIES, "    all:\n    - field: project_status\n", "    all:\n      field: project_status\n    x:\n    - field: project_status\n", "qd-second-incubation", "eligibility"),
    Planted(POLICIES, "    all: []\n", "    any: []\n", "sd-employment-fund-2024", "eligibility.any"),
    Planted(POLICIES, "    all: []\n", "    all: 3\n", "sd-employment-fund-2024", "eligibility.all"),
    Planted(POLICIES, TREE, TREE.replace("一等奖", "特等奖"), "qd-startup-contest-2025", "eligibility.all[1].any[0].value"),
    Planted(POLICIES, TREE, TREE.replace("一等奖", "二等奖"), "qd-startup-contest-2025", "eligibility.all[1].any[0].value"),
    Planted(POLICIES, "      op: ge\n      value: 12\n", "      op: ge\n      value: 十二\n", "qd-startup-subsidy-2025", "eligibility.all[5].value"),
    Planted(POLICIES, "      op: ge\n      value: 12\n", "      op: ge\n      value: .inf\n", "qd-startup-subsidy-2025", "eligibility.all[5].value"),
    Planted(POLICIES, "      value: '2025-04-30'", "      value: '2025-04-31'", "qd-startup-subsidy-2022", "eligibility.all[0].value"),
    Planted(POLICIES, "      value: qd-startup-subsidy-old-10k", "      value: qd-startup-subsidy-old-20k", "qd-job-development-subsidy-old", "eligibility.all[0].value"),
    Planted(POLICIES, "      value: qd-startup-subsidy-old-10k", "      value: qd-job-development-subsidy-old", "qd-job-development-subsidy-old", "eligibility"),
    Planted(POLICIES, "value: last_year_urban_survey_unemployment_target", "value: last_year", "boc-stable-jobs-loan", "eligibility.all[1].value"),
    Planted(POLICIES, "        field: employees_hired\n        op: ge", "        field: employees_hird\n        op: ge", "qd-smallmicro-subsidy-old", "benefit.tiers[1].when.field"),
    # the rest of policies
    Planted(POLICIES, "  team: park\n", "  team: parc\n", "qd-second-incubation", "team"),
    Planted(POLICIES, "  - seed\n  - startup\n", "  - seeds\n  - startup\n", "qd-peipao-target", "stages"),
    Planted(POLICIES, "  status: in_force\n", "  status: valid\n", "qd-peipao-target", "status"),
    Planted(POLICIES, "  valid_from: '2025-06-04'\n", "  valid_from: '2025-06'\n", "qd-peipao-target", "valid_from"),
    Planted(POLICIES, "  valid_to: '2028-04-25'\n", "  valid_to: '2024-04-25'\n", "qd-startup-subsidy-2025", "valid_to"),
    Planted(POLICIES, "  valid_to: '2028-04-25'\n", "  valid_to: '2026-04-25'\n", "qd-startup-subsidy-2025", "status"),
    Planted(POLICIES, "  valid_to: '2024-12-31'\n  status: expired", "  valid_to: null\n  status: expired", "qd-industry-contest-2024", "valid_to"),
    Planted(POLICIES, "superseded_by: cn-srdi-sme-2026", "superseded_by: cn-srdi-sme-2027", "cn-srdi-sme-2022", "superseded_by"),
    Planted(POLICIES, "superseded_by: cn-srdi-sme-2026", "superseded_by: cn-srdi-sme-2022", "cn-srdi-sme-2022", "superseded_by"),
    Planted(POLICIES, "  superseded_by: cn-srdi-sme-2026\n", "", "cn-srdi-sme-2022", "superseded_by"),
    Planted(POLICIES, "  status: in_force\n", "  status: in_force\n  superseded_by: cn-tech-sme\n", "qd-peipao-target", "superseded_by"),
    Planted(POLICIES, "    amount_cny: 10000\n", "    amount_cny: -1\n", "qd-startup-subsidy-old-10k.benefit", "amount_cny"),
    Planted(POLICIES, "    amount_cny: 10000\n", "    amout_cny: 10000\n", "qd-startup-subsidy-old-10k.benefit", "amout_cny"),
    Planted(POLICIES, "  count: 49", "  count: 50", "meta", "count"),
    Planted(POLICIES, "  verified: 43", "  verified: 44", "meta", "verified"),
    Planted(POLICIES, "- id: qd-second-incubation", "- id: qd-peipao-target", "qd-peipao-target", "id"),
    # spaces, investors, HR agencies, loan products, associations
    Planted("spaces.csv", ",core-hub,", ",core,", "sp001", "peipao_space_type"),
    Planted("spaces.csv", "海尔集团,laoshan,", "海尔集团,laosan,", "sp002", "district_id"),
    Planted("spaces.csv", "海尔集团,laoshan,", "海尔集团,,", "sp002", "district_basis"),
    Planted("spaces.csv", "jimo,blue-silicon-valley", "jimo,blue-valley", "sp048", "zone_id"),
    Planted("spaces.csv", "jimo,blue-silicon-valley", "licang,blue-silicon-valley", "sp048", "zone_id"),
    Planted("spaces.csv", "smart-home-appliance;artificial-intelligence,", "smart-home;artificial-intelligence,", "sp002", "industry_ids"),
    Planted("spaces.csv", ",251770,", ",很大,", "sp035", "area_m2"),
    Planted("spaces.csv", "2025,likely-active,true,https", "2025,open,true,https", "sp001", "current_status"),
    Planted("spaces.csv", "2025,likely-active,true,https", "2025,likely-active,yes,https", "sp001", "verified"),
    Planted("spaces.csv", "sp002,", "sp001,", "sp001", "id"),
    Planted("investors.csv", "growth;mature", "growth;ripe", "iv001", "stages"),
    Planted("investors.csv", "fund,low-altitude-economy,", "fund,low-altitude,", "iv010", "industry_ids"),
    Planted("investors.csv", ",5.35,", ",-5.35,", "iv005", "fund_size_cny_100m"),
    Planted("hr_agencies.csv", "万宝盛华,private", "万宝盛华,secret", "hr001", "kind"),
    Planted("loan_products.csv", ",qd-guarantee-loan-individual,", ",qd-guarantee-loan,", "ln001", "policy_id"),
    Planted("loan_products.csv", ",300000,36,", ",300000,0,", "ln001", "term_months_max"),
    Planted("loan_products.csv", "财政全额贴息,十类重点群体,true,", "财政全额贴息,,true,", "ln001", "eligibility_text"),
    Planted("associations.csv", "association,artificial-intelligence,112", "association,ai,112", "as001", "industry_ids"),
    Planted("associations.csv", "artificial-intelligence,112", "artificial-intelligence,112.5", "as001", "members"),
    # mentor rules, law, scale
    Planted("mentor_rules.yaml", "    创新性: 40", "    创新性: 50", "generic-contest.weights", "-"),
    Planted("mentor_rules.yaml", "    优秀: 85-100", "    优秀: 100-85", "internetplus-3-bands.bands", "优秀"),
    Planted("mentor_rules.yaml", "  技术: 0.3", "  技术: 0.4", "proposed_admission_weights", "-"),
    Planted("mentor_rules.yaml", "  term_years: 3", "  term_year: 3", "qd-youth-2014", "term_year"),
    Planted("mentor_rules.yaml", "    max: 2", "    maximum: 2", "qd-youth-2014.projects_per_mentor", "max"),
    Planted("mentor_rules.yaml", "officer:\n  zh", "officers:\n  zh", "-", "officer"),
    Planted("legal_requirements.yaml", "  law: DSL", "  law: DPL", "LR24", "law"),
    Planted("legal_requirements.yaml", "  priority: must", "  priority: maybe", "LR01", "priority"),
    Planted("legal_requirements.yaml", "  count: 28", "  count: 27", "meta", "count"),
    Planted("legal_requirements.yaml", "  verified: false\n  source: null\n", "  verified: true\n  source: null\n", "LR26", "source"),
    Planted("scale.yaml", "  basis: p08; 16 cities", "  basis: p10; 16 cities", "L", "basis"),
    Planted("scale.yaml", "  mentors: 10000", "  mentors: 1000", "L", "mentors"),
    Planted("scale.yaml", "  mentors: 10000", "  mentor: 10000", "L", "mentors"),
    Planted("scale.yaml", "  scope: china", "  scope: world", "n01", "scope"),
    Planted("scale.yaml", "derived:", "derivd:", "-", "derived"),
]  # fmt: skip


@pytest.mark.parametrize("planted", ERRORS, ids=lambda p: f"{p.file}-{p.row}-{p.field}")
def test_one_wrong_value_is_refused_by_file_row_and_field(tmp_path: Path, planted: Planted) -> None:
    text = resources.files("peipao.reference").joinpath(planted.file).read_text(encoding="utf-8")
    assert planted.old in text
    (tmp_path / planted.file).write_text(
        text.replace(planted.old, planted.new, 1), encoding="utf-8"
    )
    with pytest.raises(ReferenceDataError) as caught:
        load_reference(tmp_path)
    error = caught.value
    if planted.file == "road_links.csv" and planted.field == "route":
        assert error.file == "travel.csv"  # a changed link makes the table that rests on it stale
    else:
        assert error.file == planted.file
    assert (error.row, error.field) == (planted.row, planted.field)
    assert all(word in str(error) for word in (error.file, error.row, error.field))


def test_a_tree_that_is_too_deep_is_refused(tmp_path: Path) -> None:
    text = resources.files("peipao.reference").joinpath(POLICIES).read_text(encoding="utf-8")
    deep = "    all: " + "[{all: " * 30 + "[]" + "}]" * 30 + "\n"
    (tmp_path / POLICIES).write_text(text.replace("    all: []\n", deep, 1), encoding="utf-8")
    with pytest.raises(ReferenceDataError, match="嵌套过深"):
        load_reference(tmp_path)


def test_a_tree_that_contains_itself_is_refused(tmp_path: Path) -> None:
    text = resources.files("peipao.reference").joinpath(POLICIES).read_text(encoding="utf-8")
    circle = "    all: &here\n    - all: *here\n"
    (tmp_path / POLICIES).write_text(text.replace("    all: []\n", circle, 1), encoding="utf-8")
    with pytest.raises(ReferenceDataError, match="不可用别名"):
        load_reference(tmp_path)


def test_policies_that_wait_for_each_other_are_refused(tmp_path: Path) -> None:
    text = resources.files("peipao.reference").joinpath(POLICIES).read_text(encoding="utf-8")
    circle = "    all:\n    - field: meets_policy\n      op: eq\n      value: qd-job-development-subsidy-old\n"
    text = text.replace("value: qd-startup-subsidy-old-10k", "value: sd-employment-fund-2024", 1)
    (tmp_path / POLICIES).write_text(text.replace("    all: []\n", circle, 1), encoding="utf-8")
    with pytest.raises(ReferenceDataError, match="循环"):
        load_reference(tmp_path)
