"""Uncertainty and shortlists of a model package as JSON values, and back with every check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from models.shortlist import Threshold
from models.uncertainty import Uncertainty
from peipao.errors import ModelPackageError
from peipao.tables.profiles import FloatArray


def doubt_to_parts(
    uncertainty: Uncertainty | None, shortlist: Sequence[Threshold]
) -> dict[str, Any]:
    """Return what `policy.json` says of both."""
    said = None
    if uncertainty is not None:
        said = {
            "weights": uncertainty.weights.tolist(),
            "curve": uncertainty.curve.tolist(),
            "project": uncertainty.project,
            "provider": uncertainty.provider,
        }
    return {"uncertainty": said, "shortlist": [asdict(one) for one in shortlist]}


def doubt_from_parts(
    package: str, policy: Mapping[str, Any], n_columns: int
) -> tuple[Uncertainty | None, tuple[Threshold, ...]]:
    """Return the uncertainty and the thresholds.

    Args:
        package: version, for messages.
        policy: content of `policy.json`.
        n_columns: of the margin.

    Raises:
        ModelPackageError: a number is not finite or out of its range, or a shape does not fit.
    """
    said = policy["uncertainty"]
    uncertainty = None
    if said is not None:
        uncertainty = Uncertainty(
            weights=_covariance(package, "weights", said["weights"], n_columns),
            curve=_covariance(package, "curve", said["curve"], 2),
            project=_within(package, "project", said["project"], np.inf),
            provider=_within(package, "provider", said["provider"], np.inf),
        )
    return uncertainty, tuple(_threshold(package, one) for one in policy["shortlist"])


def _threshold(package: str, one: Mapping[str, Any]) -> Threshold:
    coverage, size = one["coverage"], one["size"]
    return Threshold(
        level=_within(package, "level", one["level"], 1.0),
        lift=_within(package, "lift", one["lift"], np.inf),
        coverage=None if coverage is None else _within(package, "coverage", coverage, 1.0),
        size=None if size is None else _within(package, "size", size, np.inf),
    )


def _within(package: str, name: str, value: object, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ModelPackageError(package, f"policy.json:{name} 应为 0 至 {most:g} 之间的数值")
    if not np.isfinite(value):
        raise ModelPackageError(package, f"policy.json:{name} 应为有限数值")
    return float(value)


def _covariance(package: str, name: str, values: object, n: int) -> FloatArray:
    found = np.array(values, dtype=np.float64).reshape(-1, n) if n else np.zeros((0, 0))
    if found.shape != (n, n) or not np.isfinite(found).all() or not (found == found.T).all():
        raise ModelPackageError(package, f"policy.json:{name} 应为 {n}x{n} 的对称有限矩阵")
    return found
