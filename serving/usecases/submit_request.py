"""Take in a request: it opens one need a kind, and none of them is left to nobody."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace

from peipao.clock import Clock
from peipao.domain.ids import checked_id
from peipao.domain.records import Need
from peipao.domain.requests import CHANNEL_LABELS, Request
from peipao.errors import AlreadyExistsError, InvalidInputError
from peipao.kinds.catalogue import Catalogue
from peipao.reference.loader import Reference
from peipao.store import Store, Transaction
from serving.usecases.answers import Submitted
from serving.usecases.drafts import NeedDraft, RequestDraft
from serving.usecases.enter_needs import enter_needs
from serving.usecases.open_need import checked_need
from serving.usecases.spoken import checked_words, not_in_future
from serving.usecases.writing import NewId, version_after

MAX_NEEDS = 20
_LONGEST_SOURCE = 200


@dataclass(frozen=True, slots=True)
class SubmitRequest:
    """Stores a request with its needs; the same source id gives the first one back."""

    store: Store
    catalogue: Catalogue
    reference: Reference
    clock: Clock
    new_id: NewId

    def __call__(self, draft: RequestDraft, *, by: str, why: str = "提出诉求") -> Submitted:
        """Return the ids of the request and its needs.

        A request of a source id or an id that is known changes nothing, whatever else it says.

        Raises:
            NotFoundError: the project is not stored.
            UnknownKindError: there is no such kind.
            InvalidInputError: names the field and what would be right.
            AlreadyExistsError: the id is taken by another project's or channel's request, or the
                channel's source id by another project's.
        """
        request, needs = self._made(draft)
        first = self._first(request, stated=draft.id is not None)
        if first is not None:
            return first
        try:
            return self._stored(request, needs, by, why)
        except AlreadyExistsError:
            first = self._first(request, stated=True)  # somebody sent it at the same moment
            if first is None:
                raise
            return first

    def _stored(self, request: Request, needs: list[Need], by: str, why: str) -> Submitted:
        versions = {"rules": self.catalogue.hash}
        with self.store.transaction(who=by, why=why, versions=versions) as tx:
            before = tx.data_version()
            project = tx.projects.get(request.project_id)
            tx.requests.add(request)
            enter_needs(tx, self.catalogue, needs, {project.id: project})
        ids = tuple(need.id for need in needs)
        return Submitted(request.id, version_after(tx, before), ids)

    def _made(self, draft: RequestDraft) -> tuple[Request, list[Need]]:
        now = self.clock.now()
        request = Request(
            id=checked_id(draft.id or self.new_id("q"), "request.id"),
            project_id=draft.project_id,
            channel=draft.channel,
            opened_at=now if draft.said_at is None else draft.said_at.astimezone(dt.UTC),
            source_id=_checked_source(draft.source_id),
            words=checked_words(draft.words, "request.words"),
        )
        not_in_future(request.opened_at, now, "request.said_at")
        return request, [self._need(one, request) for one in self._wanted(draft)]

    def _wanted(self, draft: RequestDraft) -> tuple[NeedDraft, ...]:
        if len(draft.needs) > MAX_NEEDS:
            raise InvalidInputError("request.needs", "需求过多", f"至多 {MAX_NEEDS} 项")
        for kind, times in Counter(one.kind for one in draft.needs).items():
            if times > 1:
                raise InvalidInputError("request.needs", f"类别 {kind} 出现多次", "每个类别一项")
        owner = self.catalogue.owner_kind()
        if draft.needs or owner is None:
            return draft.needs or _refused()
        return (NeedDraft(owner.name),)

    def _need(self, draft: NeedDraft, request: Request) -> Need:
        key, at = draft.id or self.new_id("n"), request.opened_at
        need = checked_need(
            draft, request.project_id, self.catalogue, self.reference, key=key, at=at
        )
        return replace(need, request_id=request.id, channel=request.channel)

    def _first(self, request: Request, *, stated: bool) -> Submitted | None:
        with self.store.reading() as tx:
            found = _known(tx, request, stated=stated)
            if found is None:
                return None
            ids = tuple(need.id for need in tx.needs.of_request(found.id))
            return Submitted(found.id, tx.data_version(), ids, already=True)


def _known(tx: Transaction, request: Request, *, stated: bool) -> Request | None:
    if request.source_id is not None:
        found = tx.requests.by_source(request.channel, request.source_id)
        if found is not None and found.project_id != request.project_id:
            channel = CHANNEL_LABELS[request.channel]
            raise AlreadyExistsError(f"{channel}渠道的来源编号", request.source_id)
        if found is not None:
            return found
    same = tx.requests.get_many([request.id]) if stated else []
    return next(
        (
            one
            for one in same
            if (one.project_id, one.channel) == (request.project_id, request.channel)
        ),
        None,
    )


def _checked_source(source_id: str | None) -> str | None:
    if source_id is None:
        return None
    if not 1 <= len(source_id) <= _LONGEST_SOURCE or not source_id.isprintable():
        right = f"1 至 {_LONGEST_SOURCE} 个可见字符"
        raise InvalidInputError("request.source_id", "来源编号不合适", right)
    return source_id


def _refused() -> tuple[NeedDraft, ...]:
    raise InvalidInputError("request.needs", "没有写明需求", "至少一项需求,写明类别")
