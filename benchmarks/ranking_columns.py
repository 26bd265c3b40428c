"""What each column of the champion is worth: left out one by one, on the validation needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from benchmarks.ranking_sets import SETS, Row, mean_of, read_set, row_of, spread
from benchmarks.report import Grid, Section
from benchmarks.workshop import Workshop
from models.blend import HybridRanker
from models.choice import CHOICE, HISTORY
from models.contestants import Setting
from models.latent import LATENT
from models.lifts import PREFIX
from models.metrics import paired_ratio
from models.standing import POPULARITY
from models.text_lift import TEXT
from peipao.datasets.reading import Dataset
from serving.usecases.dataset_tables import Trial, trial
from serving.usecases.evaluate_dataset import VALID

_NOTE = """\
The champion with its default settings on the validation needs, and again without one column at a
time, weights learnt anew; a ratio above 1 says that the column helps. Nothing here has seen the
test needs."""


def run(shop: Workshop) -> Section | None:
    """Measure and return the section; None where the data sets are not there."""
    found = [read_set(name, shop.data, shop.folder) for name in SETS]
    sets = [dataset for dataset in found if dataset is not None]
    if len(sets) < len(SETS):
        print(f"skipped: {' and '.join(SETS)} are expected in shared/data beside the repository")
        return None
    return Section("What each column is worth", (_NOTE,), [columns_grid(one) for one in sets])


def variants() -> Mapping[str, HybridRanker]:
    """Return the champion and what it is without a column."""
    whole = HybridRanker()
    parts = (POPULARITY, PREFIX, CHOICE, HISTORY, TEXT, LATENT)
    return {
        "all columns": whole,
        **{f"without {name}": replace(whole, without=frozenset({name})) for name in parts},
    }


def columns_grid(dataset: Dataset) -> Grid:
    """Return the table of a set."""
    valid: Trial = trial(dataset, VALID)
    rows: dict[str, Row] = {
        name: row_of("", Setting(name, ranker), valid) for name, ranker in variants().items()
    }
    whole = next(iter(rows.values())).ranked.figures[:, 0]
    return Grid(
        f"{dataset.spec.name}, valid",
        ("columns", "NDCG@10", "cold", "warm", "all columns / it", "CPU s"),
        [
            (
                name,
                *(
                    mean_of(row.ranked.figures[of, 0])
                    for of in (row.cold | True, row.cold, ~row.cold)
                ),
                spread(paired_ratio(whole, row.ranked.figures[:, 0])),
                f"{row.seconds:.0f}",
            )
            for name, row in rows.items()
        ],
    )
