"""The only entrance: entities become a frozen schema and profile tables, and nothing else may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from features import freezing
from features.encoders import ENCODERS, StatedColumn
from features.reference_tables import ReferenceTables
from features.rows import Row, need_rows, provider_rows
from features.schema import AttributeSchema, FeatureSchema
from features.text import TextEncoder
from peipao.domain.records import Need, Project, Provider
from peipao.domain.values import Stance
from peipao.kinds.spec import KindSpec, ProjectSpec
from peipao.tables.profiles import (
    INDIFFERENT,
    MUST,
    PREFER,
    Column,
    ProfileTable,
    StanceArray,
)

STANCES: Mapping[Stance, int] = {
    Stance.INDIFFERENT: INDIFFERENT,
    Stance.PREFER: PREFER,
    Stance.MUST: MUST,
}


def fit_schema(  # noqa: PLR0917  the six things an encoding rests on
    spec: KindSpec,
    project_spec: ProjectSpec,
    reference: ReferenceTables,
    needs: Sequence[tuple[Need, Project]],
    providers: Sequence[Provider],
    encoder: TextEncoder,
) -> FeatureSchema:
    """Freeze vocabularies, document frequencies, number scales and tables, in any order of rows.

    Closed code lists come from the kind file and the reference data, never from the entities, so
    that a code nobody has stated yet is known when the first one does.

    Args:
        spec: the kind.
        project_spec: `project.toml`.
        reference: codes, travel minutes, nearness and words of industries.
        needs: needs of the kind, each with its project.
        providers: providers of the kind.
        encoder: an encoder of texts; a new one is fitted, this one stays as it is.

    Raises:
        SensitiveFactError: a kind file or an entity names a sensitive fact as an attribute.
        InvalidInputError: an entity, comparison or rule names an attribute that is not declared.
    """
    need = freezing.need_attributes(spec, project_spec, reference)
    provider = freezing.provider_attributes(spec, reference)
    freezing.check_names(spec.name, (*spec.comparisons, *spec.rules), need, provider)
    stated = need_rows(spec.name, needs, _names(need))
    offered = provider_rows(spec.name, providers, _names(provider))
    texts = {*freezing.corpus(need, stated), *freezing.corpus(provider, offered)}
    return FeatureSchema(
        kind=spec.name,
        need=freezing.with_edges(need, stated),
        provider=freezing.with_edges(provider, offered),
        comparisons=spec.comparisons,
        rules=spec.rules,
        same_organisation=spec.pairing.same_organisation,
        encoder=encoder.fit(sorted(texts), freezing.dictionary(reference)),
        minutes=freezing.travel_table(reference),
        travel=freezing.travel_source(reference),
        nearness=freezing.nearness_table(reference),
    )


def encode_needs(schema: FeatureSchema, needs: Sequence[tuple[Need, Project]]) -> ProfileTable:
    """Return the profiles of needs with their project joined in, sorted by id.

    Raises:
        SensitiveFactError: a project or need carries a sensitive fact as an attribute.
        InvalidInputError: an attribute is undeclared or its value is of a wrong type.
    """
    rows = need_rows(schema.kind, needs, _names(schema.need))
    return _table("need", schema, rows)


def encode_providers(schema: FeatureSchema, providers: Sequence[Provider]) -> ProfileTable:
    """Return the profiles of providers, sorted by id; raises like `encode_needs`."""
    rows = provider_rows(schema.kind, providers, _names(schema.provider))
    return _table("provider", schema, rows)


def _names(attributes: Sequence[AttributeSchema]) -> frozenset[str]:
    return frozenset(attribute.name for attribute in attributes)


def _table(side: str, schema: FeatureSchema, rows: Sequence[Row]) -> ProfileTable:
    ids = np.array([row.id for row in rows], dtype=np.str_)
    columns = {item.name: _column(item, rows, schema, side) for item in schema.side(side)}
    return ProfileTable(side, ids, columns, schema.hash)


def _column(
    attribute: AttributeSchema, rows: Sequence[Row], schema: FeatureSchema, side: str
) -> Column:
    values = [row.values.get(attribute.name) for row in rows]
    stance = _stances(attribute, rows) if side == "need" else _plain_stance(len(rows))
    return ENCODERS[attribute.type](StatedColumn(attribute, values, stance, schema.encoder))


def _stances(attribute: AttributeSchema, rows: Sequence[Row]) -> StanceArray:
    said = [row.stances.get(attribute.name, attribute.stance) for row in rows]
    return np.array([STANCES[stance] for stance in said], dtype=np.int8)


def _plain_stance(n_rows: int) -> StanceArray:
    return np.full(n_rows, PREFER, dtype=np.int8)
