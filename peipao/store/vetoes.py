"""否决: pairs that a person forbids in every round."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from peipao.errors import NotFoundError
from peipao.store.schema import needs, vetoes
from peipao.store.work import NOUNS, UniqueViolation, Work


@dataclass(frozen=True, slots=True)
class Veto:
    """A pair that must not be made.

    Attributes:
        reason: in words of staff; no personal data.
    """

    need_id: str
    provider_id: str
    reason: str
    said_by: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Vetoes:
    """The vetoes within one transaction."""

    work: Work

    def add(self, need_id: str, provider_id: str, reason: str) -> Veto:
        """Forbid a pair; forbidding it again keeps the first veto.

        Raises:
            NotFoundError: the need or the provider is not stored.
        """
        veto = Veto(need_id, provider_id, reason, self.work.who, self.work.clock.now())
        row = {
            "need_id": need_id,
            "provider_id": provider_id,
            "reason": reason,
            "said_by": veto.said_by,
            "at": veto.at,
        }
        try:
            self.work.insert(vetoes, [row])
        except UniqueViolation:
            return self._select(vetoes.c.need_id == need_id, vetoes.c.provider_id == provider_id)[0]
        self.work.note("veto.add", "need", [need_id], provider=provider_id)
        return veto

    def remove(self, need_id: str, provider_id: str) -> None:
        """Allow a pair again.

        Raises:
            NotFoundError: the pair is not forbidden.
        """
        gone = sa.delete(vetoes).where(
            vetoes.c.need_id == sa.bindparam("need"),
            vetoes.c.provider_id == sa.bindparam("provider"),
        )
        if not self.work.write(gone, [{"need": need_id, "provider": provider_id}]):
            raise NotFoundError(NOUNS["vetoes"], f"{need_id}/{provider_id}")
        self.work.note("veto.remove", "need", [need_id], provider=provider_id)

    def of_kind(self, kind: str) -> list[Veto]:
        """Return the vetoes on needs of a kind, by need and then provider."""
        of_kind = sa.select(needs.c.id).where(needs.c.kind == kind)
        return self._select(vetoes.c.need_id.in_(of_kind))

    def of_need(self, need_id: str) -> list[Veto]:
        """Return the vetoes on a need, by provider."""
        return [_veto(row) for row in self.work.rows(_OF_NEED, {"need_id": need_id})]

    def _select(self, *conditions: sa.ColumnElement[bool]) -> list[Veto]:
        return [_veto(row) for row in self.work.rows(_ALL.where(*conditions))]


_ALL = sa.select(vetoes).order_by(vetoes.c.need_id, vetoes.c.provider_id)
_OF_NEED = _ALL.where(vetoes.c.need_id == sa.bindparam("need_id"))


def _veto(row: sa.Row[Any]) -> Veto:
    return Veto(row.need_id, row.provider_id, row.reason, row.said_by, row.at)
