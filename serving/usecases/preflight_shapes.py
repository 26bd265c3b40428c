"""Preflight of counts and distributions: a round by itself, and against the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from matching.validate import SCALE
from peipao.domain.records import Round
from serving.usecases.preflight_issues import Issue
from serving.usecases.round_bundle import Frozen
from serving.usecases.round_shape import Shape
from serving.usecases.round_snapshot import Snapshot

Word = Callable[[str], str]

FEWEST_CHOICES = 5
"""Pairs a need must have before their being all equal says anything."""

FEWEST_IN_DISTRICT = 5
HALF, TWICE = 0.5, 2.0
FEWEST_MORE = 20
"""Needs that may come on top of twice the last round's, so that small rounds may grow."""

SHRUNK, GROWN = 0.67, 1.5
UNSTABLE = 0.25
"""Population stability index from which a distribution is commonly called another one."""

MATERIAL = 0.1
"""Affinity by which a district must move beyond the city before it is said."""

SIGMAS = 4.0
_BINS = 10


def about_search(made: Round) -> Iterator[Issue]:
    """Yield that the optimum is not proven: quotas cross, and the search ran out of time."""
    unproven = made.certificate["unproven_units"]
    if isinstance(unproven, int) and unproven > 0:
        more = f"总体目标至多还能提高 {unproven / SCALE:.6f}"
        yield Issue("search-cut-short", f"分组互相交叉,限时求解未能证明最优:{more}")


def about_alone(frozen: Frozen) -> Iterator[Issue]:
    """Yield what a round says against itself: values that tell nobody apart."""
    problem = frozen.problem
    rows, starts, count = np.unique(problem.need, return_index=True, return_counts=True)
    if not len(rows):
        return
    least = np.minimum.reduceat(problem.weight, starts)
    most = np.maximum.reduceat(problem.weight, starts)
    told = count >= FEWEST_CHOICES
    flat = told & (least == most)
    if told.any() and flat.sum() * 2 > told.sum():
        share = f"{int(flat.sum())}/{int(told.sum())}"
        yield Issue("all-equal", f"{share} 条需求对所有可对接的资源方分值完全相同,无从区分")


def about_change(now: Shape, before: Shape, snapshot: Snapshot, word: Word) -> Iterator[Issue]:
    """Yield what has changed since the last published round by more than rounds do.

    Args:
        now: shape of the later round.
        before: shape of the one before.
        snapshot: what the later one was drafted on.
        word: district id -> its Chinese name.
    """
    yield from _counts(now, before, snapshot)
    yield from _distribution(now, before)
    yield from _districts(now, before, word)


def _counts(now: Shape, before: Shape, snapshot: Snapshot) -> Iterator[Issue]:
    served = snapshot.standing[0].figures.get("paired", 0.0)
    expected = max(before.needs - served, 0.0)
    if now.needs < HALF * expected:
        said = f"本轮 {now.needs} 条需求,上一轮 {before.needs} 条中有 {expected:.0f} 条未对接"
        yield Issue("needs-fell", f"{said},本轮不足其半数")
    if now.needs > TWICE * before.needs + FEWEST_MORE:
        yield Issue("needs-rose", f"本轮 {now.needs} 条需求,上一轮 {before.needs} 条,超过两倍")
    for code, word, new, old in (
        ("providers-changed", "资源方", now.providers, before.providers),
        ("places-changed", "名额", now.places, before.places),
    ):
        if old and abs(new - old) >= FEWEST_IN_DISTRICT and not SHRUNK <= new / old <= GROWN:
            yield Issue(code, f"{word}由上一轮的 {old} 变为 {new}({new / old:.2f} 倍)")


def _distribution(now: Shape, before: Shape) -> Iterator[Issue]:
    if not now.deciles or not before.deciles or bool(now.scores) != bool(before.scores):
        return
    index = stability_index(now.deciles, before.deciles)
    # What two samples of the same city differ by: needs, not pairs, are what is drawn anew.
    chance = 2 * (_BINS - 1) * (1 / max(now.needs, 1) + 1 / max(before.needs, 1))
    if index > UNSTABLE + chance:
        middle = f"中位数 {before.deciles[5] / SCALE:.3f} → {now.deciles[5] / SCALE:.3f}"
        model = "" if now.model == before.model else f",模型 {before.model} → {now.model}"
        yield Issue("values-shifted", f"分值分布与上一轮不同(PSI {index:.2f},{middle}{model})")


def stability_index(now: tuple[int, ...], before: tuple[int, ...]) -> float:
    """Return the population stability index of two distributions, each given by its deciles.

    Args:
        now: 11 ascending values; between two neighbours lies a tenth of everything.
        before: likewise; its deciles are the bins.
    """
    shares = np.linspace(0.0, 1.0, len(now))
    below = np.interp(before[1:-1], _ascending(now), shares)
    part = np.diff(np.concatenate(([0.0], below, [1.0]))).clip(1e-3)
    part = part / part.sum()
    usual = np.full(_BINS, 1 / _BINS)
    return float(((part - usual) * np.log(part / usual)).sum())


def _ascending(values: tuple[int, ...]) -> np.ndarray:
    # Interpolation needs strictly ascending places; equal deciles are a hair apart.
    return np.asarray(values, dtype=np.float64) + np.arange(len(values)) * 1e-6


def _districts(now: Shape, before: Shape, word: Word) -> Iterator[Issue]:
    both = {
        key: (one, before.districts[key])
        for key, one in now.districts.items()
        if key in before.districts and min(one.n, before.districts[key].n) >= FEWEST_IN_DISTRICT
    }
    moved = {key: new.mean - old.mean for key, (new, old) in both.items()}
    if len(moved) < 3:
        return
    for key, (new, old) in sorted(both.items()):
        others = [shift for other, shift in moved.items() if other != key]
        off = moved[key] - float(np.median(others))
        error = float(np.sqrt(new.spread**2 / new.n + old.spread**2 / old.n))
        if abs(off) > max(SIGMAS * error, MATERIAL * SCALE):
            said = f"{word(key)}的最高匹配度均值比全市的变化多 {off / SCALE:+.3f}"
            yield Issue("district-out-of-line", f"{said}({old.n} 条 → {new.n} 条需求)")
