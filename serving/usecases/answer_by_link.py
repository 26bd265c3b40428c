"""What the holder of a link may do: answer, take less, say that they met, and end it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from peipao.domain.offers import Link, Side
from peipao.errors import ForbiddenError
from peipao.store import Store
from serving.usecases.answer_offer import AnswerOffer
from serving.usecases.change_load import ChangeLoad
from serving.usecases.exactly_once import Call, Reply
from serving.usecases.run_match import RunMatch


@dataclass(frozen=True, slots=True)
class AnswerByLink:
    """Acts for the one side of the one match, or the one provider, that a link names."""

    store: Store
    answer: AnswerOffer
    run: RunMatch
    load: ChangeLoad

    def answered(
        self, link: Link, *, accept: bool, reason: str | None, key: str | None = None
    ) -> Reply:
        """Answer the offer; see `AnswerOffer`.

        Raises:
            ForbiddenError: the link is not about a match.
        """
        call = self._call(link, key)
        match = _match_of(link)
        return self.answer(match, link.side, accept=accept, call=call, reason=reason)

    def met(self, link: Link, *, at: dt.datetime | None, key: str | None = None) -> Reply:
        """Say that both have met; see `RunMatch`."""
        call = self._call(link, key)
        return self.run.met(_match_of(link), said_by=link.side.value, call=call, at=at)

    def end(self, link: Link, reason: str, key: str | None = None) -> Reply:
        """End the match; see `RunMatch`."""
        return self.run.end(_match_of(link), reason, call=self._call(link, key))

    def smaller(self, link: Link, places: int, reason: str, key: str | None = None) -> Reply:
        """Take fewer needs; see `ChangeLoad`.

        Raises:
            ForbiddenError: the link is not a provider's.
        """
        call = self._call(link, key)
        return self.load.smaller(_provider_of(link), places, reason, call=call)

    def pause(self, link: Link, reason: str, key: str | None = None) -> Reply:
        """Take nothing new; see `ChangeLoad`."""
        return self.load.pause(_provider_of(link), reason, call=self._call(link, key))

    def _call(self, link: Link, key: str | None) -> Call:
        call = Call(f"link:{link.id}", key=key)
        if link.used_at is None:
            with self.store.transaction(who=call.by, why="首次使用链接") as tx:
                tx.links.note_use(link.id)
        return call


def _match_of(link: Link) -> str:
    if link.match_id is None:
        raise ForbiddenError("match")
    return link.match_id


def _provider_of(link: Link) -> str:
    if link.side is not Side.PROVIDER or link.provider_id is None:
        raise ForbiddenError("provider")
    return link.provider_id
