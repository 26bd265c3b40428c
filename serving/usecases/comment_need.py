"""Say something about a need; the other side is told that something was said, not what."""

from __future__ import annotations

from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.ids import checked_id
from peipao.domain.notices import Notice, a_notice
from peipao.domain.records import Need
from peipao.domain.requests import Comment, Side
from peipao.errors import AlreadyExistsError, NotFoundError
from peipao.store import Store, Transaction
from serving.usecases.answers import Noted
from serving.usecases.spoken import checked_words
from serving.usecases.writing import NewId, version_after


@dataclass(frozen=True, slots=True)
class CommentNeed:
    """Stores a comment; its id makes sending it twice harmless."""

    store: Store
    clock: Clock
    new_id: NewId

    def __call__(
        self,
        need_id: str,
        words: str,
        *,
        side: Side,
        by: str,
        id: str | None = None,  # noqa: A002  the name in the record and in the API
        project_id: str | None = None,
    ) -> Noted:
        """Return whether the comment is new.

        Args:
            need_id: what it is about.
            words: 1 to 2,000 characters.
            side: who speaks.
            by: account.
            id: of the comment; None gives a new one.
            project_id: the project whose need it must be; None for staff.

        Raises:
            NotFoundError: there is no such need, or it is another project's.
            InvalidInputError: the words are too many or none.
            AlreadyExistsError: the id is taken by another comment.
        """
        said = checked_words(words, "comment.words", least=1)
        key = checked_id(id or self.new_id("c"), "comment.id")
        with self.store.transaction(who=by, why="留言") as tx:
            before, need = tx.data_version(), tx.needs.get(need_id)
            if project_id not in {None, need.project_id}:
                raise NotFoundError("需求", need_id)
            one = Comment(key, need.id, side, by, self.clock.now(), said)
            recorded = not _said_before(tx, one)
            if recorded:
                tx.comments.add(one)
                tx.notices.tell(_told(one, need))
        return Noted(key, recorded, version_after(tx, before))


def _said_before(tx: Transaction, one: Comment) -> bool:
    for stored in tx.comments.get_many([one.id]):
        if (stored.need_id, stored.side, stored.words) != (one.need_id, one.side, one.words):
            raise AlreadyExistsError("留言", one.id)
        return True
    return False


def _told(one: Comment, need: Need) -> list[Notice]:
    owner = "staff" if need.owner is None else f"officer:{need.owner}"
    to = owner if one.side is Side.FOUNDER else f"project:{need.project_id}"
    params = {"comment": one.id, "side": one.side.value}
    return [a_notice(to, "need.commented", f"need:{need.id}", one.at, params)]
