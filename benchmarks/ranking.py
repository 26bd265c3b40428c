"""The rankers on real links: with the amount that a need asks for, without it, and `late`.

Each ranker chooses a setting once, on the validation needs of a set; every table is then ranked
once. The data lie beside the repository and are not part of it.
"""

from __future__ import annotations

from benchmarks.ranking_sets import (
    LIGHTFM,
    PLAIN,
    SETS,
    bare,
    best_on,
    grid_of,
    read_set,
    rivals,
    row_of,
    view_of,
)
from benchmarks.report import Grid, Section
from benchmarks.workshop import Workshop
from peipao.datasets.reading import Dataset
from serving.usecases.dataset_tables import trial
from serving.usecases.evaluate_dataset import VALID

LATE = "late"

_NOTES = (
    """\
Who invested in which start-up: a need is one funding event, a provider is an investor, and every
investor is ranked for every event; ties count against the ranker. Every ranker chose among as many
settings on the validation events (`popularity` and `lightfm plain` have one); the later events were
then ranked once for each table. Rankers that draw are the mean of three seeds. Intervals are 95 %
bootstrap, for ratios paired by event. The data are no part of the repository.""",
    f"""\
`{LIGHTFM}` is an ensemble of three that has the same attributes as the champion and may forget;
`{PLAIN}` has industry, round and place alone and forgets nothing. All rankers learn from the first
link of a project and a provider alone, as only new pairs are asked for: the rivals gain from that
too. Without the amount, the currency of a Chinese event is still known.""",
)


def run(shop: Workshop) -> Section | None:
    """Measure and return the section; None where the data set is not there."""
    return section_of(SETS[0], "Real investment links: American firms", shop)


def section_of(name: str, title: str, shop: Workshop) -> Section | None:
    """Return the section of one set."""
    dataset = read_set(name, shop.data, shop.folder)
    if dataset is None:
        print(f"skipped: {name} is expected in shared/data beside the repository")
        return None
    return Section(title, _NOTES, tables(dataset))


def tables(dataset: Dataset) -> list[Grid]:
    """Return the tables of a set."""
    valid = trial(dataset, VALID)
    chosen = {name: best_on(view_of(name, valid), settings) for name, settings in rivals().items()}
    del valid
    grids = []
    for split in ("test", *({LATE} & set(dataset.spec.splits))):
        asked = trial(dataset, split)
        without_amount = bare(asked)
        rows = {
            name: row_of(name, setting, view_of(name, asked)) for name, setting in chosen.items()
        }
        grids.append(grid_of(f"{dataset.spec.name}, {split}", rows))
        if split == LATE:
            continue
        rows |= {n: row_of(n, s, without_amount) for n, s in chosen.items() if n != PLAIN}
        grids.append(grid_of(f"{dataset.spec.name}, {split}, without the amount", rows))
    return grids
