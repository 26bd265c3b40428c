"""Twenty rounds in twelve environments: one SHA-256 each, whatever surrounds the service (P14).

Each environment is a process of its own (after a restart two) that generates five cities, stores
them, trains the model of every kind and runs a round of each: twenty rounds.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments_child import PROJECTS, SEEDS
from benchmarks.postgresql import postgresql
from benchmarks.processes import run_child
from benchmarks.report import Grid, Section
from benchmarks.workshop import Workshop

_NOTE = """\
Five cities of {projects} projects (seeds {seeds}), a round of each of four kinds in each. The first
environment is the one that the others are held against; a digest is the SHA-256 of a round's
canonical lines (seed, objective, every match with its weight, the outcome of every need).
*Shuffled* stores every table's records in another order, spread over several transactions;
*restart* trains in one process and runs the rounds in another."""
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What surrounds the service.

    Attributes:
        name: of it.
        shuffle: number of the order of rows; 0 is as generated.
        server: whether the database is PostgreSQL.
        restart: whether another process runs the rounds than trained the models.
        variables: of the environment.
    """

    name: str
    shuffle: int = 0
    server: bool = False
    restart: bool = False
    variables: tuple[tuple[str, str], ...] = ()


def _threads(number: int) -> tuple[tuple[str, str], ...]:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    return tuple((name, f"{number}") for name in names)


ALL = (
    Surroundings("as it is, hash seed 0", variables=(("PYTHONHASHSEED", "0"),)),
    Surroundings("hash seed 1", variables=(("PYTHONHASHSEED", "1"),)),
    Surroundings("hash seed at random", variables=(("PYTHONHASHSEED", "random"),)),
    Surroundings("1 thread", variables=_threads(1)),
    Surroundings("2 threads", variables=_threads(2)),
    Surroundings("rows shuffled", shuffle=1),
    Surroundings("PostgreSQL", server=True),
    Surroundings("PostgreSQL, rows shuffled", shuffle=2, server=True),
    Surroundings("time zone of New York", variables=(("TZ", "America/New_York"),)),
    Surroundings("time zone of Apia", variables=(("TZ", "Pacific/Apia"),)),
    Surroundings(
        "locale C, ASCII by default",
        variables=(("LC_ALL", "C"), ("PYTHONCOERCECLOCALE", "0"), ("PYTHONUTF8", "0")),
    ),
    Surroundings("restart, hash seed 3", restart=True, variables=(("PYTHONHASHSEED", "3"),)),
)


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    with postgresql() as new_database, ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [
            pool.submit(_digests, shop.folder / f"env-{at}", one, _urls(one, new_database))
            for at, one in enumerate(ALL)
        ]
        found = [job.result() for job in jobs]
    same = [sum(one[key] == digest for key, digest in found[0].items()) for one in found]
    rows = [
        (one.name, f"{len(digests)}", f"{equal}")
        for one, digests, equal in zip(ALL, found, same, strict=True)
    ]
    every = sum(len({one[key] for one in found}) == 1 for key in found[0])
    rows.append(("**rounds with one digest everywhere**", f"{len(found[0])}", f"{every}"))
    seeds = ", ".join(f"{seed}" for seed in SEEDS)
    return Section(
        "One digest in every environment",
        (_NOTE.format(projects=PROJECTS, seeds=seeds),),
        (Grid("Twenty rounds (P14)", ("environment", "rounds", "same digest"), rows),),
    )


def _urls(one: Surroundings, new_database: Callable[[], str]) -> list[str]:
    return [new_database() if one.server else "" for _ in SEEDS]


def _digests(home: Path, one: Surroundings, urls: list[str]) -> dict[str, str]:
    """Return the digest of every round, by city and kind."""
    phases = ("train", "rounds") if one.restart else ("all",)
    found: dict[str, str] = {}
    for phase in phases:
        found = run_child(
            "benchmarks.environments_child",
            str(home),
            str(one.shuffle),
            phase,
            *urls,
            **dict(one.variables),
        )
    return found
