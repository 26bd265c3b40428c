"""预检发现: what preflight found about rounds, and who overrode it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from peipao.domain.findings import Finding
from peipao.errors import NotFoundError
from peipao.store.schema import preflight_findings
from peipao.store.work import NOUNS, Work


def _finding(row: sa.Row[Any]) -> Finding:
    return Finding(**row._asdict())


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings within one transaction."""

    work: Work

    def add(self, round_id: str, found: Sequence[Finding]) -> None:
        """Store the findings of a new round, with one ledger line if there are any."""
        self.work.insert(preflight_findings, [dataclasses.asdict(one) for one in found])
        if found:
            codes = sorted({one.code for one in found})
            self.work.note("round.findings", "round", [round_id], codes=codes)

    def of_round(self, round_id: str) -> list[Finding]:
        """Return the findings of a round, by number."""
        query = sa.select(preflight_findings).where(preflight_findings.c.round_id == round_id)
        return [_finding(row) for row in self.work.rows(query.order_by("number"))]

    def override(self, round_id: str, number: int, reason: str) -> Finding:
        """Let a finding pass in the name of who acts; one that was overridden stays as it is.

        Raises:
            NotFoundError: the round has no finding of that number.
        """
        found = next((one for one in self.of_round(round_id) if one.number == number), None)
        if found is None:
            raise NotFoundError(NOUNS["preflight_findings"], f"{round_id}/{number}")
        if not found.blocks:
            return found
        now = self.work.clock.now()
        columns = preflight_findings.c
        change = sa.update(preflight_findings).where(
            columns.round_id == sa.bindparam("of_round"),
            columns.number == sa.bindparam("of_number"),
            columns.overridden_by.is_(None),
        )
        values: dict[str, Any] = {
            "overridden_by": self.work.who,
            "override_reason": reason,
            "overridden_at": now,
        }
        change = change.values({name: sa.bindparam(name) for name in values})
        self.work.write(change, [{"of_round": round_id, "of_number": number} | values])
        self.work.note("round.override", "round", [round_id], finding=number, code=found.code)
        return dataclasses.replace(found, **values)
