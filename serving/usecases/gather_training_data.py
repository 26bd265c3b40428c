"""From the store through the features to what a model learns from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.builder import encode_needs, encode_providers, fit_schema
from features.eligibility import eligibility
from features.facts import PairFacts, ProviderFacts, need_facts, provider_facts
from features.indicators import indicators
from features.pairs import ProviderSide, compare, provider_side
from features.schema import FeatureSchema
from features.text import GROUP
from models.base import TrainingData
from models.links import VOUCHED
from peipao.clock import Clock
from peipao.domain.records import Feedback, FeedbackType, Need, Project, Provider
from peipao.domain.states import RANKED
from peipao.errors import InvalidInputError
from peipao.kinds.attributes import need_side_attributes, topic_of
from peipao.kinds.catalogue import Catalogue
from peipao.kinds.spec import KindSpec
from peipao.plugins import load_plugin
from peipao.reference.loader import Reference
from peipao.store import Store
from peipao.tables.indicators import IndicatorTable, joined
from peipao.tables.pairs import InteractionTable, PairTable, pairs_joined
from serving.usecases.score_pairs import Asked, city_date

STAFF = "staff"
"""Who vouches by saying that two have met, or what came of it."""

MAX_PAIRS = 4_000_000
"""Pairs that one training looks at; about 1.2 GB. Scale S has 2.7 million for mentors."""

MAX_NEEDS = 200_000
"""Needs whose links are learnt from; about 2 GB of indicators."""

CHUNK = 2_000
"""Needs that are encoded at once."""

WEIGHED_FROM = 0.4
"""Weights are learnt on the needs after this share of the told ones (`models.blend.CUTS`)."""


@dataclass(frozen=True, slots=True)
class _Records:
    asked: Sequence[tuple[Need, Project]]
    providers: Sequence[Provider]
    events: Sequence[Feedback]
    data: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a model learns from, and the data version it was read at."""

    data: TrainingData
    data_version: str


@dataclass(frozen=True, slots=True)
class GatherTrainingData:
    """Reads the needs of a kind that are open or ever had feedback, and encodes them.

    A city with more pairs than `max_pairs` learns from the links of all its needs, and weighs the
    pairs of some of them, spread evenly over the time that weights are learnt on.

    Attributes:
        text_encoder: entry point of `peipao.text_encoders`.
        max_pairs: more are not weighed.
        max_needs: of more needs than these the latest told ones are learnt from.
    """

    store: Store
    catalogue: Catalogue
    reference: Reference
    clock: Clock
    text_encoder: str
    max_pairs: int = MAX_PAIRS
    max_needs: int = MAX_NEEDS

    def __call__(self, kind: str) -> Gathered:
        """Return the training data of a kind.

        Raises:
            UnknownKindError: there is no such kind.
            InvalidInputError: there is no need or no provider of the kind.
        """
        spec = self.catalogue[kind]
        records = self._records(kind)
        encoder = load_plugin(GROUP, self.text_encoder)()
        asked, providers = records.asked, records.providers
        schema = fit_schema(spec, self.catalogue.project, self.reference, asked, providers, encoder)
        return Gathered(self._tables(kind, schema, records), records.data)

    def _records(self, kind: str) -> _Records:
        with self.store.reading() as tx:
            events = tx.feedback.of_kind(kind)
            told = {event.need_id for event in events}
            stored = tx.needs.of_kind(kind)
            providers, data = tx.providers.of_kind(kind), tx.data_version()
            useful = [need for need in stored if need.state in RANKED or need.id in told]
            needs = _latest(useful, told, self.max_needs)
            found = tx.projects.get_many([need.project_id for need in needs])
        if not needs or not providers:
            noun = "需求" if not needs else "资源方"
            raise InvalidInputError(f"kind {kind}", f"没有可供训练的{noun}", "先登记或载入示例城市")
        projects = {project.id: project for project in found}
        asked = [(need, projects[need.project_id]) for need in needs]
        kept = {need.id for need in needs}
        return _Records(asked, providers, [e for e in events if e.need_id in kept], data)

    def _tables(self, kind: str, schema: FeatureSchema, records: _Records) -> TrainingData:
        spec = self.catalogue[kind]
        providers = encode_providers(schema, records.providers)
        told = {event.need_id for event in records.events}
        weighed = _spread(records.asked, told, self.max_pairs // max(len(providers), 1))
        weigher = _Weigher(
            spec=spec,
            schema=schema,
            side=provider_side(schema, providers),
            facts=provider_facts(_at_their_best(records.providers)),
            weighed=frozenset(need.id for need, _ in weighed),
            today=city_date(self.clock.now()),
        )
        ordered = sorted(records.asked, key=lambda pair: pair[0].id)
        chunks = [ordered[at : at + CHUNK] for at in range(0, len(ordered), CHUNK)]
        parts, pairs = zip(*(weigher(chunk) for chunk in chunks), strict=True)
        needs = joined(parts)
        return TrainingData(
            spec=spec,
            pairs=pairs_joined([part for part in pairs if part is not None], needs.ids),
            need_indicators=needs,
            provider_indicators=indicators(schema, providers),
            interactions=interactions(records.events),
            opened_at=np.array([need.opened_at.timestamp() for need, _ in ordered]),
            project=_numbered([project.id for _, project in ordered]),
            schema_json=schema.to_json(),
            schema_hash=schema.hash,
            topics={
                name: topic_of(name, attribute)
                for name, attribute in need_side_attributes(spec, self.catalogue.project).items()
            },
        )


@dataclass(frozen=True, slots=True)
class _Weigher:
    """Encodes needs, and compares those of them that are weighed.

    Attributes:
        side, facts: of all providers.
        weighed: ids of needs.
        today: the day validity is judged on.
    """

    spec: KindSpec
    schema: FeatureSchema
    side: ProviderSide
    facts: ProviderFacts
    weighed: frozenset[str]
    today: dt.date

    def __call__(self, chunk: Asked) -> tuple[IndicatorTable, PairTable | None]:
        """Return the indicators of some needs and the eligible pairs of the weighed ones."""
        needs = encode_needs(self.schema, chunk)
        found = indicators(self.schema, needs)
        some = [pair for pair in chunk if pair[0].id in self.weighed]
        if not some:
            return found, None
        # A text is not read twice where all of a chunk are weighed.
        table = needs if len(some) == len(chunk) else encode_needs(self.schema, some)
        facts = PairFacts(today=self.today, needs=need_facts(some), providers=self.facts)
        admitted = eligibility(self.schema, table, self.side.table, facts, self.spec)
        return found, compare(self.schema, table, self.side, admitted)


def _spread(asked: Asked, told: set[str], limit: int) -> Asked:
    """Return at most `limit` needs, evenly over the later told ones; all if they are not more."""
    if len(asked) <= limit:
        return asked
    by_time = sorted(asked, key=lambda pair: (pair[0].opened_at, pair[0].id))
    useful = [pair for pair in by_time if pair[0].id in told]
    later = useful[int(len(useful) * WEIGHED_FROM) :] or by_time
    rows = np.unique(np.linspace(0, len(later) - 1, max(limit, 1)).astype(int))
    return [later[row] for row in rows.tolist()]


def _latest(needs: Sequence[Need], told: set[str], limit: int) -> list[Need]:
    """Return at most `limit` needs: those with feedback first, the latest of them first."""
    order = sorted(needs, key=lambda n: (n.id not in told, -n.opened_at.timestamp(), n.id))
    return order[: max(limit, 1)]


def interactions(events: Sequence[Feedback]) -> InteractionTable:
    """Return feedback as arrays, ordered by time, need, provider and type.

    A meeting or an outcome that staff noted stands there a second time, as vouched for.
    """
    ordered = sorted(events, key=lambda e: (e.at, e.need_id, e.provider_id, e.type.value, e.id))
    named = [(event, name) for event in ordered for name in _names(event)]
    ordered = [event for event, _ in named]
    need_ids, need = _rows(ordered, lambda event: event.need_id)
    provider_ids, provider = _rows(ordered, lambda event: event.provider_id)
    values = [np.nan if event.value is None else event.value for event in ordered]
    return InteractionTable(
        need_ids=need_ids,
        provider_ids=provider_ids,
        need=need,
        provider=provider,
        event=np.array([name for _, name in named], dtype=np.str_),
        value=np.array(values, dtype=np.float64),
        at=np.array([event.at.timestamp() for event in ordered], dtype=np.float64),
    )


def _names(event: Feedback) -> tuple[str, ...]:
    seen = event.type in {FeedbackType.MET, FeedbackType.OUTCOME} and event.said_by == STAFF
    return (event.type.value, VOUCHED) if seen else (event.type.value,)


def _rows(
    events: Sequence[Feedback], key: Callable[[Feedback], str]
) -> tuple[np.ndarray, np.ndarray]:
    ids, rows = np.unique(
        np.array([key(one) for one in events], dtype=np.str_), return_inverse=True
    )
    return ids, rows.astype(np.int32)


def _numbered(keys: Sequence[str]) -> np.ndarray:
    return np.unique(np.array(keys, dtype=np.str_), return_inverse=True)[1].astype(np.int32)


def _at_their_best(providers: Sequence[Provider]) -> list[Provider]:
    """Return providers as if open for business: what was possible in the past is learnt from."""
    return [
        replace(
            provider,
            paused=False,
            valid_from=None,
            valid_to=None,
            capacity=max(1, provider.capacity),
        )
        for provider in providers
    ]


def iso(moment: dt.datetime) -> str:
    """Return a time as the package and the run store it."""
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds")
