"""What is behind a comparison, in a few Chinese words: which skills, how far, how much.

Everything said is stated by both sides or frozen in the schema; nothing is said where a side has
stated nothing or the need is indifferent. Texts are never quoted, see `features.shared_words`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from features.phrases import PHRASES, Ends
from features.schema import FeatureSchema
from features.shared_words import KnownWords
from peipao.kinds.spec import ComparisonSpec
from peipao.tables.profiles import INDIFFERENT, IntArray, ProfileTable

LONGEST = 40
"""Characters of one detail; a longer one is not said."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Words pairs by what one schema froze; made once for a schema, used for every request.

    Attributes:
        schema: encoded the profiles that are worded.
        words: that may be shown of texts.
    """

    schema: FeatureSchema
    words: KnownWords = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", KnownWords.of(self.schema))

    def by_comparison(
        self, needs: ProfileTable, providers: ProfileTable, need: IntArray, provider: IntArray
    ) -> dict[str, list[str]]:
        """Return comparison name -> one detail a pair, of at most `LONGEST` characters, or ''.

        What is said of a pair does not depend on the other pairs asked for.

        Args:
            needs: profiles of needs.
            providers: profiles of providers.
            need: int32 (n_pairs,), rows of needs, in any order.
            provider: int32 (n_pairs,), rows of providers.

        Raises:
            InvalidInputError: the tables were encoded by another schema.
        """
        self.schema.check_table(needs, "need")
        self.schema.check_table(providers, "provider")
        ours = {attribute.name: attribute for attribute in self.schema.need}
        theirs = {attribute.name: attribute for attribute in self.schema.provider}
        found: dict[str, list[str]] = {}
        for item in self.schema.comparisons:
            ends = Ends(
                self.schema,
                ours[item.need],
                theirs[item.provider],
                needs,
                providers,
                need,
                provider,
                self.words,
            )
            found[item.name] = _said(item, ends)
        return found

    def details(
        self, needs: ProfileTable, providers: ProfileTable, need: IntArray, provider: IntArray
    ) -> list[dict[str, str]]:
        """Return for each pair: group label -> detail, where there is one.

        Of several comparisons under one label the first that has something to say speaks; arguments
        and errors are those of `by_comparison`.
        """
        said = self.by_comparison(needs, providers, need, provider)
        details: list[dict[str, str]] = [{} for _ in need]
        for item in self.schema.comparisons:
            for detail, words in zip(details, said[item.name], strict=True):
                if words:
                    detail.setdefault(item.label, words)
        return details


def _said(item: ComparisonSpec, ends: Ends) -> list[str]:
    cares = (ends.need_column.stance[ends.need] != INDIFFERENT).tolist()
    phrases = PHRASES[item.measure](ends)
    return [
        words if care and len(words) <= LONGEST else ""
        for words, care in zip(phrases, cares, strict=True)
    ]
