"""What a policy means in money: formulas in CNY, with a range where a part is unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from peipao.policy.book import RuleBook
from peipao.policy.formula import Range, value_of
from peipao.policy.rules import Binder, Rule
from peipao.policy.wording import amount_text, plain_number
from peipao.policy.words import Truth
from peipao.reference.benefits import Benefit
from peipao.reference.predicates import AllOf, AnyOf, Leaf, Predicate

NATURES = {"grant": "补助奖励", "loan": "贷款额度", "tax": "税收减免", "equity": "股权投资"}
PERIODS = {"once": "", "month": "/月", "year": "/年"}
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Amount:
    """One sum of money.

    Attributes:
        nature: key of `NATURES`; sums of different nature are never added up.
        period: key of `PERIODS`.
        low, high: CNY a period, inclusive; `high` None is not known.
        total_low, total_high: CNY over the whole time where the number of periods is limited,
            else the same as one period; `total_high` None is not known.
        formula: Chinese, how it is made.
        stated: whether every figure in it was published; False if a part is our reading.
    """

    nature: str
    period: str
    low: float
    high: float | None
    total_low: float
    total_high: float | None
    formula: str
    stated: bool = True

    def text(self) -> str:
        """Return the amount in words."""
        figure = self._figure()
        how = f"({self.formula})" if self.formula and self.formula not in figure else ""
        return f"{NATURES[self.nature]}:{figure}{how}"

    def _figure(self) -> str:
        unit, low = PERIODS[self.period], amount_text(self.low, "元")
        if self.high is None:
            return f"不少于 {low}{unit},上限未知" if self.low else "金额未知"
        high = amount_text(self.high, "元")
        if self.low == self.high:
            return f"{high}{unit}"
        return f"{low} 至 {high}{unit}" if self.low else f"最高 {high}{unit}"


def amounts(book: RuleBook, rule: Rule, values: Mapping[str, Any]) -> tuple[Amount, ...]:
    """Return what a policy grants if it is had; empty where it is no sum of money."""
    benefit = rule.policy.benefit
    if benefit.tiers:
        return (_tiered(benefit, values),)
    if "formula" in benefit.terms:
        return (_by_formula(rule, benefit, values),)
    if "amount_cny" in benefit.figures:
        return (_flat(book, rule, benefit, values),)
    found = tuple(_limits(benefit))
    if not found and benefit.type.startswith(("cash", "prize")):
        return (Amount("grant", "once", 0.0, None, 0.0, None, "金额未在所见来源中出现"),)
    return found


def _flat(book: RuleBook, rule: Rule, benefit: Benefit, values: Mapping[str, Any]) -> Amount:
    base = benefit.figures["amount_cny"]
    high: float | None = base * (1 + benefit.figures.get("float_up_max", 0.0))
    low = 0.0 if benefit.flags.get("cap") else base
    parts = [f"{'最高 ' if low == 0 else ''}{amount_text(base, '元')}"]
    if high != base:
        parts.append(f"可上浮 {plain_number(benefit.figures['float_up_max'] * 100)}%")
    stated = "float_up_max" not in benefit.figures
    field = book.terms.quantities.get(rule.policy.id)
    if field is not None:
        count = values.get(field)
        parts.append(f"按{book.words[field].zh}数计")
        high = None if count is None else (high or 0.0) * max(count, 1.0)
        stated = False
    return _over_time(benefit, low, high, ",".join(parts), stated=stated)


def _over_time(
    benefit: Benefit, low: float, high: float | None, formula: str, *, stated: bool
) -> Amount:
    nature = "tax" if benefit.type.startswith("tax") else "grant"
    period = next((p for p in ("month", "year") if f"{p}ly" in benefit.type), "once")
    months = benefit.figures.get("max_months") or benefit.figures.get("months")
    if period == "once":
        return Amount(nature, period, low, high, low, high, formula, stated)
    if months is None:
        return Amount(nature, period, low, high, low, None, formula, stated)
    times = months if period == "month" else months / _MONTHS
    total = None if high is None else high * times
    text = f"{formula},最长 {plain_number(months)} 个月"
    return Amount(nature, period, low, high, low, total, text, stated)


def _tiered(benefit: Benefit, values: Mapping[str, Any]) -> Amount:
    truths = [_holds(tier.when, values) for tier in benefit.tiers]
    if True in truths:
        figure = benefit.tiers[truths.index(True)].amount_cny
        low, high = figure, figure
    else:
        possible = [
            tier.amount_cny
            for tier, truth in zip(benefit.tiers, truths, strict=True)
            if truth is None
        ]
        low, high = min(possible, default=0.0), max(possible, default=0.0)
    steps = "、".join(amount_text(tier.amount_cny, "元") for tier in benefit.tiers)
    return _over_time(benefit, low, high, f"分档:{steps}", stated=True)


def _holds(tree: Predicate, values: Mapping[str, Any]) -> Truth:
    if isinstance(tree, Leaf):
        value = values.get(tree.field)
        return None if value is None else Binder.tests(tree, value)
    said = [_holds(part, values) for part in tree.parts]
    settled = isinstance(tree, AnyOf)
    if settled in said:
        return settled
    return None if None in said else not settled


def _by_formula(rule: Rule, benefit: Benefit, values: Mapping[str, Any]) -> Amount:
    formula = benefit.terms["formula"]
    low, high = value_of(formula, _Ranges(rule, values))
    top = benefit.figures.get("max_cny", math.inf)
    high = min(high, top)
    nature = "loan" if benefit.type == "loan" else "grant"
    stated = benefit.flags.get("formula_verified", True)
    shown = None if math.isinf(high) else high
    return Amount(nature, "once", low, shown, low, shown, f"按公式 {formula}", stated)


class _Ranges(dict[str, Range]):
    """Ranges of facts: known, else what the rule itself asks for, else from zero on."""

    def __init__(self, rule: Rule, values: Mapping[str, Any]) -> None:
        super().__init__()
        self._values = values
        self._asked = _lower_bounds(rule.policy.eligibility)

    def __missing__(self, name: str) -> Range:
        value = self._values.get(name)
        if value is not None:
            return value, value
        return self._asked.get(name, 0.0), math.inf


def _lower_bounds(tree: Predicate) -> dict[str, float]:
    parts = tree.parts if isinstance(tree, AllOf) else (tree,)
    return {
        part.field: float(part.value)
        for part in parts
        if isinstance(part, Leaf)
        and part.op in {"ge", "gt"}
        and isinstance(part.value, int | float)
    }


_LIMITS = {
    "max_cny": ("", "最高额度"),
    "max_cny_enterprise": ("loan", "企业最高额度"),
    "max_cny_person": ("loan", "个人最高额度"),
    "max_grant_cny": ("grant", "补助上限"),
    "grant_cny": ("grant", "补助"),
    "max_equity_cny": ("equity", "股权投资上限"),
    "equity_cny": ("equity", "股权投资"),
}


def _limits(benefit: Benefit) -> list[Amount]:
    found = []
    for figure, (nature, text) in _LIMITS.items():
        if figure in benefit.figures:
            high = benefit.figures[figure]
            kind = nature or _nature_of_limit(benefit)
            low = high if figure in {"grant_cny", "equity_cny"} else 0.0
            found.append(Amount(kind, "once", low, high, low, high, text))
    return found


def _nature_of_limit(benefit: Benefit) -> str:
    if benefit.type in {"loan", "waiver"}:
        return "loan"
    # a limit beside one for grants is that of the equity that can be had instead
    return "equity" if "max_grant_cny" in benefit.figures else "grant"
