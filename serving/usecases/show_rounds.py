"""Read rounds back, with their matches and the outcome of every need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from peipao.domain.records import Match, Outcome, Round
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store


@dataclass(frozen=True, slots=True)
class ShownRound:
    """A round with its versions beside it."""

    id: str
    kind: str
    state: str
    created_at: dt.datetime
    created_by: str
    approved_by: str | None
    seed: str
    digest: str
    figures: Mapping[str, float]
    certificate: Mapping[str, object]
    model_version: str
    data_version: str
    rules_version: str
    tables_version: str
    notice_version: str
    version: int


@dataclass(frozen=True, slots=True)
class ShownMatches:
    """The matches of a round, by need and then provider."""

    round_id: str
    model_version: str
    data_version: str
    notice_version: str
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class ShownOutcomes:
    """The outcome of every need of a round, by need."""

    round_id: str
    model_version: str
    data_version: str
    notice_version: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class ShowRounds:
    """Returns rounds; `notice_version` is that of the public notice in force."""

    store: Store
    catalogue: Catalogue
    notice_version: str

    def __call__(self, *, kind: str | None = None, limit: int = 20) -> list[ShownRound]:
        """Return rounds, the latest first.

        Raises:
            UnknownKindError: there is no such kind.
        """
        known = None if kind is None else self.catalogue[kind].name
        with self.store.reading() as tx:
            return [self._shown(one) for one in tx.rounds.list(kind=known, limit=limit)]

    def one(self, round_id: str) -> ShownRound:
        """Return a round.

        Raises:
            NotFoundError: it is not stored.
        """
        with self.store.reading() as tx:
            return self._shown(tx.rounds.get(round_id))

    def matches(self, round_id: str) -> ShownMatches:
        """Return the pairs of a round.

        Raises:
            NotFoundError: it is not stored.
        """
        with self.store.reading() as tx:
            stored = tx.rounds.get(round_id)
            found = sorted(tx.rounds.matches_of(round_id), key=lambda m: (m.need_id, m.provider_id))
        rests_on = stored.versions
        return ShownMatches(
            round_id, rests_on.model, rests_on.data, self._notice(stored), tuple(found)
        )

    def outcomes(self, round_id: str) -> ShownOutcomes:
        """Return the outcome of every need of a round.

        Raises:
            NotFoundError: it is not stored.
        """
        with self.store.reading() as tx:
            stored = tx.rounds.get(round_id)
            found = tx.rounds.outcomes_of(round_id)
        rests_on = stored.versions
        return ShownOutcomes(
            round_id, rests_on.model, rests_on.data, self._notice(stored), tuple(found)
        )

    def _notice(self, one: Round) -> str:
        # A round keeps the notice it was drafted under, whatever is in force now.
        return str(one.certificate.get("notice", self.notice_version))

    def _shown(self, one: Round) -> ShownRound:
        return ShownRound(
            id=one.id,
            kind=one.kind,
            state=one.state.value,
            created_at=one.created_at,
            created_by=one.created_by,
            approved_by=one.approved_by,
            seed=one.seed,
            digest=one.digest,
            figures=one.figures,
            certificate={k: v for k, v in one.certificate.items() if k != "shape"},
            model_version=one.versions.model,
            data_version=one.versions.data,
            rules_version=one.versions.rules,
            tables_version=one.versions.tables,
            notice_version=self._notice(one),
            version=one.version,
        )
