"""Say where one more place would bring most, and what losing one would cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from peipao.domain.records import Provider
from peipao.reference.loader import Reference
from serving.usecases.decided_rounds import DecidedRound, DecidedRounds

if TYPE_CHECKING:
    from matching.places import Bottleneck


@dataclass(frozen=True, slots=True)
class TightPlace:
    """A provider, group or district that holds a round back.

    Attributes:
        sort: provider, group or district; id: of it.
        label: what people call it.
        gain: affinity units, what the round gains with one more place.
        loss: affinity units, what it loses with one place less; None where it then has no
            solution, and for groups and districts.
        through: of a district, the provider that the place should go to.
    """

    sort: str
    id: str
    label: str
    gain: float
    loss: float | None = None
    through: str | None = None


@dataclass(frozen=True, slots=True)
class FindBottlenecks:
    """Lists what holds one round back; each figure is the difference of two exact solves."""

    rounds: DecidedRounds
    reference: Reference

    def __call__(self, round_id: str, most: int = 10) -> list[TightPlace]:
        """Return providers and groups, then districts, each with the greatest gain first.

        Args:
            round_id: a round whose inputs are frozen.
            most: providers and groups at most; districts are all listed that gain something.

        Raises:
            NotFoundError: the round is not stored.
            CheckFailedError: the frozen inputs of the round are gone or were touched.
        """
        # scipy is met only when a round is solved.
        from matching.places import bottlenecks

        decided = self.rounds.get(round_id)
        with self.rounds.store.reading() as tx:
            known = tx.providers.get_many(decided.task.problem.provider_ids.tolist())
        providers = {one.id: one for one in known}
        problem, assignment = decided.task.problem, decided.assignment
        found = bottlenecks(problem, assignment, most, decided.solver)
        return [
            *(self._one(decided, one, providers) for one in found),
            *self._districts(decided, known),
        ]

    def _one(
        self, decided: DecidedRound, one: Bottleneck, providers: Mapping[str, Provider]
    ) -> TightPlace:
        if one.group:
            return TightPlace("group", one.id, one.id, one.gain)
        from matching.places import one_place_less

        loss = one_place_less(decided.task.problem, one.id, decided.solver)
        label = providers[one.id].name if one.id in providers else one.id
        return TightPlace("provider", one.id, label, one.gain, loss)

    def _districts(self, decided: DecidedRound, known: Sequence[Provider]) -> list[TightPlace]:
        from matching.places import one_more_among

        found = []
        for key, district in self.reference.districts.items():
            # Who serves the whole city serves this district as well.
            ids = [one.id for one in known if key in (one.districts_served or (key,))]
            best = one_more_among(decided.task.problem, decided.assignment, ids, decided.solver)
            if best is not None:
                place = TightPlace("district", key, district.zh, best.gain, through=best.id)
                found.append(place)
        return sorted(found, key=lambda place: (-place.gain, place.id))
