"""How people call a fact: its id, its Chinese label or another name; and what they meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from peipao.errors import InvalidInputError, UnknownValueError
from peipao.policy.facts import COMPUTED, FROM_DATES
from peipao.reference.policy_words import FieldWords

OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "annual_revenue_cny": ("revenue", "营业收入", "营收"),
    "award_level_best": ("award", "award_level", "获奖级别", "奖项级别"),
    "benefits_received": ("received", "已领补贴", "已享受政策"),
    "birth_date": ("birthday", "生日", "出生年月日"),
    "class1_ip": ("patents", "发明专利"),
    "college_graduation_date": ("graduated", "毕业日期", "毕业时间点"),
    "debt_ratio": ("debt", "负债率"),
    "employees": ("staff", "headcount", "员工", "员工数", "员工人数", "从业人数", "参保职工"),
    "employees_hired": ("hired", "招用员工", "新招员工"),
    "entity_type": ("type", "企业类型", "主体类型"),
    "first_startup_in_city": ("first_startup", "首次创业"),
    "founder_category": ("founder", "category", "创业者身份", "人员类别"),
    "founder_insured_in_entity_since": ("insured_since", "参保日期"),
    "founder_insured_months_in_entity": ("insured_months", "参保月数"),
    "industry_in_10_plus_1": ("10+1", "10+1产业"),
    "is_high_tech_enterprise": ("high_tech", "高新技术企业", "高企"),
    "loan_amount_cny": ("loan", "贷款额度", "贷款金额"),
    "operating_since": ("opened", "开业日期"),
    "rd_expense_last_year_cny": ("rd", "研发费用", "研发投入"),
    "registered_city": ("city", "注册城市", "注册地"),
    "registration_date": ("founded", "成立日期", "注册日期", "登记日期"),
    "total_assets_cny": ("assets", "总资产"),
}
"""Fact -> further names, beside its id and its Chinese label."""

_NEAREST, _LIKENESS = 5, 0.5


@dataclass(frozen=True, slots=True)
class FactNames:
    """All names of all facts.

    Attributes:
        words: of all facts.
        ids: name as people may write it, folded -> id of the fact.
    """

    words: Mapping[str, FieldWords]
    ids: Mapping[str, str]

    @classmethod
    def of(cls, words: Mapping[str, FieldWords]) -> FactNames:
        """Return the names of the facts of one reference."""
        others = {folded(n): key for key in words for n in OTHER_NAMES.get(key, ())}
        labels = {folded(one.zh): key for key, one in words.items()}
        return cls(words, MappingProxyType({**others, **labels, **{folded(k): k for k in words}}))

    def fact(self, name: str) -> str:
        """Return the id of a fact by any of its names.

        Raises:
            UnknownValueError: no fact is called so; names the nearest ones.
        """
        found = self.ids.get(folded(name))
        if found is None:
            raise UnknownValueError("facts", name[:40], self.nearest(name))
        return found

    def by_id(self, raw: Mapping[str, object]) -> dict[str, object]:
        """Return stated values by the id of their fact.

        Raises:
            InvalidInputError: a name is unknown, or two names mean one fact.
        """
        found: dict[str, object] = {}
        for name, value in raw.items():
            key = self.fact(name)
            if key in found:
                raise InvalidInputError(f"facts.{key}", "写了两次", "每个字段只写一次")
            found[key] = value
        return found

    def nearest(self, name: str) -> tuple[str, ...]:
        """Return the facts whose names are most like a name; all that people state if none is."""
        near = get_close_matches(folded(name[:80]), self.ids, _NEAREST * 2, _LIKENESS)
        within = [known for known in self.ids if len(name) > 1 and folded(name) in known]
        keys = dict.fromkeys(self.ids[one] for one in (*near, *within))
        stated = [key for key in keys or self.words if key not in {*FROM_DATES, *COMPUTED}]
        most = _NEAREST if keys else len(stated)
        return tuple(f"{key}({self.words[key].zh})" for key in stated[:most])


def folded(name: str) -> str:
    """Return a name without what people write differently: case, width, blanks and quotes."""
    plain = unicodedata.normalize("NFKC", name).casefold().replace("-", "_")
    return "".join(c for c in plain if not c.isspace() and c not in "\"'“”‘’()")
