"""Solve a stored round again from its frozen inputs and compare every byte of the result."""

from __future__ import annotations

from dataclasses import dataclass

from matching.check import check, check_matches
from matching.digest import digest
from matching.tasks import decide
from peipao.domain.records import Match, Round
from peipao.errors import CheckFailedError
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store
from serving.usecases.frozen_rounds import FrozenRounds


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay found; only ever made when everything agrees.

    Attributes:
        digest: of the stored round and of the replay alike.
        inputs: SHA-256 of the frozen inputs.
    """

    round_id: str
    digest: str
    inputs: str


@dataclass(frozen=True, slots=True)
class ReplayRound:
    """Proves a round again: same inputs, same optimum, same digest, same stored matches."""

    store: Store
    catalogue: Catalogue
    frozen: FrozenRounds

    def __call__(self, round_id: str) -> Replayed:
        """Return the digest that both the stored round and its replay have.

        Raises:
            NotFoundError: the round is not stored.
            CheckFailedError: lists everything that does not agree.
        """
        with self.store.reading() as tx:
            stored = tx.rounds.get(round_id)
            # Who took a place that fell free later was never part of what was solved.
            matches = [m for m in tx.rounds.matches_of(round_id) if m.instead_of is None]
            decided = tx.rounds.outcomes_of(round_id)
        inputs = str(stored.certificate.get("inputs", ""))
        task = self.frozen.get(round_id, inputs)
        problem = task.problem
        assignment = decide(task, self.catalogue[stored.kind].pairing.solver).assignment
        check(problem, assignment).require()
        made = sorted((match.need_id, match.provider_id) for match in matches)
        check_matches(problem, made).require()
        found = digest(problem, assignment, decided)
        _compare(stored, matches, found, assignment.ids(problem))
        return Replayed(round_id, found, inputs)


def _compare(stored: Round, matches: list[Match], found: str, again: list[tuple[str, str]]) -> None:
    made = sorted((match.need_id, match.provider_id) for match in matches)
    problems = []
    if made != sorted(again):
        problems.append(f"轮次 {stored.id} 存储的配对与重新求解的结果不同")
    if found != stored.digest:
        problems.append(f"轮次 {stored.id} 的摘要 {stored.digest[:12]} 与重算的 {found[:12]} 不同")
    if problems:
        raise CheckFailedError(problems)
