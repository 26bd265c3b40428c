"""The nine kinds load as a whole, and a tenth is one file and nothing else."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from peipao.domain.records import Need, Provider
from peipao.domain.values import Place, Stance, Stated
from peipao.errors import KindFileError, SensitiveFactError, UnknownKindError
from peipao.kinds.attributes import codes_of
from peipao.kinds.catalogue import Catalogue, load_catalogue
from peipao.kinds.entities import check_need, check_provider
from peipao.kinds.sensitive import SENSITIVE_NAMES
from peipao.kinds.spec import KindSpec, Measure
from peipao.reference.loader import Reference, load_reference

LAW_FIRM = """\
name = "law_firm"
label = "律师事务所"
team = "general"

[provider.practice_areas]
type = "multi"
label = "业务领域"
required = true
values = ["equity", "contract", "labour"]
labels = { equity = "股权", contract = "合同", labour = "劳动" }

[provider.place]
type = "place"
label = "办公位置"

[provider.free_hours_month]
type = "number"
unit = "hour"
label = "每月公益时长(小时)"

[need.legal_areas]
type = "multi"
label = "法律需求"
required = true
values = ["equity", "contract", "labour"]
labels = { equity = "股权", contract = "合同", labour = "劳动" }

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

NINE = [
    "association",
    "hr_agency",
    "investor",
    "loan_product",
    "mentor",
    "service_officer",
    "service_org",
    "space",
    "talent",
]


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference()


@pytest.fixture(scope="module")
def catalogue(reference: Reference) -> Catalogue:
    return load_catalogue(reference)


def test_the_nine_kinds_of_the_model_are_there(catalogue: Catalogue) -> None:
    assert list(catalogue) == NINE


def test_each_of_the_eight_teams_has_a_kind(catalogue: Catalogue, reference: Reference) -> None:
    assert {kind.team for kind in catalogue.values()} == set(reference.codes("teams"))


def test_capacities_and_teams_are_those_of_the_model(catalogue: Catalogue) -> None:
    said = {name: (kind.team, kind.pairing.capacity) for name, kind in catalogue.items()}
    assert said == {
        "association": ("industry", 1000),
        "hr_agency": ("talent", 30),
        "investor": ("capital", 20),
        "loan_product": ("finance", 1000),
        "mentor": ("market", 2),
        "service_officer": ("policy", 5),
        "service_org": ("general", 1000),
        "space": ("park", 80),
        "talent": ("talent", 1),
    }


def test_mentor_and_officer_are_one_to_one_for_the_start_up_stage(catalogue: Catalogue) -> None:
    opened = {
        name: kind.pairing.wanted for name, kind in catalogue.items() if kind.stages == ("startup",)
    }
    assert opened == {"mentor": 1, "service_officer": 1}


def test_only_officers_own_needs(catalogue: Catalogue) -> None:
    owner = catalogue.owner_kind()
    assert owner is not None
    assert owner.name == "service_officer"


@pytest.mark.parametrize("name", NINE)
def test_every_kind_compares_three_things_and_rules_in_chinese(
    catalogue: Catalogue, name: str
) -> None:
    kind = catalogue[name]
    said = [kind.label, *(rule.reason for rule in kind.rules)]
    said += [one.label for one in kind.comparisons]
    said += [spec.label for spec in (*kind.provider.values(), *kind.need.values())]
    assert len(kind.comparisons) >= 3
    assert len(kind.rules) >= 1
    assert [text for text in said if not re.search(r"[\u4e00-\u9fff]", text)] == []


@pytest.mark.parametrize("name", NINE)
def test_every_kind_weighs_industry_as_a_taxonomy_and_place_or_words(
    catalogue: Catalogue, name: str
) -> None:
    measures = {one.measure for one in catalogue[name].comparisons}
    assert {Measure.TAXONOMY, Measure.TEXT} <= measures


@pytest.mark.parametrize("name", NINE)
def test_a_number_says_its_unit_in_its_label(catalogue: Catalogue, name: str) -> None:
    kind = catalogue[name]
    numbers = [s for s in (*kind.provider.values(), *kind.need.values()) if s.unit]
    assert [spec.label for spec in numbers if "(" not in spec.label] == []


@pytest.mark.parametrize("name", NINE)
def test_no_attribute_of_the_package_is_a_sensitive_fact(catalogue: Catalogue, name: str) -> None:
    kind = catalogue[name]
    assert SENSITIVE_NAMES.isdisjoint({*kind.provider, *kind.need, *catalogue.project.attributes})


def test_loan_amounts_of_the_reference_fit_the_products(catalogue: Catalogue) -> None:
    assert catalogue["loan_product"].provider["max_amount_cny"].unit == "CNY"


def test_space_types_come_from_the_reference(catalogue: Catalogue, reference: Reference) -> None:
    codes = codes_of(catalogue["space"].provider["space_type"], reference)
    assert codes == ("campus-space", "community-space", "core-hub", "lead-space")


def test_an_unknown_kind_is_refused_with_the_kinds_there_are(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownKindError, match=r"lawyer.*association.*talent"):
        catalogue["lawyer"]


def test_asking_whether_a_kind_exists_is_no_error(catalogue: Catalogue) -> None:
    assert ("mentor" in catalogue, "lawyer" in catalogue) == (True, False)


def test_the_catalogue_cannot_be_changed(catalogue: Catalogue) -> None:
    with pytest.raises(TypeError):
        catalogue.kinds["mentor"] = catalogue["space"]  # type: ignore[index]


def test_a_tenth_kind_is_one_file_and_nothing_else(tmp_path: Path, reference: Reference) -> None:
    (tmp_path / "law_firm.toml").write_text(LAW_FIRM, encoding="utf-8")
    catalogue = load_catalogue(reference, tmp_path)
    provider = Provider(
        id="L1",
        kind="law_firm",
        name="示例律师事务所",
        capacity=catalogue["law_firm"].pairing.capacity,
        attributes={"practice_areas": ("labour", "equity"), "place": Place("laoshan")},
    )
    need = Need(
        id="N1",
        project_id="P1",
        kind="law_firm",
        opened_at=dt.datetime(2026, 1, 5, tzinfo=dt.UTC),
        attributes={"legal_areas": Stated(("equity",), Stance.MUST)},
    )
    assert list(catalogue) == sorted([*NINE, "law_firm"])
    assert check_provider(provider, catalogue, reference).attributes["practice_areas"] == (
        "equity",
        "labour",
    )
    assert check_need(need, catalogue, reference) == need


def test_a_file_of_the_same_name_replaces_that_of_the_package(
    tmp_path: Path, reference: Reference, catalogue: Catalogue
) -> None:
    said = LAW_FIRM.replace('"law_firm"', '"mentor"')
    (tmp_path / "mentor.toml").write_text(said, encoding="utf-8")
    replaced = load_catalogue(reference, tmp_path)
    assert list(replaced) == NINE
    assert replaced["mentor"].label == "律师事务所"
    assert replaced.rules_hash("mentor") != catalogue.rules_hash("mentor")
    assert replaced.rules_hash("space") == catalogue.rules_hash("space")
    assert replaced.hash != catalogue.hash


def test_a_project_file_may_be_replaced_and_every_kind_is_checked_against_it(
    tmp_path: Path, reference: Reference
) -> None:
    (tmp_path / "project.toml").write_text(
        '[attributes.intro]\ntype = "text"\nlabel = "简介"\n', encoding="utf-8"
    )
    with pytest.raises(KindFileError, match=r"association.toml \[comparisons\[0\].need\]"):
        load_catalogue(reference, tmp_path)


def test_the_hash_is_the_same_twice_and_blind_to_comments_and_line_ends(
    tmp_path: Path, reference: Reference, catalogue: Catalogue
) -> None:
    assert load_catalogue(reference).hash == catalogue.hash
    (tmp_path / "law_firm.toml").write_text(LAW_FIRM, encoding="utf-8")
    plain = load_catalogue(reference, tmp_path).hash
    windows = ("\ufeff# 说明\n" + LAW_FIRM).replace("\n", "\r\n")
    (tmp_path / "law_firm.toml").write_bytes(windows.encode())
    assert load_catalogue(reference, tmp_path).hash == plain


def test_a_changed_weight_changes_the_hash(tmp_path: Path, reference: Reference) -> None:
    (tmp_path / "law_firm.toml").write_text(LAW_FIRM, encoding="utf-8")
    before = load_catalogue(reference, tmp_path)
    (tmp_path / "law_firm.toml").write_text(LAW_FIRM.replace("2.0", "2.1"), encoding="utf-8")
    after = load_catalogue(reference, tmp_path)
    assert before.hash != after.hash
    assert before.rules_hash("law_firm") != after.rules_hash("law_firm")


def test_hidden_files_and_other_files_of_the_folder_are_ignored(
    tmp_path: Path, reference: Reference, catalogue: Catalogue
) -> None:
    (tmp_path / "._mentor.toml").write_bytes(b"\x00\x05\x16\x07")
    (tmp_path / "notes.txt").write_text("not a kind", encoding="utf-8")
    assert load_catalogue(reference, tmp_path).hash == catalogue.hash


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, reference: Reference) -> None:
    with pytest.raises(KindFileError, match="nowhere"):
        load_catalogue(reference, tmp_path / "nowhere")


def test_a_second_kind_that_owns_needs_is_refused(tmp_path: Path, reference: Reference) -> None:
    said = LAW_FIRM.replace('team = "general"', 'team = "general"\nowns_needs = true')
    (tmp_path / "law_firm.toml").write_text(said, encoding="utf-8")
    with pytest.raises(KindFileError) as caught:
        load_catalogue(reference, tmp_path)
    assert caught.value.key == "owns_needs"


@pytest.mark.parametrize("name", sorted(SENSITIVE_NAMES))
@pytest.mark.parametrize("place", ["provider.{}", "need.{}", "provider.of_{}"])
def test_no_kind_file_can_make_a_sensitive_fact_a_ranking_attribute(
    tmp_path: Path, reference: Reference, name: str, place: str
) -> None:
    key = place.format(name)
    added = f'\n[{key}]\ntype = "text"\nlabel = "敏感"\n'
    (tmp_path / "law_firm.toml").write_text(LAW_FIRM + added, encoding="utf-8")
    with pytest.raises(SensitiveFactError, match=re.escape(f"law_firm.toml [{key}]")):
        load_catalogue(reference, tmp_path)


def test_no_project_file_can_hold_a_sensitive_fact(tmp_path: Path, reference: Reference) -> None:
    (tmp_path / "project.toml").write_text(
        '[attributes.gender]\ntype = "text"\nlabel = "性别"\n', encoding="utf-8"
    )
    with pytest.raises(SensitiveFactError, match=r"project.toml \[attributes.gender\]"):
        load_catalogue(reference, tmp_path)


def test_a_project_records_a_stage_of_its_own(tmp_path: Path, reference: Reference) -> None:
    (tmp_path / "project.toml").write_text(
        '[attributes.stage]\ntype = "text"\nlabel = "阶段"\n', encoding="utf-8"
    )
    with pytest.raises(KindFileError, match=r"attributes\.stage"):
        load_catalogue(reference, tmp_path)


def test_specs_are_frozen(catalogue: Catalogue) -> None:
    kind: KindSpec = catalogue["mentor"]
    with pytest.raises(ValueError, match="frozen"):
        kind.label = "x"  # type: ignore[misc]
