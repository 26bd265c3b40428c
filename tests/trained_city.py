"""A small trained city, made once and copied for every test; the real parts throughout.

A conftest imports these fixtures, so that only folders that need the city pay for it.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from api_caller import Caller

from peipao.clock import FixedClock
from peipao.config import Settings, StoreSettings
from peipao.sample.size import CitySize
from serving.api.app import create_app
from serving.wiring import Peipao, wire

NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
CITY = CitySize(projects=60, earlier=20, mentors=40, officers=12, talents=10, service_points=5)
SEED = 2026
KINDS = ("mentor", "service_officer")

Wired = Callable[..., Peipao]

__all__ = ["asker", "client", "drafts", "home", "peipao", "steady", "trained_home", "wired"]


@pytest.fixture(scope="session")
def trained_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with the sample city and models of two kinds."""
    home = tmp_path_factory.mktemp("city") / "home"
    peipao = wire(Settings(home=home), FixedClock(NOW))
    peipao.store.migrate()
    peipao.load_sample(CITY, SEED, by="tests")
    for kind in KINDS:
        peipao.train_model(kind, by="tests", track=False)
    peipao.close()
    return home


@pytest.fixture
def home(trained_home: Path, tmp_path: Path) -> Path:
    """A copy of the trained home that the test may spoil."""
    copy = tmp_path / "home"
    shutil.copytree(trained_home, copy)
    return copy


@pytest.fixture
def wired() -> Iterator[Wired]:
    """Wire services on a home folder; all are closed after the test."""
    made: list[Peipao] = []

    def on(home: Path, url: str | None = None, at: dt.datetime = NOW) -> Peipao:
        settings = Settings(home=home, store=StoreSettings(url=url))
        made.append(wire(settings, FixedClock(at)))
        return made[-1]

    yield on
    for peipao in made:
        peipao.close()


@pytest.fixture
def peipao(home: Path, wired: Wired) -> Peipao:
    """The service on the trained city."""
    return wired(home)


@pytest.fixture(scope="session")
def steady(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peipao]:
    """The service on a copy that all tests share: for calls that write nothing."""
    copy = tmp_path_factory.mktemp("steady") / "home"
    shutil.copytree(trained_home, copy)
    peipao = wire(Settings(home=copy), FixedClock(NOW))
    yield peipao
    peipao.close()


@pytest.fixture(scope="session")
def drafts(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peipao]:
    """The service on a copy that all tests share which save drafts of rounds and nothing else."""
    copy = tmp_path_factory.mktemp("drafts") / "home"
    shutil.copytree(trained_home, copy)
    peipao = wire(Settings(home=copy), FixedClock(NOW))
    yield peipao
    peipao.close()


@pytest.fixture(scope="session")
def asker(steady: Peipao) -> Caller:
    """A caller on this machine of the shared service."""
    return Caller(create_app(steady))


@pytest.fixture
def client(peipao: Peipao) -> Caller:
    """A caller on this machine, without any key."""
    return Caller(create_app(peipao))
