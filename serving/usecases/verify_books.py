"""Check the books: the ledger's chain and the places that providers are said to hold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from peipao.store import LedgerHead, Store


@dataclass(frozen=True, slots=True)
class Verified:
    """What holds.

    Attributes:
        head: the last line of the ledger; keep it elsewhere to notice a cut or rewritten chain.
        miscounted: (provider id, places noted, places held) wherever the two differ.
    """

    head: LedgerHead
    miscounted: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class VerifyBooks:
    """Walks the whole ledger and counts every place again."""

    store: Store

    def __call__(self, kept: Collection[LedgerHead] = ()) -> Verified:
        """Return the head of the chain.

        Args:
            kept: heads noted earlier and kept elsewhere; every one of them is held against it.

        Raises:
            LedgerBrokenError: names the first line that does not hold.
        """
        with self.store.reading() as tx:
            head = tx.ledger.verify(kept)
            return Verified(head, tuple(tx.providers.miscounted()))
