"""What the caller of a round states: pins, vetoes, quotas, an earlier plan, a table of scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from matching.groups import RawGroup, Side
from matching.tasks import OBJECTIVES
from peipao.domain.records import Need, Project, Provider
from peipao.domain.values import Place, Value
from peipao.errors import InvalidInputError
from peipao.kinds.spec import KindSpec, QuotaSpec
from serving.usecases.score_sheet import ScoreSheet

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Quota:
    """A bound on the matches of everybody who has one of some values, or of those named.

    Attributes:
        id: distinct among the quotas of a round.
        side: `need` or `provider`.
        attribute: `project.NAME` or a need attribute, or a provider attribute; `project.stage`
            too. None where `members` says who.
        values: codes; whoever has one of them is a member.
        members: ids, where no attribute says who.
        least, most: matches of all members together; `most` None is without limit.
    """

    id: str
    side: str
    attribute: str | None = None
    values: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class RoundTerms:
    """What a round is asked beside its needs and providers.

    Attributes:
        pins, vetoes: (need id, provider id); vetoes come on top of the stored ones.
        quotas: on top of those of the kind file.
        need_min, provider_min: id -> matches at least.
        previous: id of the round whose plan is to change little; None is none.
        max_changes: places whose holder may differ from it; None is without limit.
        change_cost: affinity units, >= 0, of each such change.
        objective: `total`, `rawls`, `leximin` or `stable`.
        scores: takes the place of the model's affinity; None is the model.
    """

    pins: tuple[Pair, ...] = ()
    vetoes: tuple[Pair, ...] = ()
    quotas: tuple[Quota, ...] = ()
    need_min: Mapping[str, int] = field(default_factory=dict)
    provider_min: Mapping[str, int] = field(default_factory=dict)
    previous: str | None = None
    max_changes: int | None = None
    change_cost: float = 0.0
    objective: str = "total"
    scores: ScoreSheet | None = None


NO_TERMS = RoundTerms()


def check_terms(terms: RoundTerms) -> None:
    """Do nothing if what is asked goes together.

    Raises:
        InvalidInputError: an unknown objective; changes counted against no plan; an objective that
            knows of no changes.
    """
    if terms.objective not in OBJECTIVES:
        right = "、".join(OBJECTIVES)
        raise InvalidInputError("objective", f"不认识的取值 {terms.objective[:40]!r}", right)
    if terms.max_changes is None and not terms.change_cost:
        return
    if terms.previous is None:
        raise InvalidInputError("previous", "限定了变更,却没有给出要保持的轮次", "轮次编号")
    if terms.objective != OBJECTIVES[0]:
        raise InvalidInputError("objective", "限定变更时只能求总匹配度最高", OBJECTIVES[0])


def groups_of(
    spec: KindSpec,
    terms: RoundTerms,
    asked: Sequence[tuple[Need, Project]],
    providers: Sequence[Provider],
) -> list[RawGroup]:
    """Return the quotas of the kind file and of the caller with their members, as ids.

    A quota without any member in this round is left out if it asks for nothing.

    Raises:
        InvalidInputError: a quota asks for matches of nobody, or names an unknown attribute.
    """
    stated = [*map(_from_file, spec.pairing.quotas), *terms.quotas]
    made = ((quota, _members(quota, spec, asked, providers)) for quota in stated)
    return [
        RawGroup(quota.id, quota.side, members, quota.least, quota.most)
        for quota, members in made
        if members or _asks(quota)
    ]


def _from_file(quota: QuotaSpec) -> Quota:
    return Quota(
        id=quota.name,
        side=quota.side,
        attribute=quota.attribute,
        values=quota.values,
        least=quota.min,
        most=quota.max,
    )


def _asks(quota: Quota) -> bool:
    if quota.least:
        where = f"quotas {quota.id}"
        raise InvalidInputError(where, "本轮没有符合的成员,却要求下限", "有成员的分组")
    return False


def _members(
    quota: Quota,
    spec: KindSpec,
    asked: Sequence[tuple[Need, Project]],
    providers: Sequence[Provider],
) -> list[str]:
    if quota.attribute is None:
        return sorted(quota.members)
    _check_attribute(quota, spec)
    rows = _needs(quota.attribute, asked) if quota.side == Side.NEED else _of(quota, providers)
    wanted = set(quota.values)
    return sorted(key for key, codes in rows if wanted & codes)


def _check_attribute(quota: Quota, spec: KindSpec) -> None:
    known = spec.provider if quota.side == Side.PROVIDER else spec.need
    name = quota.attribute or ""
    if not name.startswith("project.") and name not in known:
        right = "、".join(sorted(known)) + ("" if quota.side == Side.PROVIDER else "、project.属性")
        raise InvalidInputError(f"quotas {quota.id} attribute", f"没有属性 {name!r}", right)


def _needs(attribute: str, asked: Sequence[tuple[Need, Project]]) -> Iterator[tuple[str, set[str]]]:
    name = attribute.removeprefix("project.")
    for need, project in asked:
        if name == attribute:
            stated = need.attributes.get(name)
            yield need.id, codes(None if stated is None else stated.value)
        elif name == "stage":
            yield need.id, {project.stage}
        else:
            yield need.id, codes(project.attributes.get(name))


def _of(quota: Quota, providers: Sequence[Provider]) -> Iterator[tuple[str, set[str]]]:
    for provider in providers:
        yield provider.id, codes(provider.attributes.get(quota.attribute or ""))


def codes(value: Value | None) -> set[str]:
    """Return the codes in a value: one, several, or the district of a place."""
    if isinstance(value, tuple):
        return set(value)
    if isinstance(value, Place):
        return {value.district}
    return {value} if isinstance(value, str) else set()
