"""答复: what each side has answered to an offer; a side answers once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from peipao.domain.offers import Answer, Side
from peipao.store.schema import answers
from peipao.store.work import UniqueViolation, Work, chunks


def _answer(row: sa.Row[Any]) -> Answer:
    return Answer(
        match_id=row.match_id,
        side=Side(row.side),
        accepted=row.accepted,
        at=row.at,
        by=row.answered_by,
        reason=row.reason,
    )


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers within one transaction."""

    work: Work

    def add(self, answer: Answer) -> Answer:
        """Store an answer; if the side has answered already, return what it said first.

        Raises:
            NotFoundError: the match is not stored.
        """
        row = {
            "match_id": answer.match_id,
            "side": answer.side.value,
            "accepted": answer.accepted,
            "reason": answer.reason,
            "at": answer.at,
            "answered_by": answer.by,
        }
        try:
            self.work.insert(answers, [row])
        except UniqueViolation:
            return self.of_match(answer.match_id)[answer.side]
        self.work.note(
            "offer.accept" if answer.accepted else "offer.decline",
            "match",
            [answer.match_id],
            side=answer.side.value,
            reason=answer.reason,
        )
        return answer

    def of_match(self, match_id: str) -> dict[Side, Answer]:
        """Return the answers to one offer, by side."""
        return self.of_matches([match_id]).get(match_id, {})

    def of_matches(self, keys: Sequence[str]) -> dict[str, dict[Side, Answer]]:
        """Return match id -> answers by side; offers that nobody answered are left out."""
        found: dict[str, dict[Side, Answer]] = {}
        for chunk in chunks(set(keys)):
            for row in self.work.rows(sa.select(answers).where(answers.c.match_id.in_(chunk))):
                one = _answer(row)
                found.setdefault(one.match_id, {})[one.side] = one
        return found
