"""What everything in the city is made from, handed from maker to maker."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from peipao.kinds.catalogue import Catalogue
from peipao.reference.loader import Reference
from peipao.sample.streams import Dice, dice
from peipao.sample.words import Words, load_words


@dataclass(frozen=True, slots=True)
class Scene:
    """The ground of a city.

    Attributes:
        seed: >= 0; everything drawn depends on it.
        today: the day the city is looked at; the history ends before it.
    """

    seed: int
    today: dt.date
    reference: Reference
    catalogue: Catalogue
    words: Words

    @property
    def now(self) -> dt.datetime:
        """The first moment of `today`, UTC."""
        return dt.datetime.combine(self.today, dt.time(), dt.UTC)

    def dice(self, *path: str, start: int, stop: int) -> Iterator[Dice]:
        """Yield the dice of entities `start` to `stop` (excluded) under a name."""
        return dice(self.seed, *path, start=start, stop=stop)


def make_scene(seed: int, today: dt.date, reference: Reference, catalogue: Catalogue) -> Scene:
    """Return the scene with the words of the package."""
    return Scene(seed, today, reference, catalogue, load_words())
