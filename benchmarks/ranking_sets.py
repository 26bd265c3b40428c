"""The real sets as trials, the rankers with what they may choose from, and one row of a table."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.closed_forms import EaseRanker, RidgeRanker
from benchmarks.convert import convert
from benchmarks.report import Grid
from models.base import TrainingData
from models.blend import HybridRanker
from models.contestants import CHAMPION, CONTESTANTS, Setting
from models.hybrid import LatentRanker
from models.latent import LATENT
from models.metrics import Interval, Ranked, paired_ratio, ranking_intervals
from models.unstated import attribute_of
from peipao.datasets.reading import Dataset, read_dataset
from peipao.tables.profiles import BoolArray
from serving.usecases.dataset_tables import Trial
from serving.usecases.evaluate_dataset import lists_of, ranked_by

SETS = ("crunchbase2013", "zh_itjuzi")
SEEDS = (1, 2, 3)
LIGHTFM, PLAIN = "lightfm", "lightfm plain"
DRAWING = (CHAMPION, LIGHTFM, PLAIN)
"""Rankers that draw, unless without factors: their figures are the mean over the seeds."""

COLUMNS = ("ranker", "NDCG@10", "cold", "warm", "Recall@20", "champion / it", "CPU s", "setting")


def rivals() -> dict[str, Sequence[Setting]]:
    """Return every ranker of the tables with what it may choose from, the champion first."""
    found = {name: make() for name, make in CONTESTANTS.items() if name != "content"}
    plain = LatentRanker(n_factors=64, half_life_days=1e6)
    return {
        **found,
        PLAIN: [Setting("d 64, 30 epochs, no decay, three attributes", plain)],
        "ridge": [
            Setting(f"strength {s:g}, half-life {days:.0f} days", RidgeRanker(s, days))
            for s, days in ((3.0, 730.0), (10.0, 730.0), (30.0, 730.0), (10.0, 365.0))
        ],
        "ease": [
            Setting(f"strength {s:g}, {kept:.0%} of history kept", EaseRanker(s, kept))
            for s, kept in ((20.0, 0.7), (60.0, 0.7), (200.0, 0.7), (60.0, 0.5))
        ],
    }


def read_set(name: str, data: Path, scratch: Path) -> Dataset | None:
    """Return a set of the data folder; None where it is not there."""
    if not (data / name).is_dir():
        return None
    return read_dataset(convert(name, data / name, scratch / name))


@dataclass(frozen=True, slots=True)
class Row:
    """A ranker on a split.

    Attributes:
        setting: its name.
        ranked: need by need, the mean over seeds.
        cold: bool (n_needs,), along `ranked`.
        lists: of the first seed.
        seconds: of this process, for one seed.
    """

    setting: str
    ranked: Ranked
    cold: BoolArray
    lists: Mapping[str, float]
    seconds: float


def best_on(valid: Trial, settings: Sequence[Setting]) -> Setting:
    """Return the setting with the best NDCG@10, the first of equals."""
    if len(settings) == 1:
        return settings[0]
    return max(settings, key=lambda s: ranked_by(s.ranker, valid, 1).ranked.figures[:, 0].mean())


def row_of(name: str, setting: Setting, asked: Trial) -> Row:
    """Rank a split once, or once for each seed."""
    seeds = SEEDS if draws(name, setting) else SEEDS[:1]
    started = time.process_time()
    runs = [ranked_by(setting.ranker, asked, seed) for seed in seeds]
    figures = np.mean([run.ranked.figures for run in runs], axis=0)
    need = runs[0].ranked.need
    return Row(
        setting.name,
        Ranked(need, figures),
        asked.cold[need],
        lists_of(runs[0]),
        (time.process_time() - started) / len(seeds),
    )


def draws(name: str, setting: Setting) -> bool:
    """Return whether a ranker's scores depend on the seed."""
    fixed = isinstance(setting.ranker, HybridRanker) and LATENT in setting.ranker.without
    return name in DRAWING and not fixed


def bare(asked: Trial) -> Trial:
    """Return the trial without the amount."""
    return replace(asked, data=without(asked.data, "amount"))


def view_of(name: str, asked: Trial) -> Trial:
    """Return the trial as a ranker may see it: the plain one has three attributes alone."""
    if name != PLAIN:
        return asked
    return replace(asked, data=without(asked.data, "amount", "currency", "age"))


def without(data: TrainingData, *attributes: str) -> TrainingData:
    """Return the data without some attributes of the needs."""
    table = data.need_indicators
    kept = np.array([attribute_of(name) not in attributes for name in table.names])
    values = table.values[:, kept]
    values = values / np.maximum(values.sum(axis=1, keepdims=True), 1e-12)
    names = tuple(name for name, keep in zip(table.names, kept, strict=True) if keep)
    return replace(data, need_indicators=replace(table, names=names, values=values))


def grid_of(title: str, rows: Mapping[str, Row]) -> Grid:
    """Return a table, with the ratio of the champion to every row paired by need."""
    ours = rows[CHAMPION]
    n, cold = len(ours.ranked), int(ours.cold.sum())
    return Grid(
        f"{title}: {n} queries, {cold} of cold projects",
        COLUMNS,
        [_cells(name, row, ours) for name, row in rows.items()],
    )


def _cells(name: str, row: Row, ours: Row) -> tuple[str, ...]:
    figures, cold = row.ranked.figures, row.cold
    return (
        name,
        spread(ranking_intervals(row.ranked)["ndcg_at_10"], 4),
        mean_of(figures[cold, 0]),
        mean_of(figures[~cold, 0]),
        mean_of(figures[:, 1]),
        "1" if row is ours else spread(paired_ratio(ours.ranked.figures[:, 0], figures[:, 0])),
        f"{row.seconds:.0f}",
        row.setting,
    )


def mean_of(values: np.ndarray) -> str:
    """Return the mean with four digits, or a dash for none."""
    return f"{values.mean():.4f}" if len(values) else "–"


def spread(found: Interval, digits: int = 3) -> str:
    """Return a figure with its interval."""
    return f"{found.value:.{digits}f} [{found.low:.{digits}f}, {found.high:.{digits}f}]"
