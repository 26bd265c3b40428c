"""Bring what stands in the outbox to the people concerned, through the channels of the settings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from peipao.domain.notices import Delivery, DeliveryState, Notice, words_of
from peipao.errors import UndeliverableError
from peipao.store import Store

GIVE_UP = dt.timedelta(hours=72)
"""After so long a notice that does not get through is given up; it stays in the outbox to read."""

_FIRST_WAIT = dt.timedelta(minutes=1)
_LONGEST_WAIT = dt.timedelta(hours=6)
_IN_A_ROW = 3
"""So many failures one after the other, and a channel is left alone until the next call."""


class NoticeChannel(Protocol):
    """A way on which notices leave; a plug-in of the entry point group `peipao.channels`.

    The entry point is called with (name, options, home folder) and returns the channel; it raises
    `SettingsError` if the options cannot be used.
    """

    def takes(self, notice: Notice, /) -> bool:
        """Tell whether this channel serves the recipient of a notice."""
        ...

    def deliver(self, notice: Notice, words: str, now: dt.datetime, /) -> None:
        """Hand a notice over; return only when it has arrived.

        A notice may come twice, if we stop between its arrival and our noting it: what receives
        it tells by its id.

        Args:
            notice: ids and codes.
            words: the same for people, in Chinese.
            now: time of the try.

        Raises:
            UndeliverableError: it did not arrive; says whether to try again.
        """
        ...


@dataclass(frozen=True, slots=True)
class DeliverNotices:
    """Tries every channel once for each notice that is due.

    Attributes:
        channels: name in the settings -> channel.
        at_once: notices that one call tries a channel with at most.
    """

    store: Store
    channels: Mapping[str, NoticeChannel]
    at_once: int = 200

    def __call__(self, now: dt.datetime) -> int:
        """Return how many notices arrived."""
        return sum(self._through(name, channel, now) for name, channel in self.channels.items())

    def _through(self, name: str, channel: NoticeChannel, now: dt.datetime) -> int:
        with self.store.reading() as tx:
            due = tx.notices.due(name, now, now - GIVE_UP, self.at_once)
            known = tx.notices.deliveries_of([one.id for one in due])
        attempts = {one.notice_id: one.attempts for one in known if one.channel == name}
        tried: list[Delivery] = []
        # No transaction is open while the network is waited for.
        for one in due:
            tried.append(_tried(name, channel, one, attempts.get(one.id, 0) + 1, now))
            last = tried[-_IN_A_ROW:]
            if len(last) == _IN_A_ROW and all(x.state is DeliveryState.WAITING for x in last):
                break
        if tried:
            with self.store.transaction(who="system", why="投递通知") as tx:
                tx.notices.note_deliveries(tried)
        return sum(one.state is DeliveryState.SENT for one in tried)


def _tried(
    name: str, channel: NoticeChannel, notice: Notice, attempt: int, now: dt.datetime
) -> Delivery:
    if not channel.takes(notice):
        return Delivery(notice.id, name, DeliveryState.SKIPPED, 0, None, now)
    try:
        channel.deliver(notice, words_of(notice), now)
    except UndeliverableError as error:
        if error.final or now - notice.created_at > GIVE_UP:
            return Delivery(
                notice.id, name, DeliveryState.FAILED, attempt, None, now, error.problem
            )
        again = now + min(_FIRST_WAIT * 2 ** min(attempt - 1, 12), _LONGEST_WAIT)
        return Delivery(notice.id, name, DeliveryState.WAITING, attempt, again, None, error.problem)
    return Delivery(notice.id, name, DeliveryState.SENT, attempt, None, now)
