"""The 10+1 industries, the marine overlay and the class outside them; how near two of them are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from peipao.reference.rows import TOP, Row, Sourced, table

FILE = "industries.yaml"
TIERS = {"先导": "pilot", "新兴": "emerging", "优势": "strength", "未来": "future"}

SAME_TIER = 0.15
SHARED_WORDS = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Track(Sourced):
    """赛道: a line of business inside an industry."""

    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Industry(Sourced):
    """产业: one of the 10+1, the overlay `marine`, or the class `outside-10-plus-1`.

    Attributes:
        tier: `先导`, `新兴`, `优势` or `未来`; None for the two classes that are not of the 10+1.
        keywords: words by which a text or a business is recognised.
        tracks, directions: lines of business and broad directions, Chinese.
        overlay: True for classes beside the 10+1.
        kind: what an overlay is; empty for the 10+1.
        scale_target_2027_cny: CNY; None is not published.
    """

    id: str
    zh: str
    tier: str | None
    keywords: tuple[str, ...]
    tracks: tuple[Track, ...]
    directions: tuple[str, ...] = ()
    overlay: bool = False
    kind: str = ""
    scale_target_2027_cny: float | None = None


def read_industries(content: Mapping[str, object]) -> dict[str, Industry]:
    """Return the industries by id, the 10+1 first, in file order.

    Raises:
        ReferenceDataError: a field is wrong or an id stands in both lists.
    """
    top = Row(FILE, TOP, content)
    meta = top.get("meta")
    found = {
        key: _industry(row) for key, row in table(FILE, top.get("industries"), "industries").items()
    }
    for key, row in table(FILE, top.get("overlays"), "overlays").items():
        if key in found:
            raise row.error("id", f"编号 {key!r} 重复", "每行一个不同的编号")
        found[key] = _overlay(row)
    top.finish()
    _check_counts(Row(FILE, "meta", meta), found)
    return found


def _industry(row: Row) -> Industry:
    target = row.number_or_none("scale_target_2027_cny_100m", low=0)
    tier = row.one_of("tier", TIERS)
    row.one_of("tier_en", (TIERS[tier],))
    found = Industry(
        id=row.name,
        zh=row.text("zh"),
        tier=tier,
        keywords=_words(row, "keywords"),
        tracks=tuple(map(_track, row.rows("tracks"))),
        directions=row.texts("directions"),
        scale_target_2027_cny=None if target is None else target * 1e8,
        **row.origin(),
    )
    row.finish()
    return found


def _overlay(row: Row) -> Industry:
    origin = row.origin()
    found = Industry(
        id=row.name,
        zh=row.text("zh"),
        tier=None,
        keywords=_words(row, "keywords"),
        tracks=tuple(Track(zh=zh, **origin) for zh in row.texts("tracks")),
        overlay=True,
        kind=row.text("kind"),
        **origin,
    )
    row.finish()
    return found


def _track(row: Row) -> Track:
    found = Track(zh=row.text("zh"), **row.origin())
    row.finish()
    return found


def _words(row: Row, field: str) -> tuple[str, ...]:
    words = row.texts(field)
    if not words:
        raise row.error(field, "没有任何关键词", "至少一个")
    return words


def _check_counts(meta: Row, found: Mapping[str, Industry]) -> None:
    tracks = [t for industry in found.values() if not industry.overlay for t in industry.tracks]
    counts = {"tracks_listed": len(tracks), "tracks_verified": sum(t.verified for t in tracks)}
    for field, count in counts.items():
        stated = meta.whole_or_none(field)
        if stated is not None and stated != count:
            raise meta.error(field, f"写的是 {stated},实际为 {count}", str(count))


def nearness(a: Industry, b: Industry) -> float:
    """Return how near two industries are, in [0, 1]; symmetric; 1 only for the same one.

    For two different ones it is 0.15 if both are of the same tier of the 10+1, plus
    0.75 x sqrt(s), where s is the share of shared words among the keywords and tracks of both:
    a word is shared if it equals a word of the other side or, for Chinese words, contains one or
    is contained in one. The root keeps one shared line of business visible beside twenty others.
    So the greatest possible value is 0.9, and 0 means that the data show no relation. The overlay
    and the class outside the 10+1 have no tier; they are near by shared words only.
    """
    if a.id == b.id:
        return 1.0
    same_tier = a.tier is not None and a.tier == b.tier
    return SAME_TIER * same_tier + SHARED_WORDS * math.sqrt(_shared(a, b))


def _shared(a: Industry, b: Industry) -> float:
    ours, theirs = _vocabulary(a), _vocabulary(b)
    touching = [(x, y) for x in ours for y in theirs if x in y or y in x]
    # "ar" inside "nvidia arm" means nothing; inside Chinese words, containment does
    related = [(x, y) for x, y in touching if x == y or not min(x, y, key=len).isascii()]
    n_shared = len({x for x, _ in related}) + len({y for _, y in related})
    return n_shared / (len(ours) + len(theirs))


def _vocabulary(industry: Industry) -> frozenset[str]:
    return frozenset(
        word.casefold() for word in (*industry.keywords, *(track.zh for track in industry.tracks))
    )


def nearness_table(industries: Mapping[str, Industry]) -> dict[tuple[str, str], float]:
    """Return (id, id) -> nearness for all ordered pairs."""
    found: dict[tuple[str, str], float] = {}
    for a in industries.values():
        for b in industries.values():
            near = found.get((b.id, a.id))
            found[a.id, b.id] = nearness(a, b) if near is None else near
    return found
