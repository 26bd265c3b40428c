"""Small sample cities in a home of their own, through the real use cases, under a fixed clock."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Generic, TypeVar

from peipao.clock import FixedClock
from peipao.config import Settings, StoreSettings
from peipao.sample.size import CitySize
from serving.wiring import Peipao, wire

NOW = dt.datetime(2026, 6, 1, 2, 0, tzinfo=dt.UTC)
"""A Monday morning in Qingdao."""

SEED = 2026
SIZE = CitySize(projects=40, earlier=20, mentors=18, officers=8, talents=5, service_points=3)
UNTAUGHT = replace(SIZE, history=0.0)
"""The city before anybody has told anything: the models hold the hand weights, to the last bit."""

ONE_TO_ONE = ("mentor", "service_officer")


T = TypeVar("T")


@dataclass(frozen=True)
class Quiet(Generic[T]):
    """Holds something large, which is not printed when a drawn example fails."""

    it: T = field(repr=False)


@contextmanager
def opened(home: Path, url: str | None = None) -> Iterator[Peipao]:
    """Yield the service on a home folder and close it after use."""
    peipao = wire(Settings(home=home, store=StoreSettings(url=url)), FixedClock(NOW))
    try:
        yield peipao
    finally:
        peipao.close()


def settle(peipao: Peipao, size: CitySize = SIZE, kinds: Sequence[str] = ONE_TO_ONE) -> None:
    """Migrate, load the city and train, as `peipao demo` does."""
    peipao.store.migrate()
    peipao.load_sample(size, SEED, by="tests")
    train(peipao, kinds)


def train(peipao: Peipao, kinds: Sequence[str] = ONE_TO_ONE) -> None:
    """Train and activate a model of each kind; nothing goes to the tracking store."""
    for kind in kinds:
        peipao.train_model(kind, by="tests", track=False)


@contextmanager
def copied(home: Path, folder: Path) -> Iterator[Peipao]:
    """Yield the service on a copy of a home that the test may spoil."""
    shutil.copytree(home, folder / "home")
    with opened(folder / "home") as peipao:
        yield peipao
