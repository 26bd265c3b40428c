"""摇号承诺: promise a seed, close the inputs, draw; in this order, each once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from models.base import Progress
from peipao.domain.lottery import SECRET_BYTES, SeedCommitment, committed_seed
from peipao.errors import IllegalTransitionError, InvalidInputError
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store
from serving.usecases.frozen_rounds import FrozenRounds
from serving.usecases.preflight_issues import Issue
from serving.usecases.round_bundle import FORMAT, Bundle
from serving.usecases.round_snapshot import Prepared, Snapshots
from serving.usecases.round_terms import NO_TERMS, RoundTerms
from serving.usecases.run_round import DraftRounds, Origin
from serving.usecases.writing import NewId

_LONGEST = 200
_NOT_YET = "not-drawn"


@dataclass(frozen=True, slots=True)
class DrawSeed:
    """Takes a promise through its three steps.

    Attributes:
        frozen: keeps the closed inputs, under the id of the promise, until they are drawn.
        random: n -> n random bytes that nobody can foresee.
    """

    store: Store
    catalogue: Catalogue
    snapshots: Snapshots
    draft: DraftRounds
    frozen: FrozenRounds
    new_id: NewId
    random: Callable[[int], bytes]

    def commit(self, kind: str, source: str, *, by: str, why: str = "") -> SeedCommitment:
        """Promise the seed of the next round of a kind; publish the hash before closing.

        Args:
            kind: of the round.
            source: what will give the public value, such as a named draw on a named day; nobody
                may know the value yet.
            by: the account that promises.
            why: reason for the ledger.

        Raises:
            UnknownKindError: there is no such kind.
            InvalidInputError: the source is empty or no single line.
            SealedFactError: there is no key to seal the secret.
        """
        spec = self.catalogue[kind]
        text = _line("source", source)
        secret = self.random(SECRET_BYTES).hex()
        with self.store.transaction(who=by, why=why or "承诺摇号种子") as tx:
            return tx.commitments.add(self.new_id("seed"), spec.name, secret, text)

    def freeze(
        self, key: str, *, by: str, why: str = "", terms: RoundTerms = NO_TERMS
    ) -> SeedCommitment:
        """Close the inputs of the round; publish their hash before the public value is known.

        Raises:
            NotFoundError: there is no such promise.
            IllegalTransitionError: its inputs are closed already.
            InvalidInputError: no need of the kind waits, or a term cannot be used.
        """
        promise = self.of(key)
        if promise.inputs is not None:
            raise IllegalTransitionError("摇号承诺", key, "已封存", "已封存", ["已揭示"])
        spec = self.catalogue[promise.kind]
        snapshot = self.snapshots(spec, terms)
        scored = self.snapshots.scored(spec, snapshot)
        frozen = self.snapshots.frozen(spec, snapshot, scored, terms, _NOT_YET)
        inputs = frozen.hash()
        # The table itself is not kept: what is wrong with it is found now, and told at the draw.
        sheet, look = terms.scores, self.draft.preflight.of_scores
        issues = [] if sheet is None else [asdict(one) for one in look(snapshot, scored, sheet)]
        head = {"bundle": FORMAT, "round": key, "seed": _NOT_YET, "inputs": inputs}
        head |= {"lottery": None, "issues": issues}
        with self.store.transaction(who=by, why=why or "封存本轮输入") as tx:
            bound = tx.commitments.freeze(key, inputs)
            # Last of all but the commit: whoever loses a race for the promise writes no file.
            self.frozen.keep(key, Bundle(head, frozen, ()))
        return bound

    def draw(
        self, key: str, value: str, *, by: str, why: str = "", progress: Progress | None = None
    ) -> str:
        """Return the id of the one draft that the promise, the inputs and the value determine.

        Args:
            key: id of the promise.
            value: the public value, as its source published it.
            by: the account that drafts, and so may not approve.
            why: reason for the ledger.
            progress: told the Chinese name of a step and the share of the work done.

        Raises:
            NotFoundError: there is no such promise.
            IllegalTransitionError: its inputs are not closed, or it was drawn before.
            CheckFailedError: the closed inputs are lost or were changed.
        """
        promise, text = self.of(key), _line("value", value)
        if promise.inputs is None:
            raise IllegalTransitionError("摇号承诺", key, "已承诺", "已揭示", ["已封存"])
        if promise.round_id is not None:
            raise IllegalTransitionError("摇号承诺", key, "已揭示", "已揭示", [])
        with self.store.reading() as tx:
            secret = tx.commitments.secret(key)
        seed = committed_seed(secret, promise.inputs, text)
        closed = self.frozen.read(key, promise.inputs)
        frozen = closed.frozen.with_seed(seed)
        snapshot = self.snapshots.of_needs(promise.kind, frozen.problem.need_ids.tolist())
        scored = self.snapshots.scored(self.catalogue[promise.kind], snapshot)
        lottery = {
            "commitment": key,
            "hash": promise.hash,
            "source": promise.source,
            "secret": secret,
            "value": text,
        }
        origin = Origin(by, why or "摇号并拟定草案", "committed", lottery)
        known = tuple(Issue(**one) for one in closed.head.get("issues", ()))
        prepared = Prepared(snapshot, scored, NO_TERMS, frozen, known)
        round_id = self.draft(prepared, origin, progress or (lambda _step, _share: None))
        self.frozen.drop(key)
        return round_id

    def of(self, key: str) -> SeedCommitment:
        """Return a promise.

        Raises:
            NotFoundError: nothing of that id is stored.
        """
        with self.store.reading() as tx:
            return tx.commitments.get(key)

    def of_kind(self, kind: str) -> list[SeedCommitment]:
        """Return the promises of a kind, the latest first.

        Raises:
            UnknownKindError: there is no such kind.
        """
        name = self.catalogue[kind].name
        with self.store.reading() as tx:
            return tx.commitments.of_kind(name)


def _line(where: str, text: str) -> str:
    if not 0 < len(text.strip()) <= _LONGEST or not text.isprintable():
        raise InvalidInputError(where, "不可用", f"1 至 {_LONGEST} 个字的一行文本")
    return text.strip()
