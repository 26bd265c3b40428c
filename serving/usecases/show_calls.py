"""Read calls back: the public list, the bids for reviewers, and an award for anybody to check."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from peipao.domain.calls import CALL_LABELS, Bid, Call, CallState
from peipao.errors import IllegalTransitionError
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store, Transaction


@dataclass(frozen=True, slots=True)
class ListedNeed:
    """A need on the list.

    Attributes:
        attributes: what the need states, JSON values; nothing sensitive is among them.
        n_bids: bids that stand.
    """

    id: str
    project_id: str
    project: str
    wanted: int
    attributes: Mapping[str, object]
    n_bids: int


@dataclass(frozen=True, slots=True)
class ShownCall:
    """A call as everybody may see it."""

    id: str
    kind: str
    title: str
    state: CallState
    state_words: str
    created_at: dt.datetime
    closes_at: dt.datetime
    rule: Mapping[str, int]
    needs: tuple[ListedNeed, ...]


@dataclass(frozen=True, slots=True)
class ShownBid:
    """A bid with its result.

    Attributes:
        plan: None for whoever may not read it.
        result: code once the call was awarded.
        words: the reason in Chinese, or that the call was cancelled; None before.
    """

    id: str
    call_id: str
    need_id: str
    provider_id: str
    plan: str | None
    at: dt.datetime
    withdrawn: bool
    marks: Mapping[str, int]
    score: float | None
    result: str | None
    words: str | None


@dataclass(frozen=True, slots=True)
class ShowCalls:
    """Returns calls, bids and awards."""

    store: Store
    catalogue: Catalogue

    def __call__(
        self, *, state: CallState | None = None, kind: str | None = None
    ) -> list[ShownCall]:
        """Return calls, the latest first.

        Raises:
            UnknownKindError: there is no such kind.
        """
        known = None if kind is None else self.catalogue[kind].name
        with self.store.reading() as tx:
            return [_shown(tx, call) for call in tx.calls.list(state=state, kind=known)]

    def open_to(self, provider_id: str) -> list[ShownCall]:
        """Return the open calls of a provider's kind.

        Raises:
            NotFoundError: the provider is not stored.
        """
        with self.store.reading() as tx:
            kind = tx.providers.get(provider_id).kind
        return self(state=CallState.OPEN, kind=kind)

    def one(self, call_id: str) -> ShownCall:
        """Return one call.

        Raises:
            NotFoundError: it is not stored.
        """
        with self.store.reading() as tx:
            return _shown(tx, tx.calls.get(call_id))

    def bids(self, call_id: str) -> list[ShownBid]:
        """Return the bids of a call with their plans and marks, for reviewers.

        Raises:
            NotFoundError: the call is not stored.
        """
        with self.store.reading() as tx:
            call = tx.calls.get(call_id)
            return [_shown_bid(bid, call) for bid in tx.bids.of_call(call_id)]

    def bids_of(self, provider_id: str) -> list[ShownBid]:
        """Return the bids of one provider; a result is shown once it is public."""
        with self.store.reading() as tx:
            found = tx.bids.of_provider(provider_id)
            calls = {key: tx.calls.get(key) for key in {bid.call_id for bid in found}}
        return [_own(_shown_bid(bid, calls[bid.call_id])) for bid in found]

    def award(self, call_id: str, *, published: bool = True) -> str:
        """Return an award as canonical JSON, with everything it takes to compute it again.

        Args:
            call_id: of the call.
            published: refuse an award that is only a draft.

        Raises:
            NotFoundError: the call is not stored.
            IllegalTransitionError: it was not awarded.
        """
        with self.store.reading() as tx:
            call = tx.calls.get(call_id)
        wanted = CallState.AWARDED if published else CallState.DRAFTED
        if call.award is None or (published and call.state is not CallState.AWARDED):
            now, to = CALL_LABELS[call.state], CALL_LABELS[wanted]
            raise IllegalTransitionError("榜单", call.id, now, "公布结果", [to])
        return call.award


def _shown(tx: Transaction, call: Call) -> ShownCall:
    needs = tx.needs.get_many(call.need_ids)
    names = {one.id: one.name for one in tx.projects.get_many([n.project_id for n in needs])}
    standing = [bid.need_id for bid in tx.bids.of_call(call.id) if bid.withdrawn_at is None]
    return ShownCall(
        id=call.id,
        kind=call.kind,
        title=call.title,
        state=call.state,
        state_words=CALL_LABELS[call.state],
        created_at=call.created_at,
        closes_at=call.closes_at,
        rule=asdict(call.rule),
        needs=tuple(
            ListedNeed(
                id=need.id,
                project_id=need.project_id,
                project=names[need.project_id],
                wanted=need.wanted,
                attributes={name: stated.value for name, stated in need.attributes.items()},
                n_bids=standing.count(need.id),
            )
            for need in needs
        ),
    )


def _shown_bid(bid: Bid, call: Call) -> ShownBid:
    result, words, score = _result(bid, call)
    return ShownBid(
        id=bid.id,
        call_id=bid.call_id,
        need_id=bid.need_id,
        provider_id=bid.provider_id,
        plan=bid.plan,
        at=bid.at,
        withdrawn=bid.withdrawn_at is not None,
        marks=bid.marks,
        score=score,
        result=result,
        words=words,
    )


def _own(shown: ShownBid) -> ShownBid:
    """Return a bid as its bidder sees it: who marked it stays with the reviewers."""
    marks = {f"reviewer-{at}": mark for at, mark in enumerate(sorted(shown.marks.values()), 1)}
    values = {name: getattr(shown, name) for name in ShownBid.__slots__}
    return ShownBid(**{**values, "marks": {} if shown.result is None else marks})


def _result(bid: Bid, call: Call) -> tuple[str | None, str | None, float | None]:
    if call.state is CallState.CANCELLED:
        return None, f"榜单{CALL_LABELS[call.state]}", None
    if call.state is not CallState.AWARDED or bid.withdrawn_at is not None:
        return None, None, None
    award = json.loads(call.award or "{}")
    score = next((one["score"] for one in award["bids"] if one["id"] == bid.id), None)
    shown = None if score is None else score / 1_000_000
    if bid.id in award["awarded"]:
        return "awarded", "已授榜", shown
    lost = next(one for one in award["lost"] if one["bid"] == bid.id)
    return lost["reason"], lost["words"], shown
