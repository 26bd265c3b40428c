"""在册对接: pairings that ran before the system did, brought in with their dates."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from peipao.canonical import sha256_text
from peipao.clock import Clock
from peipao.domain.records import Match, Need, Provider, Round, Versions
from peipao.domain.rounds import imported_id
from peipao.domain.states import RANKED, MatchState, NeedState, RoundState
from peipao.errors import NotFoundError, SheetRefusedError
from peipao.kinds.catalogue import Catalogue
from peipao.reference.loader import Reference
from peipao.store import Store, Transaction
from serving.usecases.enter_needs import enter_needs
from serving.usecases.pairings_sheet import first_days
from serving.usecases.score_pairs import city_date

_REASON = "系统启用前已在进行的对接"
_STEPS = (NeedState.ACKNOWLEDGED, NeedState.OFFERED, NeedState.MATCHED, NeedState.IN_SERVICE)
_MARK = "imp"
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PairingDraft:
    """One running pairing as stated.

    Attributes:
        where: file and row, or place in a request; begins every error about it.
        since: the day it began.
        need_id: of the project; None takes its open need of the kind, or makes one.
    """

    where: str
    project_id: str
    kind: str
    provider_id: str
    since: dt.date
    need_id: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedPairings:
    """How many pairings are new, and how many were there already."""

    added: int
    known: int
    rounds: tuple[str, ...]


@dataclass(slots=True)
class _Desk:
    """What one import has looked up and decided so far.

    Attributes:
        problems: Chinese, each with its place.
        fresh, moved: needs that are made, and open ones that are used.
        taken: ids of both.
        places: provider id -> places still free.
    """

    problems: list[str] = field(default_factory=list)
    fresh: list[Need] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    moved: list[Need] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    places: Counter[str] = field(default_factory=Counter)
    known: int = 0


@dataclass(frozen=True, slots=True)
class ImportPairings:
    """Stores running pairings as active matches of the round `imported-KIND`.

    They hold places from then on, and their pairs enter no round again. Importing the same sheet
    twice changes nothing.
    """

    store: Store
    catalogue: Catalogue
    reference: Reference
    clock: Clock

    def __call__(
        self, drafts: Sequence[PairingDraft], *, by: str, why: str = ""
    ) -> ImportedPairings:
        """Store all of the pairings or none.

        Raises:
            SheetRefusedError: lists place and field of everything wrong.
        """
        with self.store.transaction(who=by, why=why or "导入在册对接") as tx:
            desk = _Desk(problems=list(self._wrong(drafts)))
            if not desk.problems:
                self._look_up(tx, desk, drafts)
            if desk.problems:
                raise SheetRefusedError(desk.problems)
            kinds = sorted({one.kind for one in drafts})
            rounds = [self._round(tx, kind, by).id for kind in kinds]
            projects = tx.projects.get_many([one.project_id for one in desk.fresh])
            enter_needs(tx, self.catalogue, desk.fresh, {one.id: one for one in projects})
            _put_in_service(tx, desk.moved)
            tx.matches.add_many(desk.matches)
            return ImportedPairings(len(desk.matches), desk.known, tuple(rounds))

    def _wrong(self, drafts: Sequence[PairingDraft]) -> Iterator[str]:
        today, seen = city_date(self.clock.now()), dict[tuple[str, str, str], str]()
        if not drafts:
            yield "没有任何对接行"
        for one in drafts:
            if one.kind not in self.catalogue:
                known = "、".join(sorted(self.catalogue))
                yield f"{one.where} 类别:没有 {one.kind!r};应为:{known}"
            if one.since > today:
                yield f"{one.where} 开始日期:{one.since} 尚未到来;应为:不晚于 {today}"
            pair = (one.project_id, one.kind, one.provider_id)
            first = seen.setdefault(pair, one.where)
            if first != one.where:
                yield f"{one.where}:与 {first} 重复"

    def _look_up(self, tx: Transaction, desk: _Desk, drafts: Sequence[PairingDraft]) -> None:
        projects = {one.id for one in tx.projects.get_many([d.project_id for d in drafts])}
        providers = {p.id: p for p in tx.providers.get_many([d.provider_id for d in drafts])}
        for provider in providers.values():
            desk.places[provider.id] = max(provider.capacity - provider.used, 0)
        held = {
            pair: day
            for kind in sorted({draft.kind for draft in drafts})
            for pair, day in _held(tx, kind)
        }
        for draft in drafts:
            if draft.project_id not in projects:
                desk.problems.append(f"{draft.where} 项目编号:没有项目 {draft.project_id!r}")
                continue
            wrong = _about_provider(draft, providers.get(draft.provider_id))
            if wrong:
                desk.problems.append(wrong)
                continue
            self._take(tx, desk, draft, held)

    def _take(
        self, tx: Transaction, desk: _Desk, draft: PairingDraft, held: Mapping[Pair, dt.date | None]
    ) -> None:
        needs = [n for n in tx.needs.of_project(draft.project_id) if n.kind == draft.kind]
        days = [
            held[need.id, draft.provider_id]
            for need in needs
            if (need.id, draft.provider_id) in held
        ]
        if days:
            desk.known += 1
            if None not in days and draft.since not in days:
                said = f"{draft.since} 与已登记的 {days[0]} 不同;已登记的对接不由导入更改"
                desk.problems.append(f"{draft.where} 开始日期:{said}")
            return
        if not desk.places[draft.provider_id]:
            said = f"资源方 {draft.provider_id} 的名额已满,请先调高其容量"
            desk.problems.append(f"{draft.where} 资源方编号:{said}")
            return
        need = self._need(desk, draft, needs)
        if need is None:
            return
        desk.places[draft.provider_id] -= 1
        desk.taken.add(need.id)
        desk.matches.append(_match(draft, need))

    def _need(self, desk: _Desk, draft: PairingDraft, needs: Sequence[Need]) -> Need | None:
        free = [one for one in needs if one.state in RANKED and one.id not in desk.taken]
        made_before = draft.need_id == _key(draft, "n")
        if made_before:
            # It was made by such an import, perhaps elsewhere, and keeps its id.
            free = [one for one in free if one.id == draft.need_id]
        elif draft.need_id is not None:
            free = [one for one in free if one.id == draft.need_id]
            if not free:
                said = f"{draft.need_id!r} 不是该项目等待配对的 {draft.kind} 需求"
                desk.problems.append(f"{draft.where} 需求编号:{said}")
                return None
        if free:
            first = min(free, key=lambda one: (one.opened_at, one.id))
            desk.moved.append(first)
            return first
        made = Need(
            id=_key(draft, "n"),
            project_id=draft.project_id,
            kind=draft.kind,
            opened_at=dt.datetime.combine(draft.since, dt.time(), dt.UTC),
            state=NeedState.IN_SERVICE,
        )
        desk.fresh.append(made)
        return made

    def _round(self, tx: Transaction, kind: str, by: str) -> Round:
        key = imported_id(kind)
        try:
            return tx.rounds.get(key)
        except NotFoundError:
            return tx.rounds.add(
                Round(
                    id=key,
                    kind=kind,
                    created_at=self.clock.now(),
                    created_by=by,
                    seed=_MARK,
                    versions=Versions(
                        model=_MARK,
                        data=tx.data_version(),
                        rules=self.catalogue.rules_hash(kind),
                        tables=self.reference.version,
                    ),
                    digest=sha256_text(key),
                    figures={},
                    certificate={"imported": True},
                    state=RoundState.CLOSED,
                )
            )


def _held(tx: Transaction, kind: str) -> Iterator[tuple[Pair, dt.date | None]]:
    """Yield the pairs that hold a place, and the day on which they began; None if not yet."""
    holding = tx.matches.holding_of_kind(kind)
    began = first_days(tx, kind, [one for one in holding if one.state is MatchState.ACTIVE])
    return (((one.need_id, one.provider_id), began.get(one.id)) for one in holding)


def _about_provider(draft: PairingDraft, found: Provider | None) -> str | None:
    if found is None:
        return f"{draft.where} 资源方编号:没有资源方 {draft.provider_id!r}"
    if found.kind != draft.kind:
        said = f"{draft.provider_id!r} 属于类别 {found.kind}"
        return f"{draft.where} 资源方编号:{said};应为:{draft.kind} 的资源方"
    return None


def _match(draft: PairingDraft, need: Need) -> Match:
    return Match(
        id=_key(draft, "k"),
        round_id=imported_id(draft.kind),
        need_id=need.id,
        provider_id=draft.provider_id,
        affinity=0.0,
        reasons=(_REASON,),
        state=MatchState.ACTIVE,
        since=draft.since,
    )


def _key(draft: PairingDraft, mark: str) -> str:
    told = f"{draft.project_id}/{draft.kind}/{draft.provider_id}/{draft.since}"
    return f"{_MARK}-{mark}-{sha256_text(told)[:24]}"


def _put_in_service(tx: Transaction, needs: Sequence[Need]) -> None:
    opened = [one for one in needs if one.state is NeedState.OPENED]
    rest = [one for one in needs if one.state is not NeedState.OPENED]
    now = [*rest, *tx.needs.move_many(opened, _STEPS[0], reason="imported")]
    for step in _STEPS[1:]:
        now = tx.needs.move_many(now, step, reason="imported")
