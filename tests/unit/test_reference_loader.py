from __future__ import annotations

import dataclasses
import itertools
import os
import shutil
from importlib import resources
from pathlib import Path

import pytest

from peipao.errors import ReferenceDataError, UnknownValueError
from peipao.reference.files import FILE_NAMES
from peipao.reference.loader import CODE_TABLES, Reference, load_reference
from peipao.reference.predicates import leaves


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference()


def shipped(name: str) -> str:
    return resources.files("peipao.reference").joinpath(name).read_text(encoding="utf-8")


def test_everything_that_was_collected_is_there(reference: Reference) -> None:
    counts = {
        "policies": 49,
        "spaces": 76,
        "teams": 8,
        "space_types": 4,
        "stages": 4,
        "districts": 10,
        "zones": 10,
        "investors": 39,
        "hr_agencies": 8,
        "loan_products": 10,
        "associations": 9,
        "mentor_rules": 7,
        "score_rules": 6,
        "legal_requirements": 28,
        "observations": 38,
        "tiers": 4,
        "travel": 55,
    }
    assert {name: len(getattr(reference, name)) for name in counts} == counts


def test_industries_are_eleven_and_two_classes_beside_them(reference: Reference) -> None:
    by_tier = [industry.tier for industry in reference.industries.values()]
    assert [by_tier.count(tier) for tier in ("先导", "新兴", "优势", "未来")] == [2, 5, 3, 1]
    beside = [key for key, industry in reference.industries.items() if industry.overlay]
    assert beside == ["marine", "outside-10-plus-1"]
    assert reference.industries["next-gen-it"].scale_target_2027_cny == 2000e8


def test_every_row_keeps_its_source_and_whether_it_was_verified(reference: Reference) -> None:
    tables = ("industries", "districts", "zones", "teams", "stages", "space_types", "policies",
              "spaces", "investors", "hr_agencies", "loan_products", "associations",
              "mentor_rules", "score_rules", "legal_requirements", "observations")  # fmt: skip
    for table in tables:
        for row in getattr(reference, table).values():
            assert row.source or not row.verified, (table, row.id)
    assert sum(policy.verified for policy in reference.policies.values()) == 43
    assert not reference.legal_requirements["LR26"].verified
    assert not reference.industries["outside-10-plus-1"].verified


def test_policy_predicates_are_trees_of_typed_leaves(reference: Reference) -> None:
    asked = list(leaves(reference.policies["qd-startup-subsidy-2025"].eligibility))
    assert asked[2].field == "prior_entity_registrations_in_city_since_2013_10"
    assert (asked[2].op, asked[2].value) == ("eq", 0)
    assert len(asked) == 14
    assert reference.policy_fields["founder_category"].type == "multi"
    tiers = reference.policies["qd-smallmicro-subsidy-old"].benefit.tiers
    assert [tier.amount_cny for tier in tiers] == [12000, 20000]
    assert not list(leaves(reference.policies["sd-employment-fund-2024"].eligibility))


def test_dates_stay_iso_text(reference: Reference) -> None:
    policy = reference.policies["qd-peipao-target"]
    assert (policy.valid_from, policy.valid_to) == ("2025-06-04", None)
    assert reference.spaces["sp045"].published is None
    assert reference.spaces["sp001"].as_of == "2025"


def test_derived_ratios_follow_from_the_observations() -> None:
    reference = load_reference()
    seen = {key: row.value for key, row in reference.observations.items()}
    advisors, projects, spaces = (float(seen[key]) for key in ("p02", "p03", "p01"))
    assert advisors / projects == pytest.approx(0.843, abs=5e-4)
    assert projects / spaces == pytest.approx(12.8, abs=0.05)
    assert advisors / spaces == pytest.approx(10.8, abs=0.05)
    assert float(seen["q04"]) * 1e8 / float(seen["q05"]) == pytest.approx(306_032, abs=1)


def test_codes_are_sorted_and_labels_are_chinese(reference: Reference) -> None:
    for table in CODE_TABLES:
        codes = reference.codes(table)
        assert list(codes) == sorted(codes)
        assert all(reference.label(table, code).strip() for code in codes)
    assert reference.codes("stages") == ("growth", "mature", "seed", "startup")
    assert reference.label("districts", "huangdao") == "黄岛区"
    assert reference.label("stages", "startup") == "初创期"


def test_unknown_tables_and_codes_are_named(reference: Reference) -> None:
    with pytest.raises(UnknownValueError, match="counties"):
        reference.codes("counties")
    with pytest.raises(UnknownValueError, match=r"districts.*'atlantis'.*huangdao"):
        reference.label("districts", "atlantis")
    with pytest.raises(UnknownValueError, match="atlantis"):
        reference.travel_minutes("shinan", "atlantis")
    with pytest.raises(UnknownValueError, match="alchemy"):
        reference.industry_nearness("alchemy", "marine")


def test_the_reference_cannot_be_changed(reference: Reference) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        reference.version = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        reference.districts["x"] = reference.districts["shinan"]  # type: ignore[index]


def test_the_version_is_the_same_for_equal_content_whatever_the_line_ends(tmp_path: Path) -> None:
    for name in FILE_NAMES:
        text = shipped(name).replace("\n", "\r\n")
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load_reference(tmp_path).version == load_reference().version
    assert len(load_reference().version) == 64


def test_an_override_replaces_a_file_and_changes_the_version(
    tmp_path: Path, reference: Reference
) -> None:
    lines = shipped("hr_agencies.csv").splitlines()
    (tmp_path / "hr_agencies.csv").write_text("\n".join(lines[:3]) + "\n", encoding="utf-8")
    city = load_reference(tmp_path)
    assert list(city.hr_agencies) == ["hr001", "hr002"]
    assert len(city.policies) == len(reference.policies)
    assert city.version != reference.version


def test_an_unknown_file_in_the_override_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "distrcts.yaml").write_text("x: 1\n", encoding="utf-8")
    with pytest.raises(ReferenceDataError, match=r"distrcts\.yaml.*districts\.yaml"):
        load_reference(tmp_path)


def test_a_folder_in_the_override_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "spaces.csv").mkdir()
    with pytest.raises(ReferenceDataError, match=r"spaces\.csv"):
        load_reference(tmp_path)


def test_an_absent_override_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match="no-such-city"):
        load_reference(tmp_path / "no-such-city")


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "spaces.csv").write_bytes("编号,名称".encode("gbk"))
    with pytest.raises(ReferenceDataError, match=r"spaces\.csv.*UTF-8"):
        load_reference(tmp_path)


@pytest.mark.parametrize(
    "text", ["a: [1", "- a\n- b\n", "", "a: 1\nb: 2\na: 3\n", "a: !!python/x 1"]
)
def test_a_file_that_is_no_plain_mapping_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "scale.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ReferenceDataError, match=r"scale\.yaml"):
        load_reference(tmp_path)


def test_a_key_given_twice_is_named_with_its_line(tmp_path: Path) -> None:
    text = shipped("teams.yaml").replace("  zh: 种子期\n", "  zh: 种子期\n  zh: 孵化期\n")
    (tmp_path / "teams.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ReferenceDataError, match=r"第 \d+ 行.*'zh' 重复"):
        load_reference(tmp_path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id,name\nhr001,x\n", "表头"),
        ("", "表头"),
        ('id,name,"kind\n', "hr_agencies"),
    ],
)
def test_a_csv_of_another_shape_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "hr_agencies.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ReferenceDataError, match=problem):
        load_reference(tmp_path)


def test_a_csv_row_of_another_length_is_named(tmp_path: Path) -> None:
    (tmp_path / "hr_agencies.csv").write_text(
        shipped("hr_agencies.csv") + "hr099,某机构\n", encoding="utf-8"
    )
    with pytest.raises(ReferenceDataError, match=r"第 10 行.*有 2 列"):
        load_reference(tmp_path)


def test_the_full_folder_copied_elsewhere_loads_whatever_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "city"
    copy.mkdir()
    for name in FILE_NAMES:
        with resources.as_file(resources.files("peipao.reference") / name) as path:
            shutil.copy(path, copy / name)
    monkeypatch.chdir(tmp_path)
    assert load_reference(Path("city")).version == load_reference().version
    assert os.getcwd() == str(tmp_path)  # noqa: PTH109


def test_loading_twice_gives_equal_and_separate_values() -> None:
    first, second = load_reference(), load_reference()
    assert first == second
    assert first is not second
    assert first.industries is not second.industries


def test_nearness_is_one_only_for_the_same_and_symmetric(reference: Reference) -> None:
    for a, b in itertools.product(reference.industries, repeat=2):
        near = reference.industry_nearness(a, b)
        assert 0 <= near <= 1
        assert (near == 1) == (a == b)
        assert near == reference.industry_nearness(b, a)


def test_nearness_follows_tier_and_shared_words(reference: Reference) -> None:
    near = reference.industry_nearness
    assert near("next-gen-it", "artificial-intelligence") == 0.15  # same tier, no shared word
    assert near("artificial-intelligence", "smart-home-appliance") == 0
    assert near("marine", "green-energy") > near("marine", "artificial-intelligence") > 0
    assert near("marine", "future-industries") > 0.3
    assert near("intelligent-connected-nev", "green-energy") > near("life-health", "green-energy")
