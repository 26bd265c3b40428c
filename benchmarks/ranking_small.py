"""The rankers at the size of a city, and as links come in: five samples, and a learning curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.ranking_sets import (
    LIGHTFM,
    PLAIN,
    SETS,
    Row,
    best_on,
    mean_of,
    read_set,
    rivals,
    row_of,
    spread,
    view_of,
)
from benchmarks.report import Grid, Section
from benchmarks.workshop import Workshop
from models.base import events_where, pairs_where
from models.blend import SPREADS, HybridRanker, learn, weighted
from models.contestants import CHAMPION
from models.metrics import paired_ratio, rank_needs
from peipao.datasets.reading import Dataset, Link
from serving.usecases.dataset_tables import Trial, trial
from serving.usecases.evaluate_dataset import VALID

N_CITIES, CITY_PROJECTS, CITY_PROVIDERS = 5, 1300, 280
CURVE = (0, 50, 200, 1000, 5000)
AT_CITY_SIZE = (CHAMPION, LIGHTFM, PLAIN, "naive_bayes", "recent_popularity")

_NOTES = (
    """\
City size: five disjoint samples of 1,300 projects with the 280 providers busiest in train, each a
data set of its own, settings chosen on its own validation needs; figures pool the queries.""",
    """\
Learning curve: the test needs, ranked from the latest so many links alone, with the champion's
default settings. `prior` holds the weights at what they are before any need taught them, `data
alone` lets them go where the links lead.""",
)


def run(shop: Workshop) -> Section | None:
    """Measure and return the section; None where the data sets are not there."""
    american, chinese = (read_set(name, shop.data, shop.folder) for name in SETS)
    if american is None or chinese is None:
        print(f"skipped: {' and '.join(SETS)} are expected in shared/data beside the repository")
        return None
    return Section("Rankers on few links", _NOTES, (city_grid(chinese), curve_grid(american)))


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
    parts = [set(part) for part in np.array_split(owners[: N_CITIES * CITY_PROJECTS], N_CITIES)]
    return [_only(dataset, [lk for lk in links if project[lk.need] in part]) for part in parts]


def _only(dataset: Dataset, links: Sequence[Link]) -> Dataset:
    kept = {link.need for link in links}
    needs = tuple(pair for pair in dataset.needs if pair[0].id in kept)
    return replace(dataset, needs=needs, links=tuple(links))


def city_grid(dataset: Dataset) -> Grid:
    """Return the pooled figures of the samples."""
    parts = [city_rows(part) for part in cities(dataset)]
    figures = {
        name: np.concatenate([rows[name].ranked.figures[:, 0] for rows in parts])
        for name in AT_CITY_SIZE
    }
    is_cold = np.concatenate([rows[CHAMPION].cold for rows in parts])
    return Grid(
        f"{dataset.spec.name}, city size: {N_CITIES} samples, {len(is_cold)} queries",
        (
            "ranker",
            "NDCG@10",
            "cold",
            "warm",
            f"x {PLAIN} cold",
            f"x {PLAIN} warm",
            "champion / it",
        ),
        [
            (
                name,
                *(mean_of(f[of]) for of in (is_cold | True, is_cold, ~is_cold)),
                *(spread(paired_ratio(f[of], figures[PLAIN][of])) for of in (is_cold, ~is_cold)),
                spread(paired_ratio(figures[CHAMPION], f)),
            )
            for name, f in figures.items()
        ],
    )


def city_rows(part: Dataset) -> dict[str, Row]:
    """Return every ranker on one sample."""
    valid, asked = trial(part, VALID), trial(part, "test")
    rows = {}
    for name in AT_CITY_SIZE:
        setting = best_on(view_of(name, valid), rivals()[name])
        rows[name] = row_of(name, setting, view_of(name, asked))
    return rows


def curve_grid(dataset: Dataset) -> Grid:
    """Return what the champion, its prior alone and the data alone reach on the latest links."""
    asked = trial(dataset, "test")
    rows = []
    for n in CURVE:
        ours, prior, data = weighed(latest(asked, n), (SPREADS, (1e-4,), (5.0,)))
        better = max((prior, data), key=lambda f: float(f.mean()))
        rows.append(
            (f"{n:,}", *map(mean_of, (ours, prior, data)), spread(paired_ratio(ours, better)))
        )
    columns = ("latest links", "champion", "prior", "data alone", "champion / better of both")
    return Grid(f"{dataset.spec.name}, learning curve on test", columns, rows)


def weighed(asked: Trial, spreads: Sequence[Sequence[float]]) -> list[np.ndarray]:
    """Return NDCG@10 of each query for each choice of the prior's spread, the columns being one."""
    data = asked.data
    fit = HybridRanker().fit_fully(data, seed=1)
    pairs, answers = pairs_where(data.pairs, asked.query), asked.answers[asked.query]
    found = []
    for some in spreads:
        weights = learn(fit.blocks, fit.prior, some)[0] if fit.blocks else fit.prior
        model = weighted(fit.model, weights)
        scores = model.score(data.need_indicators, data.provider_indicators, pairs)
        found.append(rank_needs(pairs.need, scores, answers).figures[:, 0])
    return found


def latest(asked: Trial, n: int) -> Trial:
    """Return the trial with the latest n links alone."""
    data = asked.data
    kept = np.arange(len(data.interactions)) >= len(data.interactions) - n
    return replace(asked, data=replace(data, interactions=events_where(data.interactions, kept)))
