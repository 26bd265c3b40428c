"""The margin and its calibration as arrays and JSON values, and back with every check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from models.calibrate import Calibration
from models.latent import LatentFactors
from models.margin import MarginModel
from models.popularity import Popularity
from peipao.errors import ModelPackageError

_LATENT = ("need_factors", "provider_factors", "identity", "centre")


def margin_to_parts(
    model: MarginModel, calibration: Calibration
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the arrays and the policy of a margin; ids of providers are stored once."""
    arrays: dict[str, np.ndarray] = {}
    if model.popularity is not None:
        arrays["provider_ids"] = model.popularity.provider_ids
        arrays["popularity"] = model.popularity.values
    if model.latent is not None:
        arrays["provider_ids"] = model.latent.provider_ids
        arrays |= {name: getattr(model.latent, name) for name in _LATENT}
    policy = {
        "comparisons": list(model.names),
        "labels": list(model.labels),
        "weights": model.weights.tolist(),
        "neutral": model.neutral.tolist(),
        "base": model.base,
        "popularity_weight": model.popularity_weight,
        "latent_weight": model.latent_weight,
        "calibration": asdict(calibration),
    }
    return arrays, policy


def margin_from_parts(
    package: str,
    arrays: Mapping[str, np.ndarray],
    policy: Mapping[str, Any],
    need_names: tuple[str, ...],
    provider_names: tuple[str, ...],
) -> tuple[MarginModel, Calibration]:
    """Return the margin and the calibration.

    Raises:
        ModelPackageError: a number is not finite, shapes do not fit each other, or two providers
            share an id.
    """
    _check_finite(package, arrays)
    _check_ids(package, arrays)
    names = tuple(str(n) for n in policy["comparisons"])
    model = MarginModel(
        names=names,
        labels=tuple(str(n) for n in policy["labels"]),
        weights=_numbers(package, "weights", policy["weights"], len(names)),
        neutral=_numbers(package, "neutral", policy["neutral"], len(names)),
        base=_number(package, "base", policy["base"]),
        popularity_weight=_number(package, "popularity_weight", policy["popularity_weight"]),
        latent_weight=_number(package, "latent_weight", policy["latent_weight"]),
        popularity=_popularity(arrays),
        latent=_latent(package, arrays, need_names, provider_names),
    )
    if len(model.labels) != len(names):
        raise ModelPackageError(package, "policy.json:labels 与 comparisons 数目不同")
    return model, _calibration(package, policy["calibration"])


def _popularity(arrays: Mapping[str, np.ndarray]) -> Popularity | None:
    if "popularity" not in arrays:
        return None
    return Popularity(arrays["provider_ids"], arrays["popularity"])


def _latent(
    package: str,
    arrays: Mapping[str, np.ndarray],
    need_names: tuple[str, ...],
    provider_names: tuple[str, ...],
) -> LatentFactors | None:
    if "identity" not in arrays:
        return None
    n_factors = arrays["need_factors"].shape[1]
    expected = {
        "need_factors": (len(need_names), n_factors),
        "provider_factors": (len(provider_names), n_factors + 1),
        "identity": (len(arrays["provider_ids"]), n_factors + 1),
        "centre": (n_factors + 1,),
    }
    for name, shape in expected.items():
        if arrays[name].shape != shape:
            raise ModelPackageError(package, f"{name}:形状 {arrays[name].shape},应为 {shape}")
    return LatentFactors(
        provider_ids=arrays["provider_ids"],
        need_names=need_names,
        provider_names=provider_names,
        **{name: arrays[name] for name in _LATENT},
    )


def _check_finite(package: str, arrays: Mapping[str, np.ndarray]) -> None:
    for name, array in arrays.items():
        if name == "provider_ids":
            continue
        if array.dtype != np.float64 or not np.isfinite(array).all():
            raise ModelPackageError(package, f"{name}:应为有限的 float64 数值")


def _check_ids(package: str, arrays: Mapping[str, np.ndarray]) -> None:
    ids = arrays.get("provider_ids")
    if ids is None:
        return
    if ids.dtype.kind != "U" or ids.ndim != 1 or (ids[1:] <= ids[:-1]).any():
        raise ModelPackageError(package, "provider_ids:编号应为文本、升序且互不相同")
    if len(arrays.get("popularity", ids)) != len(ids):
        raise ModelPackageError(package, "popularity:与 provider_ids 数目不同")


def _number(package: str, name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ModelPackageError(package, f"policy.json:{name} 应为有限数值")
    return float(value)


def _numbers(package: str, name: str, values: list[object], n: int) -> np.ndarray:
    if len(values) != n:
        raise ModelPackageError(package, f"policy.json:{name} 应有 {n} 个数")
    return np.array([_number(package, name, value) for value in values], dtype=np.float64)


def _calibration(package: str, stored: Mapping[str, Any]) -> Calibration:
    slope = _number(package, "slope", stored["slope"])
    if slope <= 0:
        raise ModelPackageError(package, "policy.json:slope 必须大于 0")
    return Calibration(
        slope=slope,
        shift=_number(package, "shift", stored["shift"]),
        calibrated=bool(stored["calibrated"]),
        n_offers=int(stored["n_offers"]),
    )
