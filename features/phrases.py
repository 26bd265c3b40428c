"""One Chinese phrase a measure: what of a need fits, or does not fit, what of a provider."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

import numpy as np

from features.alignment import code_rows, code_values, district_rows, numbers, text
from features.amounts import said, said_range
from features.schema import AttributeSchema, FeatureSchema
from features.shared_words import KnownWords
from peipao.kinds.spec import AttributeType, Measure, Test
from peipao.tables.profiles import Column, IntArray, ProfileTable

MOST_WORDS, WORDS_ROOM = 3, 20
"""Codes that a phrase names at most, and characters that they may take together."""

Codes = Sequence[str]


@dataclass(frozen=True, slots=True)
class Ends:
    """Both ends of some pairs, as one comparison sees them.

    Attributes:
        ours, theirs: what is frozen of the attribute of the need and of the provider.
        needs, providers: profiles, encoded by the schema.
        need, provider: int32 (n_pairs,), rows.
        words: that may be shown of texts.
    """

    schema: FeatureSchema
    ours: AttributeSchema
    theirs: AttributeSchema
    needs: ProfileTable
    providers: ProfileTable
    need: IntArray
    provider: IntArray
    words: KnownWords
    _names: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        theirs = zip(self.theirs.values, self.theirs.labels, strict=True)
        ours = zip(self.ours.values, self.ours.labels, strict=True)
        object.__setattr__(self, "_names", dict(theirs) | dict(ours))

    @property
    def need_column(self) -> Column:
        """Return the column of the needs."""
        return self.needs.columns[self.ours.name]

    @property
    def provider_column(self) -> Column:
        """Return the column of the providers."""
        return self.providers.columns[self.theirs.name]

    def codes(self) -> list[tuple[Codes, Codes]]:
        """Return the codes of both ends of each pair; none where a side has stated nothing."""
        ours = _codes(self.need_column, self.need)
        theirs = _codes(self.provider_column, self.provider)
        return list(zip(ours, theirs, strict=True))

    def named(self, codes: Codes) -> str:
        """Return the Chinese words of codes: three at most, and how many there are in all."""
        words = [self._names[code] for code in codes]
        shown = words[:MOST_WORDS]
        while len(shown) > 1 and sum(map(len, shown)) > WORDS_ROOM:
            shown.pop()
        more = f"等 {len(words)} 项" if len(shown) < len(words) else ""
        return "、".join(shown) + more


def _codes(column: Column, rows: IntArray) -> list[Codes]:
    values = code_values(column)
    found: list[list[str]] = [[] for _ in rows]
    pair, code = np.nonzero(code_rows(column, values).hot[rows])
    for at, value in zip(pair.tolist(), code.tolist(), strict=True):
        found[at].append(values[value])
    return list(found)


def _shared(ours: Codes, theirs: Codes) -> Codes:
    return [code for code in ours if code in theirs]


def same(ends: Ends) -> list[str]:
    """Say which code both have: `同为产业技术类`."""
    return [_alike(ends, *codes) if all(codes) else "" for codes in ends.codes()]


def _alike(ends: Ends, ours: Codes, theirs: Codes) -> str:
    if ours == theirs:
        return f"同为{ends.named(ours)}"
    return f"{ends.named(ours)}与{ends.named(theirs)}不同"


def coverage(ends: Ends) -> list[str]:
    """Say which codes of the need the provider has: `精准营销、渠道开发均属其擅长领域`."""
    return [_covered(ends, *codes) if all(codes) else "" for codes in ends.codes()]


def _covered(ends: Ends, ours: Codes, theirs: Codes) -> str:
    found = _shared(ours, theirs)
    if not found:
        return f"{ends.named(ours)}不在其{ends.theirs.label}之列"
    rest = len(ours) - len(found)
    also = f",另 {rest} 项不在其列" if rest else ""
    every = "均" if len(found) > 1 else ""
    return f"{ends.named(found)}{every}属其{ends.theirs.label}{also}"


def member(ends: Ends) -> list[str]:
    """Say which code of one side is among those of the other: `初创期属其擅长阶段`."""
    return [_belongs(ends, *codes) if all(codes) else "" for codes in ends.codes()]


def _belongs(ends: Ends, ours: Codes, theirs: Codes) -> str:
    found = _shared(ours, theirs)
    if not found:
        return f"{ends.named(ours)}不在其{ends.theirs.label}之列"
    return f"{ends.named(found)}属其{ends.theirs.label}"


def taxonomy(ends: Ends) -> list[str]:
    """Say which industry both are in, or which two of theirs are near: `同为人工智能`."""
    return [_related(ends, *codes) if all(codes) else "" for codes in ends.codes()]


def _related(ends: Ends, ours: Codes, theirs: Codes) -> str:
    found = _shared(ours, theirs)
    if found:
        return f"同为{ends.named(found)}"
    pairs = [(ends.schema.nearness.of(a, b), a, b) for a in ours for b in theirs]
    value, a, b = min(pairs, key=lambda pair: (-pair[0], pair[1:]))
    if value <= 0:
        return f"{ends.named(ours)}不在其{ends.theirs.label}之列"
    return f"{ends.named([a])}与{ends.named([b])}相近但不相同"


def shared_text(ends: Ends) -> list[str]:
    """Say which known words both texts have: `都提到 水下机器人、声呐`."""
    needs, providers = text(ends.need_column), text(ends.provider_column)
    found = ends.words.shared(needs, providers, ends.need, ends.provider)
    return [f"都提到 {'、'.join(words).upper()}" if words else "" for words in found]


def travel(ends: Ends) -> list[str]:
    """Say how long the way is and where the figure comes from."""
    table = ends.schema.minutes
    here = district_rows(ends.need_column, table.codes)[ends.need].tolist()
    there = district_rows(ends.provider_column, table.codes)[ends.provider].tolist()
    return [_way(ends, a, b) if min(a, b) >= 0 else "" for a, b in zip(here, there, strict=True)]


def _way(ends: Ends, here: int, there: int) -> str:
    table = ends.schema.minutes
    a, b = table.codes[here], table.codes[there]
    checked = (min(a, b), max(a, b)) in ends.schema.travel.verified
    way = f"同在{ends.named([a])},区内" if a == b else f"{ends.named([a])}→{ends.named([b])}"
    minutes = said(table.rows[here][there], "minute")
    return (
        f"{way}{' ' if checked else '约 '}{minutes}(区间路程表,{'已核实' if checked else '估算'})"
    )


def figures(ends: Ends) -> list[str]:
    """Say both numbers: `融资金额 50 万元,单笔投资 30–200 万元`."""
    ours = numbers(ends.need_column)[ends.need].tolist()
    theirs = numbers(ends.provider_column)[ends.provider].tolist()
    ranges = _ranges(ends)
    return [
        "" if math.isnan(a) or math.isnan(b) else _both(ends, a, b, limits)
        for a, b, limits in zip(ours, theirs, ranges, strict=True)
    ]


def _both(ends: Ends, ours: float, theirs: float, limits: str) -> str:
    names = ends.ours.label, ends.theirs.label
    first, second = names if names[0] != names[1] else ("需求", "对方")
    offered = limits or f"{second} {said(theirs, ends.theirs.unit)}"
    return f"{first} {said(ours, ends.ours.unit)},{offered}"


def _ranges(ends: Ends) -> list[str]:
    """Return the limits that rules set to the need's number, where there are a lower and upper."""
    low, high = _limit(ends, Test.AT_LEAST), _limit(ends, Test.AT_MOST)
    if low is None or high is None or low.unit != high.unit:
        return [""] * len(ends.need)
    name = _common_start(low.label, high.label) or ends.theirs.label
    columns = ends.providers.columns
    lows = numbers(columns[low.name])[ends.provider].tolist()
    highs = numbers(columns[high.name])[ends.provider].tolist()
    return [
        "" if math.isnan(a) or math.isnan(b) else f"{name} {said_range(a, b, low.unit)}"
        for a, b in zip(lows, highs, strict=True)
    ]


def _common_start(a: str, b: str) -> str:
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))
    return "".join(letter for letter, _ in alike)


def _limit(ends: Ends, test: Test) -> AttributeSchema | None:
    named = [r.provider for r in ends.schema.rules if r.need == ends.ours.name and r.test is test]
    found = [a for a in ends.schema.provider if a.name in named and a.type is AttributeType.NUMBER]
    return found[0] if len(found) == 1 else None


PHRASES: Mapping[Measure, Callable[[Ends], list[str]]] = {
    Measure.SAME: same,
    Measure.MEMBER: member,
    Measure.COVERAGE: coverage,
    Measure.TAXONOMY: taxonomy,
    Measure.TEXT: shared_text,
    Measure.TRAVEL: travel,
    Measure.AT_MOST: figures,
    Measure.AT_LEAST: figures,
    Measure.NEAR: figures,
}
