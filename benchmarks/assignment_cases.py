"""What `benchmarks.assignment` measures, and what it is to reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.assignment_networks import (
    candidates,
    eligible,
    equal,
    everybody,
    loaded,
    matrix,
    several,
)
from matching.network import Network


@dataclass(frozen=True, slots=True)
class Case:
    """One size.

    Attributes:
        title: what it is.
        make: returns the network; unused for `square`.
        most: our seconds / the rival's, to be reached; None where nothing was promised.
        rivals: names known to `assignment_rival`.
        square: side of a full matrix, measured against scipy; 0 for others.
        lottery: time the lottery too.
        changes: time single changes too.
        once: solve once only.
        large: only when asked for.
    """

    title: str
    make: Callable[[], Network]
    most: float | None
    rivals: tuple[str, ...] = ("flow",)
    square: int = 0
    lottery: bool = True
    changes: bool = False
    once: bool = False
    large: bool = False


def _nothing() -> Network:
    return everybody(np.zeros((0, 0)))


CASES = {
    "e1000": Case(
        "1000 x 300, capacity 4, eligible pairs",
        partial(eligible, (1000, 300), 0.10, 4),
        0.2,
        changes=True,
    ),
    "e5000": Case(
        "5000 x 1500, capacity 5, eligible pairs",
        partial(eligible, (5000, 1500), 0.05, 5),
        0.1,
        changes=True,
    ),
    "s10k": Case(
        "10k x 10k, 50 candidates each",
        partial(candidates, (10_000, 10_000), 50, 1),
        0.25,
        changes=True,
    ),
    "s100k": Case(
        "100k x 100k, 50 candidates each",
        partial(candidates, (100_000, 100_000), 50, 1),
        0.33,
        changes=True,
    ),
    "s1M": Case(
        "1M x 200k, capacity 5, 20 candidates each",
        partial(candidates, (1_000_000, 200_000), 20, 5),
        0.65,
        lottery=False,
        once=True,
        large=True,
    ),
    "c50": Case(
        "10k x 50, capacity 180, eligible pairs", partial(eligible, (10_000, 50), 0.4, 180), 1.2
    ),
    "w1000": Case(
        "1000 x 300, capacity 4, two wanted",
        partial(several, partial(eligible, (1000, 300), 0.10, 4), 2),
        None,
    ),
    "w5000": Case(
        "5000 x 1500, capacity 5, two wanted",
        partial(several, partial(eligible, (5000, 1500), 0.05, 5), 2),
        None,
    ),
    "equal": Case(
        "1000 x 650, three wanted, capacity 10, all equal",
        partial(equal, (1000, 650), 0.5, 3, 10),
        None,
        lottery=False,
    ),
    "m20k": Case(
        "20k x 2k, capacity 8, 45 candidates each",
        partial(candidates, (20_000, 2_000), 45, 8),
        None,
    ),
    "l1000": Case(
        "1000 x 300, every provider 1 to 4, every need 1",
        partial(loaded, partial(eligible, (1000, 300), 0.10, 4)),
        1 / 300,
        rivals=("minmax",),
        lottery=False,
    ),
    "l5000": Case(
        "5000 x 1500, every provider 1 to 5, every need 1",
        partial(loaded, partial(eligible, (5000, 1500), 0.05, 5)),
        1 / 1500,
        rivals=("minmax",),
        lottery=False,
    ),
    "n1000": Case(
        "1000 x 300, every pair, one to one",
        lambda: everybody(matrix((1000, 300))),
        1 / 300,
        rivals=("simplex",),
        lottery=False,
    ),
    "d5000": Case(
        "5000 x 5000, every pair, one to one",
        _nothing,
        0.4,
        rivals=("lapx",),
        square=5000,
        lottery=False,
    ),
    "d10000": Case(
        "10000 x 10000, every pair, one to one",
        _nothing,
        0.25,
        rivals=("lapx",),
        square=10_000,
        lottery=False,
        once=True,
    ),
}
