"""Facts that serve policy eligibility only: apart from all else, and sealed at rest.

Name, day and source of a fact are plain, so that they can be looked up; its value never is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from peipao.domain.records import SensitiveFact
from peipao.errors import AlreadyExistsError, InvalidInputError, SealedFactError
from peipao.store.schema import sensitive_facts
from peipao.store.sealing import Sealed, Sealing, key_id
from peipao.store.work import NOUNS, Parameters, UniqueViolation, Work, chunks

_C = sensitive_facts.c
_ORDER = (_C.project_id, _C.name, _C.as_of, _C.source)
KEY = ("project_id", "name", "as_of", "source")


@dataclass(frozen=True, slots=True)
class SensitiveFacts:
    """The sensitive facts within one transaction; no other repository reads this table.

    Attributes:
        sealing: None where no key was given; then nothing sealed is written or read.
    """

    work: Work
    sealing: Sealing | None = None

    def add_many(self, facts: Sequence[SensitiveFact]) -> int:
        """Store facts; one fact per project, name, date and source.

        Raises:
            AlreadyExistsError: such a fact is stored already; the message names the project only.
            NotFoundError: a project is not stored.
            SealedFactError: there is no key.
        """
        try:
            self.work.insert(sensitive_facts, [self._row(fact) for fact in facts])
        except UniqueViolation as error:
            first = min(fact.project_id for fact in facts)
            raise AlreadyExistsError(NOUNS["sensitive_facts"], first) from error
        # The ledger learns whose facts were entered, never which.
        self.work.note("sensitive.add", "project", sorted({fact.project_id for fact in facts}))
        return len(facts)

    def put_many(self, facts: Sequence[SensitiveFact]) -> int:
        """Store facts, in place of those of the same project, name, date and source.

        Returns:
            How many are new or differ from what was stored.

        Raises:
            NotFoundError, SealedFactError: as `add_many`.
        """
        stored = {
            _key(fact): fact
            for project in sorted({fact.project_id for fact in facts})
            for fact in self.of_project(project)
        }
        fresh = [fact for fact in facts if stored.get(_key(fact)) != fact]
        self._delete([fact for fact in fresh if _key(fact) in stored])
        return self.add_many(fresh) if fresh else 0

    def forget(self, project_id: str, names: Iterable[str]) -> int:
        """Delete every fact of these names of a project, and return how many there were.

        Facts that no key opens any more can be deleted too.
        """
        gone = sa.delete(sensitive_facts).where(
            _C.project_id == sa.bindparam("project"), _C.name == sa.bindparam("fact")
        )
        rows = [{"project": project_id, "fact": name} for name in sorted(set(names))]
        count = sum(self.work.write(gone, [row]) for row in rows)
        if count:
            self.work.note("sensitive.forget", "project", [project_id])
        return count

    def of_project(self, project_id: str) -> list[SensitiveFact]:
        """Return the facts of a project, by name, date and source.

        Raises:
            SealedFactError: a value cannot be unsealed.
        """
        query = sa.select(sensitive_facts).where(_C.project_id == project_id).order_by(*_ORDER)
        return [self._fact(row) for row in self.work.rows(query)]

    def of_projects(
        self, project_ids: Iterable[str], names: Collection[str] | None = None
    ) -> dict[str, list[SensitiveFact]]:
        """Return the facts of several projects by project id; without any, a project is left out.

        Args:
            project_ids: of the projects.
            names: facts of other names are not even unsealed; None returns all.

        Raises:
            SealedFactError: a value cannot be unsealed.
        """
        found: dict[str, list[SensitiveFact]] = {}
        wanted = sa.true() if names is None else _C.name.in_(sorted(names))
        for chunk in chunks(set(project_ids)):
            query = _selected(sa.and_(_C.project_id.in_(chunk), wanted))
            for row in self.work.rows(query):
                found.setdefault(row.project_id, []).append(self._fact(row))
        return found

    def seal_all(self) -> int:
        """Seal what is stored plain or under an older key than today's, and return how many.

        What was sealed under a key that is not here stays as it is.
        """
        if self.sealing is None:
            return 0
        older = [key_id(key) for key in self.sealing.keys[1:]]
        stale = sa.or_(_C.key_id.is_(None), _C.key_id.in_(older))
        rows = [self._row(self._fact(row)) for row in self.work.rows(_selected(stale))]
        change = (
            sa.update(sensitive_facts)
            .where(*(_C[name] == sa.bindparam(f"at_{name}") for name in KEY))
            .values(value=sa.bindparam("sealed"), key_id=sa.bindparam("key"))
        )
        values = [
            {f"at_{name}": row[name] for name in KEY}
            | {"sealed": row["value"], "key": row["key_id"]}
            for row in rows
        ]
        if values:
            self.work.write(change, values)
        return len(values)

    def _row(self, fact: SensitiveFact) -> Parameters:
        if self.sealing is None:
            raise SealedFactError("没有给出加密密钥")
        if "\x00" in fact.value:
            raise InvalidInputError(f"facts.{fact.name}", "文本含有 NUL 字符", "合法的文本")
        sealed = self.sealing.seal(fact.value, _about(fact.project_id, fact))
        return {
            "project_id": fact.project_id,
            "name": fact.name,
            "as_of": fact.as_of,
            "source": fact.source,
            "value": sealed.text,
            "key_id": sealed.key_id,
            "confidence": fact.confidence,
        }

    def _fact(self, row: sa.Row[Any]) -> SensitiveFact:
        value = row.value
        if row.key_id is not None:
            if self.sealing is None:
                raise SealedFactError("没有给出加密密钥")
            about = _about(row.project_id, row)
            value = self.sealing.unseal(Sealed(row.key_id, row.value), about)
        return SensitiveFact(row.project_id, row.name, value, row.as_of, row.source, row.confidence)

    def _delete(self, facts: Sequence[SensitiveFact]) -> None:
        if not facts:
            return
        gone = sa.delete(sensitive_facts).where(
            *(_C[name] == sa.bindparam(f"at_{name}") for name in KEY)
        )
        self.work.write(gone, [{f"at_{k}": getattr(fact, k) for k in KEY} for fact in facts])


def _selected(condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(sensitive_facts).where(condition).order_by(*_ORDER)


def _key(fact: SensitiveFact) -> tuple[str, str, dt.date, str]:
    return fact.project_id, fact.name, fact.as_of, fact.source


def _about(project_id: str, fact: Any) -> tuple[str, ...]:  # noqa: ANN401  a fact or its row
    return project_id, fact.name, fact.as_of.isoformat(), fact.source
