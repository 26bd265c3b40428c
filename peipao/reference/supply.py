"""What the city already has: spaces, investors, HR agencies, loan products, associations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from peipao.reference.files import parse_csv
from peipao.reference.places import Zone
from peipao.reference.rows import Origin, Row, Sourced, table

_END = ("verified", "source", "published", "source_grade", "notes")
SPACE_COLUMNS = (
    "id", "name", "kind", "level", "peipao_space_type", "operator", "district_id", "zone_id",
    "district_basis", "address", "area_m2", "industry_ids", "industry_text", "tenants", "as_of",
    "current_status", *_END,
)  # fmt: skip
INVESTOR_COLUMNS = (
    "id", "name", "kind", "industry_ids", "industry_text", "stages", "fund_size_cny_100m", "role",
    *_END,
)  # fmt: skip
HR_COLUMNS = ("id", "name", "kind", "services", "honour_level", "base", *_END)
LOAN_COLUMNS = (
    "id", "name", "bank", "policy_id", "max_amount_cny", "term_months_max", "interest_support",
    "eligibility_text", *_END,
)  # fmt: skip
ASSOCIATION_COLUMNS = ("id", "name", "kind", "industry_ids", "members", *_END)


@dataclass(frozen=True, slots=True, kw_only=True)
class Space(Sourced):
    """空间与园区.

    Attributes:
        kind, level: such as `incubator` and `国家级(2017)`; level None is not said.
        space_type: id of one of the four types; None for service platforms without rooms.
        district, zone: ids; None is unknown. `district_basis`: `source`, `inferred`, `unknown`.
        area_m2, tenants: None is unknown.
        industries: ids; empty is general.
        as_of: date of the facts, `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
        current_status: `active`, `likely-active`, `unknown` or `closed`.
    """

    id: str
    name: str
    kind: str
    level: str | None
    space_type: str | None
    operator: str | None
    district: str | None
    zone: str | None
    district_basis: str
    address: str | None
    area_m2: float | None
    industries: tuple[str, ...]
    industry_text: str | None
    tenants: int | None
    as_of: str | None
    current_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Investor(Sourced):
    """创投机构.

    Attributes:
        kind: such as `vc`, `cvc`, `guidance_fund`.
        industries: ids; empty is not restricted or not known; `industry_text` as printed.
        stages: stage ids it invests in.
        fund_size_cny: CNY; None is unknown.
    """

    id: str
    name: str
    kind: str
    industries: tuple[str, ...]
    industry_text: str | None
    stages: tuple[str, ...]
    fund_size_cny: float | None
    role: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HrAgency(Sourced):
    """人力资源机构.

    Attributes:
        kind: `private`, `public` or `park`.
        services: Chinese, as printed.
        honour_level: such as `市级诚信`; None is unknown. `base`: where it sits; None is unknown.
    """

    id: str
    name: str
    kind: str
    services: str
    honour_level: str | None
    base: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanProduct(Sourced):
    """金融产品.

    Attributes:
        policy: id of the policy it carries out; None is a product of the bank itself.
        max_amount_cny, term_months_max: None is not published.
    """

    id: str
    name: str
    bank: str
    policy: str | None
    max_amount_cny: float | None
    term_months_max: int | None
    interest_support: str | None
    eligibility_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Association(Sourced):
    """行业商协会: `association`, `alliance` or `society`; `members` None is unknown."""

    id: str
    name: str
    kind: str
    industries: tuple[str, ...]
    members: int | None


@dataclass(frozen=True, slots=True)
class Codes:
    """The tables that supply rows refer to; only the ids matter, and the district of a zone."""

    industries: Mapping[str, object]
    districts: Mapping[str, object]
    zones: Mapping[str, Zone]
    stages: Mapping[str, object]
    space_types: Mapping[str, object]
    policies: Mapping[str, object]


T = TypeVar("T")


def _read(
    file: str, text: str, columns: tuple[str, ...], read: Callable[[Row, Codes], T], codes: Codes
) -> dict[str, T]:
    rows = table(file, parse_csv(file, text, columns), "rows")
    return {key: read(row, codes) for key, row in rows.items()}


def read_spaces(text: str, codes: Codes) -> dict[str, Space]:
    """Return the spaces by id; ReferenceDataError names what does not fit."""
    return _read("spaces.csv", text, SPACE_COLUMNS, _space, codes)


def read_investors(text: str, codes: Codes) -> dict[str, Investor]:
    """Return the investors by id; ReferenceDataError names what does not fit."""
    return _read("investors.csv", text, INVESTOR_COLUMNS, _investor, codes)


def read_hr_agencies(text: str, codes: Codes) -> dict[str, HrAgency]:
    """Return the HR agencies by id; ReferenceDataError names what does not fit."""
    return _read("hr_agencies.csv", text, HR_COLUMNS, _hr_agency, codes)


def read_loan_products(text: str, codes: Codes) -> dict[str, LoanProduct]:
    """Return the loan products by id; ReferenceDataError names what does not fit."""
    return _read("loan_products.csv", text, LOAN_COLUMNS, _loan_product, codes)


def read_associations(text: str, codes: Codes) -> dict[str, Association]:
    """Return the associations by id; ReferenceDataError names what does not fit."""
    return _read("associations.csv", text, ASSOCIATION_COLUMNS, _association, codes)


def _space(row: Row, codes: Codes) -> Space:
    found = Space(
        id=row.name,
        name=row.text("name"),
        kind=row.text("kind"),
        level=row.text_or_none("level"),
        space_type=row.one_of_or_none("peipao_space_type", codes.space_types),
        operator=row.text_or_none("operator"),
        district=row.one_of_or_none("district_id", codes.districts),
        zone=row.one_of_or_none("zone_id", codes.zones),
        district_basis=row.one_of("district_basis", ("source", "inferred", "unknown")),
        address=row.text_or_none("address"),
        area_m2=row.number_or_none("area_m2", low=0),
        industries=row.some_of("industry_ids", codes.industries),
        industry_text=row.text_or_none("industry_text"),
        tenants=row.whole_or_none("tenants"),
        as_of=row.published("as_of"),
        current_status=row.one_of(
            "current_status", ("active", "likely-active", "unknown", "closed")
        ),
        **_origin(row),
    )
    _check_where(row, found, codes)
    return found


def _check_where(row: Row, space: Space, codes: Codes) -> None:
    if (space.district is None) != (space.district_basis == "unknown"):
        raise row.error(
            "district_basis", "与 district_id 不符", "district_id 为空时且仅此时为 unknown"
        )
    if space.zone is not None and codes.zones[space.zone].district != space.district:
        right = codes.zones[space.zone].district
        raise row.error(
            "zone_id", f"功能区 {space.zone} 不在 {space.district}", f"district_id {right}"
        )


def _investor(row: Row, codes: Codes) -> Investor:
    size = row.number_or_none("fund_size_cny_100m", low=0)
    return Investor(
        id=row.name,
        name=row.text("name"),
        kind=row.text("kind"),
        industries=row.some_of("industry_ids", codes.industries),
        industry_text=row.text_or_none("industry_text"),
        stages=row.some_of("stages", codes.stages),
        fund_size_cny=None if size is None else round(size * 1e8),
        role=row.text_or_none("role"),
        **_origin(row),
    )


def _hr_agency(row: Row, codes: Codes) -> HrAgency:  # noqa: ARG001  all readers look alike
    honour = row.text("honour_level")
    return HrAgency(
        id=row.name,
        name=row.text("name"),
        kind=row.one_of("kind", ("private", "public", "park")),
        services=row.text("services"),
        honour_level=None if honour == "unknown" else honour,
        base=row.text_or_none("base"),
        **_origin(row),
    )


def _loan_product(row: Row, codes: Codes) -> LoanProduct:
    return LoanProduct(
        id=row.name,
        name=row.text("name"),
        bank=row.text("bank"),
        policy=row.one_of_or_none("policy_id", codes.policies),
        max_amount_cny=row.number_or_none("max_amount_cny", low=0),
        term_months_max=row.whole_or_none("term_months_max", low=1),
        interest_support=row.text_or_none("interest_support"),
        eligibility_text=row.text("eligibility_text"),
        **_origin(row),
    )


def _association(row: Row, codes: Codes) -> Association:
    return Association(
        id=row.name,
        name=row.text("name"),
        kind=row.one_of("kind", ("association", "alliance", "society")),
        industries=row.some_of("industry_ids", codes.industries),
        members=row.whole_or_none("members"),
        **_origin(row),
    )


def _origin(row: Row) -> Origin:
    return row.origin(note="notes", grade="source_grade")
