"""揭榜意向: the stored bids with the marks of their reviewers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from peipao.canonical import sha256_text
from peipao.domain.calls import Bid
from peipao.errors import AlreadyExistsError
from peipao.store.adding import Shelf
from peipao.store.schema import bids, marks
from peipao.store.work import UniqueViolation, Work, chunks


def _row(bid: Bid) -> dict[str, Any]:
    return {
        "id": bid.id,
        "call_id": bid.call_id,
        "need_id": bid.need_id,
        "provider_id": bid.provider_id,
        "plan": bid.plan,
        "at": bid.at,
        "placed_by": bid.by,
        "withdrawn_at": bid.withdrawn_at,
    }


def _bid(row: sa.Row[Any]) -> Bid:
    return Bid(
        id=row.id,
        call_id=row.call_id,
        need_id=row.need_id,
        provider_id=row.provider_id,
        plan=row.plan,
        at=row.at,
        by=row.placed_by,
        withdrawn_at=row.withdrawn_at,
    )


_SHELF = Shelf(bids, "bid", _row, _bid)


@dataclass(frozen=True, slots=True)
class Bids:
    """The bids within one transaction."""

    work: Work

    def add(self, bid: Bid) -> Bid:
        """Store a bid.

        Raises:
            AlreadyExistsError: the provider has bid for this need in this call, and the error names
                that bid; or the id is taken.
            NotFoundError: the call, need or provider is not stored.
        """
        earlier = _SHELF.equal(
            self.work, call_id=bid.call_id, need_id=bid.need_id, provider_id=bid.provider_id
        )
        if earlier:
            raise AlreadyExistsError("该资源方对此需求的揭榜意向", earlier[0].id)
        if not _SHELF.put(self.work, [bid]):
            raise AlreadyExistsError(_SHELF.title, bid.id)
        digest = sha256_text(bid.plan)
        self.work.note("bid.place", "bid", [bid.id], call=bid.call_id, plan_sha256=digest)
        return bid

    def get(self, key: str) -> Bid:
        """Return one bid, withdrawn ones too.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        return self._marked([_SHELF.get(self.work, key)])[0]

    def of_call(self, call_id: str) -> list[Bid]:
        """Return the bids of a call by id, withdrawn ones too."""
        return self._marked(_SHELF.select(self.work, bids.c.call_id == call_id))

    def of_need(self, need_id: str) -> list[Bid]:
        """Return the bids for a need over all calls, by id."""
        return self._marked(_SHELF.select(self.work, bids.c.need_id == need_id))

    def of_provider(self, provider_id: str) -> list[Bid]:
        """Return the bids of a provider over all calls, by id."""
        return self._marked(_SHELF.select(self.work, bids.c.provider_id == provider_id))

    def withdraw(self, key: str) -> Bid:
        """Take a bid back; doing so again keeps the first time.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        change = (
            sa.update(bids)
            .where(bids.c.id == sa.bindparam("key"), bids.c.withdrawn_at.is_(None))
            .values(withdrawn_at=sa.bindparam("moment"))
        )
        if self.work.write(change, [{"key": key, "moment": self.work.clock.now()}]):
            self.work.note("bid.withdraw", "bid", [key])
        return self.get(key)

    def mark(self, key: str, mark: int) -> Bid:
        """Note the mark of whoever acts; a reviewer may change a mark.

        Raises:
            NotFoundError: the bid is not stored.
        """
        now, who = self.work.clock.now(), self.work.who
        row = {"bid_id": key, "reviewer": who, "mark": mark, "at": now}
        try:
            self.work.insert(marks, [row])
        except UniqueViolation:
            change = sa.update(marks).where(
                marks.c.bid_id == sa.bindparam("bid"), marks.c.reviewer == sa.bindparam("who")
            )
            change = change.values(mark=sa.bindparam("given"), at=sa.bindparam("moment"))
            self.work.write(change, [{"bid": key, "who": who, "given": mark, "moment": now}])
        self.work.note("bid.mark", "bid", [key], mark=mark)
        return self.get(key)

    def _marked(self, found: Sequence[Bid]) -> list[Bid]:
        given: dict[str, dict[str, int]] = {}
        for chunk in chunks(bid.id for bid in found):
            query = sa.select(marks).where(marks.c.bid_id.in_(chunk)).order_by(marks.c.reviewer)
            for row in self.work.rows(query):
                given.setdefault(row.bid_id, {})[row.reviewer] = row.mark
        return [replace(bid, marks=given.get(bid.id, {})) for bid in found]
