"""What the data allow: the test needs ranked by who knows the other test needs, and few links."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.ranking_sets import SETS, mean_of, read_set, spread
from benchmarks.ranking_small import curve_grid
from benchmarks.report import Grid, Section
from benchmarks.workshop import Workshop
from models.blend import HybridRanker
from models.metrics import Ranked, paired_ratio, rank_needs
from peipao.datasets.reading import Dataset
from serving.usecases.dataset_tables import Trial, trial
from serving.usecases.evaluate_dataset import ranked_by

TEST, N_PARTS = "test", 3

_NOTES = (
    f"""\
No ranker may do this; it bounds what one can. The champion's default settings rank the test needs
as usual, and once more with the links of the other test needs added to the past: the projects are
cut into {N_PARTS} parts, each ranked from the past and the other parts. What is gained so is all
that a past without a gap of months could teach. `popularity of the test needs` orders the providers
by the links that the test needs themselves have, the need's own included.""",
    """\
Learning curve: the test needs, ranked from the latest so many links alone, as in "Rankers on few
links".""",
)


def run(shop: Workshop) -> Section | None:
    """Measure and return the section; None where the data sets are not there."""
    found = [read_set(name, shop.data, shop.folder) for name in SETS]
    sets = [dataset for dataset in found if dataset is not None]
    if len(sets) < len(SETS):
        print(f"skipped: {' and '.join(SETS)} are expected in shared/data beside the repository")
        return None
    grids = [bound_grid(dataset) for dataset in sets]
    return Section("What the real sets allow", _NOTES, (*grids, curve_grid(sets[1])))


def bound_grid(dataset: Dataset) -> Grid:
    """Return the table of a set."""
    asked = trial(dataset, TEST)
    usual = ranked_by(HybridRanker(), asked, 1)
    need_ids = asked.data.pairs.need_ids
    told = told_of_others(dataset)
    row = {key: k for k, key in enumerate(told)}
    ids = [str(need_ids[need]) for need in usual.ranked.need]
    both = np.array([key in row for key in ids])
    favourites = np.bincount(
        usual.pairs.provider[usual.answers], minlength=len(usual.pairs.provider_ids)
    )
    popular = rank_needs(
        usual.pairs.need, favourites[usual.pairs.provider].astype(np.float64), usual.answers
    )
    ours = usual.ranked.figures[both, 0]
    rows = {
        "champion": ours,
        "champion that knows the other test needs": np.array(
            [told[key] for key, kept in zip(ids, both, strict=True) if kept]
        ),
        "popularity of the test needs": popular.figures[both, 0],
    }
    cold = asked.cold[usual.ranked.need][both]
    return Grid(
        f"{dataset.spec.name}, {TEST}: {len(ours)} queries",
        ("ranker", "NDCG@10", "cold", "warm", "it / champion"),
        [
            (
                name,
                *(mean_of(figures[of]) for of in (cold | True, cold, ~cold)),
                spread(paired_ratio(figures, ours)),
            )
            for name, figures in rows.items()
        ],
    )


def told_of_others(dataset: Dataset) -> dict[str, float]:
    """Return NDCG@10 of each test need, ranked from the past and the other parts of the test."""
    project = {need.id: owner.id for need, owner in dataset.needs}
    queries = [need for need, split in dataset.split.items() if split == TEST]
    owners = np.random.default_rng(7).permutation(sorted({project[need] for need in queries}))
    found: dict[str, float] = {}
    for part in np.array_split(owners, N_PARTS):
        held = set(part.tolist())
        asked = _with_others(dataset, {need for need in queries if project[need] not in held})
        ranked: Ranked = ranked_by(HybridRanker(), asked, 1).ranked
        ids = asked.data.pairs.need_ids[ranked.need].tolist()
        found |= dict(zip(ids, ranked.figures[:, 0].tolist(), strict=True))
    return found


def _with_others(dataset: Dataset, told: set[str]) -> Trial:
    """Return the trial in which some test needs are past; the catalogue stays what it was."""
    splits = dataset.spec.splits
    before = splits[: splits.index(TEST)]
    known = {link.provider for link in dataset.links if dataset.split[link.need] in before}
    split = {need: before[-1] if need in told else s for need, s in dataset.split.items()}
    links = tuple(link for link in dataset.links if link.provider in known)
    return trial(replace(dataset, split=split, links=links), TEST)
