"""One number for all, a mapping by id, or an array: spread over the ids and checked one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from matching.network import LongArray
from peipao.errors import InvalidInputError
from peipao.tables.profiles import FloatArray, TextArray

Whole = int | Mapping[str, int] | Sequence[int] | npt.NDArray[np.integer]
Amount = float | Mapping[str, float] | Sequence[float] | npt.NDArray[np.floating]


def numbers(values: npt.NDArray[np.generic], length: int, where: str) -> FloatArray:
    """Return float64 (length,); NaN and infinities pass and are for the caller to refuse.

    Raises:
        InvalidInputError: naming the first id or the field that cannot be used.
    """
    array = np.asarray(values)
    if array.shape != (length,):
        raise InvalidInputError(where, f"形状为 {array.shape}", f"({length},)")
    if array.size and array.dtype.kind not in "fiu":
        raise InvalidInputError(where, f"类型为 {array.dtype}", "数")
    return array.astype(np.float64)


def between(limits: tuple[float, float]) -> str:
    """Return in Chinese what would be right."""
    return f"{limits[0]:g} 至 {limits[1]:g} 之间的数"


def _spread(
    values: Whole | Amount, ids: TextArray, where: str
) -> npt.NDArray[np.generic] | list[int | float]:
    """Spread one number, or order a mapping, over the ids."""
    if isinstance(values, Mapping):
        known = {str(i) for i in ids}
        for extra in sorted(set(values) - known):
            raise InvalidInputError(f"{where}[{extra}]", "不认识的编号", "本轮中的编号")
        for missing in sorted(known - set(values)):
            raise InvalidInputError(f"{where}[{missing}]", "缺少取值")
        return [values[str(i)] for i in ids]
    if np.ndim(np.asarray(values)) == 0:
        return np.full(len(ids), values)
    return np.asarray(values)


def amounts(values: Amount, ids: TextArray, where: str, limits: tuple[float, float]) -> FloatArray:
    """Return float64 (n_ids,), every number finite and within the limits, both included.

    Raises:
        InvalidInputError: naming the first id or the field that cannot be used.
    """
    amount = numbers(np.asarray(_spread(values, ids, where)), len(ids), where)
    wrong = np.flatnonzero(~((amount >= limits[0]) & (amount <= limits[1])))
    if wrong.size:
        at = int(wrong[0])
        raise InvalidInputError(f"{where}[{ids[at]}]", f"{amount[at]!s} 不可用", between(limits))
    return amount


def wholes(values: Whole, ids: TextArray, where: str, limits: tuple[int, int]) -> LongArray:
    """Return int64 (n_ids,), every number whole and within the limits, both included.

    Raises:
        InvalidInputError: naming the first id or the field that cannot be used.
    """
    array = np.asarray(_spread(values, ids, where))
    if array.shape != (len(ids),):
        raise InvalidInputError(where, f"形状为 {array.shape}", f"({len(ids)},)")
    if array.size and array.dtype.kind not in "iu":
        raise InvalidInputError(where, f"类型为 {array.dtype}", "整数")
    wrong = np.flatnonzero((array < limits[0]) | (array > limits[1]))
    if wrong.size:
        at = int(wrong[0])
        right = f"{limits[0]} 至 {limits[1]} 的整数"
        raise InvalidInputError(f"{where}[{ids[at]}]", f"{array[at]} 不可用", right)
    return array.astype(np.int64)
