"""The one strict gate into the optimiser: whatever passes is a problem that can be solved exactly.

Engines answer silently and wrongly on NaN, infinities, duplicates or overflow; so nothing reaches
them unchecked, and every refusal names the pair or the id and says what would be right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.columns import Amount, Whole, amounts, between, numbers, wholes
from matching.groups import Limits, Listed, RawGroup, checked_limits, refuse_minimum_above_places
from matching.network import EXACT_FLOAT, LongArray
from peipao.domain.ids import checked_id
from peipao.errors import InvalidInputError
from peipao.tables.profiles import BoolArray, FloatArray, IntArray, TextArray

SCALE = 1_000_000
"""Integer units in one unit of affinity."""

MAX_WANTED, MAX_CAPACITY = 10_000, 1_000_000
MAX_PENALTY, MAX_BONUS = 1_000.0, 1_000.0
MAX_SEED_LENGTH = 256

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class RawProblem:
    """A problem as handed in, before anything is believed.

    Attributes:
        need_ids, provider_ids: text (n_needs,) and (n_providers,), any order.
        need, provider: integers (n_pairs,), rows into the ids, any order.
        affinity, bonus: numbers (n_pairs,), affinity units.
        wanted, unmatched_penalty, reservation: one number for all needs, a mapping by id, or
            (n_needs,) in the order of `need_ids`.
        capacity: likewise for providers.
        pins, vetoes: (need id, provider id).
        seed: text that decides between optima of equal value.
        need_min, provider_min: like `wanted` and `capacity`: matches at least.
        groups: quotas on groups of needs, providers or pairs.
    """

    need_ids: TextArray
    provider_ids: TextArray
    need: npt.NDArray[np.generic]
    provider: npt.NDArray[np.generic]
    affinity: npt.NDArray[np.generic]
    bonus: npt.NDArray[np.generic]
    wanted: Whole
    capacity: Whole
    unmatched_penalty: Amount
    reservation: Amount
    pins: Pairs
    vetoes: Pairs
    seed: object
    need_min: Whole = 0
    provider_min: Whole = 0
    groups: Sequence[RawGroup] = ()


@dataclass(frozen=True, slots=True)
class CheckedProblem:
    """The same numbers, all of them legal, in integer units; still in the order handed in."""

    need_ids: TextArray
    provider_ids: TextArray
    need: IntArray
    provider: IntArray
    weight: LongArray
    bonus: LongArray
    wanted: LongArray
    capacity: LongArray
    unmatched_penalty: LongArray
    reservation: LongArray
    pinned: BoolArray
    vetoed: BoolArray
    seed: str
    limits: Limits | None


def checked(raw: RawProblem) -> CheckedProblem:
    """Return the problem in integer units.

    Raises:
        InvalidInputError: naming the first pair, id or field that cannot be used.
    """
    need_ids = _ids(raw.need_ids, "需求")
    provider_ids = _ids(raw.provider_ids, "资源方")
    need, provider = _rows(raw, len(need_ids), len(provider_ids))
    names = _Names(need_ids, provider_ids, need, provider)
    _refuse_duplicates(names)
    pinned, vetoed = _decisions(raw, names)
    problem = CheckedProblem(
        need_ids=need_ids,
        provider_ids=provider_ids,
        need=need,
        provider=provider,
        weight=_pair_amounts(raw.affinity, names, "匹配度", (0.0, 1.0)),
        bonus=_pair_amounts(raw.bonus, names, "加分", (-MAX_BONUS, MAX_BONUS)),
        wanted=wholes(raw.wanted, need_ids, "需求数 wanted", (1, MAX_WANTED)),
        capacity=wholes(raw.capacity, provider_ids, "容量 capacity", (0, MAX_CAPACITY)),
        unmatched_penalty=_units(
            amounts(raw.unmatched_penalty, need_ids, "unmatched_penalty", (0.0, MAX_PENALTY))
        ),
        reservation=_units(amounts(raw.reservation, need_ids, "reservation", (0.0, 1.0))),
        pinned=pinned,
        vetoed=vetoed,
        seed=_seed(raw.seed),
        limits=_limits(raw, names),
    )
    _refuse_crowded_pins(problem)
    _refuse_high_minimums(problem)
    _refuse_overflow(problem)
    return problem


@dataclass(frozen=True, slots=True)
class _Names:
    """The pairs, so that a refusal can name one."""

    need_ids: TextArray
    provider_ids: TextArray
    need: IntArray
    provider: IntArray

    def pair(self, row: int) -> str:
        return f"配对 ({self.need_ids[self.need[row]]}, {self.provider_ids[self.provider[row]]})"

    def keys(self) -> LongArray:
        return self.need.astype(np.int64) * len(self.provider_ids) + self.provider


def _units(amount: FloatArray) -> LongArray:
    """Return affinity units as integers, rounded half to even."""
    return np.rint(amount * SCALE).astype(np.int64)


def _ids(values: TextArray, noun: str) -> TextArray:
    ids = np.asarray(values)
    if ids.ndim != 1 or (ids.size and ids.dtype.kind != "U"):
        raise InvalidInputError(f"{noun}编号", f"不是一维文本数组:{ids.dtype} {ids.shape}", "文本")
    ids = ids.astype(np.str_)
    for value in ids:
        checked_id(str(value), f"{noun}编号")
    unique, count = np.unique(ids, return_counts=True)
    if len(unique) < len(ids):
        raise InvalidInputError(f"{noun} {unique[count > 1][0]}", "编号重复", "每个编号只出现一次")
    return ids


def _rows(raw: RawProblem, n_needs: int, n_providers: int) -> tuple[IntArray, IntArray]:
    need = _rownumbers(raw.need, n_needs, "需求")
    provider = _rownumbers(raw.provider, n_providers, "资源方")
    if len(need) != len(provider):
        raise InvalidInputError(
            "配对", f"需求 {len(need)} 行、资源方 {len(provider)} 行", "行数相等"
        )
    return need, provider


def _rownumbers(values: npt.NDArray[np.generic], limit: int, noun: str) -> IntArray:
    rows = np.asarray(values)
    if rows.ndim != 1 or (rows.size and rows.dtype.kind not in "iu"):
        raise InvalidInputError(
            f"配对的{noun}行号", f"类型为 {rows.dtype},形状为 {rows.shape}", "一维整数"
        )
    outside = np.flatnonzero((rows < 0) | (rows >= limit))
    if outside.size:
        at = int(outside[0])
        raise InvalidInputError(
            f"第 {at + 1} 个配对", f"{noun}行号 {rows[at]} 越界", f"0 至 {limit - 1}"
        )
    return rows.astype(np.int32)


def _refuse_duplicates(names: _Names) -> None:
    order = np.argsort(names.keys(), kind="stable")
    keys = names.keys()[order]
    again = np.flatnonzero(keys[1:] == keys[:-1])
    if again.size:
        raise InvalidInputError(names.pair(int(order[again[0]])), "重复出现", "每个配对只列一次")


def _pair_amounts(
    values: npt.NDArray[np.generic], names: _Names, noun: str, limits: tuple[float, float]
) -> LongArray:
    amount = numbers(values, len(names.need), f"配对的{noun}")
    wrong = np.flatnonzero(~((amount >= limits[0]) & (amount <= limits[1])))
    if wrong.size:
        at = int(wrong[0])
        raise InvalidInputError(
            f"{names.pair(at)} 的{noun}", f"{amount[at]!s} 不可用", between(limits)
        )
    return _units(amount)


def _seed(seed: object) -> str:
    if not isinstance(seed, str) or not 0 < len(seed) <= MAX_SEED_LENGTH:
        raise InvalidInputError("seed", "不可用", f"1 至 {MAX_SEED_LENGTH} 个字符的文本")
    if not seed.isprintable():
        raise InvalidInputError("seed", "含有不可见字符", "可见字符")
    return seed


def _decisions(raw: RawProblem, names: _Names) -> tuple[BoolArray, BoolArray]:
    """Return which pairs are pinned and which are vetoed, both bool (n_pairs,)."""
    pins = _known_pairs(raw.pins, names, "指定 pins")
    vetoes = _known_pairs(raw.vetoes, names, "否决 vetoes")
    for both in sorted(set(pins) & set(vetoes)):
        raise InvalidInputError(f"配对 {_shown(both)}", "既被指定又被否决", "二者只取其一")
    order = np.argsort(names.keys(), kind="stable")
    ordered = names.keys()[order]
    pinned, vetoed = np.zeros((2, len(order)), dtype=np.bool_)
    for pair, key in pins.items():
        at = int(np.searchsorted(ordered, key))
        if at == len(ordered) or ordered[at] != key:
            raise InvalidInputError(
                f"指定 pins {_shown(pair)}", "该配对不合格", "只能指定合格的配对"
            )
        pinned[order[at]] = True
    for key in vetoes.values():
        vetoed[order[ordered == key]] = True
    return pinned, vetoed


def _shown(pair: tuple[str, str]) -> str:
    return f"({', '.join(end if end.isprintable() else repr(end) for end in pair):.140})"


def _known_pairs(pairs: Pairs, names: _Names, where: str) -> dict[tuple[str, str], int]:
    """Return each pair with its key; a veto of a pair that is not eligible is harmless."""
    needs = {str(v): i for i, v in enumerate(names.need_ids)}
    providers = {str(v): i for i, v in enumerate(names.provider_ids)}
    found: dict[tuple[str, str], int] = {}
    for need_id, provider_id in pairs:
        pair = (need_id, provider_id)
        if need_id not in needs or provider_id not in providers:
            noun = "资源方" if need_id in needs else "需求"
            raise InvalidInputError(
                f"{where} {_shown(pair)}", f"不认识的{noun}编号", "本轮中的编号"
            )
        if pair in found:
            raise InvalidInputError(f"{where} {_shown(pair)}", "重复出现", "每个配对只列一次")
        found[pair] = needs[need_id] * len(providers) + providers[provider_id]
    return found


def _refuse_crowded_pins(problem: CheckedProblem) -> None:
    """Refuse more pins than a need wants or a provider can take."""
    sides = (
        (problem.need, problem.wanted, problem.need_ids, "需求", "需求数"),
        (problem.provider, problem.capacity, problem.provider_ids, "资源方", "容量"),
    )
    for rows, limit, ids, noun, word in sides:
        pins = np.bincount(rows[problem.pinned], minlength=len(ids))
        over = np.flatnonzero(pins > limit)
        if over.size:
            at = int(over[0])
            raise InvalidInputError(
                f"{noun} {ids[at]}", f"被指定 {pins[at]} 次,{word}只有 {limit[at]}", f"不超过{word}"
            )


def _limits(raw: RawProblem, names: _Names) -> Limits | None:
    listed = Listed(names.need_ids, names.provider_ids, names.need, names.provider)
    return checked_limits(listed, raw.need_min, raw.provider_min, raw.groups)


def _refuse_high_minimums(problem: CheckedProblem) -> None:
    """Refuse a need or provider that must have more than it has places."""
    if problem.limits is None:
        return
    least, ids = problem.limits.need_min, problem.need_ids
    refuse_minimum_above_places(least, problem.wanted, ids, "需求")
    least, ids = problem.limits.provider_min, problem.provider_ids
    refuse_minimum_above_places(least, problem.capacity, ids, "资源方")


def _refuse_overflow(problem: CheckedProblem) -> None:
    places = int(problem.wanted.sum())
    largest = sum(
        int(np.abs(part).max(initial=0))
        for part in (problem.weight, problem.bonus, problem.unmatched_penalty)
    )
    if (places + 1) * largest >= EXACT_FLOAT:
        raise InvalidInputError(
            "目标函数",
            f"{places} 个需求名额乘以最大单项 {largest} 会溢出",
            f"乘积小于 {EXACT_FLOAT}",
        )
