"""Real providers: the rows of the reference data as they stand; nothing is added to them.

What a row does not state stays missing. Left out are spaces that are closed or have no rooms
(service platforms), and HR agencies of whose services the row names none that the kind file knows,
because the kind requires one. The floor area of a space is that of the whole building, which is
not the area to let, so it stays in the introduction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from peipao.domain.records import Provider
from peipao.domain.values import Place, Value
from peipao.reference.loader import Reference
from peipao.reference.supply import Association, HrAgency, Investor, LoanProduct, Space
from peipao.sample.scene import Scene

_LEVELS = {"国家": "nation", "省级": "province", "市级": "city"}
_HR_SERVICES = {
    "招聘": "recruiting",
    "就业": "recruiting",
    "猎头": "headhunting",
    "灵活用工": "flexible_staffing",
    "人事代理": "personnel_agency",
    "派遣": "personnel_agency",
    "管理咨询": "management_consulting",
}
_BORROWERS = {"个人": "individual", "合伙": "partnership", "小微企业": "micro_enterprise"}
_SUPPORT = {"全额贴息": "full", "财政贴息": "partial", "LPR 50%": "partial"}

Row = Space | Investor | LoanProduct | Association | HrAgency
_Made = dict[str, Value] | None


def listed_providers(scene: Scene) -> list[Provider]:
    """Return the real spaces, investors, loan products, associations and HR agencies."""
    return [
        Provider(
            id=row.id,
            kind=kind,
            name=row.name,
            capacity=scene.catalogue[kind].pairing.capacity,
            attributes=values,
        )
        for kind, rows in _rows(scene.reference).items()
        for row, values in rows
        if values is not None
    ]


def listed_sources(reference: Reference) -> dict[str, tuple[str, ...]]:
    """Return provider id -> where the row of the reference data was read."""
    return {
        row.id: row.source
        for rows in _rows(reference).values()
        for row, values in rows
        if values is not None
    }


def _rows(reference: Reference) -> dict[str, list[tuple[Row, _Made]]]:
    return {
        "space": [(row, _space(row)) for row in reference.spaces.values()],
        "investor": [(row, _investor(row)) for row in reference.investors.values()],
        "loan_product": [(row, _loan(row)) for row in reference.loan_products.values()],
        "association": [(row, _association(row)) for row in reference.associations.values()],
        "hr_agency": [(row, _agency(row)) for row in reference.hr_agencies.values()],
    }


def _space(row: Space) -> _Made:
    if row.space_type is None or row.current_status == "closed":
        return None
    area = None if row.area_m2 is None else f"建筑面积{row.area_m2:.0f}平方米"
    place = None if row.district is None else Place(row.district, row.zone)
    level = row.level if row.level is not None and "申报" not in row.level else None
    return _stated(
        space_type=row.space_type,
        industries=_codes(row.industries),
        place=place,
        level=_first(_LEVELS, level),
        intro=_sentences(row.industry_text, row.operator, row.level, row.address, area),
    )


def _investor(row: Investor) -> _Made:
    return _stated(
        industries=_codes(row.industries),
        stages=_codes(row.stages),
        investor_kind=row.kind,
        intro=_sentences(row.industry_text, row.role),
    )


def _loan(row: LoanProduct) -> _Made:
    text = f"{row.name};{row.eligibility_text}"
    return _stated(
        max_amount_cny=row.max_amount_cny,
        term_months=None if row.term_months_max is None else float(row.term_months_max),
        borrower_types=_codes(code for word, code in _BORROWERS.items() if word in row.name),
        guarantee="credit" if "纯信用" in text or "信用贷" in text else None,
        policy=row.policy,
        interest_support=_first(_SUPPORT, row.interest_support),
        intro=_sentences(row.name, row.bank, row.interest_support, row.eligibility_text),
    )


def _association(row: Association) -> _Made:
    return _stated(
        industries=_codes(row.industries),
        association_kind=row.kind,
        members=None if row.members is None else float(row.members),
        intro=_sentences(row.name),
    )


def _agency(row: HrAgency) -> _Made:
    services = _codes(code for word, code in _HR_SERVICES.items() if word in row.services)
    if services is None:
        return None
    return _stated(
        services=services,
        agency_kind=row.kind,
        intro=_sentences(row.name, row.services, row.base),
    )


def _stated(**values: Value | None) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


def _codes(codes: Iterable[str]) -> tuple[str, ...] | None:
    return tuple(sorted(set(codes))) or None


def _first(meanings: Mapping[str, str], text: str | None) -> str | None:
    return next((code for word, code in meanings.items() if text and word in text), None)


def _sentences(*parts: str | None) -> str | None:
    return ";".join(part for part in parts if part) or None
