"""Look at what preflight found about a round, and let it pass in one's own name."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from peipao.domain.findings import Finding
from peipao.domain.states import ROUND, RoundState
from peipao.errors import InvalidInputError
from peipao.store import Store

SHORTEST_REASON = 4
"""Characters of a reason; fewer say nothing."""


@dataclass(frozen=True, slots=True)
class OverrideFinding:
    """Records who answers for a finding, and why; the round and the ledger show it for ever."""

    store: Store

    def list(self, round_id: str) -> list[Finding]:
        """Return the findings of a round, by number.

        Raises:
            NotFoundError: the round is not stored.
        """
        with self.store.reading() as tx:
            return tx.findings.of_round(tx.rounds.get(round_id).id)

    def __call__(self, round_id: str, number: int, *, by: str, why: str) -> Finding:
        """Return the finding, overridden; one that was overridden before stays as it is.

        Args:
            round_id: a draft.
            number: of the finding.
            by: the account that answers for it.
            why: its reason; no personal data.

        Raises:
            InvalidInputError: no reason is given.
            NotFoundError: there is no such round or finding.
            IllegalTransitionError: the round is a draft no more.
        """
        if len(why.strip()) < SHORTEST_REASON:
            raise InvalidInputError("why", "没有说明放行的原因", f"至少 {SHORTEST_REASON} 个字")
        with self.store.reading() as tx:
            stored = tx.rounds.get(round_id)
        ROUND.checked_move(round_id, stored.state, RoundState.CHECKED)
        with self.store.transaction(who=by, why=why, versions=asdict(stored.versions)) as tx:
            return tx.findings.override(round_id, number, why.strip())
