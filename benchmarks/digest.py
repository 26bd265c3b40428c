"""The same input, however it comes, gives the same round: one SHA-256 everywhere.

Each line is a process of its own that generates the city, stores it, trains and runs the round.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.postgresql import postgresql
from benchmarks.processes import run_child
from benchmarks.report import Grid, Section
from benchmarks.workshop import Workshop

SMALL, WHOLE = 150, 1000
Run = tuple[str, dict[str, Any]]


_NOTE = """\
`round` is the SHA-256 of the round's canonical lines: seed and objective, every match with its
integer weight, the outcome of every need. `inputs` is that of the frozen problem, `model` that of
the model package's manifest, which lists the hash of every file in it. Shuffled means: every
table's records in another order, spread over several transactions. The clock stands still in all
of them; the round derives its own seed from its inputs."""


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    with postgresql() as new_database:
        small = _small(shop, new_database)
    whole = [
        _one(shop, WHOLE, "", hash_seed="0", shuffle=0),
        _one(shop, WHOLE, "", hash_seed="1", shuffle=3),
    ]
    return Section(
        title="One digest of a round",
        notes=(_NOTE,),
        grids=(
            _grid(f"City of {SMALL} projects", small),
            _grid(f"Scale S, {WHOLE} projects", whole),
        ),
    )


def _small(shop: Workshop, new_database: Callable[[], str]) -> list[Run]:
    found = [
        _one(shop, SMALL, url, hash_seed=hash_seed, shuffle=shuffle)
        for url_of in (str, new_database)
        for hash_seed, shuffle in (("0", 0), ("0", 1), ("1", 2))
        for url in [url_of()]
    ]
    found.append(_one(shop, SMALL, "", hash_seed="0", shuffle=0))
    found += [
        _one(shop, SMALL, "", hash_seed="1", shuffle=2, python=python) for python in shop.pythons
    ]
    return found


def _one(
    shop: Workshop,
    projects: int,
    url: str,
    *,
    hash_seed: str,
    shuffle: int,
    python: str = sys.executable,
) -> Run:
    number = sum(1 for _ in shop.folder.glob("digest-*"))
    found = run_child(
        "benchmarks.digest_child",
        str(shop.folder / f"digest-{number:02d}"),
        url,
        str(projects),
        str(shuffle),
        python=python,
        PYTHONHASHSEED=hash_seed,
    )
    order = "shuffled" if shuffle else "as generated"
    return f"{found['database']}, Python {found['python']}, hash seed {hash_seed}, {order}", found


def _grid(title: str, runs: Sequence[Run]) -> Grid:
    rows = [
        (name, found["round"], found["inputs"][:16], found["model"][:16]) for name, found in runs
    ]
    same = [
        "yes" if len(set(column)) == 1 else "NO" for column in list(zip(*rows, strict=True))[1:]
    ]
    return Grid(title, ("run", "round", "inputs", "model"), [*rows, ("**equal**", *same)])
