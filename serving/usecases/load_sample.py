"""Put the sample city into the store; doing it again changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from models.base import Progress
from peipao.clock import Clock
from peipao.kinds.catalogue import Catalogue
from peipao.reference.loader import Reference
from peipao.sample.city import City, iter_city_chunks
from peipao.sample.size import CitySize
from peipao.store import Store, Transaction
from serving.usecases.score_pairs import city_date


@dataclass(frozen=True, slots=True)
class LoadedSample:
    """How many records are new.

    Attributes:
        already_there: the city, or a part of it, had been loaded before and was left alone.
    """

    projects: int = 0
    requests: int = 0
    needs: int = 0
    providers: int = 0
    feedback: int = 0
    already_there: bool = False


@dataclass(frozen=True, slots=True)
class LoadSample:
    """Generates the city and stores it chunk by chunk, each in one transaction."""

    store: Store
    catalogue: Catalogue
    reference: Reference
    clock: Clock

    def __call__(
        self, size: CitySize, seed: int, *, by: str, progress: Progress | None = None
    ) -> LoadedSample:
        """Return what was stored.

        A record keeps its first form for ever: a later day makes a slightly different city, and
        rounds have moved the needs of the first one on.
        """
        total = LoadedSample()
        chunks = iter_city_chunks(
            size, seed, self.reference, self.catalogue, city_date(self.clock.now())
        )
        for chunk in chunks:
            if progress is not None:
                progress("载入示例城市", total.projects / max(size.projects + size.earlier, 1))
            total = _sum(total, self._stored(chunk, by, seed))
        return total

    def _stored(self, chunk: City, by: str, seed: int) -> LoadedSample:
        why = f"载入示例城市(种子 {seed})"
        versions = {"rules": self.catalogue.hash, "tables": self.reference.version}
        with self.store.transaction(who=by, why=why, versions=versions) as tx:
            if _is_there(tx, chunk):
                return LoadedSample(already_there=True)
            loaded = LoadedSample(
                providers=tx.providers.add_many(chunk.providers),
                projects=tx.projects.add_many(chunk.projects),
                requests=tx.requests.add_many(chunk.requests),
                needs=tx.needs.add_many(chunk.needs, chunk.steps),
                feedback=tx.feedback.add_many(chunk.feedback),
            )
            tx.sensitive.add_many(chunk.sensitive_facts)
            return loaded


def _is_there(tx: Transaction, chunk: City) -> bool:
    projects = [project.id for project in chunk.projects[:1]]
    providers = [provider.id for provider in chunk.providers[:1]]
    return bool(tx.projects.get_many(projects) or tx.providers.get_many(providers))


def _sum(one: LoadedSample, other: LoadedSample) -> LoadedSample:
    return LoadedSample(
        projects=one.projects + other.projects,
        requests=one.requests + other.requests,
        needs=one.needs + other.needs,
        providers=one.providers + other.providers,
        feedback=one.feedback + other.feedback,
        already_there=one.already_there or other.already_there,
    )
