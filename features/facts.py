"""Facts of records, beside the profiles, that decide whether a pair may exist."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from features.policies import Applicants
from features.rows import check_unique
from features.text import stretches
from peipao.domain.records import Need, Project, Provider
from peipao.domain.values import Place
from peipao.tables.profiles import BoolArray, IntArray, TextArray

LEGAL_FORMS = ("有限责任公司", "股份有限公司", "集团有限公司", "有限公司", "集团", "公司")
"""Endings that one and the same organisation is written with and without; longest first."""

Pairs = frozenset[tuple[str, str]]
"""Pairs (need id, provider id)."""


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """Facts of providers; cheap to keep while the providers do not change.

    Attributes:
        ids: text (n,), sorted.
        paused: bool (n,).
        valid_from, valid_to: int32 (n,), proleptic Gregorian ordinals, inclusive; open ends are the
            first and last day there is.
        capacity: int32 (n,), places in all.
        whole_city: bool (n,), True where no district is named.
        districts: the districts named by any provider, sorted.
        serves: bool (n, n_districts).
        organisations: (n,) text, as `organisation_key` gives it; empty is unknown.
    """

    ids: TextArray
    paused: BoolArray
    valid_from: IntArray
    valid_to: IntArray
    capacity: IntArray
    whole_city: BoolArray
    districts: tuple[str, ...]
    serves: BoolArray
    organisations: tuple[str, ...]
    _members: list[Mapping[str, list[int]]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    def of_organisation(self, key: str) -> list[int]:
        """Return the rows of an organisation; none of the unknown one."""
        if not self._members:
            found: dict[str, list[int]] = {}
            for at, organisation in enumerate(self.organisations):
                found.setdefault(organisation, []).append(at)
            self._members.append(found)
        return self._members[0].get(key, []) if key else []


@dataclass(frozen=True, slots=True)
class NeedFacts:
    """Facts of needs and their projects.

    Attributes:
        ids: text (n,), sorted.
        districts: (n,) text, district of the project; empty is unknown.
        organisations: (n,) text, the project's own name as `organisation_key` gives it.
    """

    ids: TextArray
    districts: tuple[str, ...]
    organisations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairFacts:
    """All facts of a round or a request.

    Attributes:
        today: the day validity is judged on; from the injected clock.
        needs, providers: facts of the same entities as the profile tables.
        vetoed: pairs that a person forbade.
        ended: pairs whose match was declined, expired or ended and is not to be made again.
        active: pairs that have a match which holds a place.
        applicants: whom rules on policies ask about; None leaves those rules out.
    """

    today: dt.date
    needs: NeedFacts
    providers: ProviderFacts
    vetoed: Pairs = field(default=frozenset())
    ended: Pairs = field(default=frozenset())
    active: Pairs = field(default=frozenset())
    applicants: Applicants | None = None


def organisation_key(name: str | None) -> str:
    """Return a name as it is compared: NFKC, lower case, no blanks, punctuation or legal form."""
    key = "".join(stretches(name or ""))
    ending = next((form for form in LEGAL_FORMS if key.endswith(form)), "")
    return key.removesuffix(ending) or key


def provider_facts(providers: Iterable[Provider]) -> ProviderFacts:
    """Return the facts of providers, sorted by id.

    Raises:
        InvalidInputError: an id comes twice.
    """
    ordered = sorted(providers, key=lambda provider: provider.id)
    check_unique([provider.id for provider in ordered], "资源方")
    districts = tuple(sorted({d for provider in ordered for d in provider.districts_served}))
    return ProviderFacts(
        ids=np.array([provider.id for provider in ordered], dtype=np.str_),
        paused=_flags(provider.paused for provider in ordered),
        valid_from=_days([provider.valid_from or dt.date.min for provider in ordered]),
        valid_to=_days([provider.valid_to or dt.date.max for provider in ordered]),
        capacity=np.array([provider.capacity for provider in ordered], dtype=np.int32),
        whole_city=_flags(not provider.districts_served for provider in ordered),
        districts=districts,
        serves=_serves(ordered, districts),
        organisations=tuple(organisation_key(provider.organisation) for provider in ordered),
    )


def need_facts(needs: Iterable[tuple[Need, Project]]) -> NeedFacts:
    """Return the facts of needs, sorted by id; raises like `provider_facts`."""
    ordered = sorted(needs, key=lambda pair: pair[0].id)
    check_unique([need.id for need, _ in ordered], "需求")
    return NeedFacts(
        ids=np.array([need.id for need, _ in ordered], dtype=np.str_),
        districts=tuple(_district(project) for _, project in ordered),
        organisations=tuple(organisation_key(project.name) for _, project in ordered),
    )


def _district(project: Project) -> str:
    stated, place = project.attributes.get("district"), project.attributes.get("place")
    if isinstance(stated, str):
        return stated
    return place.district if isinstance(place, Place) else ""


def _flags(values: Iterable[bool]) -> BoolArray:
    return np.array(list(values), dtype=np.bool_)


def _days(values: Sequence[dt.date]) -> npt.NDArray[np.int32]:
    return np.array([value.toordinal() for value in values], dtype=np.int32)


def _serves(providers: Sequence[Provider], districts: Sequence[str]) -> BoolArray:
    found = np.zeros((len(providers), len(districts)), dtype=np.bool_)
    index = {district: at for at, district in enumerate(districts)}
    for row, provider in enumerate(providers):
        found[row, [index[district] for district in provider.districts_served]] = True
    return found
