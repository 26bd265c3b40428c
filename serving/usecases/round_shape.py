"""The shape of a round in a few numbers, against which the next one is held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from features.facts import need_facts
from peipao.canonical import sha256_lines
from peipao.domain.records import Provider
from peipao.store.codec import values_text
from serving.usecases.round_bundle import Frozen
from serving.usecases.round_snapshot import Snapshot

_DECILES = np.linspace(0.0, 1.0, 11)


@dataclass(frozen=True, slots=True)
class District:
    """The needs of one district that somebody is eligible for.

    Attributes:
        n: how many.
        mean, spread: of the greatest affinity of each, in millionths; spread is the standard
            deviation.
    """

    n: int
    mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class Shape:
    """Counts and distributions of a round.

    Attributes:
        places: places of all providers that are not paused, held ones too.
        deciles: 11 values, millionths: least, deciles and greatest affinity of all pairs; empty
            where there is no pair.
        districts: district id -> its needs; the empty id are those whose district is unknown.
        roster: SHA-256 of who provides what, with places and validity.
        scores: SHA-256 of the table of scores; empty where the model scored.
    """

    needs: int
    providers: int
    places: int
    pairs: int
    model: str
    deciles: tuple[int, ...]
    districts: Mapping[str, District]
    roster: str
    scores: str

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {**asdict(self), "deciles": list(self.deciles)}

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Shape:
        """Return the shape that `to_json` wrote."""
        districts = {key: District(**one) for key, one in values["districts"].items()}
        return Shape(**{**values, "deciles": tuple(values["deciles"]), "districts": districts})


def shape_of(frozen: Frozen, snapshot: Snapshot) -> Shape:
    """Return the shape of a round that is about to be drafted."""
    problem = frozen.problem
    deciles: list[float] = (
        np.quantile(problem.weight, _DECILES).tolist() if len(problem.weight) else []
    )
    return Shape(
        needs=len(problem.need_ids),
        providers=len(problem.provider_ids),
        places=sum(one.capacity for one in snapshot.providers if not one.paused),
        pairs=len(problem.need),
        model=frozen.rests_on["model"],
        deciles=tuple(round(value) for value in deciles),
        districts=_districts(frozen, snapshot),
        roster=roster_hash(snapshot.providers),
        scores=frozen.rests_on["scores"],
    )


def roster_hash(providers: Sequence[Provider]) -> str:
    """Return the SHA-256 of a roster: ids, places, validity, attributes; names are left out."""
    return sha256_lines(
        [one.id, one.capacity, f"{one.valid_from} {one.valid_to}", values_text(one.attributes)]
        for one in sorted(providers, key=lambda one: one.id)
    )


def best_of_needs(frozen: Frozen) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of the needs that have a pair, and the greatest weight of each."""
    problem = frozen.problem
    rows, starts = np.unique(problem.need, return_index=True)
    best = np.maximum.reduceat(problem.weight, starts) if len(rows) else np.zeros(0, dtype=np.int64)
    return rows, best


def _districts(frozen: Frozen, snapshot: Snapshot) -> dict[str, District]:
    facts = need_facts(snapshot.asked)
    rows, best = best_of_needs(frozen)
    names = np.array(facts.districts, dtype=np.str_)[rows] if len(rows) else np.zeros(0, np.str_)
    return {
        str(name): District(
            n=int((names == name).sum()),
            mean=round(float(best[names == name].mean()), 1),
            spread=round(float(best[names == name].std()), 1),
        )
        for name in np.unique(names)
    }
