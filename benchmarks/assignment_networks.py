"""Networks to measure on: affinities of low rank, popular providers, noise and many ties."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.network import Network

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

INDUSTRIES = 11
PRICE = 300_000
"""What a pair must be worth, in millionths, unless every need is to be paired."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides in one space.

    Attributes:
        need_trade, provider_trade: int64, the industry of each.
        need, provider: float64 (n, rank), where each stands.
        popular: float64 (n_providers,), what everybody sees in a provider.
    """

    need_trade: Ints
    provider_trade: Ints
    need: Floats
    provider: Floats
    popular: Floats

    @staticmethod
    def drawn(dice: np.random.Generator, shape: tuple[int, int], rank: int) -> Sides:
        """Return needs and providers scattered around their industries."""
        centre = dice.normal(size=(INDUSTRIES, rank))
        share = dice.dirichlet(np.full(INDUSTRIES, 2.0))
        need, provider = (dice.choice(INDUSTRIES, size, p=share) for size in shape)
        return Sides(
            need_trade=need,
            provider_trade=provider,
            need=centre[need] + 0.8 * dice.normal(size=(shape[0], rank)),
            provider=centre[provider] + 0.8 * dice.normal(size=(shape[1], rank)),
            popular=0.6 * dice.standard_exponential(shape[1]),
        )

    def gain(self, dice: np.random.Generator, need: Ints, provider: Ints) -> Ints:
        """Return int64, millionths of affinity of the pairs, rounded to thousandths."""
        gain = np.empty(len(need), np.int64)
        for start in range(0, len(need), 1 << 20):
            i, j = need[start : start + (1 << 20)], provider[start : start + (1 << 20)]
            fit = np.einsum("ij,ij->i", self.need[i], self.provider[j]) + self.popular[j]
            fit += dice.standard_normal(len(i))
            gain[start : start + len(i)] = 1000 * np.rint(1000 / (1 + np.exp(0.5 - fit / 10)))
        return gain


def eligible(shape: tuple[int, int], density: float, capacity: int, seed: int = 7) -> Network:
    """Return the pairs that rules leave: mostly those of one industry."""
    dice = np.random.default_rng(seed)
    sides = Sides.drawn(dice, shape, 16)
    same = sides.need_trade[:, None] == sides.provider_trade[None, :]
    likely = np.where(same, min(1.0, 4 * density), 0.55 * density)
    need, provider = np.nonzero(dice.random(shape) < likely)
    return network(shape, need, provider, sides.gain(dice, need, provider) - PRICE, capacity)


def candidates(shape: tuple[int, int], each: int, capacity: int, seed: int = 3) -> Network:
    """Return a candidate list per need: four of five from its industry, the popular ones often."""
    dice = np.random.default_rng(seed)
    sides = Sides.drawn(dice, shape, 8)
    order = np.argsort(sides.provider_trade, kind="stable")
    starts = np.searchsorted(sides.provider_trade[order], np.arange(INDUSTRIES + 1))
    provider = dice.integers(0, shape[1], (shape[0], each))
    near = each * 4 // 5
    first, size = starts[sides.need_trade], np.maximum(np.diff(starts)[sides.need_trade], 1)
    skewed = dice.random((shape[0], near)) ** 1.5 * size[:, None]
    provider[:, :near] = order[np.minimum(first[:, None] + skewed.astype(np.int64), shape[1] - 1)]
    provider.sort(axis=1)
    fresh = np.ones(provider.shape, np.bool_)
    fresh[:, 1:] = provider[:, 1:] != provider[:, :-1]
    need = np.repeat(np.arange(shape[0]), each)[fresh.ravel()]
    provider = provider.ravel()[fresh.ravel()]
    return network(shape, need, provider, sides.gain(dice, need, provider) - PRICE, capacity)


def matrix(shape: tuple[int, int], seed: int = 1) -> Floats:
    """Return float64 shape, an affinity for every pair, rounded to thousandths."""
    dice = np.random.default_rng(seed)
    sides = Sides.drawn(dice, shape, 16)
    fit = sides.need @ sides.provider.T
    fit += sides.popular
    for i in range(shape[0]):
        row = fit[i] + dice.standard_normal(shape[1])
        fit[i] = np.rint(1000 / (1 + np.exp(0.5 - row / 10))) / 1000
    return fit


def everybody(affinity: Floats) -> Network:
    """Return the one-to-one network of a matrix; staying alone is worth nothing."""
    n, m = affinity.shape
    need, provider = np.repeat(np.arange(n, dtype=np.int32), m), np.tile(np.arange(m), n)
    gain = np.rint(affinity.ravel() * 1e6).astype(np.int64)
    return network((n, m), need, provider, gain, 1)


def network(  # noqa: PLR0917  as in the table they come from
    shape: tuple[int, int],
    need: npt.NDArray[np.integer],
    provider: npt.NDArray[np.integer],
    gain: Ints,
    capacity: int,
    wanted: int = 1,
) -> Network:
    """Return a network in which all needs and all providers have equally many places."""
    return Network(
        need=need.astype(np.int32),
        provider=provider.astype(np.int32),
        gain=gain,
        need_min=np.zeros(shape[0], np.int64),
        need_max=np.full(shape[0], wanted),
        provider_min=np.zeros(shape[1], np.int64),
        provider_max=np.full(shape[1], capacity),
    )


def equal(shape: tuple[int, int], density: float, wanted: int, capacity: int) -> Network:
    """Return pairs that are all worth the same, several places on both sides."""
    need, provider = np.nonzero(np.random.default_rng(5).random(shape) < density)
    return network(shape, need, provider, np.full(len(need), 500_000), capacity, wanted)


def several(made: Callable[[], Network], wanted: int) -> Network:
    """Return a network in which every need wants that many."""
    one = made()
    return dataclasses.replace(one, need_max=np.full(one.n_needs, wanted))


def loaded(made: Callable[[], Network]) -> Network:
    """Return a network in which every need is paired and every provider takes one at least."""
    one = made()
    return dataclasses.replace(
        one,
        gain=one.gain + PRICE,
        need_min=one.need_max,
        provider_min=np.ones_like(one.provider_max),
    )
