"""A round without a solution: what clashes, and the cheapest way out at the costs of staff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from features.eligibility import eligibility
from features.facts import PairFacts, need_facts
from matching.barriers import Ends, with_barriers
from matching.budget import Budget
from matching.groups import Group
from peipao.errors import InfeasibleError
from peipao.kinds.catalogue import Catalogue
from peipao.kinds.spec import KindSpec
from peipao.reference.loader import Reference
from serving.usecases.round_snapshot import Prepared
from serving.usecases.score_pairs import city_date

if TYPE_CHECKING:
    from matching.relax import RelaxCosts, Relief

LIMIT_S, SHOWN = 10.0, 12
"""Seconds for quotas that cross, and kinds of units told one by one."""

MOST_BARRED = 1_000_000
"""With more pairs than this that only districts exclude, districts are left out of the way out:
staff wait for the answer, which took up to 9 s and 0.8 GB at 1,080,000."""


@dataclass(frozen=True, slots=True)
class WayOut:
    """Tells staff why a round has no solution and what the cheapest way out is.

    Pairs that only the districts of a provider exclude may be allowed one by one, as any other
    limit may give way, at the costs of the kind file (`pairing.relax_costs`).
    """

    catalogue: Catalogue
    reference: Reference

    def __call__(self, prepared: Prepared, failed: InfeasibleError) -> InfeasibleError:
        """Return the refusal with the chain of limits that clash and the units that would do.

        Args:
            prepared: as it could not be decided.
            failed: what the engine said; kept where no limits clash (few changes asked).
        """
        # scipy is met where a round is solved, nowhere else.
        from matching.conflict import clash
        from matching.relax import cheapest_relaxations

        spec, problem = self.catalogue[prepared.frozen.kind], prepared.frozen.problem
        chain = clash(problem, prepared.scored.eligibility)
        if chain is None:
            return failed
        barred, names = self._across_districts(prepared, spec)
        left_out = sum(len(need) for need, _ in barred.values()) > MOST_BARRED
        if left_out:
            barred, names = {}, {}
        wide = with_barriers(problem, barred)
        costs = _costs(spec, wide.need_ids, wide.provider_ids, problem.groups, barred)
        try:
            relief = cheapest_relaxations(wide, costs, Budget(limit_s=LIMIT_S), names)
        except InfeasibleError:
            told = "按类别文件的放宽费用,没有可行的放宽办法"
        else:
            told = _told(relief)
        more = ";跨区市的配对过多,放宽区市未计算在内" if left_out else ""
        return InfeasibleError(f"{chain.sentence};{told}{more}")

    def _across_districts(
        self, prepared: Prepared, spec: KindSpec
    ) -> tuple[dict[str, Ends], dict[str, str]]:
        """Return the pairs that only districts exclude, by barrier, and what to call each."""
        snapshot, scored = prepared.snapshot, prepared.scored
        facts, needs = scored.board.facts, need_facts(snapshot.asked)
        anywhere = PairFacts(
            today=city_date(snapshot.at),
            needs=needs,
            providers=replace(facts, whole_city=np.ones_like(facts.whole_city)),
            vetoed=snapshot.past.vetoed,
            ended=snapshot.past.ended,
            active=snapshot.past.active,
            applicants=snapshot.applicants,
        )
        schema = snapshot.model.schema
        wide = eligibility(schema, scored.profiles, scored.board.profiles, anywhere, spec)
        need, provider = np.nonzero((wide.excluded_by == 0) & (scored.eligibility.excluded_by != 0))
        homes, home = np.unique(np.array(needs.districts, dtype=np.str_), return_inverse=True)
        areas, area = np.unique(facts.serves, axis=0, return_inverse=True)
        pair = home[need] * len(areas) + area.ravel()[provider]
        barred, names = {}, {}
        order = np.argsort(pair, kind="stable")
        numbers, starts = np.unique(pair[order], return_index=True)
        for number, here in zip(numbers.tolist(), np.split(order, starts[1:]), strict=False):
            at, of = divmod(number, len(areas))
            key = f"district-{number:04d}"
            barred[key] = need[here].astype(np.int32), provider[here].astype(np.int32)
            served = [facts.districts[k] for k in np.flatnonzero(areas[of]).tolist()]
            names[key] = f"{self._zh([str(homes[at])])} → {self._zh(served)}"
        return barred, names

    def _zh(self, districts: Iterable[str]) -> str:
        known = self.reference.districts
        return "、".join(known[one].zh if one in known else one for one in districts)


def _costs(
    spec: KindSpec,
    need_ids: Iterable[object],
    provider_ids: Iterable[object],
    groups: Iterable[Group],
    barred: Iterable[str],
) -> RelaxCosts:
    """Return the costs of the kind file for everybody of the round."""
    from matching.relax import RelaxCosts

    stated = spec.pairing.relax_costs
    return RelaxCosts(
        need={str(key): stated.cost("need") for key in need_ids},
        provider={str(key): stated.cost("place") for key in provider_ids},
        group={group.id: stated.cost("quota") for group in groups}
        | dict.fromkeys(barred, stated.cost("district")),
    )


def _told(relief: Relief) -> str:
    """Return the units in Chinese, equal ones counted."""
    counted = Counter(unit.sentence for unit in relief.units)
    words = [f"{word} × {count}" if count > 1 else word for word, count in counted.items()]
    more = f" 等共 {len(relief.units)} 处" if len(words) > SHOWN else ""
    return f"最便宜的放宽(费用 {relief.cost:g}):{'、'.join(words[:SHOWN])}{more}"
