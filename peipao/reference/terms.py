"""What texts say of industries: words of each line of business, and words that mean the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from peipao.reference.rows import TOP, Row, Sourced, table
from peipao.reference.taxonomy import Industry

TERMS_FILE, SYNONYMS_FILE = "industry_terms.yaml", "synonyms.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackTerms(Sourced):
    """Words by which a text on one line of business is recognised.

    Attributes:
        industry: industry id.
        track: Chinese name of the line of business, as in the industry.
        words: at least one; the name itself need not be among them.
    """

    industry: str
    track: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SynonymGroup(Sourced):
    """Words that mean the same.

    Attributes:
        id: of the group.
        words: two or more; the first is the head.
    """

    id: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndustryTerms:
    """The ontology: industry, line of business, words.

    Attributes:
        tracks: one row a line of business at most, in file order.
        weak_words: words that are said in passing as often as meant.
    """

    tracks: tuple[TrackTerms, ...]
    weak_words: frozenset[str]


def read_industry_terms(
    content: Mapping[str, object], industries: Mapping[str, Industry]
) -> IndustryTerms:
    """Return the words of every line of business.

    Raises:
        ReferenceDataError: a row is wrong, names an unknown industry or line, or names one twice.
    """
    top = Row(TERMS_FILE, TOP, content)
    top.required("meta")
    weak = frozenset(top.texts("weak_words"))
    rows = top.rows("tracks")
    top.finish()
    found: dict[tuple[str, str], TrackTerms] = {}
    for row in rows:
        one = _track_terms(row, industries)
        if (one.industry, one.track) in found:
            raise row.error("track", f"赛道 {one.track!r} 重复", "每个赛道一行")
        found[one.industry, one.track] = one
    return IndustryTerms(tuple(found.values()), weak)


def _track_terms(row: Row, industries: Mapping[str, Industry]) -> TrackTerms:
    industry = industries[row.one_of("industry", industries)]
    found = TrackTerms(
        industry=industry.id,
        track=row.one_of("track", [track.zh for track in industry.tracks]),
        words=row.texts("words"),
        **row.origin(),
    )
    row.finish()
    if not found.words:
        raise row.error("words", "没有任何词", "至少一个")
    return found


def read_synonyms(content: Mapping[str, object]) -> dict[str, SynonymGroup]:
    """Return the groups by id, in file order.

    Raises:
        ReferenceDataError: a row is wrong, has a single word, or shares a word with another.
    """
    top = Row(SYNONYMS_FILE, TOP, content)
    top.required("meta")
    rows = table(SYNONYMS_FILE, top.get("groups"), "groups")
    top.finish()
    owner: dict[str, str] = {}
    found: dict[str, SynonymGroup] = {}
    for key, row in rows.items():
        found[key] = SynonymGroup(id=key, words=row.texts("words"), **row.origin())
        row.finish()
        if len(found[key].words) < 2:
            raise row.error("words", "同义词不足两个", "至少两个")
        for word in map(str.casefold, found[key].words):
            if owner.setdefault(word, key) != key:
                raise row.error("words", f"{word!r} 已属于 {owner[word]}", "一个词只在一组")
    return found
