"""Hand out the bundle of a round, so that anybody can replay it elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from peipao.store import Store
from serving.usecases.frozen_rounds import FrozenRounds, packed
from serving.usecases.replay_round import require_solved
from serving.usecases.round_bundle import bundle_text


@dataclass(frozen=True, slots=True)
class ExportBundle:
    """Reads the bundle of a stored round and makes sure that it is the one that was solved."""

    store: Store
    frozen: FrozenRounds

    def __call__(self, round_id: str) -> bytes:
        """Return the bundle as compressed JSON lines; ids only, no personal data.

        Raises:
            NotFoundError: the round is not stored.
            InvalidInputError: no solver made it.
            CheckFailedError: its bundle is lost or was changed.
        """
        with self.store.reading() as tx:
            stored = tx.rounds.get(round_id)
        require_solved(stored)
        bundle = self.frozen.read(round_id, str(stored.certificate["inputs"]))
        return packed(bundle_text(bundle))
