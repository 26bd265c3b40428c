"""Which pairs may exist: facts of the records first, then the rules of the kind file in order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from features.facts import NeedFacts, PairFacts, Pairs, ProviderFacts
from features.freezing import check_names
from features.policies import excluded_by_policy
from features.rules import Grid, failing
from features.schema import FeatureSchema
from peipao.errors import InvalidInputError
from peipao.kinds.spec import KindSpec, RuleSpec, Test
from peipao.tables.pairs import EligibilityTable
from peipao.tables.profiles import BoolArray, ProfileTable, TextArray

PAUSED = "资源方已暂停接单"
NOT_VALID = "资源方今天不在有效期内"
NO_PLACES = "资源方的名额为 0"
OTHER_DISTRICT = "资源方不服务项目所在区市"
SAME_ORGANISATION = "资源方与项目属于同一单位,须回避"
VETOED = "该配对已被否决"
ENDED = "该对接此前已谢绝、过期或结束"
ACTIVE = "双方已有进行中的对接"
FACTS = (
    PAUSED,
    NOT_VALID,
    NO_PLACES,
    OTHER_DISTRICT,
    SAME_ORGANISATION,
    VETOED,
    ENDED,
    ACTIVE,
)
"""Reasons that do not come from a kind file, in the order they are tried."""

CELLS = 1 << 22
"""Largest number of (need, provider) cells a rule is tried on at once; bounds the memory."""


def eligibility(
    schema: FeatureSchema,
    needs: ProfileTable,
    providers: ProfileTable,
    facts: PairFacts,
    spec: KindSpec | None = None,
) -> EligibilityTable:
    """Return which pairs are eligible and the first reason against each of the others.

    A provider whose places are all held is eligible: how many are free is a matter of capacity, not
    of admission.

    Args:
        schema: the frozen schema that encoded both tables.
        needs: profiles of needs.
        providers: profiles of providers.
        facts: of the same needs and providers.
        spec: take rules and the conflict of interest from this kind file, as it is today, rather
            than from the schema.

    Raises:
        InvalidInputError: tables of another schema, facts of other ids, or a rule of `spec` on an
            attribute that the schema does not hold.
    """
    schema.check_table(needs, "need")
    schema.check_table(providers, "provider")
    _check_ids(facts.needs.ids, needs.ids, "需求")
    _check_ids(facts.providers.ids, providers.ids, "资源方")
    if spec is not None:
        check_names(spec.name, spec.rules, schema.need, schema.provider)
    rules = schema.rules if spec is None else spec.rules
    allowed = schema.same_organisation if spec is None else spec.pairing.same_organisation
    excluded_by = np.zeros((len(needs), len(providers)), dtype=np.int16)
    for code, grid in enumerate(_fact_grids(facts, same_organisation=allowed), start=1):
        _mark(excluded_by, grid, code)
    for code, rule in enumerate(rules, start=len(FACTS) + 1):
        fails = _fails(rule, schema, needs, providers, facts)
        for rows in _blocks(*excluded_by.shape):
            _mark(excluded_by[rows], fails(rows), code)
    reasons = (*FACTS, *(rule.reason for rule in rules))
    return EligibilityTable(needs.ids, providers.ids, excluded_by, reasons)


def _mark(excluded_by: npt.NDArray[np.int16], excluded: BoolArray, code: int) -> None:
    """Write the code where a pair is excluded and no earlier reason has excluded it."""
    if excluded.any():
        np.copyto(excluded_by, code, where=excluded & (excluded_by == 0), casting="unsafe")


def _fails(
    rule: RuleSpec,
    schema: FeatureSchema,
    needs: ProfileTable,
    providers: ProfileTable,
    facts: PairFacts,
) -> Grid:
    if rule.test is not Test.POLICY:
        return failing(rule, schema, needs, providers)
    excluded = excluded_by_policy(rule, needs.ids, providers, facts.applicants)
    return lambda rows: excluded[rows]


def _check_ids(found: TextArray, wanted: TextArray, noun: str) -> None:
    if found is not wanted and not np.array_equal(found, wanted):
        raise InvalidInputError("准入事实", f"{noun}编号与画像表不一致", f"同一批{noun}")


def _blocks(n_needs: int, n_providers: int) -> Iterator[slice]:
    step = max(1, CELLS // max(n_providers, 1))
    return (slice(start, start + step) for start in range(0, n_needs, step))


def _fact_grids(facts: PairFacts, *, same_organisation: bool) -> Iterator[BoolArray]:
    """Yield for each reason of `FACTS` what it excludes; broadcasts to (n_needs, n_providers)."""
    needs, providers = facts.needs, facts.providers
    day = facts.today.toordinal()
    yield providers.paused[None, :]
    yield ((day < providers.valid_from) | (day > providers.valid_to))[None, :]
    yield (providers.capacity <= 0)[None, :]
    yield _other_district(needs, providers)
    yield _own_organisation(needs, providers) & (not same_organisation)
    for pairs in (facts.vetoed, facts.ended, facts.active):
        yield _listed(pairs, needs.ids, providers.ids)


def _other_district(needs: NeedFacts, providers: ProviderFacts) -> BoolArray:
    """Return where the project's district is known and not served."""
    index = {district: at for at, district in enumerate(providers.districts)}
    elsewhere = np.ones((len(providers.districts) + 1, len(providers.ids)), dtype=np.bool_)
    np.logical_not(providers.serves.T, out=elsewhere[:-1])
    elsewhere &= ~providers.whole_city
    found = elsewhere[[index.get(district, -1) for district in needs.districts]]
    found[[not district for district in needs.districts]] = False
    return found


def _own_organisation(needs: NeedFacts, providers: ProviderFacts) -> BoolArray:
    own = [providers.of_organisation(organisation) for organisation in needs.organisations]
    if not any(own):
        return _NOBODY
    found = np.zeros((len(needs.ids), len(providers.ids)), dtype=np.bool_)
    for row, members in enumerate(own):
        if members:
            found[row, members] = True
    return found


def _listed(pairs: Pairs, need_ids: TextArray, provider_ids: TextArray) -> BoolArray:
    if not pairs:
        return _NOBODY
    rows = {key: at for at, key in enumerate(need_ids.tolist())}
    here = [pair for pair in pairs if pair[0] in rows]
    if not here or not len(provider_ids):
        return _NOBODY
    wanted = np.array([provider for _, provider in here])
    at = np.minimum(np.searchsorted(provider_ids, wanted), len(provider_ids) - 1)
    found = np.zeros((len(need_ids), len(provider_ids)), dtype=np.bool_)
    need = np.array([rows[need] for need, _ in here])
    known = provider_ids[at] == wanted
    found[need[known], at[known]] = True
    return found


_NOBODY: BoolArray = np.zeros((1, 1), dtype=np.bool_)
"""Nothing to exclude, for however many pairs."""
