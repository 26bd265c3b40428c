"""The rankers on MovieLens-100k, split user by user: a yardstick with known numbers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.closed_forms import EaseRanker
from benchmarks.convert import convert
from benchmarks.lightfm_rival import ProjectLightFM
from benchmarks.ranking_sets import best_on, grid_of, row_of
from benchmarks.report import Section
from benchmarks.workshop import Workshop
from models.blend import HybridRanker
from models.contestants import CHAMPION, CONTESTANTS, Setting
from peipao.datasets.reading import read_dataset
from serving.usecases.dataset_tables import trial
from serving.usecases.evaluate_dataset import VALID

WHEEL = "recbole==1.2.1"

_NOTES = (
    """\
Of each user's ratings in order the last fifth is test and the tenth before it valid; a rating of 4
or 5 is a link, every film of train and valid that the user has no link with is ranked. Train is cut
into tenths of a user's history, each a need; neither gender nor postal code is read. The files are
taken from the wheel of recbole, which is downloaded for the run and not installed.""",
    """\
`lightfm` knows each user by name and by occupation and age; `ease` has the user's history. Each
ranker chose among its settings on valid.""",
)


def rivals() -> Mapping[str, Sequence[Setting]]:
    """Return the rankers with what they may choose from, the champion first."""
    return {
        CHAMPION: [
            s
            for s in CONTESTANTS[CHAMPION]()
            if isinstance(s.ranker, HybridRanker) and s.ranker.each_project
        ],
        "ease": [
            Setting(f"strength {s:g}, {kept:.0%} of history kept", EaseRanker(s, kept, 1e6))
            for s, kept in ((30.0, 0.7), (60.0, 0.7), (200.0, 0.7), (200.0, 0.9), (500.0, 0.9))
        ],
        "lightfm": [
            Setting(f"d {d} epochs {n} identity {share:g}", ProjectLightFM(d, n, identity=share))
            for d, n, share in ((64, 30, 0.7), (32, 30, 0.9), (64, 15, 0.9), (128, 30, 0.9))
        ],
        "popularity": CONTESTANTS["popularity"](),
    }


def run(shop: Workshop) -> Section | None:
    """Measure and return the section; None where the wheel cannot be had."""
    wheel = download(shop.folder)
    if wheel is None:
        return None
    dataset = read_dataset(convert("ml-100k", wheel, shop.folder / "ml-100k"))
    valid = trial(dataset, VALID)
    chosen = {name: best_on(valid, settings) for name, settings in rivals().items()}
    del valid
    asked = trial(dataset, "test")
    rows = {name: row_of(name, setting, asked) for name, setting in chosen.items()}
    return Section("MovieLens-100k, user by user", _NOTES, (grid_of("ml-100k, test", rows),))


def download(folder: Path) -> Path | None:
    """Return the wheel; None, and a word why, where the registry does not give it."""
    command = ("-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), WHEEL)
    done = subprocess.run(  # noqa: S603  a fixed command
        (sys.executable, *command), capture_output=True, text=True, check=False
    )
    found = sorted(folder.glob("recbole-*.whl"))
    if done.returncode or not found:
        last = done.stderr.strip().splitlines()[-1:] or ["no answer"]
        print(f"skipped: {WHEEL} cannot be downloaded: {last[0]}")
        return None
    return found[0]
