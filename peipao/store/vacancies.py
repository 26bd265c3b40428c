"""空缺: places that fell free, until each is filled or found to wait."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from peipao.domain.offers import Filling, Vacancy
from peipao.errors import StaleWriteError
from peipao.store.schema import vacancies
from peipao.store.work import NOUNS, UniqueViolation, Work, chunks


def _vacancy(row: sa.Row[Any]) -> Vacancy:
    return Vacancy(
        match_id=row.match_id,
        need_id=row.need_id,
        at=row.at,
        filling=None if row.filling is None else Filling(row.filling),
        filled_by=row.filled_by,
        moved=row.moved,
        closed_at=row.closed_at,
    )


@dataclass(frozen=True, slots=True)
class Vacancies:
    """The vacancies within one transaction."""

    work: Work

    def open(self, match_id: str, need_id: str) -> None:
        """Note that the place of a match fell free; noting it again changes nothing.

        Raises:
            NotFoundError: the match or the need is not stored.
        """
        now = self.work.clock.now()
        try:
            self.work.insert(
                vacancies, [{"match_id": match_id, "need_id": need_id, "at": now, "filling": None}]
            )
        except UniqueViolation:
            return
        self.work.note("vacancy.open", "match", [match_id], need=need_id)

    def close(
        self,
        vacancy: Vacancy,
        filling: Filling,
        *,
        filled_by: str | None = None,
        moved: str | None = None,
    ) -> Vacancy:
        """Note what became of an open vacancy.

        Raises:
            StaleWriteError: another transaction closed it first.
        """
        now = self.work.clock.now()
        change = (
            sa.update(vacancies)
            .where(vacancies.c.match_id == sa.bindparam("key"), vacancies.c.filling.is_(None))
            .values(
                filling=sa.bindparam("what"),
                filled_by=sa.bindparam("by"),
                moved=sa.bindparam("other"),
                closed_at=sa.bindparam("moment"),
            )
        )
        row = {"key": vacancy.match_id, "what": filling.value, "by": filled_by, "other": moved}
        if not self.work.write(change, [{**row, "moment": now}]):
            raise StaleWriteError(NOUNS["vacancies"], vacancy.match_id)
        self.work.note(
            "vacancy.close",
            "match",
            [vacancy.match_id],
            need=vacancy.need_id,
            filling=filling.value,
            filled_by=filled_by,
            moved=moved,
        )
        return replace(vacancy, filling=filling, filled_by=filled_by, moved=moved, closed_at=now)

    def still_open(self) -> list[Vacancy]:
        """Return the open vacancies, the oldest first."""
        return self._select(vacancies.c.filling.is_(None))

    def of_need(self, need_id: str) -> list[Vacancy]:
        """Return the vacancies of a need, the oldest first."""
        return self._select(vacancies.c.need_id == need_id)

    def of_match(self, match_id: str) -> Vacancy | None:
        """Return the vacancy that a match left, or None."""
        return self.of_matches([match_id]).get(match_id)

    def of_matches(self, keys: Iterable[str]) -> dict[str, Vacancy]:
        """Return match id -> the vacancy that it left; matches without one are left out."""
        found = [one for chunk in chunks(set(keys)) for one in self._of_chunk(chunk)]
        return {one.match_id: one for one in found}

    def _of_chunk(self, keys: Sequence[str]) -> list[Vacancy]:
        return self._select(vacancies.c.match_id.in_(keys))

    def _select(self, *conditions: sa.ColumnElement[bool]) -> list[Vacancy]:
        query = sa.select(vacancies).where(*conditions)
        query = query.order_by(vacancies.c.at, vacancies.c.match_id)
        return [_vacancy(row) for row in self.work.rows(query)]
