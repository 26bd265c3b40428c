"""All that a round reads of the store at one moment, and the frozen problem it makes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from features.policies import Applicants
from matching.outcomes import usual_exclusions
from matching.problem import problem_from_affinity
from matching.tasks import Task
from peipao.canonical import sha256_text
from peipao.clock import Clock
from peipao.domain.records import Need, Project, Provider, Round
from peipao.errors import InvalidInputError
from peipao.kinds.catalogue import Catalogue
from peipao.kinds.spec import KindSpec
from peipao.reference.loader import Reference
from peipao.store import Store, Transaction
from serving.usecases.active_models import ActiveModels, LoadedModel
from serving.usecases.owners import owners_of
from serving.usecases.policy_applicants import GatherApplicants
from serving.usecases.preflight_issues import Issue
from serving.usecases.provider_boards import Board, ProviderBoards
from serving.usecases.round_bundle import Frozen, NeedContext
from serving.usecases.round_terms import NO_TERMS, RoundTerms, check_terms, groups_of
from serving.usecases.score_pairs import History, Scored, city_date, history, score_pairs
from serving.usecases.score_sheet import scored_by

MAX_PAIRS = 10_000_000
"""Pairs of needs and providers that one round may weigh; about 3 GB."""

_MONTH_DAYS = 30


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a round reads of the store, from one moment.

    Attributes:
        standing: rounds of the kind that are published or closed, the latest first.
        earlier: plan that the round is to change little; empty if no such thing is asked.
        trials: rounds of the kind drafted since the latest of those.
        manifest: SHA-256 of the model package's manifest.
    """

    asked: Sequence[tuple[Need, Project]]
    providers: Sequence[Provider]
    board: Board
    model: LoadedModel
    capacity: Mapping[str, int]
    past: History
    applicants: Applicants | None
    owners: Mapping[str, str]
    standing: Sequence[Round]
    earlier: Sequence[tuple[str, str]]
    trials: int
    manifest: str
    data: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Prepared:
    """A round that is ready to be decided, and what it was made from.

    Attributes:
        scored: by the model, also where a table of scores took its place.
        known: what was found about the table of scores when the inputs were closed beforehand.
    """

    snapshot: Snapshot
    scored: Scored
    terms: RoundTerms
    frozen: Frozen
    known: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Reads snapshots.

    Attributes:
        max_pairs: a larger round is refused before anything is computed.
    """

    store: Store
    catalogue: Catalogue
    reference: Reference
    models: ActiveModels
    boards: ProviderBoards
    applicants: GatherApplicants
    clock: Clock
    max_pairs: int = MAX_PAIRS

    def __call__(self, spec: KindSpec, terms: RoundTerms = NO_TERMS) -> Snapshot:
        """Return what a round of a kind reads.

        Raises:
            NoActiveModelError: there is no model to go by.
            InvalidInputError: terms that do not go together, no need of the kind waits, or there
                are too many pairs.
            NotFoundError: the earlier round is not stored.
        """
        check_terms(terms)
        with self.store.reading() as tx:
            needs = tx.needs.open_of_kind(spec.name)
            if not needs:
                raise InvalidInputError(
                    "kind", f"类别 {spec.name} 没有等待配对的需求", "先提出需求"
                )
            return self._of(tx, spec, needs, terms)

    def of_needs(self, kind: str, need_ids: Sequence[str]) -> Snapshot:
        """Return what is known today of some needs, whatever their state: for words about them."""
        with self.store.reading() as tx:
            return self._of(tx, self.catalogue[kind], tx.needs.get_many(need_ids), NO_TERMS)

    def _of(
        self, tx: Transaction, spec: KindSpec, needs: Sequence[Need], terms: RoundTerms
    ) -> Snapshot:
        found = tx.projects.get_many([need.project_id for need in needs])
        projects = {project.id: project for project in found}
        asked = [(need, projects[need.project_id]) for need in needs]
        model = self.models.of_kind(tx, spec.name)
        board = self.boards.of_kind(tx, model)
        _check_size(len(needs), len(board.profiles), self.max_pairs)
        standing = tx.rounds.standing(spec.name, limit=_LOOKED_BACK)
        since, at = standing[0].versions.data if standing else None, self.clock.now()
        return Snapshot(
            asked=asked,
            providers=tx.providers.of_kind(spec.name),
            board=board,
            model=model,
            capacity=_free_places(tx, spec.name, board),
            past=_past(tx, spec.name, terms.vetoes),
            applicants=self.applicants(tx, spec, asked, city_date(at)),
            owners=owners_of(tx, self.catalogue, asked),
            standing=standing,
            earlier=_earlier(tx, terms.previous),
            trials=tx.rounds.count_after(spec.name, since),
            manifest=tx.models.get(model.version).manifest_sha256,
            data=tx.data_version(),
            at=at,
        )

    def scored(self, spec: KindSpec, snapshot: Snapshot) -> Scored:
        """Return all pairs of a snapshot with their affinity by the model."""
        return score_pairs(
            snapshot.model,
            spec,
            snapshot.board,
            snapshot.asked,
            today=city_date(snapshot.at),
            past=snapshot.past,
            applicants=snapshot.applicants,
        )

    def frozen(
        self, spec: KindSpec, snapshot: Snapshot, scored: Scored, terms: RoundTerms, seed: str
    ) -> Frozen:
        """Return the inputs of a round, complete and canonical.

        Raises:
            InvalidInputError: terms that cannot be used, by name.
        """
        needs = [need for need, _ in snapshot.asked]
        table = scored.affinity
        problem = problem_from_affinity(
            table if terms.scores is None else scored_by(terms.scores, table),
            wanted={need.id: need.wanted for need in needs},
            capacity=snapshot.capacity,
            unmatched_penalty={need.id: penalty(spec, need, snapshot.at) for need in needs},
            reservation=spec.pairing.reservation,
            pins=terms.pins,
            seed=seed,
            need_min=_filled(terms.need_min, [need.id for need in needs]),
            provider_min=_filled(terms.provider_min, snapshot.capacity),
            groups=groups_of(spec, terms, snapshot.asked, snapshot.providers),
            lottery_ids=lottery_names(needs),
        )
        return Frozen(
            kind=spec.name,
            solver=spec.pairing.solver,
            task=Task(
                problem,
                objective=terms.objective,
                previous=_previous(snapshot),
                max_changes=terms.max_changes,
                change_cost=terms.change_cost,
            ),
            context=_contexts(needs, snapshot, usual_exclusions(scored.eligibility)),
            rests_on={
                "model": snapshot.model.version,
                "model_manifest": snapshot.manifest,
                "rules": self.catalogue.rules_hash(spec.name),
                "tables": self.reference.version,
                "scores": "" if terms.scores is None else terms.scores.hash(),
                "program": f"peipao {version('peipao')}",
            },
        )


_LOOKED_BACK = 12


def lottery_names(needs: Sequence[Need]) -> dict[str, str]:
    """Return need id -> the name under which it is drawn: its project's, so that nobody draws anew.

    Further needs of a project are numbered in the order in which they were opened.
    """
    names: dict[str, str] = {}
    count: dict[str, int] = {}
    for need in sorted(needs, key=lambda one: (one.opened_at, one.id)):
        at = count.get(need.project_id, 0)
        count[need.project_id] = at + 1
        names[need.id] = f"{need.project_id}#{at}" if at else need.project_id
    return names


def derived_seed(kind: str, standing: Sequence[Round]) -> str:
    """Return the seed of a round for which none was promised or stated.

    It follows from the result of the last published round, so that whoever drafts has nothing to
    draw again, and an application that is withdrawn and made anew changes no seed.
    """
    before = standing[0].digest if standing else ""
    return f"{kind}-{sha256_text(f'{kind}/{before}')[:32]}"


def penalty(spec: KindSpec, need: Need, at: dt.datetime) -> float:
    """Return what a place of the need costs if it stays empty, in affinity units, >= 0.

    It grows with every whole day of waiting, and by its ordinary size with every step of priority.
    """
    days = max((city_date(at) - city_date(need.opened_at)).days, 0)
    waiting = spec.pairing.waiting_penalty_per_30_days * days / _MONTH_DAYS
    return spec.pairing.unmatched_penalty * (1 + need.priority) + waiting


def _check_size(n_needs: int, n_providers: int, max_pairs: int) -> None:
    if n_needs * n_providers > max_pairs:
        raise InvalidInputError(
            "kind",
            f"{n_needs} 条需求 × {n_providers} 个资源方超过单轮可处理的规模",
            f"不超过 {max_pairs} 对",
        )


def _past(tx: Transaction, kind: str, more: Iterable[tuple[str, str]]) -> History:
    vetoes = {(one.need_id, one.provider_id) for one in tx.vetoes.of_kind(kind)}
    return history(tx.matches.of_kind(kind), vetoes.union(more))


def _free_places(tx: Transaction, kind: str, board: Board) -> dict[str, int]:
    used = tx.providers.used(kind)
    places = zip(board.facts.ids.tolist(), board.facts.capacity.tolist(), strict=True)
    return {key: max(capacity - used[key], 0) for key, capacity in places}


def _earlier(tx: Transaction, previous: str | None) -> list[tuple[str, str]]:
    if previous is None:
        return []
    found = tx.rounds.matches_of(tx.rounds.get(previous).id)
    return sorted((match.need_id, match.provider_id) for match in found)


def _previous(snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    here = {need.id for need, _ in snapshot.asked}
    return tuple(pair for pair in snapshot.earlier if pair[0] in here)


def _filled(stated: Mapping[str, int], keys: Iterable[str]) -> Mapping[str, int] | int:
    if not stated:
        return 0
    known = dict.fromkeys(keys, 0)
    unknown = sorted(set(stated) - set(known))
    if unknown:
        raise InvalidInputError(f"下限 {unknown[0]}", "不认识的编号", "本轮中的编号")
    return known | dict(stated)


def _contexts(
    needs: Sequence[Need], snapshot: Snapshot, exclusions: Mapping[str, str]
) -> dict[str, NeedContext]:
    return {
        need.id: NeedContext(
            need.opened_at, need.priority, snapshot.owners.get(need.id), exclusions[need.id]
        )
        for need in needs
    }
