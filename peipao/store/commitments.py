"""摇号承诺: promises about seeds; their secrets are sealed until they are revealed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from peipao.domain.lottery import SeedCommitment, commitment_hash
from peipao.errors import IllegalTransitionError, NotFoundError, SealedFactError
from peipao.store.schema import seed_commitments
from peipao.store.sealing import Sealed, Sealing
from peipao.store.work import NOUNS, Work

_HIDDEN = {"sealed", "key_id"}


def _commitment(row: sa.Row[Any]) -> SeedCommitment:
    return SeedCommitment(**{k: v for k, v in row._asdict().items() if k not in _HIDDEN})


@dataclass(frozen=True, slots=True)
class Commitments:
    """The promises within one transaction.

    Attributes:
        sealing: keys that seal the secrets; without them none can be made or revealed.
    """

    work: Work
    sealing: Sealing | None

    def add(self, key: str, kind: str, secret: str, source: str) -> SeedCommitment:
        """Promise a seed; the ledger holds the hash of the secret from now on.

        Args:
            key: id of the promise.
            kind: of the round it is for.
            secret: 32 random bytes in hexadecimal.
            source: what will give the public value.

        Raises:
            SealedFactError: there is no key to seal the secret.
        """
        sealed = self._keys().seal(secret, ("seed", key))
        made = SeedCommitment(
            key,
            kind,
            commitment_hash(secret),
            source,
            self.work.clock.now(),
            self.work.who,
        )
        row = dataclasses.asdict(made) | {"sealed": sealed.text, "key_id": sealed.key_id}
        self.work.insert(seed_commitments, [row])
        self.work.note("seed.commit", "seed", [key], kind=kind, hash=made.hash, source=source)
        return made

    def freeze(self, key: str, inputs: str) -> SeedCommitment:
        """Bind a promise to frozen inputs, once and for all.

        Raises:
            IllegalTransitionError: it is bound already.
            NotFoundError: nothing of that id is stored.
        """
        found = self.get(key)
        if found.inputs is not None:
            raise _out_of_turn(key, "已封存", "已封存", "已揭示")
        change: dict[str, Any] = {"inputs": inputs, "frozen_at": self.work.clock.now()}
        self._write(key, change, seed_commitments.c.inputs.is_(None))
        self.work.note("seed.freeze", "seed", [key], inputs=inputs)
        return dataclasses.replace(found, **change)

    def reveal(self, key: str, value: str, round_id: str) -> SeedCommitment:
        """Make the secret public with the public value and the one round drawn from it.

        Raises:
            IllegalTransitionError: it is not bound to inputs, or was revealed before.
            NotFoundError: nothing of that id is stored.
        """
        found = self.get(key)
        if found.inputs is None:
            raise _out_of_turn(key, "已承诺", "已揭示", "已封存")
        if found.round_id is not None:
            raise _out_of_turn(key, "已揭示", "已揭示")
        secret = self.secret(key)
        now = self.work.clock.now()
        change: dict[str, Any] = {
            "secret": secret,
            "value": value,
            "revealed_at": now,
            "round_id": round_id,
        }
        self._write(key, change, seed_commitments.c.round_id.is_(None))
        self.work.note("seed.reveal", "seed", [key], secret=secret, value=value, round=round_id)
        return dataclasses.replace(found, **change)

    def secret(self, key: str) -> str:
        """Return the secret in hexadecimal, for drawing; it is not public by that.

        Raises:
            NotFoundError: nothing of that id is stored.
            SealedFactError: the key that sealed it is missing.
        """
        row = self._row(key)
        return self._keys().unseal(Sealed(row.key_id, row.sealed), ("seed", key))

    def get(self, key: str) -> SeedCommitment:
        """Return one promise.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        return _commitment(self._row(key))

    def of_kind(self, kind: str) -> list[SeedCommitment]:
        """Return the promises of a kind, the latest first."""
        columns = seed_commitments.c
        query = sa.select(seed_commitments).where(columns.kind == kind)
        query = query.order_by(columns.created_at.desc(), columns.id)
        return [_commitment(row) for row in self.work.rows(query)]

    def _row(self, key: str) -> sa.Row[Any]:
        found = self.work.rows(sa.select(seed_commitments).where(seed_commitments.c.id == key))
        if not found:
            raise NotFoundError(NOUNS["seed_commitments"], key)
        return found[0]

    def _write(
        self, key: str, change: Mapping[str, object], condition: sa.ColumnElement[bool]
    ) -> None:
        statement = sa.update(seed_commitments).where(
            seed_commitments.c.id == sa.bindparam("key"), condition
        )
        statement = statement.values({name: sa.bindparam(name) for name in change})
        if not self.work.write_all(statement, [{"key": key, **change}]):
            raise _out_of_turn(key, "已被他人更改", "已更改")

    def _keys(self) -> Sealing:
        if self.sealing is None:
            raise SealedFactError("没有可用的密钥")
        return self.sealing


def _out_of_turn(key: str, now: str, to: str, *allowed: str) -> IllegalTransitionError:
    return IllegalTransitionError("摇号承诺", key, now, to, allowed)
