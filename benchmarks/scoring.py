"""Scoring as blocked linear algebra: a city, one new profile, and many needs to their best fifty.

Profiles are those of the sample city S (generated), repeated under new ids to reach the numbers.
"""

from __future__ import annotations

import resource
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.report import Grid, Section, met
from benchmarks.workshop import Workshop
from features.builder import encode_needs
from features.eligibility import eligibility
from features.facts import PairFacts, need_facts
from features.indicators import indicators
from features.pairs import meet
from models.choice import Choice
from models.columns import Columns
from models.grids import best_of, margin_grid
from models.latent import LatentFactors
from models.lifts import Lifts
from models.standing import Standing
from models.text_lift import TextLift
from peipao.config import Settings
from peipao.domain.records import Provider
from peipao.tables.profiles import TextArray
from serving.usecases.active_models import LoadedModel
from serving.usecases.provider_boards import board_of
from serving.usecases.rank_all import Waiting, top_rows
from serving.usecases.score_pairs import Asked
from serving.wiring import Peipao, wire

KIND = "mentor"
CITY, MANY = (1_000, 300), (150_000, 10_000)
SLICE = 2_000
"""Needs of the large case that are scored unless `--large` asks for all of them."""

FACTORS, TOP = 64, 20

_NOTE = """\
The bare product is float64 numpy of (needs x {factors}) and ({factors} x providers), one thread,
with the best {top} of each row taken by `argpartition`; it is measured in turns with ours. *Dense
scoring* starts from encoded profiles: {n} comparisons, the learnt columns, admission, the best
{top}. *One new profile* starts from what a person states: encoding, admission, all comparisons and
columns, exact margins of the best; providers are encoded once, as in the service. *Many needs* also
encodes them, text by text, and gives the exact margins of all that is listed. Blocks are float32;
what is listed is scored by the margin itself and equals a list asked for alone to the last bit
(`tests/integration/test_rank_all.py`). Times are of the processor, medians of several runs, because
other work shares the machine; wall time is told where it is the target. Memory is the process's
peak, model and profiles included."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What is scored: a trained model, its kind, and people to repeat."""

    peipao: Peipao
    waiting: Waiting

    def sized(self, n_needs: int, n_providers: int) -> Waiting:
        """Return so many needs and providers, repeated under new ids."""
        one, providers = self.waiting, self._providers()
        repeated = [
            replace(providers[at % len(providers)], id=f"r{at:06d}") for at in range(n_providers)
        ]
        model = _known_to(one.model, np.array([provider.id for provider in repeated]))
        return replace(
            one,
            model=model,
            board=board_of(model, repeated, ("benchmark", "benchmark")),
            asked=_repeated(one.asked, n_needs),
        )

    def _providers(self) -> list[Provider]:
        with self.peipao.store.reading() as tx:
            return list(tx.providers.of_kind(KIND))


def _known_to(model: LoadedModel, ids: TextArray) -> LoadedModel:
    """Return the model as if it had been trained on so many providers, its own repeated."""
    margin = model.package.margin_model
    learnt = tuple(_tiled(columns, ids) for columns in margin.learnt)
    package = replace(model.package, margin_model=replace(margin, learnt=learnt))
    return replace(model, package=package)


def _tiled(columns: Columns, ids: TextArray) -> Columns:
    at = np.arange(len(ids)) % len(columns.provider_ids)
    if isinstance(columns, Standing | Lifts | Choice):
        return replace(columns, provider_ids=ids, values=columns.values[:, at])
    if isinstance(columns, TextLift):
        share = columns.share[at] / columns.share[at].sum()
        return replace(columns, provider_ids=ids, cells=columns.cells[:, at], share=share)
    if isinstance(columns, LatentFactors):
        return replace(columns, provider_ids=ids, identity=columns.identity[at])
    return columns


def _repeated(asked: Asked, n: int) -> Asked:
    rows = [asked[at % len(asked)] for at in range(n)]
    return [(replace(need, id=f"q{at:06d}"), project) for at, (need, project) in enumerate(rows)]


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    return measured(shop.home(), runs=shop.runs, large=shop.large)


def measured(home: Path, *, runs: int, large: bool) -> Section:
    """Return the section, measured on a home folder with a trained model."""
    peipao = wire(Settings(home=home))
    made = Shop(peipao, peipao.rank_all.waiting(peipao.catalogue[KIND]))
    city = made.sized(*CITY)
    rows = [_city(city, runs)]
    wide = made.sized(SLICE if not large else MANY[0], MANY[1])
    rows += _one_profile(wide, runs)
    rows += _many(wide, MANY[0])
    peipao.close()
    n = len(city.model.package.margin_model.names)
    return Section(
        title="Scoring",
        notes=(_NOTE.format(factors=FACTORS, top=TOP, n=n),),
        grids=(Grid("Scoring", ("what", "measured", "at most", "met"), rows),),
    )


def _cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _city(city: Waiting, runs: int) -> list[str]:
    rng = np.random.default_rng(1)
    left, right = rng.normal(size=(CITY[0], FACTORS)), rng.normal(size=(FACTORS, CITY[1]))
    model, board = city.model, city.board
    profiles = encode_needs(model.schema, city.asked)
    needs = indicators(model.schema, profiles)
    facts = PairFacts(city.today, need_facts(city.asked), board.facts)

    def ours() -> None:
        admitted = eligibility(model.schema, profiles, board.profiles, facts, city.spec)
        compared = meet(model.schema, profiles, board.side).factors()
        grid = margin_grid(board.tables, needs, compared)
        grid.margin[admitted.excluded_by != 0] = -np.inf
        best_of(grid.margin, TOP)

    def bare() -> None:
        np.argpartition(-(left @ right), TOP, axis=1)[:, :TOP]

    ours(), bare()
    times = [(_cpu(ours), _cpu(bare)) for _ in range(max(runs, 5))]
    mine, base = (median(column) for column in zip(*times, strict=True))
    said = f"{mine * 1000:.0f} ms / {base * 1000:.1f} ms = {mine / base:.1f}"
    return [
        f"{CITY[0]:,} x {CITY[1]} with top {TOP} / bare product",
        said,
        "10",
        met(mine / base, 10),
    ]


def _one_profile(wide: Waiting, runs: int) -> list[list[str]]:
    one = replace(wide, asked=wide.asked[:1])

    def whole() -> None:
        list(top_rows(one, TOP))

    whole()
    times = sorted(_cpu(whole) * 1000 for _ in range(max(runs, 100)))
    ms = median(times)
    said = f"{ms:.1f} ms (quickest of {len(times)}: {times[0]:.1f} ms)"
    return [[f"one new profile against {MANY[1]:,}", said, "5 ms", met(ms, 5)]]


def _many(wide: Waiting, n_needs: int) -> list[list[str]]:
    started, cpu = time.perf_counter(), time.process_time()
    deque(top_rows(wide, 50), maxlen=0)
    seconds, used = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    share = n_needs / len(wide.asked)
    what = f"{len(wide.asked):,} x {MANY[1]:,} to top 50"
    rows = [
        [f"{what}, wall / processor", f"{seconds:.0f} s / {used:.0f} s", "", ""],
        [f"{what}, peak memory", f"{peak:.2f} GB", "4 GB", met(peak, 4)],
    ]
    if share > 1:
        minutes = used * share / 60
        said = f"{minutes:.1f} min of one processor, from the slice"
        rows.append([f"{n_needs:,} x {MANY[1]:,}", said, "10 min", met(minutes, 10)])
    else:
        rows[0][2:] = ["600 s", met(seconds, 600)]
    return rows
