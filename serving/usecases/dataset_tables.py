"""From a dataset to what a ranker learns from, and the answers it is judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.builder import encode_needs, encode_providers, fit_schema
from features.indicators import indicators
from features.pairs import compare
from features.text import GROUP
from models.base import TrainingData
from peipao.datasets.reading import Dataset, Link
from peipao.domain.records import Need, Project, Provider
from peipao.errors import InvalidInputError
from peipao.kinds.attributes import (
    PROJECT_PREFIX,
    STAGE_NAME,
    need_side_attributes,
    topic_of,
)
from peipao.plugins import load_plugin
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import InteractionTable
from peipao.tables.profiles import BoolArray, IntArray

_STAGE = f"{PROJECT_PREFIX}{STAGE_NAME}="

TEACHING = 0.4
"""Share of the past, by time, before which no rolling cut lies: those needs have no pairs."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What may be known when a split is ranked.

    Attributes:
        data: the past, and the queries without their links. Pairs are there for the queries and
            for the needs that teach: every provider linked in an earlier split, less those that
            the project was linked to before.
        answers: bool (n_pairs,), the scored links of the queries.
        query: bool (n_pairs,), pairs of queries.
        cold: bool (n_needs,), queries of projects without a link in an earlier split.
        links_before: int64 (n_providers,), links of each provider in earlier splits.
    """

    data: TrainingData
    answers: BoolArray
    query: BoolArray
    cold: BoolArray
    links_before: np.ndarray


@dataclass(frozen=True, slots=True)
class _Part:
    past: Sequence[Link]
    asked: Sequence[Link]
    needs: Sequence[tuple[Need, Project]]
    providers: Sequence[Provider]


def trial(dataset: Dataset, split: str, text_encoder: str = "ngram") -> Trial:
    """Return the trial of a split.

    Raises:
        InvalidInputError: there is no such split, or nothing in it or before it.
    """
    part = _part(dataset, split)
    spec, projects = dataset.spec.kind(), dataset.spec.projects()
    known = {link.need for link in part.past}
    seen = [pair for pair in part.needs if pair[0].id in known]
    encoder = load_plugin(GROUP, text_encoder)()
    schema = fit_schema(spec, projects, dataset.tables, seen, part.providers, encoder)
    needs, providers = encode_needs(schema, part.needs), encode_providers(schema, part.providers)
    numbers = _Numbers.of(part)
    rows = numbers.pairs()
    pairs = compare(schema, needs, providers, rows)
    data = TrainingData(
        spec=spec,
        pairs=pairs,
        need_indicators=_without_stage(indicators(schema, needs)),
        provider_indicators=indicators(schema, providers),
        interactions=numbers.interactions(part.past, needs.ids, providers.ids),
        opened_at=numbers.opened,
        project=numbers.project,
        schema_json=schema.to_json(),
        schema_hash=schema.hash,
        topics={
            name: topic_of(name, attribute)
            for name, attribute in need_side_attributes(spec, projects).items()
        },
        provider_since=numbers.since,
    )
    answers = numbers.right[pairs.need, pairs.provider]
    return Trial(data, answers, numbers.query[pairs.need], numbers.cold, numbers.links_before)


def _without_stage(table: IndicatorTable) -> IndicatorTable:
    """Return the indicators without the stage, which no dataset states and the records need."""
    kept = np.array([not name.startswith(_STAGE) for name in table.names])
    values = table.values[:, kept]
    values = values / np.maximum(values.sum(axis=1, keepdims=True), 1e-12)
    names = tuple(name for name, keep in zip(table.names, kept, strict=True) if keep)
    return replace(table, names=names, values=values)


def _part(dataset: Dataset, split: str) -> _Part:
    splits = dataset.spec.splits
    if split not in splits[1:]:
        raise InvalidInputError("split", f"没有划分 {split!r}", "、".join(splits[1:]))
    earlier = set(splits[: splits.index(split)])
    past = [link for link in dataset.links if dataset.split[link.need] in earlier]
    catalogue = {link.provider for link in past}
    asked = [
        link
        for link in dataset.links
        if dataset.split[link.need] == split and link.scored and link.provider in catalogue
    ]
    if not past or not asked:
        raise InvalidInputError(f"划分 {split}", "没有可评估的关系", "此前与此划分内都有关系")
    wanted = {link.need for link in (*past, *asked)}
    needs = [pair for pair in dataset.needs if pair[0].id in wanted]
    return _Part(past, asked, needs, [p for p in dataset.providers if p.id in catalogue])


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The links of a part by row numbers."""

    opened: np.ndarray
    project: IntArray
    query: BoolArray
    cold: BoolArray
    right: BoolArray
    linked_at: np.ndarray
    since: np.ndarray
    links_before: np.ndarray
    need_row: dict[str, int]
    provider_row: dict[str, int]

    @staticmethod
    def of(part: _Part) -> _Numbers:
        need_row = {need.id: k for k, (need, _) in enumerate(part.needs)}
        provider_row = {provider.id: k for k, provider in enumerate(part.providers)}
        ids = np.array([project.id for _, project in part.needs])
        project = np.unique(ids, return_inverse=True)[1].astype(np.int32)
        linked_at = np.full((int(project.max()) + 1, len(provider_row)), np.inf)
        since, before = np.full(len(provider_row), np.inf), np.zeros(len(provider_row), np.int64)
        for link in part.past:
            at, who = project[need_row[link.need]], provider_row[link.provider]
            linked_at[at, who] = min(linked_at[at, who], link.at)
            since[who] = min(since[who], link.at)
            before[who] += 1
        right = np.zeros((len(need_row), len(provider_row)), dtype=np.bool_)
        for link in part.asked:
            right[need_row[link.need], provider_row[link.provider]] = True
        query = np.zeros(len(need_row), dtype=np.bool_)
        query[[need_row[link.need] for link in part.asked]] = True
        warm = np.isfinite(linked_at).any(axis=1)
        opened = np.array([need.opened_at.timestamp() for need, _ in part.needs])
        return _Numbers(
            *(opened, project, query, ~warm[project], right, linked_at, since, before),
            *(need_row, provider_row),
        )

    def pairs(self) -> tuple[IntArray, IntArray]:
        """Return the pairs of the needs that teach and of the queries."""
        past = np.sort(self.opened[~self.query])
        teaches = self.opened >= past[int(len(past) * TEACHING)]
        rows = np.flatnonzero(self.query | teaches)
        earliest = self.linked_at[self.project[rows]]
        free = np.where(
            self.query[rows, None], np.isinf(earliest), earliest >= self.opened[rows, None]
        )
        at, provider = np.nonzero(free)
        return rows[at].astype(np.int32), provider.astype(np.int32)

    def interactions(
        self, past: Sequence[Link], need_ids: np.ndarray, provider_ids: np.ndarray
    ) -> InteractionTable:
        """Return the links of the past, each as an acceptance."""
        first: dict[tuple[int, int], float] = {}
        for link in past:
            key = self.need_row[link.need], self.provider_row[link.provider]
            first[key] = min(first.get(key, np.inf), link.at)
        rows = sorted((at, need, provider) for (need, provider), at in first.items())
        return InteractionTable(
            need_ids=need_ids,
            provider_ids=provider_ids,
            need=np.array([need for _, need, _ in rows], dtype=np.int32),
            provider=np.array([provider for _, _, provider in rows], dtype=np.int32),
            event=np.full(len(rows), "accepted"),
            value=np.full(len(rows), np.nan),
            at=np.array([at for at, _, _ in rows], dtype=np.float64),
        )
