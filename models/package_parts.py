"""The margin and its calibration as arrays and JSON values, and back with every check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.calibrate import Calibration
from models.choice import Choice, History
from models.columns import Columns
from models.latent import LatentFactors
from models.lifts import Lifts
from models.margin import MarginModel
from models.standing import LABELS, Standing
from models.text_lift import TextLift
from models.unstated import width_of
from peipao.errors import ModelPackageError
from peipao.tables.terms import TermRows

_Parts = tuple[dict[str, np.ndarray], dict[str, Any]]
_IDS = {"provider_ids", "history_need_ids"}
N_STANDING = len(LABELS)
_LATENT = ("need_factors", "provider_factors", "identity", "centre")


def margin_to_parts(
    model: MarginModel, calibration: Calibration
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the arrays and the policy of a margin; ids of providers are stored once."""
    arrays: dict[str, np.ndarray] = {}
    learnt: dict[str, Any] = {}
    for columns in model.learnt:
        parts, said = _WRITERS[type(columns).__name__](columns)
        arrays |= {"provider_ids": columns.provider_ids, **parts}
        learnt |= said
    policy = {
        "comparisons": list(model.names),
        "labels": list(model.labels),
        "topics": list(model.topics),
        "weights": model.weights.tolist(),
        "neutral": model.neutral.tolist(),
        "base": model.base,
        "learnt": learnt,
        "learnt_names": list(model.learnt_names),
        "learnt_weights": model.learnt_weights.tolist(),
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
    learnt = _learnt(_Stored(package, arrays, policy["learnt"], need_names, provider_names))
    n_learnt = sum(len(columns.names) for columns in learnt)
    model = MarginModel(
        names=names,
        labels=tuple(str(n) for n in policy["labels"]),
        weights=_numbers(package, "weights", policy["weights"], len(names)),
        neutral=_numbers(package, "neutral", policy["neutral"], len(names)),
        base=_number(package, "base", policy["base"]),
        topics=tuple(str(n) for n in policy["topics"]),
        learnt=learnt,
        learnt_weights=_numbers(package, "learnt_weights", policy["learnt_weights"], n_learnt),
    )
    if list(model.learnt_names) != policy["learnt_names"]:
        raise ModelPackageError(package, "policy.json:learnt_names 与数组不符")
    if {len(model.labels), len(model.topics)} != {len(names)}:
        raise ModelPackageError(package, "policy.json:labels、topics 与 comparisons 数目不同")
    return model, _calibration(package, policy["calibration"])


@dataclass(frozen=True, slots=True)
class _Stored:
    package: str
    arrays: Mapping[str, np.ndarray]
    said: Mapping[str, Any]
    need_names: tuple[str, ...]
    provider_names: tuple[str, ...]

    def array(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        found = self.arrays[name]
        if found.shape != shape:
            raise ModelPackageError(self.package, f"{name}:形状 {found.shape},应为 {shape}")
        return found


def _learnt(stored: _Stored) -> tuple[Columns, ...]:
    """Return the learnt columns that are there, always in the same order."""
    n = len(stored.arrays.get("provider_ids", ()))
    found: list[Columns] = []
    if "standing" in stored.arrays:
        found.append(
            Standing(stored.arrays["provider_ids"], stored.array("standing", (N_STANDING, n)))
        )
    if "lifts" in stored.arrays:
        found.append(_lifts(stored, n))
    if "choice" in stored.arrays:
        found.append(_choice(stored, n))
    if "history" in stored.arrays:
        found.append(_history(stored))
    if "text_cells" in stored.arrays:
        found.append(_text(stored, n))
    if "identity" in stored.arrays:
        found.append(_latent(stored, n))
    return tuple(found)


def _lifts(stored: _Stored, n: int) -> Lifts:
    topics = stored.said["lifts"]
    return Lifts(
        provider_ids=stored.arrays["provider_ids"],
        need_names=stored.need_names,
        topics=tuple(str(topic) for topic in topics),
        values=stored.array("lifts", (width_of(stored.need_names), n)),
    )


def _choice(stored: _Stored, n: int) -> Choice:
    return Choice(
        provider_ids=stored.arrays["provider_ids"],
        need_names=stored.need_names,
        values=stored.array("choice", (width_of(stored.need_names), n)),
    )


def _history(stored: _Stored) -> History:
    values, needs = stored.arrays["history"], stored.arrays["history_need_ids"]
    starts, terms = (stored.arrays[f"history_{name}"] for name in ("starts", "terms"))
    width, n_entries = len(values), len(terms)
    square = values.shape == (width, width) and width in {0, len(stored.arrays["provider_ids"])}
    rising = len(starts) == len(needs) + 1 and (np.diff(starts) >= 0).all()
    if not (square and rising and starts[0] == 0 and starts[-1] == n_entries):
        raise ModelPackageError(stored.package, "history:各数组的形状彼此不符")
    if n_entries and not (terms.min() >= 0 and terms.max() < width):
        raise ModelPackageError(stored.package, f"history_terms:应为 0 至 {width - 1} 的行号")
    weights = stored.array("history_weights", (n_entries,))
    rows = TermRows(width, starts.astype(np.int64), terms.astype(np.int32), weights)
    return History(stored.arrays["provider_ids"], needs, rows, values)


def _text(stored: _Stored, n: int) -> TextLift:
    pseudo_counts = _number(stored.package, "pseudo_counts", stored.said["text"])
    if pseudo_counts <= 0:
        raise ModelPackageError(stored.package, "policy.json:pseudo_counts 必须大于 0")
    n_terms = stored.arrays["text_cells"].shape[0]
    return TextLift(
        provider_ids=stored.arrays["provider_ids"],
        cells=stored.array("text_cells", (n_terms, n)),
        share=stored.array("text_share", (n,)),
        pseudo_counts=pseudo_counts,
    )


def _latent(stored: _Stored, n: int) -> LatentFactors:
    n_factors = stored.arrays["need_factors"].shape[1]
    shapes = {
        "need_factors": (width_of(stored.need_names), n_factors),
        "provider_factors": (len(stored.provider_names), n_factors + 1),
        "identity": (n, n_factors + 1),
        "centre": (n_factors + 1,),
    }
    return LatentFactors(
        provider_ids=stored.arrays["provider_ids"],
        need_names=stored.need_names,
        provider_names=stored.provider_names,
        **{name: stored.array(name, shape) for name, shape in shapes.items()},
    )


def _standing_parts(columns: Any) -> _Parts:  # noqa: ANN401  chosen by the name of its class
    return {"standing": columns.values}, {}


def _lift_parts(columns: Any) -> _Parts:  # noqa: ANN401
    return {"lifts": columns.values}, {"lifts": list(columns.topics)}


def _choice_parts(columns: Any) -> _Parts:  # noqa: ANN401
    return {"choice": columns.values}, {}


def _history_parts(columns: Any) -> _Parts:  # noqa: ANN401
    arrays = {
        "history": columns.values,
        "history_need_ids": columns.need_ids,
        "history_starts": columns.earlier.starts.astype(np.float64),
        "history_terms": columns.earlier.terms.astype(np.float64),
        "history_weights": columns.earlier.weights,
    }
    return arrays, {}


def _text_parts(columns: Any) -> _Parts:  # noqa: ANN401
    arrays = {"text_cells": columns.cells, "text_share": columns.share}
    return arrays, {"text": columns.pseudo_counts}


def _latent_parts(columns: Any) -> _Parts:  # noqa: ANN401
    return {name: getattr(columns, name) for name in _LATENT}, {}


_WRITERS: Mapping[str, Callable[[Any], _Parts]] = {
    "Standing": _standing_parts,
    "Lifts": _lift_parts,
    "Choice": _choice_parts,
    "History": _history_parts,
    "TextLift": _text_parts,
    "LatentFactors": _latent_parts,
}


def _check_finite(package: str, arrays: Mapping[str, np.ndarray]) -> None:
    for name, array in arrays.items():
        if name in _IDS:
            continue
        if array.dtype != np.float64 or not np.isfinite(array).all():
            raise ModelPackageError(package, f"{name}:应为有限的 float64 数值")


def _check_ids(package: str, arrays: Mapping[str, np.ndarray]) -> None:
    for name in _IDS & arrays.keys():
        ids = arrays[name]
        if ids.dtype.kind != "U" or ids.ndim != 1 or (ids[1:] <= ids[:-1]).any():
            raise ModelPackageError(package, f"{name}:编号应为文本、升序且互不相同")


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
