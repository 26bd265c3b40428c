"""What `peipao kinds show KIND` lists."""

from __future__ import annotations

import pytest

from peipao.kinds.catalogue import Catalogue, load_catalogue
from peipao.kinds.describing import AttributeRow, describe_kind
from peipao.reference.loader import Reference, load_reference


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference()


@pytest.fixture(scope="module")
def catalogue(reference: Reference) -> Catalogue:
    return load_catalogue(reference)


def rows_of(kind: str, catalogue: Catalogue, reference: Reference) -> dict[str, AttributeRow]:
    rows = describe_kind(catalogue[kind], catalogue.project, reference)
    return {f"{row.side}:{row.name}": row for row in rows}


def test_a_row_says_name_type_unit_source_and_where_it_is_used(
    catalogue: Catalogue, reference: Reference
) -> None:
    rows = rows_of("space", catalogue, reference)
    assert rows["need:area_m2"] == AttributeRow(
        side="need",
        name="area_m2",
        label="所需面积(平方米)",
        type="number",
        unit="平方米",
        source="需求登记",
        required=False,
        codes=(),
        used_in=("rules[0](空间的可入驻面积小于项目所需面积)",),
    )


def test_attributes_of_the_same_name_on_both_sides_keep_their_uses_apart(
    catalogue: Catalogue, reference: Reference
) -> None:
    rows = rows_of("mentor", catalogue, reference)
    assert rows["provider:industries"].used_in == ("industry(产业契合,1.6)",)
    assert rows["project:project.industries"].used_in == ("industry(产业契合,1.6)",)
    assert rows["project:project.employees"].used_in == ()


def test_codes_are_shown_by_their_chinese_words(catalogue: Catalogue, reference: Reference) -> None:
    rows = rows_of("mentor", catalogue, reference)
    assert rows["need:meet_mode"].codes == ("线下见面", "线上交流")
    assert "人工智能" in rows["provider:industries"].codes
    assert rows["project:project.stage"].codes == ("成长期", "成熟期", "种子期", "初创期")


@pytest.mark.parametrize("kind", list(load_catalogue(load_reference())))
def test_every_comparison_and_rule_is_found_in_the_rows(
    catalogue: Catalogue, reference: Reference, kind: str
) -> None:
    spec = catalogue[kind]
    used = [use for row in rows_of(kind, catalogue, reference).values() for use in row.used_in]
    one_sided = sum(rule.need is None for rule in spec.rules)
    assert len(used) == 2 * (len(spec.comparisons) + len(spec.rules)) - one_sided
