"""Rankers of links with the settings that each may choose from on the validation needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from models.base import Ranker
from models.blend import HybridRanker
from models.choice_fit import ChoiceSettings
from models.content import ContentRanker
from models.hybrid import LatentRanker
from models.latent import LATENT
from models.lifts import LiftSettings, NaiveBayesRanker
from models.popularity import PopularityRanker
from models.standing import StandingSettings

CHAMPION = "champion"
_GOING_ON = ", no factors, cut project by project"


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
    """Slow and fast markets, one without factors, and one for projects that go on and on."""
    return [
        Setting(
            f"popularity {fast:.0f}, lifts {slow:.0f} days with {cell:g} pseudo-counts, "
            f"choice {strength:g}, history {earlier:g}{more}",
            HybridRanker(
                standing=StandingSettings(fast),
                lifts=LiftSettings(slow, cell),
                choice=ChoiceSettings(max(slow, 730.0), strength, earlier),
                latent=LatentRanker(n_models=4, n_factors=64, lasting=True),
                without=frozenset({LATENT} if more else ()),
                each_project=more == _GOING_ON,
            ),
        )
        for fast, slow, cell, strength, earlier, more in (
            (180.0, 730.0, 2.0, 1.0, 1.0, ""),
            (60.0, 1000.0, 0.5, 0.5, 0.5, ""),
            (180.0, 730.0, 2.0, 0.5, 0.5, ", no factors"),
            (365.0, 1e5, 2.0, 1.0, 0.3, _GOING_ON),
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
