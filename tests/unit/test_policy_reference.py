from __future__ import annotations

import datetime as dt
from importlib import resources

import pytest

from peipao.errors import InvalidInputError, ReferenceDataError
from peipao.policy.dates import add_months
from peipao.reference.files import parse_yaml
from peipao.reference.loader import load_reference
from peipao.reference.policy_terms import read_policy_terms
from peipao.reference.policy_words import read_policy_words

WORDS, TERMS = "policy_fields_zh.yaml", "policy_terms.yaml"
LATE = "- policy: qd-startup-subsidy-2022\n  entitlement_until: '2025-04-30'\n"
GROUP = "- id: guarantee-loan-persons\n"

PLANTED = [
    (WORDS, "- id: employees\n", "- id: employes\n", "employes", "id"),
    (WORDS, "- id: vat_taxpayer\n", "- id: work_city\n", "work_city", "id"),
    (WORDS, "  zh: 从业人员\n", "", "employees", "zh"),
    (WORDS, "  zh: 从业人员\n", "  zh: 从业人员\n  colour: red\n", "employees", "colour"),
    (
        WORDS,
        "  zh: 从业人员\n  unit: '名'\n  about: firm\n",
        "  zh: 从业人员\n  unit: '名'\n  about: moon\n",
        "employees",
        "about",
    ),
    (
        WORDS,
        "  asked_as: registration_date\n",
        "  asked_as: nothing\n",
        "company_age_months",
        "asked_as",
    ),
    (WORDS, "  change: time\n", "  change: often\n", "company_age_months", "change"),
    (WORDS, "  cost: 3\n  step: 1\n", "  cost: 0\n  step: 1\n", "abnormal_operation_list", "cost"),
    (
        WORDS,
        "  cost: 10\n  step: 1000000\n  direction: up\n",
        "  cost: 10\n  step: 1000000\n",
        "annual_revenue_cny",
        "direction",
    ),
    (
        WORDS,
        "  cost: 8\n  step: 1\n  direction: up\n  whole: true\n",
        "  cost: 8\n  step: 0.5\n  direction: up\n  whole: true\n",
        "class1_ip",
        "step",
    ),
    (
        WORDS,
        "- id: birth_date\n  zh: 出生日期\n  type: date\n",
        "- id: birth_date\n  zh: 出生日期\n  type: enum\n",
        "birth_date",
        "type",
    ),
    (WORDS, "- id: birth_date\n", "- id: listed\n", "listed", "id"),
    (TERMS, LATE, LATE.replace("2022", "2021"), "-.late_claims[0]", "policy"),
    (
        TERMS,
        "application_until: '2025-09-30'",
        "application_until: '2025-04-29'",
        "-.late_claims[0]",
        "application_until",
    ),
    (TERMS, "- word: 高校毕业生\n", "- word: 小学毕业生\n", "-.categories[0]", "word"),
    (
        TERMS,
        "  since: college_graduation_date\n",
        "  since: employees\n",
        "-.categories[0]",
        "since",
    ),
    (
        TERMS,
        "- word: 登记失业人员\n  implies:\n  - 城乡失业人员\n",
        "- word: 登记失业人员\n",
        "-.categories[6]",
        "since",
    ),
    (
        TERMS,
        "  unless: employed_since_graduation\n",
        "  unless: birth_date\n",
        "-.categories[2]",
        "unless",
    ),
    (TERMS, "- word: 毕业年度毕业生\n", "- word: 高校毕业生\n", "-.categories[4]", "policy"),
    (TERMS, "  at: registration_date\n", "  at: employees\n", "-.anchors[0]", "at"),
    (
        TERMS,
        GROUP,
        GROUP.replace("guarantee", "one-off").replace("loan-persons", "startup-subsidy"),
        "one-off-startup-subsidy",
        "id",
    ),
    (TERMS, "  most: 1\n", "  most: 2\n", "one-off-startup-subsidy", "most"),
    (
        TERMS,
        "    - cn-srdi-sme-2026\n",
        "    - cn-srdi-sme-2036\n",
        "quality-sme.steps[1]",
        "policies",
    ),
    (TERMS, "  field: employees_hired\n", "  field: listed\n", "-.quantities[0]", "field"),
    (TERMS, "- rate and term\n", "- rate and terms\n", "-", "harmless_unverified_parts"),
    (TERMS, "late_claims:\n", "late_claim:\n", "-", "late_claim"),
]


REFERENCE = load_reference()
TEXTS = {
    file: resources.files("peipao.reference").joinpath(file).read_text(encoding="utf-8")
    for file in (WORDS, TERMS)
}


def read(file: str, text: str) -> None:
    content, fields = parse_yaml(file, text), REFERENCE.policy_fields
    if file == WORDS:
        read_policy_words(content, fields)
    else:
        read_policy_terms(content, REFERENCE.policies, fields, REFERENCE.policy_words)


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: f"{planted[3]} {planted[4]}")
def test_a_planted_error_is_named_by_file_row_and_field(
    planted: tuple[str, str, str, str, str],
) -> None:
    file, old, new, row, field = planted
    assert old in TEXTS[file]
    read(file, TEXTS[file])
    with pytest.raises(ReferenceDataError) as caught:
        read(file, TEXTS[file].replace(old, new, 1))
    assert (caught.value.file, caught.value.row, caught.value.field) == (file, row, field)


def test_every_late_claim_lies_after_the_end_of_its_policy() -> None:
    reference = REFERENCE
    for late in reference.policy_terms.late_claims.values():
        assert late.application_until > (reference.policies[late.policy].valid_to or "")


def test_months_leave_the_calendar_with_a_clear_error() -> None:
    with pytest.raises(InvalidInputError, match="历法"):
        add_months(dt.date(9999, 12, 1), 1)
