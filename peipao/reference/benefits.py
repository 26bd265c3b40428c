"""What a policy grants: amounts, terms and tiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from peipao.reference.predicates import Predicate, Vocabulary, read_predicate
from peipao.reference.rows import Row

_FIGURES = (
    "amount_cny", "max_cny", "max_cny_enterprise", "max_cny_person", "max_grant_cny",
    "max_equity_cny", "grant_cny", "equity_cny", "cap_income_cny", "max_months", "months",
    "term_months_max", "max_times", "years", "float_up_max", "ratio", "effective_rate", "reduction",
)  # fmt: skip
_TERMS = ("interest_subsidy", "formula", "unit")
_FLAGS = ("cap", "formula_verified")


@dataclass(frozen=True, slots=True)
class BenefitTier:
    """One step of a tiered benefit: the amount in CNY where `when` holds."""

    when: Predicate
    amount_cny: float


@dataclass(frozen=True, slots=True)
class Benefit:
    """What a policy grants.

    Attributes:
        type: such as `cash_once`, `loan`, `tax_rate`, `status`.
        text: Chinese words; None is none.
        figures: amounts (CNY), months, years, rates (share of one); only those published.
        terms: words on interest, formula and unit.
        flags: `cap` (the amount is an upper limit), `formula_verified`.
        score_table: criterion -> greatest score, for recognitions by score.
        tiers: steps of a tiered benefit; empty for others.
    """

    type: str
    text: str | None
    figures: Mapping[str, float]
    terms: Mapping[str, str]
    flags: Mapping[str, bool]
    score_table: Mapping[str, float]
    tiers: tuple[BenefitTier, ...]


def read_benefit(owner: Row, words: Vocabulary) -> Benefit:
    """Return the benefit of a policy's row; ReferenceDataError names what does not fit."""
    row = owner.row("benefit")
    scores = row.row("score_table") if row.get("score_table") is not None else None
    found = Benefit(
        type=row.text("type"),
        text=row.text_or_none("text"),
        figures={k: row.number(k, 0) for k in _FIGURES if row.get(k) is not None},
        terms={k: row.text(k) for k in _TERMS if row.get(k) is not None},
        flags={k: row.flag(k) for k in _FLAGS if row.get(k) is not None},
        score_table={} if scores is None else {k: scores.number(k, 0) for k in scores.keys()},  # noqa: SIM118
        tiers=tuple(
            _tier(owner, f"benefit.tiers[{n}]", tier, words)
            for n, tier in enumerate(row.rows("tiers"))
        ),
    )
    row.finish()
    return found


def _tier(owner: Row, where: str, row: Row, words: Vocabulary) -> BenefitTier:
    when = read_predicate(owner, f"{where}.when", row.required("when"), words)
    found = BenefitTier(when, row.number("amount_cny", 0))
    row.finish()
    return found
