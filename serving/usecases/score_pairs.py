"""From needs and a board of providers to eligible pairs and their affinity."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from features.builder import encode_needs
from features.eligibility import eligibility
from features.facts import PairFacts, need_facts
from features.indicators import indicators
from features.pairs import compare
from features.policies import Applicants
from models.base import pairs_where
from models.explain import all_sentences
from models.package import ModelPackage
from models.shortlist import sizes_of
from peipao.domain.offers import MAY_COME_AGAIN
from peipao.domain.records import Match, Need, Project
from peipao.domain.states import HOLDING, MatchState
from peipao.kinds.spec import KindSpec
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import AffinityTable, EligibilityTable, PairTable
from peipao.tables.profiles import IntArray, ProfileTable
from serving.usecases.active_models import LoadedModel, told_to_retrain
from serving.usecases.answers import Contribution, ShortlistLength
from serving.usecases.provider_boards import Board

Asked = Sequence[tuple[Need, Project]]

SHANGHAI = dt.timezone(dt.timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class History:
    """What happened to pairs before, as pairs (need id, provider id)."""

    vetoed: frozenset[tuple[str, str]] = frozenset()
    ended: frozenset[tuple[str, str]] = frozenset()
    active: frozenset[tuple[str, str]] = frozenset()


NO_HISTORY = History()


@dataclass(frozen=True, slots=True)
class Scored:
    """All pairs of some needs with all providers of a kind.

    Attributes:
        profiles: of the needs; `needs` are the same as the model sees them.
        pairs, affinity: the eligible pairs, in the same order.
        package: the model's; of few pairs it has at hand what it learnt of each.
    """

    board: Board
    profiles: ProfileTable
    eligibility: EligibilityTable
    pairs: PairTable
    needs: IndicatorTable
    affinity: AffinityTable
    package: ModelPackage


def history(matches: Iterable[Match], vetoes: Iterable[tuple[str, str]]) -> History:
    """Return what matches and vetoes say about pairs."""
    stored = list(matches)
    over = {MatchState.DECLINED, MatchState.EXPIRED, MatchState.ENDED}
    return History(
        vetoed=frozenset(vetoes),
        ended=frozenset(
            (one.need_id, one.provider_id)
            for one in stored
            if one.state in over and one.ended_reason not in MAY_COME_AGAIN
        ),
        active=frozenset((one.need_id, one.provider_id) for one in stored if one.state in HOLDING),
    )


def city_date(now: dt.datetime) -> dt.date:
    """Return the day it is in the city."""
    return now.astimezone(SHANGHAI).date()


def score_pairs(
    model: LoadedModel,
    spec: KindSpec,
    board: Board,
    asked: Asked,
    *,
    today: dt.date,
    past: History = NO_HISTORY,
    applicants: Applicants | None = None,
) -> Scored:
    """Return eligibility and affinity of every need with every provider.

    Args:
        model: encodes the needs and scores the pairs.
        spec: whose rules apply, as they are today.
        board: providers encoded by the same model.
        asked: needs with their projects, in any order.
        today: the day validity is judged on.
        past: vetoes and earlier matches.
        applicants: whom rules on policies ask about.
    """
    with told_to_retrain(model):
        profiles = encode_needs(model.schema, asked)
    facts = PairFacts(
        today=today,
        needs=need_facts(asked),
        providers=board.facts,
        vetoed=past.vetoed,
        ended=past.ended,
        active=past.active,
        applicants=applicants,
    )
    with told_to_retrain(model):
        admitted = eligibility(model.schema, profiles, board.profiles, facts, spec)
    pairs = compare(model.schema, profiles, board.side, admitted)
    needs = indicators(model.schema, profiles)
    package = model.package.told(pairs, needs, board.prepared)
    affinity = package.score(pairs, needs, board.prepared)
    return Scored(board, profiles, admitted, pairs, needs, affinity, package)


def best_rows(scored: Scored, limit: int) -> IntArray:
    """Return rows of the best pairs of a single need, best first; equals by provider id."""
    order = np.lexsort((scored.pairs.provider, -scored.affinity.margin))
    return order[:limit].astype(np.int32)


def intervals_of(scored: Scored, rows: IntArray) -> list[tuple[float, float] | None]:
    """Return the interval of the affinity of some pairs, in the order of the rows."""
    chosen = pairs_where(scored.pairs, rows)
    return scored.package.told_at(rows).intervals(chosen, scored.needs, scored.board.prepared)


def shortlist_of(scored: Scored) -> tuple[ShortlistLength, ...]:
    """Return how far down the list of a single need to look."""
    rules = scored.package.shortlist
    lengths = sizes_of(rules, scored.affinity.margin)
    return tuple(
        ShortlistLength(rule.level, length, rule.coverage, rule.size)
        for rule, length in zip(rules, lengths, strict=True)
    )


def reasons_of(
    model: LoadedModel, scored: Scored, rows: IntArray
) -> list[tuple[tuple[str, ...], tuple[Contribution, ...]]]:
    """Return (reasons, contributions) of some pairs, in the order of the rows."""
    chosen = pairs_where(scored.pairs, rows)
    package = scored.package.told_at(rows)
    found = package.contributions(chosen, scored.needs, scored.board.prepared)
    details = model.wording.details(
        scored.profiles, scored.board.profiles, chosen.need, chosen.provider
    )
    return [
        (said, tuple(map(Contribution, found.labels, values, found.topics)))
        for said, values in zip(all_sentences(found, details), found.values.tolist(), strict=True)
    ]
