"""The rankers on real links: the table of issue 3, with rivals in the same run.

usage: python -m benchmarks.ranking [table | late | city | curve | ablation] ...

Settings are chosen on valid, every row is ranked on test once, each rival has as many settings to
choose from. Figures are full rankings, the mean of three seeds where a ranker draws. The data lie
beside the repository and are not part of it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.closed_forms import EaseRanker, RidgeRanker
from benchmarks.convert import convert
from models.base import Ranker, TrainingData, events_where
from models.blend import HybridRanker
from models.contestants import CHAMPION, CONTESTANTS, Setting
from models.hybrid import LatentRanker
from models.lifts import PREFIX
from models.metrics import Ranked, paired_ratio, ranking_intervals
from models.text_lift import TEXT
from peipao.datasets.reading import Dataset, Link, read_dataset
from serving.usecases.dataset_tables import Trial, trial
from serving.usecases.evaluate_dataset import VALID, lists_of, ranked_by

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
SETS = ("crunchbase2013", "zh_itjuzi")
SEEDS = (1, 2, 3)
DRAWING = (CHAMPION, "lightfm", "lightfm plain")
N_CITIES, CITY_PROJECTS, CITY_PROVIDERS = 5, 1300, 280
CURVE = (0, 50, 200, 1000, 5000)


def rivals() -> dict[str, Sequence[Setting]]:
    """Return every ranker of the table with what it may choose from."""
    found = {name: make() for name, make in CONTESTANTS.items() if name != "content"}
    plain = LatentRanker(n_factors=64, half_life_days=1e6)
    return {
        **found,
        "lightfm plain": [Setting("d 64, 30 epochs, no decay, no amount", plain)],
        "ridge": [
            Setting(f"strength {s:g}", RidgeRanker(s, days))
            for s, days in ((3.0, 730.0), (10.0, 730.0), (30.0, 730.0), (10.0, 365.0))
        ],
        "ease": [
            Setting(f"strength {s:g}", EaseRanker(s, kept))
            for s, kept in ((20.0, 0.7), (60.0, 0.7), (200.0, 0.7), (60.0, 0.5))
        ],
    }


@dataclass(frozen=True, slots=True)
class Row:
    """A ranker on a split: need by need, mean over seeds, and the lists of its first seed."""

    setting: str
    ranked: Ranked
    lists: Mapping[str, float]
    seconds: float


def judged(name: str, settings: Sequence[Setting], valid: Trial, asked: Trial) -> Row:
    """Choose on valid, rank the other split once for each seed."""
    started = time.process_time()
    seen = {}
    if len(settings) > 1:
        seen = {s.name: ranked_by(s.ranker, valid, 1).ranked.figures[:, 0].mean() for s in settings}
    best = max(settings, key=lambda s: seen.get(s.name, 0.0))
    runs = [ranked_by(best.ranker, asked, seed) for seed in (SEEDS if name in DRAWING else (1,))]
    figures = np.mean([run.ranked.figures for run in runs], axis=0)
    return Row(
        best.name,
        Ranked(runs[0].ranked.need, figures),
        lists_of(runs[0]),
        time.process_time() - started,
    )


def without(data: TrainingData, attribute: str) -> TrainingData:
    """Return the data without one attribute of the needs."""
    table = data.need_indicators
    kept = np.array([not name.startswith(attribute) for name in table.names])
    values = table.values[:, kept]
    values = values / np.maximum(values.sum(axis=1, keepdims=True), 1e-12)
    names = tuple(name for name, keep in zip(table.names, kept, strict=True) if keep)
    return replace(data, need_indicators=replace(table, names=names, values=values))


def bare(asked: Trial) -> Trial:
    """Return the trial without the amount."""
    return replace(asked, data=without(asked.data, "amount"))


def table(dataset: Dataset, *, split: str = "test", amount: bool = True) -> dict[str, Row]:
    """Return every ranker on a split."""
    valid, asked = trial(dataset, VALID), trial(dataset, split)
    if not amount:
        valid, asked = bare(valid), bare(asked)
    rows = {}
    for name, settings in rivals().items():
        plain = name == "lightfm plain"
        rows[name] = (
            judged(name, settings, bare(valid), bare(asked))
            if plain
            else judged(name, settings, valid, asked)
        )
    show(rows, asked, f"{dataset.spec.name} {split}{'' if amount else ' without the amount'}")
    return rows


def show(rows: Mapping[str, Row], asked: Trial, title: str) -> None:
    """Print a table as Markdown, the champion first with its ratio to every other row."""
    ours = rows[CHAMPION].ranked
    cold = asked.cold[ours.need]
    print(f"\n**{title}**: {len(ours)} queries, {int(cold.sum())} of cold projects\n")
    print("| ranker | NDCG@10 | cold | warm | Recall@20 | champion / it | CPU s | setting |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, row in rows.items():
        figures = row.ranked.figures
        i = ranking_intervals(row.ranked)["ndcg_at_10"]
        ratio = paired_ratio(ours.figures[:, 0], figures[:, 0])
        print(
            f"| {name} | {i.value:.4f} [{i.low:.4f}, {i.high:.4f}] | {figures[cold, 0].mean():.4f} "
            f"| {figures[~cold, 0].mean():.4f} | {figures[:, 1].mean():.4f} "
            f"| {ratio.value:.3f} [{ratio.low:.3f}, {ratio.high:.3f}] | {row.seconds:.0f} "
            f"| {row.setting} |"
        )
    print("\nchampion's lists:", {k: round(v, 4) for k, v in rows[CHAMPION].lists.items()})


def cities(dataset: Dataset) -> list[Dataset]:
    """Return disjoint samples of projects with the providers busiest in train."""
    busy: dict[str, int] = {}
    for link in dataset.links:
        if dataset.split[link.need] == "train":
            busy[link.provider] = busy.get(link.provider, 0) + 1
    top = set(sorted(busy, key=lambda p: (-busy[p], p))[:CITY_PROVIDERS])
    links = [link for link in dataset.links if link.provider in top]
    project = {need.id: owner.id for need, owner in dataset.needs}
    owners = np.random.default_rng(7).permutation(sorted({project[link.need] for link in links}))
    return [
        _only(dataset, [link for link in links if project[link.need] in set(part)])
        for part in np.array_split(owners[: N_CITIES * CITY_PROJECTS], N_CITIES)
    ]


def _only(dataset: Dataset, links: Sequence[Link]) -> Dataset:
    kept = {link.need for link in links}
    needs = tuple(pair for pair in dataset.needs if pair[0].id in kept)
    return replace(dataset, needs=needs, links=tuple(links))


def city(dataset: Dataset) -> None:
    """Print the pooled figures of the samples; settings are chosen on each sample's valid."""
    pooled: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    chosen = {k: v for k, v in rivals().items() if k not in {"ridge", "ease", "popularity"}}
    for part in cities(dataset):
        valid, asked = trial(part, VALID), trial(part, "test")
        for name, settings in chosen.items():
            views = (bare(valid), bare(asked)) if name == "lightfm plain" else (valid, asked)
            row = judged(name, settings, *views)
            pooled.setdefault(name, []).append(
                (row.ranked.figures[:, 0], asked.cold[row.ranked.need])
            )
    cold = np.concatenate([is_cold for _, is_cold in pooled[CHAMPION]])
    print(f"\n**{dataset.spec.name}, city size**: {N_CITIES} samples, {len(cold)} queries\n")
    print("| ranker | NDCG@10 | cold | warm | x lightfm plain cold | x lightfm plain warm |")
    print("| --- | --- | --- | --- | --- | --- |")
    plain = np.concatenate([figures for figures, _ in pooled["lightfm plain"]])
    for name, parts in pooled.items():
        f = np.concatenate([figures for figures, _ in parts])
        ratios = [paired_ratio(f[of], plain[of]) for of in (cold, ~cold)]
        spans = " | ".join(f"{r.value:.2f} [{r.low:.2f}, {r.high:.2f}]" for r in ratios)
        print(
            f"| {name} | {f.mean():.4f} | {f[cold].mean():.4f} | {f[~cold].mean():.4f} | {spans} |"
        )


def curve(dataset: Dataset) -> None:
    """Print what the champion, its prior alone and the data alone reach on the latest links."""
    asked = trial(dataset, "test")
    prior = HybridRanker(spreads=(1e-4,))
    data_alone = HybridRanker(spreads=(5.0,))
    print(f"\n**{dataset.spec.name}, learning curve on test (settings fixed)**\n")
    print("| latest links | champion | prior | data alone | champion / better of both |")
    print("| --- | --- | --- | --- | --- |")
    for n in CURVE:
        data = asked.data
        kept = np.arange(len(data.interactions)) >= len(data.interactions) - n
        part = replace(
            asked, data=replace(data, interactions=events_where(data.interactions, kept))
        )
        found = [
            ranked_by(ranker, part, 1).ranked.figures[:, 0]
            for ranker in (HybridRanker(), prior, data_alone)
        ]
        ratio = paired_ratio(found[0], max(found[1:], key=lambda f: float(f.mean())))
        print(
            f"| {n} | {found[0].mean():.4f} | {found[1].mean():.4f} | {found[2].mean():.4f} "
            f"| {ratio.value:.3f} [{ratio.low:.3f}, {ratio.high:.3f}] |"
        )


def ablation(dataset: Dataset) -> None:
    """Print, on valid, what the champion loses without each column."""
    valid = trial(dataset, VALID)
    settings: dict[str, Ranker] = {"all columns": HybridRanker()}
    for name in ("popularity", PREFIX, TEXT, "latent"):
        settings[f"without {name}"] = HybridRanker(without=frozenset({name}))
    full = ranked_by(settings["all columns"], valid, 1).ranked.figures[:, 0]
    print(f"\n**{dataset.spec.name}, valid: what each column is worth**\n")
    print("| columns | NDCG@10 | all columns / it |\n| --- | --- | --- |")
    for name, ranker in settings.items():
        figures = ranked_by(ranker, valid, 1).ranked.figures[:, 0]
        r = paired_ratio(full, figures)
        print(f"| {name} | {figures.mean():.4f} | {r.value:.3f} [{r.low:.3f}, {r.high:.3f}] |")


def main(parts: Sequence[str]) -> None:
    """Run the parts that are asked for, all by default."""
    with tempfile.TemporaryDirectory() as scratch:
        sets = {}
        for name in SETS:
            if not (SHARED / name).exists():
                print(f"skipped: {name} is expected in shared/data beside the repository")
                return
            sets[name] = read_dataset(convert(name, SHARED / name, Path(scratch) / name))
        steps: dict[str, Callable[[], object]] = {
            "table": lambda: [table(sets[n], amount=a) for n in SETS for a in (True, False)],
            "late": lambda: table(sets["zh_itjuzi"], split="late"),
            "city": lambda: city(sets["zh_itjuzi"]),
            "curve": lambda: [curve(sets[n]) for n in SETS],
            "ablation": lambda: [ablation(sets[n]) for n in SETS],
        }
        for part in parts or list(steps):
            steps[part]()


if __name__ == "__main__":
    main(sys.argv[1:])
