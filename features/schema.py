"""What an encoding froze: vocabularies, scales, text state, tables; a model refuses another one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from features.text import GROUP, TextEncoder
from peipao.canonical import canonical_json, sha256_text
from peipao.domain.values import Stance
from peipao.errors import InvalidInputError
from peipao.kinds.spec import AttributeType, ComparisonSpec, RuleSpec
from peipao.plugins import load_plugin
from peipao.tables.profiles import FloatArray, ProfileTable

FORMAT = 2
"""Number of the JSON layout; another one is refused, and the model has to be trained again."""


@dataclass(frozen=True, slots=True)
class SquareTable:
    """A number for every two codes.

    Attributes:
        codes: sorted.
        rows: rows[i][j] belongs to codes[i] and codes[j]; rounded to nine decimals.
    """

    codes: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]

    def array(self) -> FloatArray:
        """Return float64 (n_codes, n_codes)."""
        return np.array(self.rows, dtype=np.float64).reshape(len(self.codes), len(self.codes))

    def of(self, a: str, b: str) -> float:
        """Return the number of two codes; 0 if one is not in the table."""
        if a not in self.codes or b not in self.codes:
            return 0.0
        return self.rows[self.codes.index(a)][self.codes.index(b)]


@dataclass(frozen=True, slots=True)
class TravelSource:
    """Where the travel minutes come from.

    Attributes:
        version: first 12 hexadecimal digits of a hash of the table, its checks included.
        verified: sorted pairs of districts whose minutes somebody checked; all others are
            estimates.
    """

    version: str
    verified: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AttributeSchema:
    """How one attribute is encoded.

    Attributes:
        name: `project.<attribute>` or the attribute's own name.
        unit: of a number; `day` of a date (days since 1970-01-01); else empty.
        values: codes of a category or multi, districts of a place; sorted.
        edges: sorted upper edges of all bins but the last, for indicators of numbers and dates.
        stance: what a stated value means if its stance is not said.
        label: Chinese name of the attribute, for sentences.
        labels: Chinese words of `values`, one each.
    """

    name: str
    type: AttributeType
    unit: str = ""
    values: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    stance: Stance = Stance.PREFER
    label: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeatureSchema:
    """All that turns entities of one kind into tables; equal schemas give equal tables.

    Attributes:
        kind: name of the match kind.
        need: attributes of a need with its project joined in, sorted by name.
        provider: attributes of a provider, sorted by name.
        comparisons: as in the kind file when frozen; the names and order of the pair features.
        rules: as in the kind file when frozen.
        same_organisation: whether a provider may serve a project of its own organisation.
        encoder: the fitted text encoder.
        minutes: travel minutes between districts.
        travel: where they come from.
        nearness: nearness of industries, in [0, 1].
        hash: SHA-256 of the JSON form.
    """

    kind: str
    need: tuple[AttributeSchema, ...]
    provider: tuple[AttributeSchema, ...]
    comparisons: tuple[ComparisonSpec, ...]
    rules: tuple[RuleSpec, ...]
    same_organisation: bool
    encoder: TextEncoder
    minutes: SquareTable
    travel: TravelSource
    nearness: SquareTable
    hash: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hash", sha256_text(self.to_json()))

    def side(self, name: str) -> tuple[AttributeSchema, ...]:
        """Return the attributes of side `need` or `provider`."""
        return self.need if name == "need" else self.provider

    def check_table(self, table: ProfileTable, side: str) -> None:
        """Refuse a table of the other side or of another schema.

        Raises:
            InvalidInputError: it is one.
        """
        if table.side != side:
            raise InvalidInputError("画像表", f"这是 {table.side} 一侧的画像", side)
        if table.schema_hash != self.hash:
            raise InvalidInputError(
                "画像表", f"由另一份特征定义 {table.schema_hash[:12]} 编码", self.hash[:12]
            )

    def to_json(self) -> str:
        """Return canonical JSON; `from_json` gives back an equal schema."""
        return canonical_json(
            {
                "format": FORMAT,
                "kind": self.kind,
                "need": [_attribute_json(attribute) for attribute in self.need],
                "provider": [_attribute_json(attribute) for attribute in self.provider],
                "comparisons": [item.model_dump(mode="json") for item in self.comparisons],
                "rules": [item.model_dump(mode="json") for item in self.rules],
                "same_organisation": self.same_organisation,
                "encoder": {"name": self.encoder.name, "state": self.encoder.state()},
                "minutes": _square_json(self.minutes),
                "travel": _travel_json(self.travel),
                "nearness": _square_json(self.nearness),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> FeatureSchema:
        """Return the schema that gave the text.

        Raises:
            InvalidInputError: the text is no schema, or one of another layout.
        """
        try:
            content = json.loads(text)
            _check_format(content["format"])
            return _schema(content)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInputError(
                "特征定义", f"无法读取:{type(error).__name__} {error}"[:200], f"第 {FORMAT} 版布局"
            ) from error


def _check_format(found: object) -> None:
    if found != FORMAT:
        raise InvalidInputError(
            "特征定义", f"是第 {found} 版布局", f"第 {FORMAT} 版;请重新训练该类别的模型"
        )


def _schema(content: Mapping[str, Any]) -> FeatureSchema:
    encoder = content["encoder"]
    return FeatureSchema(
        kind=str(content["kind"]),
        need=tuple(map(_attribute, content["need"])),
        provider=tuple(map(_attribute, content["provider"])),
        comparisons=tuple(map(ComparisonSpec.model_validate, content["comparisons"])),
        rules=tuple(map(RuleSpec.model_validate, content["rules"])),
        same_organisation=bool(content["same_organisation"]),
        encoder=load_plugin(GROUP, encoder["name"]).from_state(encoder["state"]),
        minutes=_square(content["minutes"]),
        travel=_travel(content["travel"]),
        nearness=_square(content["nearness"]),
    )


def _attribute_json(attribute: AttributeSchema) -> dict[str, Any]:
    return {
        "name": attribute.name,
        "type": attribute.type.value,
        "unit": attribute.unit,
        "values": list(attribute.values),
        "edges": list(attribute.edges),
        "stance": attribute.stance.value,
        "label": attribute.label,
        "labels": list(attribute.labels),
    }


def _attribute(content: Mapping[str, Any]) -> AttributeSchema:
    return AttributeSchema(
        name=str(content["name"]),
        type=AttributeType(content["type"]),
        unit=str(content["unit"]),
        values=tuple(map(str, content["values"])),
        edges=tuple(map(float, content["edges"])),
        stance=Stance(content["stance"]),
        label=str(content["label"]),
        labels=_labels(content),
    )


def _labels(content: Mapping[str, Any]) -> tuple[str, ...]:
    labels = tuple(map(str, content["labels"]))
    if len(labels) != len(content["values"]):
        raise ValueError("labels do not fit the values")
    return labels


def _travel_json(travel: TravelSource) -> dict[str, Any]:
    return {"version": travel.version, "verified": [list(pair) for pair in travel.verified]}


def _travel(content: Mapping[str, Any]) -> TravelSource:
    pairs = tuple((str(a), str(b)) for a, b in content["verified"])
    return TravelSource(str(content["version"]), pairs)


def _square_json(square: SquareTable) -> dict[str, Any]:
    return {"codes": list(square.codes), "rows": [list(row) for row in square.rows]}


def _square(content: Mapping[str, Any]) -> SquareTable:
    codes = tuple(map(str, content["codes"]))
    rows = tuple(tuple(map(float, row)) for row in content["rows"])
    if len(rows) != len(codes) or any(len(row) != len(codes) for row in rows):
        raise ValueError("rows do not fit the codes")
    return SquareTable(codes, rows)
