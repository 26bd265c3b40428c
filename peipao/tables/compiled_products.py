"""Products of sparse rows, compiled; numba is loaded where this module is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., None])


def _compiled(function: _Function) -> _Function:
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        return cast("_Function", njit(cache=True, **options)(function))
    except RuntimeError:  # nowhere to keep the machine code: compiled anew in every process
        return cast("_Function", njit(**options)(function))


@_compiled
def scatter(  # noqa: PLR0917  numba takes plain arrays in order
    starts: np.ndarray,
    terms: np.ndarray,
    weights: np.ndarray,
    their_starts: np.ndarray,
    their_rows: np.ndarray,
    their_weights: np.ndarray,
    frequent: np.ndarray,
    table: np.ndarray,
    out: np.ndarray,
) -> None:
    """Add to `out` (n, n_vectors) the product of every sparse row with every sparse vector.

    `frequent` is the row of a dimension in `table`, where it is written out in full, or -1.
    """
    n_vectors = out.shape[1]
    for row in range(len(starts) - 1):
        line = out[row]
        for at in range(starts[row], starts[row + 1]):
            term, weight = terms[at], weights[at]
            if frequent[term] >= 0:
                full = table[frequent[term]]
                for k in range(n_vectors):
                    line[k] += weight * full[k]
            else:
                for entry in range(their_starts[term], their_starts[term + 1]):
                    line[their_rows[entry]] += weight * their_weights[entry]


@_compiled
def add_rows(
    starts: np.ndarray,
    features: np.ndarray,
    weights: np.ndarray,
    table: np.ndarray,
    out: np.ndarray,
) -> None:
    """Add to `out` (n, width) the product of every sparse row with `table` (n_features, width)."""
    width = out.shape[1]
    for row in range(len(starts) - 1):
        line = out[row]
        for at in range(starts[row], starts[row + 1]):
            weight, full = weights[at], table[features[at]]
            for k in range(width):
                line[k] += weight * full[k]


@_compiled
def dots(  # noqa: PLR0917
    vectors: np.ndarray,
    need: np.ndarray,
    starts: np.ndarray,
    terms: np.ndarray,
    weights: np.ndarray,
    provider: np.ndarray,
    out: np.ndarray,
) -> None:
    """Write to `out` (n_pairs,) the product of a vector and a sparse row each."""
    for pair in range(len(need)):
        line, total = vectors[need[pair]], 0.0
        for at in range(starts[provider[pair]], starts[provider[pair] + 1]):
            total += line[terms[at]] * weights[at]
        out[pair] = total
