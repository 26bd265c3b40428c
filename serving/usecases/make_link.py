"""Make and revoke the short-lived links by which mentors, officers and founders answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.offers import Link, Side
from peipao.domain.records import Match
from peipao.domain.states import HOLDING, MATCH, MatchState
from peipao.errors import IllegalTransitionError, InvalidInputError
from peipao.store import Store
from serving.usecases.link_texts import ID_LENGTH, SECRET_BYTES, link_hash, link_id, link_text

MAX_DAYS = 14
DAYS = 7
PAGE, BIDS_PAGE = "/answer", "/bids"


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A new link; its text is shown once and stored nowhere.

    Attributes:
        path: page and fragment; a fragment is never sent to a server, nor to the next page.
    """

    text: str
    path: str
    link: Link


@dataclass(frozen=True, slots=True)
class MakeLink:
    """Makes links that open one match for one side, or speak for one provider in all else."""

    store: Store
    clock: Clock
    random: Callable[[int], bytes]

    def for_match(self, match_id: str, side: Side, *, by: str, days: int = DAYS) -> MadeLink:
        """Return a link to a match; to an offer it lasts no longer than the time to answer.

        Raises:
            NotFoundError: the match is not stored.
            IllegalTransitionError: it holds no place, so that there is nothing to say.
            InvalidInputError: a number of days that is no short life.
        """
        end = self._end(days)
        with self.store.transaction(who=by, why="建立答复链接") as tx:
            match = tx.matches.get(match_id)
            provider = match.provider_id if side is Side.PROVIDER else None
            made = self._made(side, _no_later(match, end), match_id, provider)
            tx.links.add(made.link)
        return made

    def for_provider(self, provider_id: str, *, by: str, days: int = DAYS) -> MadeLink:
        """Return a link by which a provider sees the open calls and its notices, and bids.

        Raises:
            NotFoundError: the provider is not stored.
            InvalidInputError: a number of days that is no short life.
        """
        end = self._end(days)
        with self.store.transaction(who=by, why="建立揭榜链接") as tx:
            tx.providers.get(provider_id)
            made = self._made(Side.PROVIDER, end, None, provider_id)
            tx.links.add(made.link)
        return made

    def revoke(self, link: str, *, by: str) -> Link:
        """Make a link useless from now on.

        Raises:
            NotFoundError: there is no such link.
        """
        with self.store.transaction(who=by, why="停用链接") as tx:
            return tx.links.revoke(link)

    def _end(self, days: int) -> dt.datetime:
        if not 1 <= days <= MAX_DAYS:
            raise InvalidInputError("days", f"有效期 {days} 天不合适", f"1 至 {MAX_DAYS}")
        return self.clock.now() + dt.timedelta(days=days)

    def _made(
        self, side: Side, end: dt.datetime, match_id: str | None, provider_id: str | None
    ) -> MadeLink:
        text = link_text(self.random(ID_LENGTH + SECRET_BYTES))
        link = Link(
            id=link_id(text) or "",
            hash=link_hash(text),
            side=side,
            created_at=self.clock.now(),
            expires_at=end,
            match_id=match_id,
            provider_id=provider_id,
        )
        page = BIDS_PAGE if match_id is None else PAGE
        return MadeLink(text, f"{page}#{text}", link)


def _no_later(match: Match, end: dt.datetime) -> dt.datetime:
    if match.state not in HOLDING:
        now, words = MATCH.word(match.state), [MATCH.word(state) for state in HOLDING]
        raise IllegalTransitionError("对接", match.id, now, "建立答复链接", words)
    if match.state is MatchState.OFFERED and match.answer_by is not None:
        return min(end, match.answer_by)
    return end
