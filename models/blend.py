"""The hybrid ranker: hand weights that move as feedback grows, and learnt columns beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from models.base import Moment, Progress, TrainingData, pairs_where
from models.choice import CHOICE, HISTORY
from models.choice_fit import ChoiceSettings, fit_choice
from models.columns import Columns
from models.content import hand_weighted
from models.hybrid import LatentRanker
from models.latent import LATENT
from models.lifts import PREFIX, LiftSettings, fit_lifts
from models.links import links_of, marked
from models.logit import Choices, choices, fit_weights, lost, thinned
from models.margin import MarginModel
from models.standing import ANSWERS, POPULARITY, StandingSettings, fit_standing
from models.text_lift import TEXT, fit_text
from peipao.tables.pairs import PairTable
from peipao.tables.profiles import BoolArray, FloatArray

CUTS = (0.4, 0.6, 0.8)
"""Shares of the linked needs, by time, at which the past is cut; later needs teach weights."""

SPREADS = (0.05, 0.2, 0.5, 1.0)
"""Standard deviations of the weights' prior, log-odds, from which the rolling cuts choose."""


@dataclass(frozen=True, slots=True)
class Block:
    """Needs of one stretch of time, with columns learnt from what came before it alone.

    Attributes:
        starts_at: seconds since 1970-01-01 UTC; nothing at or after it was seen by the columns.
            Where each project is cut by itself, the earliest of these cuts.
        pairs: eligible pairs of the needs opened in the stretch.
        columns: float64 (n_columns, n_pairs): comparisons less neutral, then the learnt columns.
        linked: bool (n_pairs,), accepted pairs.
        names: (n_columns,) text.
    """

    starts_at: float
    pairs: PairTable
    columns: FloatArray
    linked: BoolArray
    names: tuple[str, ...]
    _thinned: dict[bytes, Choices] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def choices(self) -> Choices:
        """Return the block's needs as choices to learn from."""
        return choices(self.columns, self.pairs.need, self.linked)

    def thinned(self, weights: FloatArray) -> Choices:
        """Return the choices that `models.logit.thinned` leaves; made once for the same weights."""
        key = weights.tobytes()
        if key not in self._thinned:
            self._thinned[key] = thinned(self.choices(), weights)
        return self._thinned[key]

    def column(self, name: str) -> FloatArray:
        """Return float64 (n_pairs,), one column; 0 throughout where there is none of the name."""
        if name not in self.names:
            return np.zeros(len(self.pairs.need))
        return np.asarray(self.columns[self.names.index(name)])


@dataclass(frozen=True, slots=True)
class LearntPrior:
    """What the weights of learnt columns are before any need taught them.

    All of them grow with the links a provider has on average: counts of one link each say little.

    Attributes:
        popularity, answers, text, latent, choice, history: weights after very many links.
        lifts: the sum of the weights of all lifts, of which one gets `lift_most` at most: the
            more attributes there are, the more of them say the same twice.
        half_at: links a provider after which the weights are half of that.
    """

    popularity: float = 0.5
    answers: float = 0.5
    text: float = 0.1
    latent: float = 0.3
    choice: float = 0.5
    history: float = 0.5
    lifts: float = 0.8
    lift_most: float = 0.2
    half_at: float = 3.0

    def weights(self, names: Sequence[str], links_a_provider: float) -> FloatArray:
        """Return float64 (n_learnt,)."""
        n_lifts = sum(name.startswith(PREFIX) for name in names)
        lift = min(self.lift_most, self.lifts / max(n_lifts, 1))
        known = {
            POPULARITY: self.popularity,
            ANSWERS: self.answers,
            TEXT: self.text,
            LATENT: self.latent,
            CHOICE: self.choice,
            HISTORY: self.history,
        }
        full = np.array([lift if n.startswith(PREFIX) else known.get(n, 0.0) for n in names])
        return np.asarray(full * links_a_provider / (links_a_provider + self.half_at))


@dataclass(frozen=True, slots=True)
class HybridFit:
    """A fitted hybrid and the blocks that its weights were learnt on.

    Attributes:
        model: weights learnt on the blocks, learnt columns fitted again on everything.
        blocks: in order of time; empty without feedback.
        prior: float64 (n_columns,), the weights before any need taught them.
        spread: standard deviation of that prior that the rolling cuts chose.
    """

    model: MarginModel
    blocks: tuple[Block, ...]
    prior: FloatArray
    spread: float


@dataclass(frozen=True, slots=True)
class HybridRanker:
    """Content, standing, lifts, choice, text and latent factors as one sum.

    Attributes:
        standing, lifts, choice, text, latent: settings of the learnt columns.
        prior: of their weights.
        spreads: of the prior, which the rolling cuts choose from: the smaller, the longer the
            hand weights hold against the feedback.
        without: names of learnt columns that are left out; `lift:` leaves out all lifts.
        needs_a_block: most needs of one block that teach; spread evenly over it if there are more.
        each_project: cut the needs of each project, not those of all, at the shares of `CUTS`:
            right where what is asked is how the projects that are known go on.
    """

    standing: StandingSettings = field(default_factory=StandingSettings)
    lifts: LiftSettings = field(default_factory=LiftSettings)
    choice: ChoiceSettings = field(default_factory=ChoiceSettings)
    text: LiftSettings = field(default_factory=lambda: LiftSettings(pseudo_counts=0.5))
    latent: LatentRanker = field(default_factory=LatentRanker)
    prior: LearntPrior = field(default_factory=LearntPrior)
    spreads: tuple[float, ...] = SPREADS
    without: frozenset[str] = frozenset()
    needs_a_block: int = 1000
    each_project: bool = False

    def fit(
        self, data: TrainingData, /, *, seed: int, progress: Progress | None = None
    ) -> MarginModel:
        """Return the fitted margin; without any link exactly that of the hand weights."""
        return self.fit_fully(data, seed=seed, progress=progress).model

    def fit_fully(
        self, data: TrainingData, /, *, seed: int, progress: Progress | None = None
    ) -> HybridFit:
        """Return the fitted margin together with its out-of-time blocks."""
        data = data.canonical()
        content = hand_weighted(data)
        n_links = len(links_of(data).need)
        if not n_links:
            return HybridFit(content, (), content.weights, self.spreads[0])
        blocks = self._blocks(data, content, seed, progress)
        _tell(progress, "用全部反馈训练", 0.75)
        model = self._learnt(data.without_comparisons(), content, seed)
        growth = n_links / max(len(data.pairs.provider_ids), 1)
        prior = np.r_[content.weights, self.prior.weights(model.learnt_names, growth)]
        weights, spread = learn(blocks, prior, self.spreads)
        return HybridFit(weighted(model, weights), tuple(blocks), prior, spread)

    def _blocks(
        self, data: TrainingData, content: MarginModel, seed: int, progress: Progress | None
    ) -> list[Block]:
        times: list[Moment] = [*(project_cuts(data) if self.each_project else cut_times(data))]
        past_links = data.without_comparisons()
        blocks = []
        for k, (low, high) in enumerate(pairwise([*times, np.inf])):
            _tell(progress, f"滚动时间切分 {k + 1}/{len(times)}", 0.75 * k / len(times))
            past = self._learnt(past_links.until(low), content, seed)
            blocks.append(block_of(data, past, low, high, self.needs_a_block))
        return blocks

    def _learnt(self, data: TrainingData, content: MarginModel, seed: int) -> MarginModel:
        learnt: list[Columns] = []
        if POPULARITY not in self.without:
            learnt.append(fit_standing(data, self.standing))
        if PREFIX not in self.without:
            learnt.append(fit_lifts(data, self.lifts))
        if CHOICE not in self.without:
            choice, history = fit_choice(data, self.choice)
            learnt.extend((choice,) if HISTORY in self.without else (choice, history))
        text = None if TEXT in self.without else fit_text(data, self.text)
        if text is not None:
            learnt.append(text)
        if LATENT not in self.without:
            learnt.append(self.latent.fit(data, seed=seed))
        model = replace(content, learnt=tuple(learnt))
        return replace(model, learnt_weights=np.zeros(len(model.learnt_names)))


def learn(
    blocks: Sequence[Block], prior: FloatArray, spreads: Sequence[float]
) -> tuple[FloatArray, float]:
    """Return the weights and the spread of their prior that foretold each next block best.

    With a single block nothing can be foretold, and the narrowest spread stands.
    """
    groups = [block.thinned(prior) for block in blocks]
    losses = np.zeros(len(spreads))
    for k in range(1, len(groups)):
        start: FloatArray | None = None
        for at, spread in enumerate(spreads):
            start = fit_weights(groups[:k], prior, np.full(len(prior), spread), start)
            losses[at] += lost(start, groups[k])
    best = float(spreads[int(np.argmin(losses))])
    return fit_weights(groups, prior, np.full(len(prior), best)), best


def weighted(model: MarginModel, weights: FloatArray) -> MarginModel:
    """Return the model with all its weights replaced (comparisons, then learnt columns)."""
    n = len(model.names)
    return replace(model, weights=weights[:n], learnt_weights=weights[n:])


def cut_times(data: TrainingData) -> list[float]:
    """Return distinct times that cut the linked needs at 40, 60 and 80 %."""
    linked = np.unique(links_of(data).need)
    opened = np.sort(data.opened_at[linked])
    return sorted({float(opened[int(len(opened) * share)]) for share in CUTS})


def project_cuts(data: TrainingData) -> list[FloatArray]:
    """Return float64 (n_needs,) for each share of `CUTS`: where the need's project is cut.

    A project without two linked needs is never cut, and so teaches no weight.
    """
    linked = np.unique(links_of(data).need)
    order = linked[np.lexsort((data.opened_at[linked], data.project[linked]))]
    project, start, n = np.unique(data.project[order], return_index=True, return_counts=True)
    cuts = []
    for share in CUTS:
        found = np.full(int(data.project.max()) + 1, np.inf)
        at = np.maximum((n * share).astype(int), 1)
        several = n > 1
        found[project[several]] = data.opened_at[order[(start + at)[several]]]
        cuts.append(found[data.project])
    return cuts


def block_of(
    data: TrainingData, past: MarginModel, low: Moment, high: Moment, most: int | None = None
) -> Block:
    """Return the needs opened in [low, high) as the model of the past sees them.

    Args:
        data: everything.
        past: a model that has seen nothing at or after `low`.
        low: the first moment of the stretch.
        high: the first after it.
        most: of more needs than this only so many are taken, spread evenly over the ids.
    """
    starts_at = float(np.min(low))
    taken = (data.opened_at >= low) & (data.opened_at < high)
    if most is not None and taken.sum() > most:
        rows = np.flatnonzero(taken)
        taken[:] = False
        taken[rows[np.linspace(0, len(rows) - 1, most).astype(int)]] = True
    there = data.there_at(np.inf if isinstance(low, np.ndarray) else low)
    pairs = pairs_where(data.pairs, taken[data.pairs.need] & there[data.pairs.provider])
    links = links_of(data)
    return Block(
        starts_at=starts_at,
        pairs=pairs,
        columns=past.columns(data.need_indicators, data.provider_indicators, pairs),
        linked=marked(pairs, links.need, links.provider),
        names=(*past.names, *past.learnt_names),
    )


def margins(blocks: Sequence[Block], weights: FloatArray, base: float) -> list[FloatArray]:
    """Return the margin of each block's pairs under the given weights."""
    return [base + _weighed(block.columns, weights) for block in blocks]


def _weighed(columns: FloatArray, weights: FloatArray) -> FloatArray:
    """Return float64 (n_pairs,), added up column by column: no library, no copy of all of them."""
    total = np.zeros(columns.shape[1])
    for weight, column in zip(weights.tolist(), columns, strict=True):
        if weight:
            total += weight * column
    return total


def _tell(progress: Progress | None, step: str, share: float) -> None:
    if progress is not None:
        progress(step, share)
