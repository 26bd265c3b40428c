"""Rankers of links with the settings that each may choose from on the validation needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from models.base import Ranker
from models.blend import HybridRanker
from models.content import ContentRanker
from models.hybrid import LatentRanker
from models.latent import LATENT
from models.lifts import LiftSettings, NaiveBayesRanker
from models.popularity import PopularityRanker
from models.standing import StandingSettings

CHAMPION = "champion"


@dataclass(frozen=True, slots=True)
class Setting:
    """A ranker under a name that says what is set.

    Attributes:
        name: such as `half-life 365`.
        ranker: with that setting.
    """

    name: str
    ranker: Ranker


def _champion() -> list[Setting]:
    """Three ways of forgetting, and one without factors, which small data may prefer."""
    return [
        Setting(
            f"popularity {fast:.0f}, lifts {slow:.0f} days with {cell:g} pseudo-counts"
            + (", no factors" if without else ""),
            HybridRanker(
                standing=StandingSettings(fast),
                lifts=LiftSettings(slow, cell),
                latent=LatentRanker(half_life_days=730.0, n_factors=64),
                without=frozenset(without),
            ),
        )
        for fast, slow, cell, without in (
            (180.0, 730.0, 2.0, ()),
            (180.0, 1000.0, 0.5, ()),
            (365.0, 540.0, 2.0, ()),
            (180.0, 1000.0, 0.5, (LATENT,)),
        )
    ]


def _lightfm() -> list[Setting]:
    """With the same attributes and a decay that it may choose, or none."""
    return [
        Setting(
            f"d {factors} epochs {epochs} half-life {days:.0f} days",
            LatentRanker(n_factors=factors, n_epochs=epochs, half_life_days=days),
        )
        for factors, epochs, days in (
            (64, 30, 1e6),
            (64, 30, 730.0),
            (32, 30, 365.0),
            (64, 15, 730.0),
        )
    ]


def _naive_bayes() -> list[Setting]:
    return [
        Setting(
            f"half-life {days:.0f}, {cell:g} pseudo-counts",
            NaiveBayesRanker(days, LiftSettings(days, cell)),
        )
        for days, cell in ((540.0, 2.0), (540.0, 0.5), (1000.0, 0.5), (1000.0, 2.0))
    ]


def _popularity() -> list[Setting]:
    return [Setting("all time", PopularityRanker(1e6))]


def _recent() -> list[Setting]:
    return [
        Setting(f"half-life {days:.0f} days", PopularityRanker(days))
        for days in (90.0, 180.0, 365.0, 730.0)
    ]


def _content() -> list[Setting]:
    return [Setting("hand weights", ContentRanker())]


CONTESTANTS: Mapping[str, Callable[[], Sequence[Setting]]] = {
    CHAMPION: _champion,
    "lightfm": _lightfm,
    "naive_bayes": _naive_bayes,
    "recent_popularity": _recent,
    "popularity": _popularity,
    "content": _content,
}
