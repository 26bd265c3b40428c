"""Random numbers by name: what is drawn for one thing never depends on how many others exist."""

from __future__ import annotations

import bisect
import hashlib
import math
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

from peipao.tables.profiles import FloatArray

BLOCK = 1_000
"""Entities drawn from one stream; entity i of a kind belongs to block i // BLOCK."""

_WIDTH = 96
"""Numbers of one entity; taking more is an error."""

T = TypeVar("T")


def stream(seed: int, *path: str | int) -> np.random.Generator:
    """Return the generator of one name; equal names give equal numbers on every machine.

    Args:
        seed: the seed of the city, >= 0.
        path: what is drawn, such as `"mentor", 0`.
    """
    keys = [hashlib.sha256(str(part).encode()).digest()[:4] for part in path]
    words = tuple(int.from_bytes(key, "big") for key in keys)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=words)))


class Dice:
    """The uniform numbers of one entity, taken one after the other."""

    __slots__ = ("_numbers",)

    def __init__(self, numbers: Sequence[float]) -> None:
        self._numbers = iter(numbers)

    def unit(self) -> float:
        """Return the next number, in [0, 1)."""
        return next(self._numbers)

    def chance(self, probability: float) -> bool:
        """Tell whether an event of that probability happens."""
        return self.unit() < probability

    def pick(self, values: Sequence[T]) -> T:
        """Return one of the values, each as likely."""
        return values[int(self.unit() * len(values))]

    def weighted(self, values: Sequence[T], weights: Sequence[float]) -> T:
        """Return one of the values by weights that sum to 1."""
        total, cumulative = 0.0, []
        for weight in weights:
            total += weight
            cumulative.append(total)
        return values[min(bisect.bisect_right(cumulative, self.unit()), len(values) - 1)]

    def some(self, values: Sequence[T], low: int, high: int) -> list[T]:
        """Return between `low` and `high` different values, in drawn order."""
        rest = list(values)
        count = min(low + int(self.unit() * (high - low + 1)), len(rest))
        return [rest.pop(int(self.unit() * len(rest))) for _ in range(count)]

    def between(self, low: float, high: float) -> float:
        """Return a number in [low, high), each as likely."""
        return low + (high - low) * self.unit()

    def scaled(self, low: float, high: float) -> float:
        """Return a number in [low, high), even on the logarithmic scale; both > 0."""
        return float(low * math.exp(self.unit() * math.log(high / low)))

    def waiting(self, mean: float, most: float) -> float:
        """Return an exponential time, at most `most`."""
        return min(-mean * math.log(1.0 - self.unit()), most)

    def count(self, mean: float) -> int:
        """Return a Poisson count."""
        left, chance, found = self.unit(), math.exp(-mean), 0
        while left >= chance and found < 50:
            left -= chance
            found += 1
            chance *= mean / found
        return found


def dice(seed: int, *path: str | int, start: int, stop: int) -> Iterator[Dice]:
    """Yield the dice of the entities `start` to `stop` (excluded) of a kind."""
    for block in range(start // BLOCK, -(-stop // BLOCK)):
        first, last = max(start - block * BLOCK, 0), min(stop - block * BLOCK, BLOCK)
        numbers = stream(seed, *path, block).random((last, _WIDTH))
        yield from map(Dice, numbers[first:].tolist())


def normals(seed: int, *path: str | int, start: int, stop: int, width: int) -> FloatArray:
    """Return standard normal numbers of the entities, float64 (stop - start, width)."""
    blocks = range(start // BLOCK, -(-stop // BLOCK))
    drawn = [stream(seed, *path, block).standard_normal((BLOCK, width)) for block in blocks]
    rows = np.concatenate(drawn) if drawn else np.zeros((0, width))
    offset = blocks.start * BLOCK
    return rows[start - offset : stop - offset]
