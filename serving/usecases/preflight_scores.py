"""Preflight of a table of scores: the slips by which spreadsheets have ruined whole rounds.

The model's affinity is the yardstick: people may disagree with it pair by pair, but a table that
has nothing to do with it, or the opposite, or that fits it once its rows are moved, has slipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.facts import need_facts
from matching.validate import SCALE
from peipao.domain.records import Need, Project
from peipao.tables.pairs import AffinityTable
from peipao.tables.profiles import FloatArray
from serving.usecases.preflight_issues import Issue
from serving.usecases.preflight_rosters import is_rounded
from serving.usecases.preflight_shapes import Word
from serving.usecases.round_bundle import Bundle
from serving.usecases.round_shape import Shape
from serving.usecases.score_sheet import Placed, ScoreSheet, placed

SIGMAS, HARDLY = 4.0, 2.0
"""From which number of standard errors a relation is certain; below which there is none."""

FEWEST_NEEDS, FEWEST_ROWS, FEWEST_CHOICES = 20, 40, 5
MOST_MISSING, MOST_OUTSIDE, SAME_SHARE = 0.2, 0.2, 0.9
SHIFTS = tuple(shift for step in range(1, 11) for shift in (step, -step))
PARTS = 4
HALF_A_SPREAD = 0.5
_SHRUNK = 0.6


@dataclass(frozen=True)
class Judged:
    """A table of scores beside what it can be held against.

    Attributes:
        table: the eligible pairs with the model's affinity.
        earlier: shapes of the published rounds of the kind, the latest first.
        sheets: bundles of earlier rounds that were scored by a table.
        word: district id -> its Chinese name.
    """

    sheet: ScoreSheet
    table: AffinityTable
    asked: Sequence[tuple[Need, Project]]
    earlier: Sequence[Shape]
    sheets: Sequence[Bundle]
    word: Word

    @cached_property
    def at(self) -> Placed:
        """Return where the rows of the sheet stand."""
        return placed(self.sheet, self.table)

    @cached_property
    def told(self) -> np.ndarray:
        """Return bool (n_rows,), the rows that score an eligible pair."""
        found: np.ndarray = self.at.rows >= 0
        return found

    @cached_property
    def score(self) -> FloatArray:
        """Return the scores of those rows, in the order of the sheet."""
        found: FloatArray = self.sheet.scores[self.told]
        return found

    @cached_property
    def affinity(self) -> FloatArray:
        """Return the model's affinity of those rows."""
        found: FloatArray = self.table.affinity[self.at.rows[self.told]]
        return found

    @cached_property
    def need(self) -> np.ndarray:
        """Return the need row of those rows."""
        found: np.ndarray = self.table.need[self.at.rows[self.told]]
        return found


def about_scores(judged: Judged) -> Iterator[Issue]:
    """Yield what looks wrong with a table of scores."""
    yield from _ids(judged)
    yield from _coverage(judged)
    yield from _before(judged)
    if len(np.unique(judged.score)) == 1:
        yield Issue("scores-equal", f"全部 {len(judged.score)} 个评分相同")
        return
    yield from _sorted(judged)
    yield from _ranks(judged)
    moved = list(_moved_rows(judged))
    yield from moved or _relation(judged)
    yield from _districts(judged)


def _ids(judged: Judged) -> Iterator[Issue]:
    sheet, unknown = judged.sheet, judged.at.unknown
    if unknown.any():
        named = {sheet.need_ids[row] for row in np.flatnonzero(unknown)}
        named |= {sheet.provider_ids[row] for row in np.flatnonzero(unknown)}
        rounded = sorted(filter(is_rounded, named))
        if rounded:
            yield Issue("scores-id-precision", f"编号像是被表格软件舍入,如 {rounded[0]}")
        n, total = int(unknown.sum()), len(unknown)
        yield Issue(
            "scores-unknown-rows",
            f"{n}/{total} 行的编号不在本轮之中,疑为往年、旧名册或其他类别的表",
        )
    outside = ~judged.told & ~unknown
    if outside.sum() > MOST_OUTSIDE * len(outside):
        n, total = int(outside.sum()), len(outside)
        yield Issue("scores-ineligible", f"{n}/{total} 行评的是不可对接的配对")


def _coverage(judged: Judged) -> Iterator[Issue]:
    reachable = np.unique(judged.table.need)
    scored = np.unique(judged.need)
    missing = len(reachable) - len(scored)
    if missing > MOST_MISSING * len(reachable):
        yield Issue("scores-missing", f"{missing}/{len(reachable)} 条需求没有任何评分,疑为缺行")
    last = next((one for one in judged.earlier if one.scores), None)
    rows = len(judged.score)
    if last is not None and rows < _SHRUNK * _usual_rows(last, len(judged.table.need_ids)):
        now = f"{len(judged.table.need_ids)} 条需求有效评分 {rows} 行"
        said = f"{now},上一张评分表 {last.needs} 条需求 {last.pairs} 行"
        yield Issue("scores-halved", f"{said},不足应有行数的六成")
    rated = np.bincount(judged.need, minlength=len(judged.table.need_ids))[scored]
    if len(scored) >= FEWEST_CHOICES:
        usual = float(np.median(rated))
        thin = int((rated < usual / 2).sum())
        if thin > MOST_MISSING * len(scored):
            yield Issue("scores-thin", f"{thin} 条需求的评分不足通常行数({usual:.0f})之半,疑为缺行")


def _usual_rows(last: Shape, needs: int) -> float:
    """Return how many rows the last table would have had for so many needs."""
    return last.pairs * needs / max(last.needs, 1)


def _before(judged: Judged) -> Iterator[Issue]:
    if judged.sheet.hash() in {one.scores for one in judged.earlier}:
        yield Issue("scores-again", "与已发布轮次所用的评分表逐字相同,疑为重复导入")
        return
    pairs = zip(judged.sheet.need_ids, judged.sheet.provider_ids, strict=True)
    now = dict(zip(pairs, np.rint(judged.sheet.scores * SCALE).tolist(), strict=True))
    for bundle in judged.sheets:
        problem = bundle.frozen.problem
        needs = problem.need_ids[problem.need].tolist()
        providers = problem.provider_ids[problem.provider].tolist()
        old = zip(zip(needs, providers, strict=True), problem.weight.tolist(), strict=True)
        both = [abs(now[pair] - weight) <= 1 for pair, weight in old if pair in now]
        if len(both) >= FEWEST_ROWS and sum(both) >= SAME_SHARE * len(both):
            said = f"{sum(both)}/{len(both)} 个评分与轮次 {bundle.head['round']} 的评分表相同"
            yield Issue("scores-of-before", f"{said},疑为旧表")
            return


def _sorted(judged: Judged) -> Iterator[Issue]:
    """Yield that both ids and scores run in order: somebody sorted one column alone."""
    ids, steps = judged.sheet.need_ids, np.diff(judged.sheet.scores)
    in_order = (steps <= 0).all() or (steps >= 0).all()
    if in_order and len(ids) >= FEWEST_ROWS and list(ids) == sorted(ids):
        yield Issue("scores-sorted", "编号与评分各自都排了序,疑为只对评分一列排序")


def _ranks(judged: Judged) -> Iterator[Issue]:
    order = np.lexsort((judged.score, judged.need))
    values, needs = judged.score[order], judged.need[order]
    starts = np.flatnonzero(np.concatenate(([True], needs[1:] != needs[:-1])))
    groups = [one for one in np.split(values, starts[1:]) if len(one) >= FEWEST_CHOICES]
    step = _resolution(judged.score)
    ranked = sum(_evenly_spaced(one, step) for one in groups)
    if groups and ranked * 2 > len(groups):
        said = f"{ranked}/{len(groups)} 条需求的评分等距排列"
        yield Issue("scores-rank", f"{said},疑为把名次当作分值")
    elif len(values) >= FEWEST_ROWS and _evenly_spaced(np.sort(values), step):
        yield Issue("scores-rank", "全部评分等距排列,疑为把名次当作分值")


def _resolution(values: FloatArray) -> float:
    """Return the step to which the values were rounded, 1e-6 at least."""
    for digits in range(1, 6):
        if np.allclose(values, np.round(values, digits), atol=1e-9, rtol=0):
            return float(10.0**-digits)
    return 1e-6


def _evenly_spaced(ascending: FloatArray, step: float) -> bool:
    """Tell whether all values differ and lie at equal distances, but for their rounding."""
    gaps = np.diff(ascending)
    even = np.linspace(ascending[0], ascending[-1], len(ascending))
    return bool((gaps > 0).all() and np.abs(ascending - even).max() <= step * 0.51)


def _relation(judged: Judged) -> Iterator[Issue]:
    found = _agreement(judged)
    if found is None:
        return
    needs, mean, sigmas = found
    said = f"{needs} 条需求内评分与模型匹配度的平均相关 {mean:+.2f}({sigmas:+.1f} 倍标准误)"
    if sigmas < -SIGMAS:
        yield Issue("scores-reversed", f"{said},疑为分值方向相反")
    elif sigmas < HARDLY:
        yield Issue("scores-unrelated", f"{said},评分与编号可能错位")


def _agreement(judged: Judged) -> tuple[int, float, float] | None:
    """Return the needs that can be judged, their mean correlation with the model, its sigmas."""
    need, n = judged.need, len(judged.table.need_ids)
    count = np.bincount(need, minlength=n).clip(1)
    score = judged.score - (np.bincount(need, judged.score, n) / count)[need]
    model = judged.affinity - (np.bincount(need, judged.affinity, n) / count)[need]
    both = np.bincount(need, score * model, n)
    spread = np.bincount(need, score**2, n) * np.bincount(need, model**2, n)
    usable = (count >= FEWEST_CHOICES) & (spread > 0)
    if usable.sum() < FEWEST_NEEDS:
        return None
    each = both[usable] / np.sqrt(spread[usable])
    error = float(each.std(ddof=1)) / np.sqrt(len(each))
    return len(each), float(each.mean()), float(each.mean() / max(error, 1e-9))


def _moved_rows(judged: Judged) -> Iterator[Issue]:
    """Yield that a stretch runs against the model, or fits it once it is moved by some rows."""
    whole = np.arange(len(judged.score))
    for part in (whole, *np.array_split(whole, PARTS)):
        if len(part) < FEWEST_ROWS:
            continue
        score, model = _ranks_of(judged.score[part]), _ranks_of(judged.affinity[part])
        straight = _correlation(score, model)
        where = f"第 {part[0] + 1} 至 {part[-1] + 1} 个评分"
        if np.arctanh(straight) * np.sqrt(len(part) - 3) < -SIGMAS:
            said = f"{where}与模型匹配度的相关为 {straight:+.2f},疑为分值方向相反"
            yield Issue("scores-reversed", said)
            return
        best = max(SHIFTS, key=lambda shift: _moved(score, model, shift))
        moved = _moved(score, model, best)
        gain = (np.arctanh(moved) - np.arctanh(straight)) * np.sqrt((len(part) - 3) / 2)
        if moved > 0 and gain > SIGMAS + 1:
            said = f"{where}移动 {best} 行后才与模型相符"
            yield Issue("scores-shifted", f"{said}(相关 {straight:+.2f} → {moved:+.2f}),疑为错行")
            return


def _ranks_of(values: FloatArray) -> FloatArray:
    _, inverse, count = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    found: FloatArray = (ends - (count - 1) / 2.0)[inverse]
    return found


def _moved(score: FloatArray, model: FloatArray, shift: int) -> float:
    if shift > 0:
        return _correlation(score[shift:], model[:-shift])
    return _correlation(score[:shift], model[-shift:])


def _correlation(one: FloatArray, other: FloatArray) -> float:
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.clip(np.corrcoef(one, other)[0, 1], -0.999, 0.999))


def _districts(judged: Judged) -> Iterator[Issue]:
    """Yield the districts whose scores lie apart from what the model makes of them."""
    off = _ranks_of(judged.score) - _ranks_of(judged.affinity)
    n = len(judged.table.need_ids)
    count = np.bincount(judged.need, minlength=n)
    needs = np.flatnonzero(count)
    mean = np.bincount(judged.need, off, n)[needs] / count[needs]
    district_of = dict(zip(*(_ids_and_districts(judged)), strict=True))
    names = np.array([district_of[key] for key in judged.table.need_ids[needs].tolist()])
    for name in np.unique(names).tolist():
        inside, outside = mean[names == name], mean[names != name]
        if min(len(inside), len(outside)) < FEWEST_CHOICES:
            continue
        apart = float(inside.mean() - outside.mean())
        error = float(np.sqrt(inside.var() / len(inside) + outside.var() / len(outside)))
        if abs(apart) > max((SIGMAS + 1) * error, HALF_A_SPREAD * float(off.std())):
            way = "高" if apart > 0 else "低"
            said = f"{judged.word(name)} {len(inside)} 条需求的评分整体偏{way}"
            yield Issue("scores-district", f"{said}({apart / max(error, 1e-9):+.1f} 倍标准误)")


def _ids_and_districts(judged: Judged) -> tuple[list[str], tuple[str, ...]]:
    facts = need_facts(judged.asked)
    return facts.ids.tolist(), facts.districts
