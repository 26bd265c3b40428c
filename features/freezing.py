"""From a kind file, the reference data and the entities at hand to a frozen schema."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from features.encoders import number
from features.reference_tables import ReferenceTables
from features.rows import Row, refuse_sensitive
from features.schema import AttributeSchema, SquareTable, TravelSource
from peipao.canonical import sha256_json
from peipao.errors import InvalidInputError
from peipao.kinds.attributes import code_labels, codes_of, need_side_attributes
from peipao.kinds.spec import (
    AttributeSpec,
    AttributeType,
    ComparisonSpec,
    KindSpec,
    ProjectSpec,
    RuleSpec,
)

T = AttributeType

N_BINS = 5
"""Numbers and dates become this many bins of about equal count, for indicators."""

MONEY, WIDE = frozenset({"CNY", "USD"}), 10.0
"""Amounts whose ninth decile is so many times the first are banded by half decades."""

BELOW_ROUND, MOST_DECADES = 0.99, 12

_REMARK = re.compile(r"[(\uff08][^()\uff08\uff09]*[)\uff09]$")

LONGEST_LABEL = 24
"""Longer Chinese words are cut when frozen: sentences and packages stay of a bounded size."""

DISTRICTS, INDUSTRIES = "districts", "industries"


def need_attributes(
    spec: KindSpec, project: ProjectSpec, reference: ReferenceTables
) -> tuple[AttributeSchema, ...]:
    """Return the attributes of a need with its project joined in, sorted by name."""
    return _attributes(need_side_attributes(spec, project), reference)


def provider_attributes(spec: KindSpec, reference: ReferenceTables) -> tuple[AttributeSchema, ...]:
    """Return the attributes of a provider, sorted by name."""
    return _attributes(spec.provider, reference)


def _attributes(
    specs: Mapping[str, AttributeSpec], reference: ReferenceTables
) -> tuple[AttributeSchema, ...]:
    refuse_sensitive(specs, "类别文件")
    return tuple(_attribute(name, specs[name], reference) for name in sorted(specs))


def _attribute(name: str, spec: AttributeSpec, reference: ReferenceTables) -> AttributeSchema:
    values = _values(spec, reference)
    return AttributeSchema(
        name,
        spec.type,
        "day" if spec.type is T.DATE else spec.unit or "",
        values,
        stance=spec.default_stance,
        label=re.split("[(\uff08]", spec.label)[0][:LONGEST_LABEL],
        labels=_labels(spec, values, reference),
    )


def _values(spec: AttributeSpec, reference: ReferenceTables) -> tuple[str, ...]:
    if spec.type is T.PLACE:
        return tuple(sorted(reference.codes(DISTRICTS)))
    return tuple(sorted(codes_of(spec, reference)))


def _labels(
    spec: AttributeSpec, values: Sequence[str], reference: ReferenceTables
) -> tuple[str, ...]:
    if spec.type is T.PLACE:
        found: Mapping[str, str] = {code: reference.label(DISTRICTS, code) for code in values}
    else:
        found = code_labels(spec, reference)
    return tuple(_REMARK.sub("", found.get(code, code))[:LONGEST_LABEL] for code in values)


def with_edges(
    attributes: Sequence[AttributeSchema], rows: Sequence[Row]
) -> tuple[AttributeSchema, ...]:
    """Return the attributes with bin edges for numbers and dates, taken from the stated values."""
    return tuple(_with_edges(attribute, rows) for attribute in attributes)


def _with_edges(attribute: AttributeSchema, rows: Sequence[Row]) -> AttributeSchema:
    if attribute.type not in {T.NUMBER, T.DATE}:
        return attribute
    name = attribute.name
    stated = sorted(number(attribute, row.values[name]) for row in rows if name in row.values)
    money = attribute.unit in MONEY
    return replace(attribute, edges=_half_decades(stated) if money else _edges(stated))


def _half_decades(stated: Sequence[float]) -> tuple[float, ...]:
    """Return edges by half decades for amounts that span some, else those of any number.

    They lie just below the round amounts people state, so that a round amount opens its band.
    """
    tenth = len(stated) // 10
    if not stated or stated[0] <= 0 or stated[-1 - tenth] < WIDE * stated[tenth]:
        return _edges(stated)
    halves = range(math.floor(2 * math.log10(stated[0])), 2 * MOST_DECADES)
    bands = (float(f"{BELOW_ROUND * 10 ** (half / 2):.4g}") for half in halves)
    return tuple(edge for edge in bands if stated[0] <= edge < stated[-1])


def _edges(stated: Sequence[float]) -> tuple[float, ...]:
    """Return values at the quantiles; the greatest is no edge, it would leave an empty bin."""
    cuts = {stated[len(stated) * k // N_BINS] for k in range(1, N_BINS) if stated}
    return tuple(sorted(cut for cut in cuts if cut < stated[-1]))


def corpus(attributes: Sequence[AttributeSchema], rows: Sequence[Row]) -> list[str]:
    """Return every different text of every text attribute, sorted."""
    names = [attribute.name for attribute in attributes if attribute.type is T.TEXT]
    return sorted({str(row.values[name]) for row in rows for name in names if name in row.values})


def dictionary(reference: ReferenceTables) -> list[str]:
    """Return the names, keywords and lines of business of all industries."""
    found: list[str] = []
    for industry in reference.industries.values():
        found += [industry.zh, *industry.keywords, *(track.zh for track in industry.tracks)]
    return found


def travel_table(reference: ReferenceTables) -> SquareTable:
    """Return the minutes between all districts."""
    codes = tuple(sorted(reference.codes(DISTRICTS)))
    return _square(codes, [reference.travel_minutes(a, b) for a in codes for b in codes])


def travel_source(reference: ReferenceTables) -> TravelSource:
    """Return the version of the travel table, and which of its times are checked."""
    codes = tuple(sorted(reference.codes(DISTRICTS)))
    pairs = [(a, b) for at, a in enumerate(codes) for b in codes[at:]]
    verified = tuple(pair for pair in pairs if reference.travel[pair].verified)
    content = [[a, b, reference.travel_minutes(a, b), (a, b) in verified] for a, b in pairs]
    return TravelSource(sha256_json(content)[:12], verified)


def nearness_table(reference: ReferenceTables) -> SquareTable:
    """Return the nearness of all industries."""
    codes = tuple(sorted(reference.codes(INDUSTRIES)))
    return _square(codes, [reference.industry_nearness(a, b) for a in codes for b in codes])


def _square(codes: tuple[str, ...], values: Sequence[float]) -> SquareTable:
    table = np.array(values, dtype=np.float64).reshape(len(codes), len(codes))
    rows = tuple(tuple(round(value, 9) for value in row) for row in table.tolist())
    return SquareTable(codes, rows)


def check_names(
    kind: str,
    terms: Iterable[ComparisonSpec | RuleSpec],
    need: Iterable[AttributeSchema],
    provider: Iterable[AttributeSchema],
) -> None:
    """Refuse comparisons and rules on attributes that are not among these.

    Whether a measure or test fits the types of its attributes was checked when the file was read.

    Raises:
        InvalidInputError: naming the attribute and those that there are.
    """
    named = [(term.need, term.provider) for term in terms]
    _check_names(kind, {name for name, _ in named if name}, need)
    _check_names(kind, {name for _, name in named if name}, provider)


def _check_names(kind: str, named: set[str], attributes: Iterable[AttributeSchema]) -> None:
    known = sorted(attribute.name for attribute in attributes)
    for name in sorted(named.difference(known)):
        raise InvalidInputError(f"类别 {kind!r}", f"没有属性 {name!r}", "、".join(known))
