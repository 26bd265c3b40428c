"""How large a city is; the tiers follow `scale.yaml`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from peipao.errors import InvalidInputError
from peipao.reference.loader import Reference


@dataclass(frozen=True, slots=True)
class CitySize:
    """What a city holds; all counts >= 0.

    Spaces, investors, loan products, associations and HR agencies are those of the reference
    data at every size: none is invented.

    Attributes:
        projects: projects under way; each has one open need for a mentor and one for an officer.
        earlier: projects that ended inside the two years; they have past needs only.
        mentors, officers, talents, service_points: generated providers.
        history: past needs and their feedback in relation to size S (1 is about 50,000 events a
            year for 1,000 projects); thinner histories keep large cities in hand.
    """

    projects: int = 1_000
    earlier: int = 700
    mentors: int = 650
    officers: int = 200
    talents: int = 300
    service_points: int = 60
    history: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what no city can have."""
        for name in self.__slots__:
            if getattr(self, name) < 0:
                raise InvalidInputError(f"size.{name}", "不能小于 0", ">= 0")


S = CitySize()
_EARLIER = 2
"""Years of a tier's `new_projects_per_year` that have ended; at most the share of size S."""

_THIN = {"M": 0.4, "L": 0.4}


def tier_size(tier: str, reference: Reference) -> CitySize:
    """Return the size of a tier of `scale.yaml`.

    Talents stay at the share of size S (300 for 1,000 projects), because the profiles that the
    tiers count are those of the whole labour market.

    Raises:
        InvalidInputError: no such tier.
    """
    if tier not in reference.tiers:
        raise InvalidInputError("tier", f"没有规模档 {tier!r}", "、".join(reference.tiers))
    counts = reference.tiers[tier].counts
    projects = counts["active_projects"]
    sized = replace(
        S,
        projects=projects,
        earlier=min(_EARLIER * counts["new_projects_per_year"], projects * 7 // 10),
        mentors=counts["mentors"],
        officers=counts["officers"],
        talents=projects * 3 // 10,
        service_points=max(counts["officers"] * 3 // 10, 1),
    )
    return replace(sized, history=_THIN.get(tier, 1.0))
