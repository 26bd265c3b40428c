"""Indicators: a profile as a row of named non-negative features, for latent-factor models."""

from __future__ import annotations

from dataclasses import dataclass

from peipao.tables.profiles import FloatArray, TextArray


@dataclass(frozen=True, slots=True)
class IndicatorTable:
    """One row an entity, one column a frozen feature.

    Attributes:
        ids: text (n,), sorted, as in the `ProfileTable` it comes from.
        names: (n_features,) text such as `project.industries=low-altitude-economy`.
        values: float64 (n, n_features), >= 0; every row sums to 1, or is all zero where nothing
            is known. Latent models diverge silently on rows that are not normalised.
    """

    ids: TextArray
    names: tuple[str, ...]
    values: FloatArray
