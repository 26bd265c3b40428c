"""Draft a round: freeze, score, solve, check, look at it, word it, save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version

import numpy as np

from models.base import Progress
from peipao.domain.records import Match, Round, Versions
from peipao.errors import InfeasibleError
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store
from serving.usecases.decide_round import Decided, decide, figures_of
from serving.usecases.frozen_rounds import FrozenRounds
from serving.usecases.preflight import Preflight
from serving.usecases.round_bundle import FORMAT, Bundle
from serving.usecases.round_shape import Shape, shape_of
from serving.usecases.round_snapshot import Prepared, Snapshots, derived_seed
from serving.usecases.round_terms import NO_TERMS, RoundTerms
from serving.usecases.score_pairs import Scored, reasons_of
from serving.usecases.way_out import WayOut
from serving.usecases.writing import NewId

_UNIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a draft comes from.

    Attributes:
        by: the account that drafts it.
        why: reason for the ledger.
        seed_from: `derived`, `stated` or `committed`.
        lottery: what proves a committed seed, JSON values; None for others.
    """

    by: str
    why: str
    seed_from: str
    lottery: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class DraftRounds:
    """Decides frozen inputs and saves the draft with its bundle and findings.

    Attributes:
        frozen: keeps the bundles.
        notice_version: of the public notice under which it is drafted.
        way_out: tells why there is no solution.
    """

    store: Store
    frozen: FrozenRounds
    preflight: Preflight
    new_id: NewId
    notice_version: str
    way_out: WayOut

    def __call__(self, prepared: Prepared, origin: Origin, tell: Progress) -> str:
        """Return the id of the draft; nothing is saved unless all of it is.

        Raises:
            InfeasibleError: what clashes, and the cheapest way out.
            SolverFailedError, CheckFailedError: no plan that stands up.
        """
        frozen = prepared.frozen
        try:
            decided = decide(frozen, tell)
        except InfeasibleError as failed:
            raise self.way_out(prepared, failed) from failed
        shape = shape_of(frozen, prepared.snapshot)
        made = self._round(prepared, decided, origin, shape)
        tell("预检", 0.75)
        found = self.preflight(made, shape, prepared)
        tell("生成推荐理由", 0.8)
        matches = worded(made.id, prepared, decided)
        tell("保存草案", 0.9)
        self.frozen.keep(made.id, Bundle(_head(made, origin, decided), frozen, decided.lines))
        try:
            with self.store.transaction(
                who=origin.by, why=origin.why or "拟定撮合草案", versions=asdict(made.versions)
            ) as tx:
                tx.rounds.save_draft(made, matches, decided.outcomes)
                tx.findings.add(made.id, found)
                if origin.lottery is not None:
                    promise = origin.lottery["commitment"]
                    tx.commitments.reveal(promise, origin.lottery["value"], made.id)
        except BaseException:
            self.frozen.drop(made.id)
            raise
        tell("完成", 1.0)
        return made.id

    def _round(self, prepared: Prepared, decided: Decided, origin: Origin, shape: Shape) -> Round:
        frozen, snapshot = prepared.frozen, prepared.snapshot
        rests_on = frozen.rests_on
        return Round(
            id=self.new_id("round"),
            kind=frozen.kind,
            created_at=snapshot.at,
            created_by=origin.by,
            seed=frozen.problem.seed,
            versions=Versions(
                model=rests_on["model"],
                data=snapshot.data,
                rules=rests_on["rules"],
                tables=rests_on["tables"],
            ),
            digest=decided.digest,
            figures=figures_of(frozen, decided),
            certificate={
                **decided.certificate.to_json(),
                "unproven_units": decided.bound - decided.value,
                "inputs": frozen.hash(),
                "solver": decided.assignment.solver,
                "notice": self.notice_version,
                "scores": rests_on["scores"],
                "seed_from": origin.seed_from,
                "trial": snapshot.trials + 1,
                "shape": shape.to_json(),
            },
        )


@dataclass(frozen=True, slots=True)
class RunRound:
    """Assigns the providers of one kind to the needs that wait, and saves a draft for review."""

    catalogue: Catalogue
    snapshots: Snapshots
    draft: DraftRounds

    def __call__(
        self,
        kind: str,
        *,
        by: str,
        seed: str | None = None,
        why: str = "",
        terms: RoundTerms = NO_TERMS,
        progress: Progress | None = None,
    ) -> str:
        """Return the id of the draft; every need that waited has an outcome in it.

        Args:
            kind: which providers are assigned.
            by: the account that drafts it, and so may not approve it.
            seed: decides between equal optima; None derives it from the last published round, so
                that nobody can draw again until it suits. A stated one has to be answered for.
            why: reason for the ledger.
            terms: pins, vetoes, quotas, an earlier plan, a table of scores.
            progress: told the Chinese name of a step and the share of the work done.

        Raises:
            UnknownKindError, NoActiveModelError: nothing to go by.
            InvalidInputError: no need of the kind waits, or a term cannot be used.
            InfeasibleError: pins and bounds cannot all be met.
            SolverFailedError, CheckFailedError: no plan that stands up; nothing is saved.
        """
        tell, spec = progress or _silent, self.catalogue[kind]
        tell("读取并冻结", 0.0)
        snapshot = self.snapshots(spec, terms)
        tell("计算匹配度", 0.15)
        scored = self.snapshots.scored(spec, snapshot)
        drawn_by = seed or derived_seed(spec.name, snapshot.standing)
        frozen = self.snapshots.frozen(spec, snapshot, scored, terms, drawn_by)
        origin = Origin(by, why, "derived" if seed is None else "stated")
        return self.draft(Prepared(snapshot, scored, terms, frozen), origin, tell)


def _silent(_step: str, _share: float) -> None:
    """Tell nobody."""


def _head(made: Round, origin: Origin, decided: Decided) -> dict[str, object]:
    return {
        "bundle": FORMAT,
        "round": made.id,
        "created_at": made.created_at.isoformat(),
        "created_by": made.created_by,
        "seed": made.seed,
        "seed_from": origin.seed_from,
        "lottery": None if origin.lottery is None else dict(origin.lottery),
        "inputs": made.certificate["inputs"],
        "digest": made.digest,
        "data": made.versions.data,
        "search": {"bound": decided.bound} if decided.assignment.searched else None,
        "program": f"peipao {version('peipao')}",
    }


def worded(round_id: str, prepared: Prepared, decided: Decided) -> list[Match]:
    """Return the matches with the reasons that the model gives for them.

    A pair that the model does not know any more gets no reasons, and is made all the same.
    """
    frozen, scored = prepared.frozen, prepared.scored
    ids = decided.assignment.ids(frozen.problem)
    rows = _rows(scored, ids)
    known = np.array([row for row in rows if row is not None], dtype=np.int32)
    said = iter(reasons_of(prepared.snapshot.model, scored, known))
    weights = frozen.problem.weight[decided.assignment.pairs].tolist()
    return [
        Match(
            id=f"{round_id}-{number:05d}",
            round_id=round_id,
            need_id=need_id,
            provider_id=provider_id,
            affinity=weight / _UNIT,
            reasons=() if row is None else next(said)[0],
        )
        for number, ((need_id, provider_id), weight, row) in enumerate(
            zip(ids, weights, rows, strict=True), start=1
        )
    ]


def _rows(scored: Scored, ids: list[tuple[str, str]]) -> list[int | None]:
    pairs = scored.pairs
    needs = {key: at for at, key in enumerate(pairs.need_ids.tolist())}
    providers = {key: at for at, key in enumerate(pairs.provider_ids.tolist())}
    width = max(len(providers), 1)
    keys = pairs.need.astype(np.int64) * width + pairs.provider
    wanted = [
        needs[n] * width + providers[p] if n in needs and p in providers else -1 for n, p in ids
    ]
    found = np.searchsorted(keys, wanted).clip(0, max(len(keys) - 1, 0)).tolist()
    return [
        at if len(keys) and keys[at] == key and key >= 0 else None
        for at, key in zip(found, wanted, strict=True)
    ]
